// Dialogs: a button with `data-opens` opens the one it names, `data-closes` inside closes it, and so does a press
// beside it. One that carries a refusal (`data-opens-itself`) is open when the page comes.

function open(dialog) {
  dialog.showModal();
  dialog.querySelector("[aria-invalid=true], textarea, input:not([type=hidden]), select")?.focus();
}

function openRefused(root) {
  for (const dialog of root.querySelectorAll("dialog[data-opens-itself]:not([open])")) open(dialog);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    opener.closest("[popover]")?.hidePopover();
    open(document.getElementById(opener.dataset.opens));
  }
  const dialog = event.target.closest("dialog.dialog");
  if (!dialog) return;
  const box = dialog.getBoundingClientRect();
  const beside =
    event.target === dialog &&
    (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom);
  if (beside || event.target.closest("[data-closes]")) dialog.close();
});

openRefused(document);
document.addEventListener("htmx:after:swap", () => openRefused(document));
