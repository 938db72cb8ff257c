// How an address may go on, while it is typed. Choosing a line fills the field and marks the place, in sight and to be undone;
// nothing is placed by itself, and without this file the form asks after it was sent.
import { openMap } from "./lazy.js";
import { make } from "./words.js";

/** Typing rests for so long before the city is asked, in milliseconds. */
const REST = 180;
/** An answer that takes longer is not waited for. */
const PATIENCE = 6000;
/** A city without a gazetteer is not asked again for so long. */
const LATER = 60000;

let count = 0, notBefore = 0;

/** Takes over the fields address, lon and lat in one `[data-suggest]` element. */
export function suggest(root) {
  const field = (name) => root.querySelector(`[name=${name}]`);
  const input = field("address"), lon = field("lon"), lat = field("lat");
  if (!input || !lon || !lat || root.dataset.suggesting) return;
  root.dataset.suggesting = "1";
  const say = root.dataset, id = `suggest-${++count}`, map = root.querySelector("[data-map=pick]");
  const list = make("ul", { id, role: "listbox", "aria-label": say.suggestLabel, class: "suggestions", hidden: "" });
  const told = make("p", { class: "hint suggest-status", role: "status" });
  const heard = make("p", { class: "hidden-visually", role: "status" });
  // The list lies over what follows the field, and nothing moves while somebody types.
  const box = make("div", { class: "suggest-box" });
  input.before(box);
  box.append(input, list);
  box.after(told, heard);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, "aria-haspopup": "listbox", autocomplete: "off" })) input.setAttribute(name, value);
  const from = root.closest("form")?.querySelector("[name=place_from]") ?? root.appendChild(make("input", { type: "hidden", name: "place_from", value: "" }));

  let wait, asking, lines = [], at = -1, before = null, taken = "";

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const stop = () => { clearTimeout(wait); asking?.abort(); asking = undefined; };
  const mark = (to) => {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = to;
    const option = list.children[at];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    option ? input.setAttribute("aria-activedescendant", option.id) : input.removeAttribute("aria-activedescendant");
  };

  async function ask() {
    stop();
    const typed = input.value.trim();
    if ([...typed].length < 2 || Date.now() < notBefore) return close();
    const query = new URLSearchParams({ q: typed });
    if (lon.value && lat.value) { query.set("lon", lon.value); query.set("lat", lat.value); }
    const turn = (asking = new AbortController()), late = setTimeout(() => turn.abort(), PATIENCE);
    try {
      const answer = await fetch(`${say.suggest}?${query}`, { signal: turn.signal });
      const found = answer.ok ? await answer.json() : { ready: true, places: [] };
      // An answer to what no longer stands there is dropped.
      if (turn !== asking || input.value.trim() !== typed) return;
      if (!found.ready) notBefore = Date.now() + LATER;
      show(found.places);
    } catch { if (turn === asking) close(); } finally { clearTimeout(late); }
  }

  function show(found) {
    lines = found;
    at = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...found.map((line, number) => {
      const option = make("li", { id: `${id}-${number}`, role: "option", "aria-selected": "false" }, make("span", {}, line.words), make("small", {}, [line.label, line.area].filter(Boolean).join(" · ")));
      // The field keeps the cursor: it would close the list before the finger is lifted.
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => take(line));
      return option;
    }));
    const is_open = found.length > 0 && document.activeElement === input;
    list.hidden = !is_open;
    input.setAttribute("aria-expanded", String(is_open));
    heard.textContent = is_open ? say.suggestCount.replace("{n}", found.length) : say.suggestNone;
  }

  const put = (state) => {
    [input.value, lon.value, lat.value, from.value] = state;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const see = (line) => {
    if (!map) return;
    map.dataset.lon = line.lon;
    map.dataset.lat = line.lat;
    if (map.hidden) {
      map.hidden = false;
      root.querySelector("[data-pick]")?.setAttribute("aria-expanded", "true");
      openMap(map);
    }
    map.dispatchEvent(new CustomEvent("steward:move", { detail: line }));
  };

  function take(line) {
    stop();
    close();
    before = [input.value, lon.value, lat.value, from.value];
    taken = line.fills;
    if (line.is_spot) {
      put([line.fills, line.lon.toFixed(6), line.lat.toFixed(6), "suggestion"]);
      const accuracy = field("accuracy");
      if (accuracy) accuracy.value = "";
      root.dispatchEvent(new CustomEvent("steward:place", { bubbles: true, detail: line }));
      const undo = make("button", { type: "button", class: "btn btn-quiet" }, say.suggestUndo);
      undo.addEventListener("click", () => {
        put(before);
        told.textContent = say.suggestUndone;
        input.focus();
      });
      told.replaceChildren(say.suggestTaken.replace("{words}", line.words), " ", undo);
    } else {
      // A street or an area is no spot: the map goes there, the point stays where it was.
      put([line.fills, lon.value, lat.value, from.value]);
      told.textContent = say.suggestStreet;
    }
    see(line);
    input.focus();
  }

  const later = (event) => {
    stop();
    // Whoever writes another address is not left with the point of the old one.
    if (from.value && before && !input.value.includes(taken)) {
      [, lon.value, lat.value, from.value] = before;
      told.textContent = say.suggestUndone;
    }
    // Letters on their way to a character say nothing yet.
    if (!event.isComposing) wait = setTimeout(ask, REST);
  };
  input.addEventListener("input", later);
  input.addEventListener("compositionend", later);
  input.addEventListener("blur", () => { stop(); close(); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const is_open = !list.hidden, last = lines.length - 1;
    if (event.key === "Escape" && is_open) {
      event.preventDefault();
      event.stopPropagation();
      stop();
      return close();
    }
    if (event.key === "ArrowDown" && !is_open) { event.preventDefault(); return void ask(); }
    if (!is_open) return;
    if (event.key === "ArrowDown") { event.preventDefault(); mark(at >= last ? -1 : at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark(at < 0 ? last : at - 1); }
    if (event.key === "Enter" && at >= 0) { event.preventDefault(); take(lines[at]); }
    if (event.key === "Tab") close();
  });
  // Whoever moves the point by hand, or finds it by the phone, has it from there.
  const moved = () => { if (from.value) { from.value = ""; told.replaceChildren(); } };
  map?.addEventListener("steward:picked", moved);
  root.querySelector("[data-locate]")?.addEventListener("click", moved);
  for (const degrees of [lon, lat]) degrees.addEventListener("input", moved);
}
