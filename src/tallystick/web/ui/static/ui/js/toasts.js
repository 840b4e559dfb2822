// Short messages at the foot of the window. The server writes them into the page or brings them with a fragment; they
// leave after a while, later where something can be undone, but never while the pointer or the focus is on them.

const SHOWN_FOR = 8000;
const SHOWN_WITH_UNDO_FOR = 20000;
const started = new WeakSet();

function leaveLater(toast) {
  const shown = "lasting" in toast.dataset ? SHOWN_WITH_UNDO_FOR : SHOWN_FOR;
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) leaveLater(toast);
    else toast.remove();
  }, shown);
}

function begin() {
  for (const toast of document.querySelectorAll("#toasts .toast")) {
    if (started.has(toast)) continue;
    started.add(toast);
    leaveLater(toast);
  }
}

begin();
document.addEventListener("htmx:after:swap", begin);
document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast")?.remove());
