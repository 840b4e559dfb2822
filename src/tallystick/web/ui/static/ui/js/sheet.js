// The side sheet. Its links are ordinary links to pages that contain the sheet; here they are fetched and the sheet
// is lifted out, so the list stays where it was. The address always names what is shown, and back works.

const place = document.getElementById("sheet");
let opener = null;

// The rows of a list carry only their own address. What they share, the state of the list, stands at its table once;
// without this module a row still opens, as a page of its own.
for (const table of document.querySelectorAll("table[data-list]")) {
  const rows = table.querySelectorAll("tbody tr:not(.group-row)");
  for (const [at, row] of rows.entries()) {
    const query = new URLSearchParams(table.dataset.list);
    query.set("at", Number(table.dataset.first) + at);
    for (const link of row.querySelectorAll("a[data-sheet-link]")) link.search ||= query.toString().replaceAll("%2C", ",");
  }
}

function current() {
  return place?.querySelector("dialog[data-sheet]");
}

function show(dialog) {
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.querySelector("#sheet-title")?.focus();
  markRow(location.href);
}

function markRow(address) {
  for (const row of document.querySelectorAll("tbody tr.is-open")) row.classList.remove("is-open");
  for (const link of document.querySelectorAll("tbody a[data-sheet-link]")) {
    if (link.href !== address) continue;
    link.closest("tr").classList.add("is-open");
    opener = link;
  }
}

async function load(address) {
  const response = await fetch(address, { headers: { "HX-Request": "true", "HX-Target": "sheet" } });
  if (!response.ok) throw new Error(`The sheet answered ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("#sheet") ?? page.querySelector("dialog[data-sheet]")?.parentElement;
  if (!fresh) throw new Error("The answer holds no sheet: perhaps the session has ended");
  place.replaceChildren(...fresh.childNodes);
  window.htmx?.process(place);
  if (current()) show(current());
  else markRow("");
}

async function follow(address) {
  try {
    history.pushState({ sheet: true }, "", address);
    await load(address);
  } catch {
    location.assign(address);
  }
}

document.addEventListener("open-sheet", (event) => follow(event.detail));

function close() {
  const dialog = current();
  // A page that shows rows of several lists says itself where a closed sheet leaves the reader.
  const home = document.querySelector("[data-sheet-home]")?.dataset.sheetHome;
  history.pushState({ sheet: true }, "", home ?? dialog.dataset.closeUrl);
  dialog.close();
  place.replaceChildren();
  markRow("");
  opener?.focus();
}

document.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0 || !place) return;
  const link = event.target.closest("a[data-sheet-link]");
  if (link) {
    event.preventDefault();
    if (!place.contains(link)) opener = link;
    follow(link.href);
  } else if (current() && (event.target.closest("[data-sheet-close]") || event.target === current())) {
    event.preventDefault();
    close();
  }
});

document.addEventListener("keydown", (event) => {
  if (!current()?.contains(event.target) || event.target.matches("input, textarea, select, [data-chart] *")) return;
  if (event.key === "ArrowLeft") current().querySelector("[rel=prev]")?.click();
  if (event.key === "ArrowRight") current().querySelector("[rel=next]")?.click();
});

place?.addEventListener(
  "cancel",
  (event) => {
    event.preventDefault();
    close();
  },
  { capture: true },
);

addEventListener("popstate", (event) => {
  if (event.state?.sheet || current()) load(location.href).catch(() => location.reload());
});

if (current()) show(current());
