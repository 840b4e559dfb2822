// Registering a deal: company and website fill each other in, and a receipt can be shared. Without a script the form
// works as it is.

const form = document.querySelector("form[data-registration]");
const SUFFIXES = /\.(com|net|org|io|ai|app|co|eu|[a-z]{2})(\.[a-z]{2})?$/;

// "www.nordic-labs.co.uk" is "Nordic Labs". A name never becomes a website: a guess would claim somebody else's.
function nameOf(website) {
  const host = website.trim().toLowerCase().replace(/^[a-z]+:\/\//, "").split(/[/?#:]/)[0].replace(/^www\./, "");
  if (!SUFFIXES.test(host)) return "";
  const label = host.replace(SUFFIXES, "").split(".").pop();
  return label.split("-").filter(Boolean).map((word) => word[0].toUpperCase() + word.slice(1)).join(" ");
}

function fill(field, text) {
  if (!text || (field.value && !("filled" in field.dataset))) return;
  field.value = text;
  field.dataset.filled = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dataset.filled = "";
}

function fillEachOther({ company, website }) {
  const known = [...document.querySelectorAll("#known-companies option")];
  const same = (one, other) => one.trim().toLowerCase() === other.trim().toLowerCase();
  company.addEventListener("change", () => {
    fill(website, known.find((option) => same(option.value, company.value))?.dataset.website);
  });
  website.addEventListener("change", () => {
    const again = known.find((option) => same(option.dataset.website, website.value));
    fill(company, again?.value ?? nameOf(website.value));
  });
  for (const field of [company, website]) field.addEventListener("input", () => delete field.dataset.filled);
}

if (form) fillEachOther(form.elements);

const share = document.querySelector("[data-shares]");
if (share && navigator.share) {
  share.hidden = false;
  share.addEventListener("click", () => {
    navigator.share({ title: share.dataset.title, text: share.dataset.shares }).catch(() => {});
  });
}
