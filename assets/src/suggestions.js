// What the words may be about is offered below them while somebody writes. Asked only when they pause; what a person chose stays.
const place = document.querySelector("[data-suggestions]"), form = place?.closest("form"), words = form?.elements.namedItem("words");
const PAUSE = 600, LEAST = 2, MOST = 500;
let wait, asked;

/** The category that a person chose: not what was chosen for them. */
const chosen = () => form.querySelector("[name=category]:checked:not([data-preselected])")?.value ?? "";
const value = (name) => form.elements.namedItem(name)?.value ?? "";

async function look() {
  const text = words.value.trim().slice(0, MOST);
  const body = new URLSearchParams({ words: text, category: chosen(), lon: value("lon"), lat: value("lat"), coordinates: value("coordinates") });
  const key = String(body);
  if (key === asked) return;
  asked = key;
  if (text.length < LEAST) return show("");
  try {
    const answer = await fetch(place.dataset.suggestions, { method: "POST", body });
    if (answer.ok && key === asked) show(await answer.text());
  } catch { /* the desk reads the words all the same */ }
}

function show(html) {
  // Nothing moves under a finger or a key.
  if (place.contains(document.activeElement)) return void (asked = undefined);
  // The server's own piece of this very form.
  place.innerHTML = html;
  const first = place.querySelector("[data-preselected]");
  first?.dispatchEvent(new Event("change", { bubbles: true }));
}

if (words) {
  const later = () => { clearTimeout(wait); wait = setTimeout(look, PAUSE); };
  words.addEventListener("input", later);
  form.addEventListener("steward:place", later);
  form.addEventListener("change", (event) => event.isTrusted && event.target.name === "category" && delete event.target.dataset.preselected);
  if (words.value.trim()) later();
}
