// Opening a notification marks it as read on the way; without a script there is a button beside it.

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-notice]");
  if (!link) return;
  const form = link.closest("li").querySelector("form");
  fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Notice": "opened" }, keepalive: true });
  link.closest("li").classList.remove("is-unread");
});
