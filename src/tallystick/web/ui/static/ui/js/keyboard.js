// Keys of the console: "g d" and the like follow links that carry `data-keys`, j and k walk through rows, / goes to
// the filter, x selects a row, e edits it, a and r decide it, s puts it off, n begins something new, ? opens the help. No key is the
// only way, and single letters can be turned off in the help.

const SEQUENCE_WITHIN = 1200;
const SETTING = "single-keys";
const help = document.getElementById("keyboard-help");
const setting = help?.querySelector("[data-single-keys]");
let typed = "";
let typedAt = 0;

function singleKeysAreOn() {
  return document.body.dataset.singleKeys !== "off" && localStorage.getItem(SETTING) !== "off";
}

function isTyping(target) {
  return target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

function inSequence(event) {
  return Boolean(typed) && event.timeStamp - typedAt < SEQUENCE_WITHIN;
}

function followSequence(key, at) {
  typed = typed && at - typedAt < SEQUENCE_WITHIN ? `${typed} ${key}` : key;
  typedAt = at;
  const link = document.querySelector(`[data-keys="${CSS.escape(typed)}"], [data-keys="${CSS.escape(key)}"]`);
  if (!link) return false;
  typed = "";
  link.click();
  return true;
}

function moveThroughRows(step) {
  const rows = [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("td a[href]"));
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + step));
  const link = rows[next].querySelector("a[href]");
  link.focus();
  link.scrollIntoView({ block: "nearest" });
}

function currentRow() {
  return document.activeElement?.closest("main tbody tr");
}

function press(found) {
  found?.click();
  return Boolean(found);
}

function decide(key) {
  const address = currentRow()?.dataset[key];
  const list = currentRow()?.closest("table").dataset.list;
  const whole = list ? `${address}&${list}` : address;
  if (address) document.dispatchEvent(new CustomEvent("open-sheet", { detail: whole }));
  return Boolean(address);
}

// What single letters do to the row that has the focus, or on the page: false where there is nothing to do.
const ON_ROWS = {
  x: () => press(currentRow()?.querySelector("input[name=row]")),
  e: () => press(currentRow()?.querySelector("[data-edit]")),
  a: () => decide("a"),
  r: () => decide("r"),
  s: () => decide("s"),
  n: () => press(document.querySelector("[data-new]")),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
  if (isTyping(event.target) || !singleKeysAreOn() || document.querySelector("dialog:modal")) return;
  const filter = document.querySelector("[data-filter]");
  if (event.key === "j") moveThroughRows(1);
  else if (event.key === "k") moveThroughRows(-1);
  else if (event.key === "/" && filter) filter.focus();
  else if (event.key === "/") document.dispatchEvent(new CustomEvent("palette:open"));
  else if (event.key === "?" && help) help.showModal();
  else if (!inSequence(event) && ON_ROWS[event.key]?.()) typed = "";
  else if (event.key.length !== 1 || !followSequence(event.key, event.timeStamp)) return;
  event.preventDefault();
});

if (setting) {
  setting.checked = singleKeysAreOn();
  setting.addEventListener("change", () => localStorage.setItem(SETTING, setting.checked ? "on" : "off"));
}
