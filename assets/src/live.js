// Pages that refresh themselves: fetch the same address again, take over the named parts, disturb nobody.
import { steadily } from "./steadily.js";

const busy = (part) => {
  const at = document.activeElement;
  return (part.contains(at) && at.matches("input:not([type=submit]), textarea, select")) || part.querySelector("dialog[open], form[data-dirty], form[data-sent]");
};

document.addEventListener("input", (event) => event.target.form?.method === "post" && (event.target.form.dataset.dirty = "1"));

const links = (part) => new Set([...part.querySelectorAll("[data-rows] a")].map((a) => a.getAttribute("href")));
/** Every fold of a part by its form and its words, so that the same one is found again in a fresh part. */
const folds = (part) => {
  const seen = {};
  return [...part.querySelectorAll("details")].map((fold) => {
    const name = `${fold.querySelector("form")?.getAttribute("action") ?? ""} ${fold.querySelector("summary")?.textContent.replace(/\d+/g, "").trim() ?? ""}`;
    seen[name] = (seen[name] ?? 0) + 1;
    return [`${name} ${seen[name]}`, fold];
  });
};
const scrollers = (part) => [part, ...part.querySelectorAll("*")].filter((e) => e.scrollTop > 0).map((e) => [e.id || e.className, e.scrollTop]);

/** Fetches an address and replaces the parts with these ids. Keeps focus, scroll, and what is being typed. */
async function take(url, ids, enhance, { polite = true, mark = false } = {}) {
  const answer = await fetch(url, { headers: { accept: "text/html", "x-refresh": ids.join(" ") }, credentials: "same-origin" });
  if (!answer.ok || (answer.redirected && new URL(answer.url).pathname !== new URL(url, location.href).pathname)) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  let all = true;
  for (const id of ids) {
    const old = document.getElementById(id), fresh = page.getElementById(id);
    if (!old || !fresh) continue;
    if (polite && busy(old)) { all = false; continue; }
    if (old.outerHTML === fresh.outerHTML) continue;
    const at = old.contains(document.activeElement) && document.activeElement;
    const focus = at && (at.id ? `#${CSS.escape(at.id)}` : at.getAttribute("href") ? `a[href="${CSS.escape(at.getAttribute("href"))}"]` : "");
    const before = links(old), tops = polite || mark ? scrollers(old) : id === "list" ? scrollers(old) : [];
    document.adoptNode(fresh);
    // What somebody has unfolded or folded stays so.
    const opened = mark && new Map(folds(old).map(([name, fold]) => [name, fold.open]));
    if (opened) folds(fresh).forEach(([name, fold]) => opened.has(name) && (fold.open = opened.get(name)));
    // An open map goes over as it is: a new one would be drawn from nothing, which takes a cheap phone seconds.
    const maps = [...old.querySelectorAll("[data-map][data-opened]")];
    for (const map of fresh.querySelectorAll("[data-map]")) {
      const same = maps.find((one) => Object.entries(map.dataset).every(([name, value]) => one.dataset[name] === value));
      if (same) map.replaceWith(same);
    }
    old.replaceWith(fresh);
    for (const [name, top] of tops) {
      const e = fresh.id === name || fresh.className === name ? fresh : [...fresh.querySelectorAll("*")].find((e) => (e.id || e.className) === name);
      if (e) e.scrollTop = top;
    }
    if (focus) fresh.querySelector(focus)?.focus({ preventScroll: true });
    if (mark) fresh.querySelectorAll("[data-rows] a").forEach((a) => before.has(a.getAttribute("href")) || a.closest("li, tr")?.classList.add("fresh"));
    await enhance(fresh);
  }
  return all;
}

/** One connection for each address, however many parts of a page listen to it: browsers allow only a few. */
const streams = new Map();

function listen(url, names, heard) {
  const stream = streams.get(url) ?? streams.set(url, { listeners: [], lost: false }).get(url);
  stream.listeners.push({ names, heard });
  if (!stream.events) connect(url, stream);
  else names.forEach((name) => hear(stream, name));
}

function hear(stream, name) {
  if (stream.names.has(name)) return;
  stream.names.add(name);
  stream.events.addEventListener(name, () => stream.listeners.forEach((one) => one.names.includes(name) && one.heard()));
}

function connect(url, stream) {
  stream.events = new EventSource(url);
  stream.names = new Set();
  stream.listeners.forEach((one) => one.names.forEach((name) => hear(stream, name)));
  const all = () => stream.listeners.forEach((one) => one.heard());
  stream.events.onerror = () => (stream.lost = true);
  stream.events.onopen = () => { if (stream.lost) all(); stream.lost = false; };
}

const leave = () => streams.forEach((stream) => (stream.events?.close(), (stream.events = null)));
const back = () => streams.forEach((stream, url) => {
  if (stream.events) return;
  connect(url, stream);
  stream.listeners.forEach((one) => one.heard());
});

// A page in the back-forward store must hold no connection, and one that nobody looks at needs none: a browser has only a
// few for all its pages.
let hidden;
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && back());
document.addEventListener("visibilitychange", () => {
  clearTimeout(hidden);
  if (document.hidden) hidden = setTimeout(leave, 30000);
  else back();
});

const SUBJECTS = ["duty", "whistle", "message", "report", "case", "account", "department", "grid"];

/** `<div data-live="/live" data-refresh="#list #detail">` listens, with no parts only for the map; `data-poll="60"` asks every so many seconds instead.
 *  `data-on="notices"` names what it listens to, `data-from` another address to ask than the page's own. */
export function live(enhance) {
  document.querySelectorAll("[data-live], [data-poll]").forEach((element) => {
    const ids = element.dataset.refresh.split(/[\s,]+/).map((id) => id.replace(/^#/, "")).filter(Boolean);
    const from = element.dataset.from, names = element.dataset.on?.split(/[\s,]+/) ?? SUBJECTS;
    let due = false;
    const refresh = async () => {
      if (!ids.length) return;
      if (document.hidden) return (due = true);
      due = false;
      try { due = !(await take(from ?? location.href, ids, enhance, { mark: true })); } catch { due = true; }
    };
    const soon = steadily(refresh, 250);
    document.addEventListener("visibilitychange", () => !document.hidden && due && soon());
    document.addEventListener("focusout", () => due && soon());
    if (element.dataset.poll) setInterval(soon, element.dataset.poll * 1000);
    else listen(element.dataset.live, [...names, "lagged"], () => {
      // Whatever else on the page shows what changes, such as a map.
      dispatchEvent(new CustomEvent("steward:news"));
      soon();
    });
  });
}

/** Links inside `[data-swap="list detail"]` change those parts instead of the whole page; the address follows. */
export function swaps(enhance) {
  let turn = 0;
  const go = async (href, ids, push) => {
    const mine = ++turn;
    try {
      if (push) history.pushState({ swap: ids }, "", href);
      if (mine === turn) await take(href, ids, enhance, { polite: false });
    } catch { location.assign(href); }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-swap] a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.origin !== location.origin || link.pathname !== location.pathname) return;
    const ids = link.closest("[data-swap]").dataset.swap.split(/[\s,]+/).map((id) => id.replace(/^#/, ""));
    event.preventDefault();
    if (!history.state?.swap) history.replaceState({ swap: ids }, "");
    go(link.href, ids, true);
  });
  addEventListener("popstate", (event) => event.state?.swap && go(location.href, event.state.swap, false));
}
