// The desk as people work at it: news that comes by itself, the keyboard alone; and the report page on a bad line.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertNoProblems, DESKTOP, leave, PHONE, sendReport, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";
const photo = (scene) => join(import.meta.dirname, "..", "..", "demo", "photos", `${scene}.jpg`);
const LIST = "/desk?sort=opened&stage=received";

/** The cases of the list that is on the screen, by their identifiers. */
async function cases(page) {
  const hrefs = await page.locator("#list [data-rows] a[href]").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  return hrefs.map((href) => /(?:case=|\/cases\/)(\d+)/.exec(href)?.[1]).filter(Boolean);
}

/** A citizen reports something; answers when the program has given its code. */
async function report(city, words, settings = {}) {
  const citizen = await city.visit({ screen: PHONE, ...settings });
  try {
    await citizen.goto("/report");
    await citizen.setInputFiles("input[type=file][name=photos]", photo("manhole-before"));
    await citizen.fill("[name=words]", words);
    await citizen.fill("[name=address]", "报亭旁");
    await citizen.locator("input[name=category]").first().check({ force: true });
    await sendReport(citizen);
  } finally { await leave(citizen); }
}

describe("the desk", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  test("a new report appears on an open list by itself, and what is being typed stays", { timeout: 120_000 }, async (t) => {
    // One report so that there is a case to write about.
    await report(city, "路口井盖松动，车辆经过有响声");
    const page = await city.visit({ screen: DESKTOP });
    try {
      await signIn(page, "acceptor1", PASSWORD);
      await page.goto(LIST);
      for (let tries = 0; tries < 40 && (await cases(page)).length === 0; tries += 1) { await page.waitForTimeout(250); await page.reload(); }
      // The map may come late; the list of the live news must be open before the report.
      await page.waitForLoadState("load");
      await page.waitForTimeout(500);
      const before = new Set(await cases(page));
      const address = page.url();
      const note = page.locator("#detail textarea[name=note]").first();
      await note.click();
      await note.pressSequentially("已电话联系市民，");
      const sent = Date.now();
      await report(city, "人行道树枝断落，挡住盲道");
      const posted = Date.now();
      let fresh = [];
      for (let tries = 0; tries < 100 && fresh.length === 0; tries += 1) {
        fresh = (await cases(page)).filter((id) => !before.has(id));
        if (fresh.length === 0) await page.waitForTimeout(100);
      }
      t.diagnostic(`reported in ${posted - sent} ms, on the open list ${Date.now() - posted} ms later`);
      assert.equal(fresh.length, 1, "the new case is on the list without a reload");
      assert.equal(page.url(), address);
      await page.keyboard.type("约定明早复核");
      assert.equal(await note.inputValue(), "已电话联系市民，约定明早复核", "the words and the cursor stayed where they were");
      assertNoProblems(page);
    } finally { await leave(page); }
  });

  test("signing in, walking the inbox and accepting a case with the keyboard alone", { timeout: 120_000 }, async () => {
    await report(city, "垃圾桶满溢，气味很大");
    const page = await city.visit({ screen: DESKTOP });
    try {
      const press = (key) => page.keyboard.press(key);
      const focused = (selector) => page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
      const reach = async (selector) => {
        for (let steps = 0; steps < 40; steps += 1) {
          if (await focused(selector)) return;
          await press("Tab");
        }
        assert.fail(`${selector} cannot be reached with the Tab key`);
      };
      await page.goto("/sign-in");
      await reach("[name=login]");
      await page.keyboard.type("acceptor2");
      await reach("[name=password]");
      await page.keyboard.type(PASSWORD);
      await Promise.all([page.waitForURL((url) => url.pathname === "/desk"), press("Enter")]);

      await page.goto(LIST);
      for (let tries = 0; tries < 40 && (await cases(page)).length === 0; tries += 1) { await page.waitForTimeout(250); await page.reload(); }
      const all = await cases(page);
      assert.ok(all.length > 0, "there is something to accept");
      await press("j");
      if (all.length > 1) {
        await press("j");
        const walked = await page.evaluate(() => document.activeElement?.closest("[data-rows] > li") !== null);
        assert.ok(walked, "j walks the rows");
        await press("k");
      }
      await press("Enter");
      await page.waitForLoadState("load");
      await page.waitForSelector('form[action$="/accept"]');
      const action = await page.locator('form[action$="/accept"]').first().getAttribute("action");
      const id = /\/cases\/(\d+)\//.exec(action)[1];
      const [answer] = await Promise.all([page.waitForResponse((one) => one.request().method() === "POST"), press("a")]);
      assert.equal(new URL(answer.url()).pathname, `/cases/${id}/accept`);
      assert.equal(answer.status(), 303);
      await page.waitForLoadState("load");
      await page.goto(LIST);
      assert.ok(!(await cases(page)).includes(id), "an accepted case has left the list of the received");
      // Help says what the keys do, and closes by key.
      await press("?");
      await page.waitForSelector("dialog[open]");
      await press("Escape");
      assert.equal(await page.locator("dialog[open]").count(), 0);
      // The first Tab on any page offers the way past the navigation.
      await page.goto("/desk");
      await press("Tab");
      assert.ok(await focused("a.skip"));
      assertNoProblems(page);
    } finally { await leave(page); }
  });

  test("the report page on a slow line and a slow phone", { timeout: 180_000 }, async (t) => {
    const page = await city.visit({ screen: PHONE });
    try {
      const session = await page.context().newCDPSession(page);
      await session.send("Network.enable");
      await session.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 400_000 / 8, uploadThroughput: 400_000 / 8 });
      await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
      const begun = Date.now();
      await page.goto("/report", { waitUntil: "commit" });
      await page.waitForSelector("[name=words]", { state: "visible" });
      const seen = Date.now() - begun;
      await page.fill("[name=words]", "路灯不亮，晚上很黑");
      const typed = Date.now() - begun;
      await page.waitForLoadState("load");
      const loaded = Date.now() - begun;
      const paint = await page.evaluate(() => new Promise((done) => {
        new PerformanceObserver((list) => done(list.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0)).observe({ type: "paint", buffered: true });
        setTimeout(() => done(NaN), 5000);
      }));
      await page.setInputFiles("input[type=file][name=photos]", photo("lamp-before"));
      await page.fill("[name=address]", "修车铺对面");
      assert.equal(await page.inputValue("[name=words]"), "路灯不亮，晚上很黑", "what was typed early is still there when the page has loaded");
      const sent = Date.now();
      await sendReport(page, 120_000);
      t.diagnostic(`400 kbit/s, 400 ms, CPU ×4: first paint ${Math.round(paint)} ms, form ${seen} ms, first words ${typed} ms, loaded ${loaded} ms, sent with a photo in ${Date.now() - sent} ms`);
      assertNoProblems(page);
    } finally { await leave(page); }
  });
});
