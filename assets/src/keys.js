// The desk by keyboard: j and k walk the rows, / searches, ? tells, and any element may own a letter (data-key).
import { make, words } from "./words.js";

const OFF = "keys-off";
const typing = (e) => e.target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
const shown = (e) => e.offsetParent !== null || getComputedStyle(e).position === "fixed";

export function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (typing(event)) return event.key === "Escape" ? event.target.blur() : undefined;
    if (event.key === "?") return event.preventDefault(), help();
    // Whoever speaks to the computer, or cannot hold a key still, may switch single letters off.
    if (localStorage.getItem(OFF)) return;
    const key = event.key.toLowerCase();
    if (key === "/") {
      // The page's own box comes before the one beside every page.
      const box = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    } else if (key === "j" || key === "k") {
      if (walk(key === "j" ? 1 : -1)) event.preventDefault();
    } else if (/^[a-z0-9]$/.test(key)) {
      const owner = [...document.querySelectorAll(`[data-key="${key}"]`)].find((e) => shown(e) && !e.disabled);
      if (owner) { event.preventDefault(); owner.focus(); owner.click(); }
    }
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, label, select") && !getSelection().toString()) location.assign(row.dataset.href);
  });
}

let opening;
function walk(step) {
  const rows = [...document.querySelectorAll("[data-rows] > li, table[data-rows] > tbody > tr")].filter(shown);
  if (!rows.length) return false;
  let at = rows.findIndex((row) => row.contains(document.activeElement));
  if (at < 0) at = rows.findIndex((row) => row.matches("[aria-current=true]") || row.querySelector("[aria-current=true]"));
  const row = rows[Math.min(Math.max(at < 0 ? 0 : at + step, 0), rows.length - 1)], link = row.querySelector("a[href]");
  if (row.matches("tr")) { rows.forEach((r) => r.removeAttribute("aria-current")); row.setAttribute("aria-current", "true"); }
  link?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  // In a split view the detail follows, once the walking pauses.
  if (link?.closest("[data-swap]")) { clearTimeout(opening); opening = setTimeout(() => link.isConnected && link.click(), 180); }
  return true;
}

function help() {
  const list = make("div", { class: "keys" });
  const line = (key, text) => list.append(make("kbd", {}, key), make("span", {}, text));
  if (document.querySelector("[data-rows]")) { line("j", words.next); line("k", words.previous); line("Enter", words.open); }
  if (document.querySelector("[data-search]")) line("/", words.search);
  const told = new Set();
  document.querySelectorAll("[data-key]").forEach((e) => {
    if (!shown(e) || told.has(e.dataset.key)) return;
    told.add(e.dataset.key);
    line(e.dataset.key, e.dataset.keyLabel || (e.querySelector("span") ?? e).textContent.trim());
  });
  const box = make("input", { type: "checkbox" });
  box.checked = !localStorage.getItem(OFF);
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  const close = make("button", { type: "button", class: "btn", "data-close": "" }, words.close);
  const dialog = make("dialog", { "aria-label": words.help }, make("h2", {}, words.help), list, make("label", { class: "choice" }, box, words.keysOn), make("div", { class: "row" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
