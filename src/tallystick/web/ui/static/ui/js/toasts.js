// Short messages at the foot of the window. The server writes them into the page; they leave after a while,
// but never while the pointer or the focus is on them.

const SHOWN_FOR = 8000;
const list = document.getElementById("toasts");

function leaveLater(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) leaveLater(toast);
    else toast.remove();
  }, SHOWN_FOR);
}

list?.querySelectorAll(".toast").forEach(leaveLater);
list?.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
});
