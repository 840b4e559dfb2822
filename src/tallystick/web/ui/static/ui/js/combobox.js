// A select with many choices becomes a field that finds while one types; the select stays behind it and is what the
// form sends. Keys and roles are those of the ARIA combobox pattern. With `data-search` the choices come from there.

const SHOWN = 50;
const PAUSE = 150;
let made = 0;

function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function enhance(place) {
  const select = place.querySelector("select");
  if (!select || place.querySelector("[role=combobox]")) return;
  const own = [...select.options].map((option) => ({ value: option.value, label: option.textContent.trim() }));
  const id = `${select.id || `combobox-${++made}`}-list`;

  const field = document.createElement("input");
  field.className = "input";
  field.type = "text";
  field.autocomplete = "off";
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": id })) {
    field.setAttribute(name, value);
  }
  field.setAttribute("aria-autocomplete", "list");
  for (const name of ["aria-invalid", "aria-describedby", "required"]) {
    if (select.hasAttribute(name)) field.setAttribute(name, select.getAttribute(name));
  }
  const list = document.createElement("ul");
  list.className = "combobox-list";
  list.id = id;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  list.setAttribute("aria-label", label?.firstChild?.textContent.trim() ?? "");
  field.id = `${id}-field`;
  if (label) label.htmlFor = field.id;
  select.hidden = true;
  select.required = false;
  place.append(field, list);

  let found = [];
  let at = -1;
  let asked = 0;
  let waiting;

  const chosen = () => select.selectedOptions[0]?.textContent.trim() ?? "";
  const reset = () => (field.value = select.value ? chosen() : "");

  function mark(next) {
    at = next;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    const item = list.children[at];
    if (item?.id) field.setAttribute("aria-activedescendant", item.id);
    else field.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }

  function show(options) {
    found = options.slice(0, SHOWN);
    list.replaceChildren(
      ...found.map((option, index) => {
        const item = document.createElement("li");
        item.className = "option";
        item.id = `${id}-${index}`;
        item.setAttribute("role", "option");
        item.append(option.label);
        if (option.note) item.append(Object.assign(document.createElement("small"), { textContent: option.note }));
        return item;
      }),
    );
    if (!found.length) {
      const none = document.createElement("li");
      none.className = "combobox-none";
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = place.dataset.none;
      list.append(none);
    }
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    mark(found.length ? 0 : -1);
  }

  async function find() {
    const words = field.value.trim();
    if (!place.dataset.search) {
      const all = own.filter((option) => option.value);
      return show(words ? all.filter((option) => folded(option.label).includes(folded(words))) : all);
    }
    const turn = ++asked;
    const answer = await fetch(`${place.dataset.search}?${new URLSearchParams({ q: words })}`);
    if (answer.ok && turn === asked && document.activeElement === field) show(await answer.json());
  }

  function close() {
    asked += 1;
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  function choose(option) {
    if (![...select.options].some((each) => each.value === String(option.value))) {
      select.append(new Option(option.label, option.value));
    }
    select.value = option.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    reset();
    close();
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (!field.value) select.value = "";
    waiting = setTimeout(find, place.dataset.search ? PAUSE : 0);
  });
  field.addEventListener("click", () => list.hidden && find());
  field.addEventListener("blur", () => {
    reset();
    close();
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) find();
    else if (step && found.length) mark((at + step + found.length) % found.length);
    else if (event.key === "Enter" && !list.hidden && found[at]) choose(found[at]);
    else if (event.key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const index = [...list.children].indexOf(event.target.closest(".option"));
    if (found[index]) choose(found[index]);
  });
  select.form?.addEventListener("reset", () => setTimeout(reset));
  reset();
}

// The names of all time zones would be a third of a page: the browser knows them.
function nameTimeZones(list) {
  if (!list.children.length) list.append(...Intl.supportedValuesOf("timeZone").map((zone) => new Option(zone, zone)));
}

function enhanceAll() {
  document.querySelectorAll("[data-combobox]").forEach(enhance);
  document.querySelectorAll("[data-time-zones]").forEach(nameTimeZones);
}

enhanceAll();
document.addEventListener("htmx:after:swap", enhanceAll);
