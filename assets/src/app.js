// The pages work without this file. It only spares people clicks, waiting and lost words.
import { confirms, copies, dialogs, guards, photoView, toasts } from "./furniture.js";
import { drafts } from "./drafts.js";
import { keys } from "./keys.js";
import { lazy } from "./lazy.js";
import { live, swaps } from "./live.js";
import { photos } from "./photos.js";
import { place } from "./place.js";

document.documentElement.classList.add("script");

/** Wakes what a part of the page needs; called once for the page and again for every part that is replaced. */
async function enhance(root) {
  root.querySelectorAll("[data-photos]").forEach(photos);
  root.querySelectorAll("[data-place]").forEach(place);
  root.querySelectorAll("form[data-draft]").forEach(drafts);
  lazy(root);
  toasts(root);
}

confirms();
guards();
dialogs();
copies();
photoView();
keys();
swaps(enhance);
live(enhance);
enhance(document);
document.querySelector("[data-focus]")?.focus();
