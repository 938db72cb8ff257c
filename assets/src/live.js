// Pages that refresh themselves: fetch the same address again, take over the named parts, disturb nobody.

const busy = (part) => {
  const at = document.activeElement;
  return (part.contains(at) && at.matches("input:not([type=submit]), textarea, select")) || part.querySelector("dialog[open], form[data-dirty], form[data-sent]");
};

document.addEventListener("input", (event) => event.target.form?.method === "post" && (event.target.form.dataset.dirty = "1"));

const links = (part) => new Set([...part.querySelectorAll("[data-rows] a")].map((a) => a.getAttribute("href")));
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
    // A map that is open stays open: the new page would only draw it again.
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

/** `<div data-live="/live" data-refresh="#list #detail">` listens; `data-poll="60"` asks every so many seconds instead. */
export function live(enhance) {
  document.querySelectorAll("[data-live], [data-poll]").forEach((element) => {
    const ids = element.dataset.refresh.split(/[\s,]+/).map((id) => id.replace(/^#/, "")).filter(Boolean);
    let due = false, wait, lost = false;
    const refresh = async () => {
      if (document.hidden) return (due = true);
      due = false;
      try { due = !(await take(location.href, ids, enhance, { mark: true })); } catch { due = true; }
    };
    const soon = () => { clearTimeout(wait); wait = setTimeout(refresh, 250); };
    document.addEventListener("visibilitychange", () => !document.hidden && due && soon());
    document.addEventListener("focusout", () => due && soon());
    if (element.dataset.poll) return void setInterval(soon, element.dataset.poll * 1000);
    let events;
    const listen = () => {
      events = new EventSource(element.dataset.live);
      events.onmessage = soon;
      for (const name of ["report", "case", "whistle", "account", "department", "grid", "lagged"]) events.addEventListener(name, soon);
      events.onerror = () => (lost = true);
      events.onopen = () => { if (lost) soon(); lost = false; };
    };
    listen();
    // A page in the back-forward store must hold no connection.
    addEventListener("pagehide", () => events.close());
    addEventListener("pageshow", (event) => event.persisted && (listen(), soon()));
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
