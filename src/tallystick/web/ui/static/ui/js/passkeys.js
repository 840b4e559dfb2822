// Passkeys: the browser asks its owner, and what it answers is sent with the form. A form says what it is for with
// `data-passkey` ("create" or "get") and brings its options in `data-options`, or fetches them from its own address.

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decoded({ publicKey: options }) {
  const known = (list) => list?.map((entry) => ({ ...entry, id: bytes(entry.id) }));
  const ready = { ...options, challenge: bytes(options.challenge) };
  if (options.user) ready.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) ready.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) ready.allowCredentials = known(options.allowCredentials);
  return { publicKey: ready };
}

function encoded(credential) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const found = parts.filter((part) => credential.response[part]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(found.map((part) => [part, text(credential.response[part])])),
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

async function ask(form) {
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  try {
    const options = decoded(await optionsOf(form));
    const credential = await navigator.credentials[form.dataset.passkey](options);
    form.elements.credential.value = encoded(credential);
    form.submit();
  } catch {
    // Cancelled, timed out or refused: browsers do not say which, so that nobody can tell who has an account.
    problem.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
}
