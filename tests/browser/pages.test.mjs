// Every page, on a phone and on a desk, in both languages: no axe violation, nothing sticking out, no foreign request.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoProblems, assertNoSidewaysScroll, DESKTOP, PHONE, shot, signIn, world } from "./kit.mjs";

const PUBLIC = ["/", "/report", "/track", "/reports", "/sign-in", "/no-such-page"];

// One account of each post, as the demonstration prints them, with the pages of its day.
const STAFF = [];

const SCREENS = { phone: PHONE, desk: DESKTOP };
const name = (path) => (path === "/" ? "home" : path.slice(1).replaceAll("/", "-"));

describe("pages", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 120_000 });
  after(async () => { await city?.close(); });

  for (const [screen, settings] of Object.entries(SCREENS)) {
    for (const lang of ["zh-CN", "en"]) {
      for (const path of PUBLIC) {
        test(`${path} ${screen} ${lang}`, async () => {
          const page = await city.visit({ screen: settings, lang });
          try {
            const answer = await page.goto(path, { waitUntil: "load" });
            assert.equal(answer.status(), path === "/no-such-page" ? 404 : 200);
            assert.equal(await page.getAttribute("html", "lang"), lang === "en" ? "en" : "zh-Hans");
            await assertNoAxeViolations(page, path);
            await assertNoSidewaysScroll(page, path);
            assertNoProblems(page, path);
            await shot(page, `${name(path)}-${screen}-${lang}`);
          } finally { await page.context().close(); }
        });
      }
    }
    for (const { login, password, paths } of STAFF) {
      test(`${login} ${screen}`, async () => {
        const page = await city.visit({ screen: settings });
        try {
          await signIn(page, login, password);
          for (const path of paths) {
            const answer = await page.goto(path, { waitUntil: "load" });
            assert.equal(answer.status(), 200, path);
            await assertNoAxeViolations(page, path);
            await assertNoSidewaysScroll(page, path);
            await shot(page, `${login}-${name(path)}-${screen}`, { fullPage: false });
          }
          assertNoProblems(page);
        } finally { await page.context().close(); }
      });
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
    } finally { await page.context().close(); }
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
    } finally { await page.context().close(); }
  });
});
