// Lists: rows are selected, a field is edited where it stands, columns change places. Without this module the same
// works by ordinary forms and links.

const bulk = document.querySelector("[data-bulk]");

function boxes() {
  return [...document.querySelectorAll("input[name=row][form=bulk]")];
}

function showSelection() {
  const all = bulk.querySelector("[data-select-all]");
  const ticked = boxes().filter((box) => box.checked).length;
  const page = document.querySelector("[data-select-page]");
  if (!ticked && all) all.checked = false;
  page.checked = ticked > 0 && ticked === boxes().length;
  page.indeterminate = ticked > 0 && !page.checked;
  const words = bulk.querySelector("[data-selected-count]");
  words.dataset.words ??= words.textContent;
  words.textContent = `${words.dataset.words}: ${all?.checked ? words.closest("form").dataset.bulk || "…" : ticked}`;
}

function selectBetween(box) {
  const all = boxes();
  const last = all.findIndex((one) => one.dataset.last);
  const here = all.indexOf(box);
  if (last >= 0) for (const one of all.slice(Math.min(last, here), Math.max(last, here) + 1)) one.checked = box.checked;
}

if (bulk) {
  document.addEventListener("click", (event) => {
    const box = event.target.closest("input[name=row][form=bulk]");
    if (!box) return;
    if (event.shiftKey) selectBetween(box);
    for (const one of boxes()) delete one.dataset.last;
    box.dataset.last = "1";
    showSelection();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-page]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches("[data-select-all]") && event.target.checked) for (const box of boxes()) box.checked = true;
    if (event.target.matches("[data-select-page], [data-select-all], input[name=row]")) showSelection();
  });
  bulk.addEventListener("reset", () => setTimeout(showSelection));
  bulk.addEventListener("submit", (event) => {
    const asked = new URLSearchParams(new FormData(bulk));
    if (asked.has("all")) asked.delete("row");
    event.preventDefault();
    const address = `${event.submitter.formAction.split("?")[0]}?${asked}`;
    document.dispatchEvent(new CustomEvent("open-sheet", { detail: address }));
  });
  showSelection();
}

// One field

async function put(cell, address, options = {}) {
  const response = await fetch(address, { headers: { "HX-Request": "true" }, ...options });
  if (!response.ok && response.status !== 422) throw new Error(`The field answered ${response.status}`);
  cell.innerHTML = await response.text();
  const input = cell.querySelector("[data-edit-form] :is(input:not([type=hidden]), select, textarea)");
  (input ?? cell.querySelector("[data-edit]"))?.focus();
  input?.select?.();
}

function shownAddress(form) {
  const address = new URL(form.action);
  address.searchParams.set("shown", "1");
  return address;
}

document.addEventListener("click", (event) => {
  const field = event.target.closest("[data-edit]");
  if (!field || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  put(field.parentElement, field.href).catch(() => location.assign(field.href));
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-edit-form]");
  if (!form) return;
  event.preventDefault();
  put(form.parentElement, form.action, { method: "POST", body: new FormData(form) }).catch(() => form.submit());
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-edit-form]");
  if (!form || event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  put(form.parentElement, shownAddress(form)).catch(() => location.reload());
});

// Columns: each that may move gets its two buttons, which need this script

for (const list of document.querySelectorAll("[data-columns] ol")) {
  for (const item of list.querySelectorAll("li:not(:has(:disabled))")) {
    const buttons = document.createElement("span");
    buttons.className = "columns-move";
    for (const [way, sign] of [["up", "↑"], ["down", "↓"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.move = way;
      button.textContent = sign;
      button.ariaLabel = `${list.dataset[way]}: ${item.textContent.trim()}`;
      buttons.append(button);
    }
    item.append(buttons);
  }
}

document.addEventListener("click", (event) => {
  const mover = event.target.closest("[data-move]");
  if (!mover) return;
  const item = mover.closest("li");
  const beside = mover.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling;
  if (!beside?.querySelector("[data-move]")) return;
  if (mover.dataset.move === "up") beside.before(item);
  else beside.after(item);
  mover.focus();
});
