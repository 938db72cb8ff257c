// What spares a citizen work: a form that was refused keeps its photos, and somebody else's report is offered first.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoSidewaysScroll, leave, PHONE, shot, world } from "./kit.mjs";

const photo = (scene) => join(import.meta.dirname, "..", "..", "demo", "photos", `${scene}.jpg`);
const send = (page) => page.locator("#report-form > .form-actions button").click();

describe("the citizen's form", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  for (const javaScript of [true, false]) {
    test(`a refused form keeps its photos, ${javaScript ? "with" : "without"} JavaScript`, { timeout: 60_000 }, async () => {
      const page = await city.visit({ screen: PHONE, javaScript });
      try {
        await page.goto("/report");
        await page.setInputFiles("[name=photos]", [photo("manhole-before"), join(import.meta.dirname, "kit.mjs")]);
        await page.fill("[name=words]", "井盖松动");
        if (javaScript) await page.waitForSelector(".photo-picks li");
        await Promise.all([page.waitForSelector("#errors"), send(page)]);
        assert.match(await page.locator("#errors").innerText(), /kit\.mjs/, "the photo that is none is named");
        assert.equal(await page.locator("[data-kept] img").count(), 1);
        assert.ok(await page.locator("[data-kept] img").evaluate((image) => image.complete && image.naturalWidth > 0));
        assert.equal(await page.inputValue("[name=words]"), "井盖松动");
        assert.equal(await page.locator(".photo-picks li").count(), 0, "the picker does not offer them twice");
        if (javaScript) await assertNoAxeViolations(page, "a refused form");
        await assertNoSidewaysScroll(page, "a refused form");
        await shot(page, `citizen-refused-${javaScript}`);
        await page.fill("[name=address]", `报亭旁第 ${javaScript ? 1 : 2} 盏灯`);
        await Promise.all([page.waitForURL(/\/track\//), send(page)]);
        assert.equal(await page.locator('#report img[src*="/photos/"]').count(), 1);
      } finally { await leave(page); }
    });
  }

  test("a similar report is shown while the form is filled in, and followed", { timeout: 60_000 }, async () => {
    const page = await city.visit({ screen: PHONE });
    try {
      await page.goto("/report");
      const answer = await page.request.post(new URL("/api/reports", page.url()).href, { headers: { origin: new URL(page.url()).origin }, data: { words: "路面有坑", lon: 123.4098, lat: 31.218, coordinates: "cgcs2000" } });
      assert.equal(answer.status(), 201);
      await page.context().grantPermissions(["geolocation"]);
      await page.context().setGeolocation({ longitude: 123.4098, latitude: 31.218, accuracy: 10 });
      await page.click("[data-locate]");
      await page.waitForSelector("[data-similar-list] .similar-list li");
      await assertNoAxeViolations(page, "similar reports in the form");
      await assertNoSidewaysScroll(page, "similar reports in the form");
      await shot(page, "citizen-similar-live");
      await Promise.all([page.waitForURL(/\/reports\/\d+\?done=followed/), page.locator(".similar-list button").first().click()]);
      assert.match(await page.locator("main").innerText(), /路面有坑/);
    } finally { await leave(page); }
  });
});
