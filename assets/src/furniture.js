// Forms that are sent once, dialogs, confirmations, toasts, copy buttons, photos seen large.
import { make, words } from "./words.js";

/** Says something briefly at the foot of the page, aloud to screen readers too. */
export function toast(text, action) {
  const line = make("p", { class: "toast" }, text);
  if (action) {
    const button = make("button", { type: "button" }, action.label);
    button.addEventListener("click", () => (line.remove(), action.run()));
    line.append(button);
  }
  show(line, action ? 12000 : 6000);
}

function show(line, ms) {
  document.getElementById("toasts")?.append(line);
  const leave = () => (line.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : line.remove());
  setTimeout(leave, ms);
}

/** Toasts that the server wrote into the page move to their place. */
export function toasts(root) {
  root.querySelectorAll("main .toast").forEach((line) => show(line, 8000));
}
addEventListener("steward:toast", (event) => toast(event.detail));
addEventListener("offline", () => toast(words.offline));
addEventListener("online", () => toast(words.online));

/** A posted form leaves once, however often the button is pressed. */
export function guards() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button) {
      button.setAttribute("aria-busy", "true");
      if (form.querySelector("input[type=file]")) toast(words.busy);
    }
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
    document.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });
}

/** `data-confirm` on a form or its button asks before it is sent. */
export function confirms() {
  document.addEventListener("submit", (event) => {
    const form = event.target, text = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!text || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    const yes = make("button", { type: "button", class: "btn btn-primary" }, words.yes);
    const no = make("button", { type: "button", class: "btn", "data-close": "" }, words.cancel);
    const dialog = make("dialog", { "aria-label": words.confirm }, make("p", {}, text), make("div", { class: "row" }, no, yes));
    dialog.addEventListener("close", () => dialog.remove());
    yes.addEventListener("click", () => {
      form.dataset.confirmed = "1";
      dialog.close();
      form.requestSubmit(submitter?.form === form ? submitter : null);
      delete form.dataset.confirmed;
    });
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  }, true);
}

/** `data-open="id"` opens a dialog, `data-close` closes the one around it. */
export function dialogs() {
  document.addEventListener("click", (event) => {
    const open = event.target.closest("[data-open]");
    if (open) document.getElementById(open.dataset.open)?.showModal();
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.closest("[data-back]") && history.length > 1 && document.referrer.startsWith(location.origin)) {
      event.preventDefault();
      history.back();
    }
  });
}

export function copies() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      // Without a secure address there is no clipboard; the old way still works.
      const field = make("textarea", {});
      field.value = button.dataset.copy;
      button.after(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    toast(words.copied);
  });
}

/** A photo opens large over the page; without this the link simply opens the photo. */
export function photoView() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-photo]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const alt = link.querySelector("img")?.alt ?? "";
    const close = make("button", { type: "button", class: "btn", "data-close": "" }, words.close);
    const dialog = make("dialog", { class: "photo-view", "aria-label": alt || words.open }, make("img", { src: link.href, alt }), make("p", {}, close));
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (e) => e.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** `data-fill="field"` with `data-with` fills that field of its form: one click where a hand would search. */
/** Puts a prepared text into a field where the cursor stands, on a line of its own. */
export function inserts() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]"), field = button?.form?.elements.namedItem(button.dataset.into);
    if (!field) return;
    const at = field.selectionEnd, before = field.value.slice(0, at), text = (before && !before.endsWith("\n") ? "\n" : "") + button.dataset.insert;
    if (field.maxLength > 0 && field.value.length + text.length > field.maxLength) return;
    field.setRangeText(text, at, at, "end");
    // The first answer is the next thing to be written.
    const answer = text.indexOf("答：");
    if (answer >= 0) field.setSelectionRange(at + answer + 2, at + answer + 2);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}

export function fills() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]"), field = button?.form?.elements.namedItem(button.dataset.fill);
    if (!field) return;
    field.value = button.dataset.with;
    button.parentElement.querySelectorAll("[aria-pressed]").forEach((other) => other.setAttribute("aria-pressed", other === button));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
}
