// The command palette: ⌘K, Ctrl-K or / opens it, arrow keys choose, Enter opens. What was chosen lately stands first;
// it is kept for this tab alone, apart for each workspace, partner and person.

const PAUSE = 120;
const KEPT = 5;
const dialog = document.getElementById("palette");
const field = dialog.querySelector("[role=combobox]");
const list = dialog.querySelector("[role=listbox]");
const status = dialog.querySelector("[data-palette-status]");
const form = dialog.querySelector("[data-palette-form]");
const storage = `palette-${dialog.dataset.recent}`;
let waiting;
let asked;

function options() {
  return [...list.querySelectorAll("a[role=option]")];
}

function mark(at) {
  const all = options();
  all.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
  if (all[at]) field.setAttribute("aria-activedescendant", all[at].id);
  else field.removeAttribute("aria-activedescendant");
  all[at]?.scrollIntoView({ block: "nearest" });
}

function marked() {
  return options().findIndex((option) => option.getAttribute("aria-selected") === "true");
}

function recent() {
  try {
    return JSON.parse(sessionStorage.getItem(storage)) ?? [];
  } catch {
    return [];
  }
}

function remember(option) {
  if (option.dataset.how !== "open") return;
  const label = option.querySelector("span")?.textContent ?? "";
  const chosen = { url: option.getAttribute("href"), label, note: option.querySelector("small")?.textContent ?? "" };
  const others = recent().filter((each) => each.url !== chosen.url);
  sessionStorage.setItem(storage, JSON.stringify([chosen, ...others].slice(0, KEPT)));
}

function showRecent() {
  const kept = recent();
  if (!kept.length) return;
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", dialog.dataset.recentHeading);
  const heading = Object.assign(document.createElement("p"), {
    className: "palette-heading",
    role: "presentation",
    textContent: dialog.dataset.recentHeading,
  });
  const links = kept.map(({ url, label, note }, index) => {
    const link = Object.assign(document.createElement("a"), { className: "option", href: url, tabIndex: -1 });
    Object.assign(link, { id: `palette-recent-${index}`, role: "option" });
    link.dataset.how = "open";
    link.append(Object.assign(document.createElement("span"), { className: "truncate", textContent: label }));
    if (note) link.append(Object.assign(document.createElement("small"), { textContent: note }));
    return link;
  });
  group.append(heading, ...links);
  list.prepend(group);
}

async function find() {
  asked?.abort();
  asked = new AbortController();
  const words = field.value.trim();
  const address = `${dialog.dataset.palette}?${new URLSearchParams({ q: words, part: "" })}`;
  try {
    const answer = await fetch(address, { signal: asked.signal });
    if (!answer.ok || answer.redirected) return location.assign(dialog.dataset.palette);
    list.innerHTML = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") return;
    throw error;
  }
  status.textContent = list.querySelector("[data-count]")?.textContent ?? "";
  if (!words) showRecent();
  mark(0);
  list.scrollTop = 0;
}

function choose(option) {
  remember(option);
  if (option.dataset.how === "switch-theme") {
    dialog.close();
    document.querySelector("[data-theme-toggle]")?.click();
  } else if (option.dataset.how === "send") {
    form.action = option.href;
    form.submit();
  } else {
    location.assign(option.href);
  }
}

function open() {
  if (dialog.open) return;
  dialog.showModal();
  field.value = "";
  field.focus();
  find();
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(find, PAUSE);
});

field.addEventListener("keydown", (event) => {
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) mark((marked() + step + all.length) % all.length);
  else if (event.key === "Home" && event.ctrlKey) mark(0);
  else if (event.key === "End" && event.ctrlKey) mark(all.length - 1);
  else if (event.key === "Enter" && all[marked()]) choose(all[marked()]);
  else return;
  event.preventDefault();
});

list.addEventListener("click", (event) => {
  const option = event.target.closest("a[role=option]");
  if (!option || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  choose(option);
});

list.addEventListener("pointermove", (event) => {
  const at = options().indexOf(event.target.closest("a[role=option]"));
  if (at >= 0 && at !== marked()) mark(at);
});

document.addEventListener("keydown", (event) => {
  const wanted = event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey;
  if (!wanted) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else if (!document.querySelector("dialog:modal")) open();
});

document.addEventListener("palette:open", open);
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens-palette]");
  if (opener && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    open();
  } else if (event.target === dialog || (event.target.closest("[data-closes]") && dialog.contains(event.target))) {
    dialog.close();
  }
});
