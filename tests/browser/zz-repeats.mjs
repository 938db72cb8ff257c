import { startBrowser, signIn, assertNoAxeViolations, assertNoSidewaysScroll, DESKTOP, PHONE, shot } from "./kit.mjs";
const address = process.env.ADDRESS;
const browser = await startBrowser();
const go = async (screen, name, login, lang, paths) => {
  const context = await browser.newContext({ ...screen, baseURL: address });
  const page = await context.newPage();
  page.on("pageerror", (e) => console.log("pageerror", e.message));
  page.on("console", (m) => m.type() === "error" && console.log("console", m.text().slice(0, 200)));
  await signIn(page, login, "Wanglan-2026");
  for (const [label, path] of paths) {
    let to = path;
    if (Array.isArray(path)) {
      await page.goto(path[0]);
      const hrefs = await page.locator("main a[href]").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
      to = hrefs.find((h) => path[1].test(h));
      if (!to) { console.log("no link", label); continue; }
    }
    if (to.endsWith("/$")) to = to;
    await page.goto(to + (to.includes("?") ? "&" : "?") + `lang=${lang}`);
    await page.waitForTimeout(900);
    try { await assertNoAxeViolations(page); } catch (e) { console.log(label, name, lang, e.message.slice(0, 600)); }
    try { await assertNoSidewaysScroll(page); } catch (e) { console.log(label, name, lang, e.message); }
    await shot(page, `repeats-${label}-${name}-${lang}`);
  }
  await context.close();
};
const month = process.env.MONTH;
const pages = [
  ["list", "/repeats"], ["one", ["/repeats", /^\/repeats\/\d+/]], ["months", "/repeats/months"], ["month", `/repeats/months/${month}`],
  ["meeting", `/repeats/months/${month}/meeting`], ["item", `/repeats/months/${month}/meeting/1`], ["empty", "/repeats?show=late"],
];
await go(DESKTOP, "desk", "shift1", "zh-Hans", pages);
await go(PHONE, "phone", "shift1", "zh-Hans", pages);
await go(DESKTOP, "desk", "shift1", "en", pages);
await go(PHONE, "phone", "shift1", "en", pages.slice(0, 4));
await go(PHONE, "dept", "desk-sanitation", "zh-Hans", pages.slice(0, 2));
await go(DESKTOP, "dept", "desk-sanitation", "en", pages.slice(0, 2));
await browser.close();
