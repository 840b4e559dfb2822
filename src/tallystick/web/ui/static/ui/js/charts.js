// The read-out of a chart: what the pointer or the focus is on, taken from the label of the mark itself, so that
// what is seen and what is spoken are the same words. Left and right walk through the marks; only one is a tab stop.

const CLASSES = ["sourced", "influenced", "direct"];
const readout = document.createElement("div");
readout.className = "chart-readout";
const guide = document.createElement("div");
guide.className = "chart-guide";

function marks(chart) {
  return [...chart.querySelectorAll("svg a[aria-label]")].filter((mark) => mark.getClientRects().length);
}

// "Sourced £125k, 28%" becomes a line with its parts side by side.
function line(words, chart) {
  const [name, ...figures] = words.split(/ (?=\S*\d)|, /);
  const paragraph = document.createElement("p");
  for (const text of [name, ...figures]) {
    const part = document.createElement("span");
    part.textContent = text;
    paragraph.append(part);
  }
  const key = CLASSES.find((each) => chart.getAttribute(`data-key-${each}`) === name);
  if (key) paragraph.firstChild.className = `class-key class-${key}`;
  return paragraph;
}

function show(mark) {
  const chart = mark.closest(".chart");
  const [title, figures = ""] = mark.getAttribute("aria-label").split(/: (.*)/);
  const heading = document.createElement("b");
  heading.textContent = title;
  readout.replaceChildren(heading, ...figures.split("; ").filter(Boolean).map((part) => line(part, chart.parentElement)));
  chart.append(guide, readout);

  const place = chart.getBoundingClientRect();
  const box = mark.getBoundingClientRect();
  const middle = box.left + box.width / 2 - place.left;
  const upright = box.height > box.width;
  guide.hidden = !upright;
  guide.style.left = `${middle}px`;
  guide.style.top = `${box.top - place.top}px`;
  guide.style.height = `${box.height}px`;
  const fits = middle + 14 + readout.offsetWidth <= place.width;
  readout.style.left = `${Math.max(0, fits ? middle + 14 : middle - 14 - readout.offsetWidth)}px`;
  readout.style.top = `${box.top - place.top + (upright ? box.height * 0.18 : box.height)}px`;
}

function hide() {
  guide.remove();
  readout.remove();
}

function markOf(event) {
  return event.target.closest?.("[data-chart] svg a[aria-label]");
}

function leaveOneTabStop(root) {
  for (const svg of root.querySelectorAll("[data-chart] svg")) {
    [...svg.querySelectorAll("a")].slice(1).forEach((mark) => mark.setAttribute("tabindex", "-1"));
  }
}

leaveOneTabStop(document);
document.addEventListener("htmx:after:swap", () => leaveOneTabStop(document));
document.addEventListener("pointerover", (event) => (markOf(event) ? show(markOf(event)) : hide()));
document.addEventListener("focusin", (event) => (markOf(event) ? show(markOf(event)) : hide()));
document.addEventListener("keydown", (event) => {
  const mark = markOf(event);
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (event.key === "Escape") hide();
  if (!mark || !step) return;
  event.preventDefault();
  const all = marks(mark.closest("[data-chart]"));
  const next = all[all.indexOf(mark) + step];
  if (!next) return;
  mark.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
});
