// The light or dark switch. The choice is a cookie, so that the server draws the next page right from the start.

const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const ONE_YEAR = 365 * 24 * 60 * 60;

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  root.dataset.theme = isDark() ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=${ONE_YEAR}; samesite=lax`;
});
