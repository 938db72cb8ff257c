// The photo picker: previews, order, removal; very large photos are made smaller before they travel.
import { icon, make } from "./words.js";

const LONGEST = 4000; // pixels of the longer side; more only costs the citizen's traffic

/** Takes over one `[data-photos]` field. */
export function photos(field) {
  const input = field.querySelector("input[type=file]"), list = field.querySelector(".photo-picks");
  const status = field.querySelector("[data-photos-status]"), limit = Number(field.dataset.limit) || 6;
  if (!input || field.dataset.ready) return;
  field.dataset.ready = "1";
  let picked = [];

  const hand = () => {
    const transfer = new DataTransfer();
    picked.forEach((p) => transfer.items.add(p.file));
    input.files = transfer.files;
    list.hidden = picked.length === 0;
    list.replaceChildren(...picked.map(tile));
    input.form?.dispatchEvent(new CustomEvent("steward:photos", { detail: picked.map((p) => p.file) }));
  };

  const tile = (p, index) => {
    const image = make("img", { src: p.url, alt: `${index + 1}` });
    image.addEventListener("error", () => image.replaceWith(make("span", { class: "name" }, p.file.name)));
    const remove = make("button", { type: "button", class: "remove", "aria-label": `${field.dataset.remove} ${index + 1}` }, icon("x"));
    remove.addEventListener("click", () => {
      URL.revokeObjectURL(p.url);
      picked = picked.filter((other) => other !== p);
      hand();
      say();
      (list.querySelectorAll(".remove")[Math.min(index, picked.length - 1)] ?? input).focus();
    });
    const earlier = make("button", { type: "button", class: "earlier", "aria-label": `${field.dataset.earlier} ${index + 1}` }, icon("back"));
    earlier.addEventListener("click", () => {
      picked.splice(index, 1);
      picked.splice(index - 1, 0, p);
      hand();
      list.children[index - 1]?.querySelector(".remove").focus();
    });
    return make("li", {}, image, earlier, remove);
  };

  const say = (extra = "") => (status.textContent = `${picked.length} ${field.dataset.count}${extra && " · " + extra}`);

  // Photos that the server holds from the sending before count too.
  const held = () => (input.form?.querySelectorAll("[name=kept]").length ?? 0) - (input.form?.querySelectorAll("[name=drop]:checked").length ?? 0);

  const add = async (files) => {
    const room = limit - picked.length - held(), taken = files.slice(0, Math.max(room, 0));
    for (const file of taken) {
      const small = await smaller(file);
      picked.push({ file: small, url: URL.createObjectURL(small) });
    }
    hand();
    say(files.length > taken.length ? field.dataset.tooMany : "");
  };

  let work = Promise.resolve();
  input.addEventListener("change", () => {
    const files = [...input.files].filter((file) => !picked.some((p) => p.file === file));
    hand(); // until the new ones are ready, the form holds what was there
    work = work.then(() => add(files));
  });
  input.addEventListener("steward:restore", (event) => picked.length || add(event.detail));
  const drop = field.querySelector(".photo-drop");
  for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, () => drop.classList.add("over"));
  for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.classList.remove("over"));
  if (input.files.length) add([...input.files]);
}

/** The same photo, no longer than LONGEST; what the browser cannot read goes to the server as it is. */
async function smaller(file) {
  if (file.type !== "image/jpeg" || file.size < 1_500_000) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = LONGEST / Math.max(bitmap.width, bitmap.height);
    if (scale >= 1) return file;
    const canvas = make("canvas", {});
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    if (!blob) return file;
    const exif = exifOf(await file.arrayBuffer());
    const parts = exif ? [blob.slice(0, 2), exif, blob.slice(2)] : [blob];
    return new File(parts, file.name, { type: "image/jpeg", lastModified: file.lastModified });
  } catch {
    return file;
  }
}

/** The Exif segment of a JPEG (moment and place are evidence), its orientation set upright because the pixels now are. */
function exifOf(buffer) {
  const view = new DataView(buffer);
  for (let at = 2; at + 4 < view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) break;
    if (marker !== 0xe1 || view.getUint32(at + 4) !== 0x45786966) continue;
    const segment = buffer.slice(at, at + 2 + view.getUint16(at + 2)), inside = new DataView(segment), start = 10;
    const little = inside.getUint16(start) === 0x4949, first = start + inside.getUint32(start + 4, little);
    for (let i = 0, n = inside.getUint16(first, little); i < n; i++) {
      const entry = first + 2 + i * 12;
      if (inside.getUint16(entry, little) === 0x0112) inside.setUint16(entry + 8, 1, little);
    }
    return segment;
  }
  return null;
}
