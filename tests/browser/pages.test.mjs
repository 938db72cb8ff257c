// Every page, on a phone and on a desk, in both languages: no axe violation, nothing sticking out, no foreign request.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoProblems, assertNoSidewaysScroll, DESKTOP, leave, PHONE, shot, signIn, world } from "./kit.mjs";

const PUBLIC = ["/", "/report", "/track", "/reports", "/sign-in", "/privacy", "/accessibility", "/verify", "/party", "/published", "/no-such-page", "/status", "/follow"];

const PASSWORD = "Wanglan-2026";
// One account of each post, as the demonstration prints them, with the pages of its day. `first(ADDRESS, LINK)` stands for
// the first link of that shape on the page at ADDRESS.
const first = (address, link, more = "") => ({ address, link, more });
const OWN = ["/account", "/account/password", "/account/sessions", "/account/second"];
const CASE = /^\/cases\/\d+/;
const WHISTLE = /^\/whistles\/\d+/;
const REPEAT = /^\/repeats\/\d+/;
const PENALTY = /^\/enforcement\/\d+$/;
const BUILDING = /^\/buildings\/\d+/;
const LIST = /^\/repeats\/months\/\d{4}-\d{2}$/;
const STAFF = [
  { login: "acceptor1", paths: ["/desk", "/desk?stage=received", "/desk?stage=closed", "/desk?stage=overdue", "/desk?sort=opened", "/desk?q=nothing-has-this-number", first("/desk", CASE), first("/desk?stage=closed", CASE), ...OWN] },
  { login: "shift1", paths: ["/search", "/cases/map", "/cases/map?state=overdue", "/search?q=%E8%B7%AF", "/search?q=%E8%B7%AF&stage=open", "/search?q=nothing-has-this-word", "/views", "/desk", "/desk?stage=awaiting-filing", "/desk?stage=awaiting-closing", first("/desk?stage=awaiting-filing", CASE), "/whistles?show=asking", first("/whistles?show=asking", WHISTLE), "/repeats", "/repeats?show=late&sort=count", first("/repeats", REPEAT), "/repeats/months", first("/repeats/months", LIST)] },
  { login: "dispatcher1", paths: ["/desk", "/desk?stage=awaiting-dispatch", first("/desk?stage=awaiting-dispatch", CASE), "/whistles", "/whistles?q=nothing-has-this-number", "/whistles/new", first("/whistles?show=over", WHISTLE)] },
  { login: "desk-municipal", paths: ["/department", first("/department", CASE), "/whistles", first("/whistles", WHISTLE)] },
  { login: "crew-drain", paths: ["/field", first("/field", CASE)] },
  { login: "keeper1", paths: ["/field", first("/field", CASE), "/account", "/admin/catalog"] },
  { login: "leader", paths: ["/desk", first("/desk", CASE), "/suggestions", "/suggestions?month=2020-01"] },
  { login: "officer1", paths: ["/enforcement", "/enforcement?show=turn", "/enforcement?q=zzzz", "/enforcement/new", "/enforcement/summary", "/enforcement/summary?matter=road-occupation", first("/enforcement", PENALTY), first("/enforcement?stage=investigating", PENALTY), first("/enforcement?stage=investigating", PENALTY, "/inquire"), first("/enforcement", PENALTY, "/papers"), first("/enforcement", PENALTY, "/evidence"), "/papers", "/teaching"] },
  { login: "leader", paths: ["/enforcement", "/enforcement?due=late", first("/enforcement?stage=awaiting-filing", PENALTY), first("/enforcement", PENALTY, "/bundles"), "/buildings", "/teaching/progress"] },
  { login: "officer3", paths: ["/buildings", "/buildings/new", "/buildings/ledger", first("/buildings", BUILDING), first("/buildings", BUILDING, "/papers"), first("/buildings?show=waiting", BUILDING, "/papers/demolition-notice")] },
  { login: "reviewer1", paths: ["/credentials", "/enforcement?show=turn"] },
  { login: "treasurer1", paths: ["/enforcement", "/enforcement/payments"] },
  { login: "sysadmin", paths: ["/admin", "/admin/accounts", "/admin/accounts?q=zzzz", "/admin/accounts/new", first("/admin/accounts", /^\/admin\/accounts\/\d+/), "/admin/departments", "/admin/imports", first("/admin/imports", /^\/admin\/imports\/\d+/), "/admin/catalog", "/admin/catalog?show=unverified", "/admin/catalog?q=zzzz", "/admin/catalog/event-0109", "/admin/catalog/component-0101", "/admin/status", "/admin/embed?what=report&accent=ffcc00", ...OWN] },
  { login: "secadmin", paths: ["/admin", "/admin/accounts", first("/admin/accounts", /^\/admin\/accounts\/\d+/)] },
  { login: "auditadmin", paths: ["/audit", "/audit/changes", "/account"] },
];

const SCREENS = { phone: PHONE, desk: DESKTOP };
const name = (path) => (path === "/" ? "home" : path.slice(1).replaceAll(/[^\w-]+/g, "-"));

/** The first link of a shape on a page, or nothing where the demonstration's day left the list empty. */
async function linkOf(page, { address, link, more }) {
  await page.goto(address);
  const hrefs = await page.locator("main a[href]").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  const found = hrefs.find((href) => link.test(href));
  return found && found + more;
}

describe("pages", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  for (const [screen, settings] of Object.entries(SCREENS)) {
    for (const lang of ["zh-CN", "en"]) {
      for (const path of PUBLIC) {
        test(`${path} ${screen} ${lang}`, async () => {
          const page = await city.visit({ screen: settings, lang });
          try {
            const answer = await page.goto(path, { waitUntil: "load" });
            assert.equal(answer.status(), path === "/no-such-page" ? 404 : 200);
            if (path === "/no-such-page") page.problems = page.problems.filter((problem) => !problem.includes("404"));
            assert.equal(await page.getAttribute("html", "lang"), lang === "en" ? "en" : "zh-Hans");
            await assertNoAxeViolations(page, path);
            await assertNoSidewaysScroll(page, path);
            assertNoProblems(page, path);
            await shot(page, `${name(path)}-${screen}-${lang}`);
          } finally { await leave(page); }
        });
      }
    }
    // The longer words on both screens, the shorter ones where there is least room.
    for (const lang of screen === "phone" ? ["zh-CN", "en"] : ["en"]) {
      for (const { login, paths } of STAFF) {
        test(`${login} ${screen} ${lang}`, { timeout: 180_000 }, async () => {
          const page = await city.visit({ screen: settings, lang });
          const wrong = [];
          try {
            await signIn(page, login, PASSWORD);
            for (const [at, wanted] of paths.entries()) {
              const path = typeof wanted === "string" ? wanted : await linkOf(page, wanted);
              if (!path) continue;
              const answer = await page.goto(path, { waitUntil: "load" });
              // Everything that is wrong is told at once, not page by page.
              const look = async (check) => { try { await check(); } catch (error) { wrong.push(error.message); } };
              await look(() => assert.equal(answer.status(), 200, path));
              await look(() => assertNoAxeViolations(page, path));
              await look(() => assertNoSidewaysScroll(page, path));
              await shot(page, `${login}-${at}-${name(typeof wanted === "string" ? wanted : "/case")}-${screen}-${lang}`, { fullPage: false });
            }
            assert.deepEqual(wrong, []);
            assertNoProblems(page);
          } finally { await leave(page); }
        });
      }
    }
  }

  test("the report page is light: under 100 kB without the map", async () => {
    const page = await city.visit({ screen: PHONE });
    try {
      let bytes = 0;
      const session = await page.context().newCDPSession(page);
      await session.send("Network.enable");
      session.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
      await page.goto("/report", { waitUntil: "networkidle" });
      assert.ok(bytes > 0 && bytes < 100_000, `${bytes} bytes`);
    } finally { await leave(page); }
  });

  test("the map draws without any other server", async () => {
    const page = await city.visit({ screen: DESKTOP });
    try {
      await page.goto("/");
      const map = page.locator("[data-map]").first();
      if (await map.count() === 0) return;
      await map.scrollIntoViewIfNeeded();
      await page.waitForSelector("[data-map][data-state=ready]", { timeout: 20_000 });
      await page.waitForSelector(".map-pin, .map-cluster", { timeout: 20_000 });
      await assertNoAxeViolations(page);
      assertNoProblems(page);
      await shot(page, "home-map");
    } finally { await leave(page); }
  });

  // Every report that is seen, by itself or in a cluster; or whether they are as many as wanted. A function, for the page's policy lets no text run.
  const seen = (wanted) => {
    const clustered = [...document.querySelectorAll(".map-cluster")].reduce((sum, one) => sum + Number.parseInt(one.textContent, 10), 0);
    const all = clustered + document.querySelectorAll(".map-pin").length;
    return wanted === undefined ? all : all === wanted;
  };
  /** Opens a page's map and answers how many reports are on it. */
  const openMap = async (page, path) => {
    await page.goto(path);
    await page.locator("[data-map]").first().scrollIntoViewIfNeeded();
    await page.waitForSelector("[data-map][data-state=ready]", { timeout: 20_000 });
    await page.waitForSelector(".map-pin, .map-cluster", { timeout: 20_000 });
    return page.evaluate(seen);
  };
  /** Reports something in the middle of the page's map. */
  const report = async (page) => {
    const status = await page.evaluate(async () => {
      const { lon, lat } = document.querySelector("[data-map]").dataset;
      const body = new URLSearchParams({ words: "路面有坑", lon, lat, coordinates: "wgs84", category: "event-0113", similar: "any" });
      return (await fetch("/report", { method: "POST", body })).status;
    });
    assert.equal(status, 200);
  };

  test("a new report is on the open map at once, and heat takes the place of pins", async () => {
    const page = await city.visit({ screen: DESKTOP });
    try {
      const before = await openMap(page, "/");
      await report(page);
      await page.waitForFunction(seen, before + 1, { timeout: 10_000 });
      await page.locator(".maplibregl-ctrl button[aria-pressed]").click();
      await page.waitForFunction(seen, 0, { timeout: 10_000 });
      await assertNoAxeViolations(page);
      assertNoProblems(page);
    } finally { await leave(page); }
  });

  test("a map waits for its last tile, and a tile that has not changed may be the last", async () => {
    const page = await city.visit({ screen: DESKTOP });
    try {
      const marks = new Map();
      await page.route("**/tiles/reports/**", async (route) => {
        const answer = await route.fetch(), mark = answer.headers().etag, url = route.request().url();
        if (marks.get(url) === mark) await new Promise((done) => setTimeout(done, 400));
        marks.set(url, mark);
        await route.fulfill({ response: answer });
      });
      const before = await openMap(page, "/");
      await report(page);
      await page.waitForFunction(seen, before + 1, { timeout: 10_000 });
      assertNoProblems(page);
    } finally { await leave(page); }
  });

  test("news that never pause hold up neither the map nor the list", async () => {
    const page = await city.visit({ screen: DESKTOP });
    try {
      await page.addInitScript(() => {
        const Plain = window.EventSource;
        window.EventSource = class extends Plain {
          constructor(...all) {
            super(...all);
            setInterval(() => this.dispatchEvent(new Event("report")), 50);
          }
        };
      });
      const before = await openMap(page, "/");
      await report(page);
      await page.waitForFunction(seen, before + 1, { timeout: 10_000 });
      await page.goto("/reports");
      const newest = () => document.querySelector("#list a[href^='/reports/']").getAttribute("href");
      const known = await page.evaluate(newest);
      await report(page);
      await page.waitForFunction((known) => document.querySelector("#list a[href^='/reports/']").getAttribute("href") !== known, known, { timeout: 10_000 });
      assertNoProblems(page);
    } finally { await leave(page); }
  });
});
