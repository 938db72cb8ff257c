// Passkeys: the browser makes or shows one, and what it says is sent with the page's own form.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

/** What the program wrote as JSON, as the browser wants it. */
function options(written) {
  const wanted = JSON.parse(written);
  wanted.challenge = bytes(wanted.challenge);
  if (wanted.user) wanted.user.id = bytes(wanted.user.id);
  if (wanted.excludeCredentials) wanted.excludeCredentials = known(wanted.excludeCredentials);
  if (wanted.allowCredentials) wanted.allowCredentials = known(wanted.allowCredentials);
  return { publicKey: wanted };
}

/** What the browser answers, as JSON: older browsers have no toJSON. */
function answer(credential) {
  const { response } = credential, said = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) said[name] = text(response[name]);
  }
  if (response.getTransports) said.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said, clientExtensionResults: credential.getClientExtensionResults(),
    ...(credential.authenticatorAttachment ? { authenticatorAttachment: credential.authenticatorAttachment } : {}),
  });
}

/** A form that wants a passkey made or shown before it is sent. */
export function passkeys(form) {
  const status = form.querySelector("[data-passkey-status]"), button = form.querySelector("button[type=submit]");
  const say = (what) => { status.textContent = form.dataset[what]; status.hidden = false; };
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    if (!window.PublicKeyCredential) return say("missing");
    status.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      form.elements.credential.value = answer(await navigator.credentials[form.dataset.passkey](options(form.dataset.options)));
      form.requestSubmit();
    } catch (error) {
      say("failed");
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}
