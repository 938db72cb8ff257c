// An unlawful shed in a real browser, stopped on the day it is found: a helper on the spot, two officers, the head. At phone and at
// desktop size, and once without JavaScript.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoProblems, assertNoSidewaysScroll, DESKTOP, leave, PHONE, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";
const HERE = { longitude: 123.414, latitude: 31.2093 };
const photo = (scene) => join(import.meta.dirname, "..", "..", "demo", "photos", `${scene}.jpg`);

describe("an unlawful shed", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  for (const [way, screen, javaScript] of [["phone", PHONE, true], ["desktop", DESKTOP, true], ["no-script", PHONE, false]]) {
    test(`is stopped on the day it is found, ${way}`, { timeout: 300_000 }, async () => {
      const as = async (login) => {
        const page = await city.visit({ screen, javaScript, geolocation: { ...HERE, accuracy: 8 } });
        await signIn(page, login, PASSWORD);
        return page;
      };
      const send = async (page, form, status = 303) => {
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.request().method() === "POST"),
          form.locator("button[type=submit]").last().click(),
        ]);
        assert.equal(answer.status(), status, `${answer.url()} answered ${answer.status()}`);
        await page.waitForLoadState("load");
      };
      const fine = async (page, where) => {
        if (!javaScript) return;
        await assertNoAxeViolations(page, where);
        await assertNoSidewaysScroll(page, where);
      };
      const open = async (page, act) => {
        const fold = page.locator(`#act-${act}`);
        if ((await fold.getAttribute("open")) === null) await fold.locator("summary").first().click();
        return fold.locator("form");
      };

      // 1: a helper finds it, and forgets the size first.
      const helper = await as("helper1");
      await helper.goto("/buildings/new");
      await fine(helper, "new");
      const found = helper.locator("form[action='/buildings/new']");
      if (javaScript) {
        await helper.locator("[data-locate]").click();
        await helper.waitForFunction(() => document.querySelector("[name=lon]").value !== "");
      } else {
        await found.locator("[name=street]").selectOption({ index: 1 });
      }
      await found.locator("[name=address]").fill(`柳荫巷 7 号后院（${way}）`);
      await found.locator("[name=kind]").selectOption("shed");
      await found.locator("[name=works][value=going-up]").check();
      await found.locator("[name=area]").fill("abc");
      await found.locator("[name=stock][value=new]").check();
      await found.locator("[name=unit]").selectOption({ label: "违建查处中队" });
      await found.locator("[name=words]").fill("后院搭棚，已立柱");
      await found.locator("[name=photos]").setInputFiles(photo("waste-before"));
      await send(helper, found, 422);
      await fine(helper, "refused");
      assert.equal(await found.locator("[name=words]").inputValue(), "后院搭棚，已立柱");
      await found.locator("[name=area]").fill("24.5");
      await send(helper, found);
      const shed = new URL(helper.url()).pathname;
      await fine(helper, "found");
      await shot(helper, `building-found-${way}`);

      // 2: an officer on the spot orders it to stop, together with another.
      const officer = await as("officer3");
      await officer.goto(shed);
      await fine(officer, "to stop");
      const stop = await open(officer, "order-stop");
      await stop.getByText("龚明义").first().click();
      await send(officer, stop);
      assert.match(await officer.locator("main").innerText(), /已责令停止/);
      await shot(officer, `building-stopped-${way}`);

      // 3: the head files it; what comes later is said to be not open.
      const head = await as("leader");
      await head.goto(shed);
      await send(head, await open(head, "file"));
      assert.match(await head.locator("main").innerText(), /已立案/);
      await head.goto("/buildings");
      await fine(head, "board");
      await head.goto("/buildings/ledger");
      await fine(head, "ledger");
      await head.goto("/buildings/visits");
      await fine(head, "visits");
      for (const page of [helper, officer, head]) {
        // The form that was refused on purpose.
        page.problems.splice(0, page.problems.length, ...page.problems.filter((one) => !/422/.test(one)));
        assertNoProblems(page);
        await leave(page);
      }
    });
  }
});
