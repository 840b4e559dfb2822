// Buttons that copy what `data-copies` holds; the button says so for a moment.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copies);
  button.classList.add("is-copied");
  setTimeout(() => button.classList.remove("is-copied"), 2000);
});
