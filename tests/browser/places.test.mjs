// An address goes on as it is typed: by keyboard, by finger, on a slow network; what was chosen is in sight and can be undone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoSidewaysScroll, DESKTOP, leave, PHONE, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";

describe("places in words", () => {
  let city;
  before(async () => {
    city = await world();
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await fetch(`${city.address}/places/suggest?q=${encodeURIComponent("海棠路1")}`);
      if ((await answer.json()).places.length) break;
      await new Promise((done) => setTimeout(done, 200));
    }
  }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  const value = (page, name) => page.locator(`#report-form [name=${name}]`).first().inputValue();

  test("by keyboard: shown, chosen, marked, undone", { timeout: 60_000 }, async () => {
    const page = await city.visit({ screen: DESKTOP });
    try {
      await page.goto("/report");
      const field = page.getByRole("combobox");
      await field.pressSequentially("海棠路1", { delay: 30 });
      await page.waitForSelector("[role=listbox] [role=option]");
      assert.equal(await field.getAttribute("aria-expanded"), "true");
      await assertNoAxeViolations(page, "suggestions");
      await shot(page, "places-suggestions");
      await page.keyboard.press("Escape");
      assert.equal(await page.locator("[role=listbox]").isVisible(), false);
      assert.equal(await field.inputValue(), "海棠路1", "Escape keeps what was typed");
      await page.keyboard.press("ArrowDown");
      await page.waitForSelector("[role=listbox] [role=option]");
      await page.keyboard.press("ArrowDown");
      assert.match(await field.getAttribute("aria-activedescendant"), /suggest-\d+-0/);
      const words = await page.locator("[role=option][aria-selected=true] span").innerText();
      await page.keyboard.press("Enter");
      assert.equal(await field.inputValue(), words);
      assert.match(await value(page, "lon"), /^123\.\d{6}$/);
      assert.equal(await value(page, "place_from"), "suggestion");
      await page.waitForSelector("[data-map=pick][data-state=ready]");
      await shot(page, "places-chosen");
      await page.locator(".suggest-status button").click();
      assert.deepEqual([await field.inputValue(), await value(page, "lon"), await value(page, "place_from")], ["海棠路1", "", ""]);
      // Another address is not left with the point of the one before.
      await page.keyboard.press("ArrowDown");
      await page.waitForSelector("[role=listbox] [role=option]");
      await page.locator("[role=option]").first().click();
      assert.notEqual(await value(page, "lon"), "");
      await field.fill("别的地方");
      assert.equal(await value(page, "lon"), "");
    } finally { await leave(page); }
  });

  test("by finger, on a slow network: old answers are dropped", { timeout: 60_000 }, async () => {
    const page = await city.visit({ screen: PHONE });
    try {
      await page.goto("/report");
      let held = 0;
      await page.route("**/places/suggest**", async (route) => {
        // The first answer comes last.
        if (!held++) await new Promise((done) => setTimeout(done, 1500));
        await route.continue().catch(() => {});
      });
      const field = page.getByRole("combobox");
      await field.fill("中山路");
      await page.waitForTimeout(400);
      await field.fill("人民医院");
      await page.waitForSelector("[role=option] >> text=人民医院");
      await page.waitForTimeout(1600);
      assert.match(await page.locator("[role=listbox]").innerText(), /人民医院/);
      assert.doesNotMatch(await page.locator("[role=listbox]").innerText(), /中山路/);
      const box = await page.locator("[role=option]").first().boundingBox();
      assert.ok(box.height >= 44, `${box.height} px is too small for a thumb`);
      await assertNoSidewaysScroll(page, "suggestions");
      await shot(page, "places-phone");
      await page.locator("[role=option]").first().tap();
      assert.notEqual(await value(page, "lon"), "");
    } finally { await leave(page); }
  });

  test("without JavaScript an address is asked about once, and the desk is offered the same", { timeout: 60_000 }, async () => {
    const page = await city.visit({ screen: PHONE, javaScript: false });
    try {
      await page.goto("/report");
      await page.fill("[name=words]", "路灯不亮");
      await page.fill("[name=address]", "海棠路11号旁边");
      await Promise.all([page.waitForSelector("#perhaps"), page.locator("#report-form > .form-actions button").click()]);
      await assertNoSidewaysScroll(page, "the question");
      await shot(page, "places-asked");
      await page.locator("#perhaps input[type=radio]").first().check({ force: true });
      await Promise.all([page.waitForURL(/\/track\//), page.locator("#perhaps button").click()]);
    } finally { await leave(page); }
    const desk = await city.visit({ screen: DESKTOP });
    try {
      await signIn(desk, "acceptor1", PASSWORD);
      const answer = await desk.request.post(new URL("/api/reports", desk.url()).href, { headers: { origin: new URL(desk.url()).origin }, data: { words: "听涛里小区门口有人占道", address: "热线" } });
      assert.equal(answer.status(), 201);
      for (let tries = 0; tries < 40 && !(await desk.locator("#perhaps").count()); tries += 1) {
        await desk.waitForTimeout(250);
        await desk.goto("/desk?sort=opened&stage=received");
        const href = await desk.locator('a[href*="case"]', { hasText: "听涛里" }).first().getAttribute("href").catch(() => null);
        const id = /(?:case=|\/cases\/)(\d+)/.exec(href ?? "")?.[1];
        if (id) await desk.goto(`/cases/${id}`);
      }
      await assertNoAxeViolations(desk, "a case with an offer");
      await shot(desk, "places-case");
      await desk.locator("#perhaps button").first().click();
      await desk.waitForSelector("text=采用了地名库");
    } finally { await leave(desk); }
  });
});
