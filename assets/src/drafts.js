// What somebody typed or photographed stays on their device until the server has answered that it is safe.
import { toast } from "./furniture.js";
import { words } from "./words.js";

const kept = (form) => [...form.elements].filter((e) => e.name && !["hidden", "file", "password", "submit", "button"].includes(e.type) && e.tagName !== "FIELDSET");
const slot = (name) => `draft:${name}`;
const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
const write = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* a full or closed store only costs the draft */ } };

/** Runs one request on the store of photos; answers undefined where the browser has none. */
function store(mode, ask) {
  return new Promise((done) => {
    try {
      const open = indexedDB.open("steward", 1);
      open.onupgradeneeded = () => open.result.createObjectStore("photos");
      open.onerror = () => done();
      open.onsuccess = () => {
        const request = ask(open.result.transaction("photos", mode).objectStore("photos"));
        request.onsuccess = () => done(request.result);
        request.onerror = () => done();
      };
    } catch { done(); }
  });
}

function values(form) {
  const out = {};
  for (const e of kept(form)) {
    if (e.type === "radio" || e.type === "checkbox") { if (e.checked) (out[e.name] ??= []).push(e.value); }
    else if (e.value) (out[e.name] ??= []).push(e.value);
  }
  return out;
}

function drop(name) {
  localStorage.removeItem(slot(name));
  store("readwrite", (s) => s.delete(name));
}

/** Keeps and restores one form named by `data-draft`. */
export async function drafts(form) {
  if (form.dataset.drafting) return;
  form.dataset.drafting = "1";
  const name = form.dataset.draft, key = form.elements.namedItem("key"), file = form.querySelector("[data-photos] input[type=file]");
  const draft = read(slot(name));
  const restored = draft && restore(form, draft.values);
  const save = () => write(slot(name), { ...read(slot(name)), values: values(form) });
  let wait;
  form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(save, 300); });
  form.addEventListener("change", save);
  form.addEventListener("steward:photos", (event) => store("readwrite", (s) => s.put(event.detail, name)));
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(wait);
    // The same words sent again carry the same key: a lost answer never becomes a second report.
    const now = values(form), text = JSON.stringify(now), before = read(slot(name));
    if (key && before?.sent === text && before.key) key.value = before.key;
    write(slot(name), { values: now, sent: text, key: key?.value });
    sessionStorage.setItem("sent", name);
  });
  // A form that came back has its photos on the server already.
  if ("again" in form.dataset) return void store("readwrite", (s) => s.delete(name));
  const photos = file && await store("readonly", (s) => s.get(name));
  if (photos?.length) file.dispatchEvent(new CustomEvent("steward:restore", { detail: photos }));
  if (restored || photos?.length) toast(words.draft, { label: words.draftDrop, run: () => { drop(name); location.reload(); } });
}

function restore(form, saved) {
  let any = false;
  for (const e of kept(form)) {
    const old = saved?.[e.name];
    if (!old) continue;
    if (e.type === "radio" || e.type === "checkbox") { if (e.defaultChecked !== old.includes(e.value)) { e.checked = old.includes(e.value); any = true; } }
    else if (!e.value && old[0]) { e.value = old[0]; any = true; }
  }
  return any;
}

// Following another report instead makes the draft of one's own superfluous.
addEventListener("submit", ({ target }) => target.dataset?.draftDone && drop(target.dataset.draftDone));

// Another page than the form answered: the words have arrived, the draft may go.
const sent = sessionStorage.getItem("sent");
if (sent) {
  sessionStorage.removeItem("sent");
  if (!document.querySelector(`form[data-draft="${sent}"]`)) drop(sent);
}
