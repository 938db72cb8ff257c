// The pages work without this file. It only spares people clicks, waiting and lost words.
import { confirms, copies, dialogs, fills, guards, inserts, photoView, toasts } from "./furniture.js";
import { blacking } from "./blacking.js";
import { drafts } from "./drafts.js";
import { here } from "./here.js";
import { keys } from "./keys.js";
import { lazy } from "./lazy.js";
import { live, swaps } from "./live.js";
import { near } from "./near.js";
import { passkeys } from "./passkeys.js";
import { photos } from "./photos.js";
import { place } from "./place.js";
import { suggest } from "./suggest.js";
import { callOut, push } from "./notices.js";

document.documentElement.classList.add("script");

/** Wakes what a part of the page needs; called once for the page and again for every part that is replaced. */
async function enhance(root) {
  root.querySelectorAll("[data-photos]").forEach(photos);
  root.querySelectorAll("[data-place]").forEach(place);
  root.querySelectorAll("[data-blacking]").forEach(blacking);
  root.querySelectorAll("[data-suggest]").forEach(suggest);
  root.querySelectorAll("form[data-draft]").forEach(drafts);
  root.querySelectorAll("[data-passkey]").forEach(passkeys);
  root.querySelectorAll("[data-push]").forEach(push);
  callOut(root);
  lazy(root);
  agos(root);
  toasts(root);
  reveal(root);
}

/** Of sections that do not fit the width, the one that is open is in sight. */
function reveal(root) {
  root.querySelectorAll(".tabs [aria-current], .filters [aria-current]").forEach((link) => {
    const line = link.closest(".tabs, .filters ul"), box = line.getBoundingClientRect(), at = link.getBoundingClientRect();
    if (at.right > box.right || at.left < box.left) line.scrollLeft += at.left - box.left - (box.width - at.width) / 2;
  });
}

/** Moments become "3 minutes ago" in the reader's language; the exact one stays in the title. */
function agos(root) {
  const say = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  root.querySelectorAll("time[data-ago]").forEach((time) => {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000, size = Math.abs(seconds);
    if (size > 6 * 86400 || Number.isNaN(size)) return;
    const [unit, length] = size < 3600 ? ["minute", 60] : size < 86400 ? ["hour", 3600] : ["day", 86400];
    time.textContent = say.format(Math.round(seconds / length), unit);
  });
}
setInterval(() => agos(document), 60000);

document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });

confirms();
here();
guards();
dialogs();
fills();
inserts();
copies();
near();
photoView();
keys();
swaps(enhance);
live(enhance);
enhance(document);
document.querySelector("[data-focus]")?.focus();
