// A penalty on the spot by an officer's phone: the matter, the form, what is refused, the decision, its paper, and the party's own
// page by the code of the paper. At phone and at desktop size, and once without JavaScript.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoSidewaysScroll, DESKTOP, leave, PHONE, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";

describe("a penalty on the spot", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  // Three people, for one and the same act of a day is fined once.
  for (const [way, screen, javaScript, name] of [["phone", PHONE, true, "江石生"], ["desktop", DESKTOP, true, "麦穗"], ["no-script", PHONE, false, "岑一鸣"]]) {
    test(`from the matter to the party's page, ${way}`, { timeout: 240_000 }, async () => {
      const page = await city.visit({ screen, javaScript });
      await signIn(page, "officer1", PASSWORD);
      const fine = async (where, on = page) => {
        if (javaScript) await assertNoAxeViolations(on, where);
        await assertNoSidewaysScroll(on, where);
      };
      const send = async (on, form, status = 303) => {
        const button = form.locator("button[type=submit]").first();
        const isAsked = javaScript && (await button.getAttribute("data-confirm"));
        const [answer] = await Promise.all([
          on.waitForResponse((response) => response.request().method() === "POST"),
          (async () => {
            await button.click();
            if (isAsked) await on.locator("dialog[open] .btn-primary").first().click();
          })(),
        ]);
        assert.equal(answer.status(), status, `${answer.url()} answered ${answer.status()}`);
        await on.waitForLoadState("load");
      };

      // By the keyboard: on a phone the bar at the foot may lie over a box that was just scrolled to.
      const tick = async (box) => {
        await box.focus();
        await box.press("Space");
        assert.ok(await box.isChecked());
      };

      await page.goto("/enforcement");
      await page.locator('main a[href="/enforcement/summary"]').first().click();
      await page.waitForURL(/summary/);
      await fine("the matters");
      await page.locator('main a[href*="road-occupation"]').click();
      await page.waitForURL(/matter=/);
      const form = page.locator('form[action="/enforcement/summary"]');
      await form.locator("[name=words]").fill(`占道摆放货架 ${way}`);
      await form.locator("[name=name]").fill(name);
      await tick(form.locator("input[name=form][value=citizen]"));
      for (const box of ["card_shown", "is_plain", "is_told"]) await tick(form.locator(`input[name=${box}]`));
      await tick(form.locator("input[name=kinds][value=fine]"));
      await form.locator("[name=fine]").fill("100");
      await tick(form.locator("input[name=tier][value=minor]"));
      await form.locator("[name=address]").fill("古渡路菜场门口");
      await fine("the form");
      await shot(page, `penalty-form-${way}`);

      // One officer alone, and no paper handed over: each gets its sentence, and nothing typed is lost.
      await send(page, form, 422);
      assert.match(await page.locator("#errors").innerText(), /不得少于两人/);
      assert.equal(await form.locator("[name=fine]").inputValue(), "100");
      assert.equal(await form.locator("[name=words]").inputValue(), `占道摆放货架 ${way}`);
      const others = form.locator("input[name=officers]:not(:checked)");
      await tick(form.locator("label", { hasText: "卢清扬" }).locator("input"));
      assert.ok(await others.count() >= 1);
      await send(page, form, 422);
      assert.match(await page.locator("#errors").innerText(), /当场交付/);
      await tick(form.locator("input[name=is_handed_over]"));
      await send(page, form);
      assert.match(new URL(page.url()).pathname, /^\/enforcement\/\d+$/);
      const address = new URL(page.url()).pathname;
      await fine("the case");
      await shot(page, `penalty-case-${way}`);

      // Its paper: written from the case, with a number and a code.
      await page.goto(`${address}/papers/summary-decision`);
      const paper = page.locator('form[action$="/papers/summary-decision"]');
      await fine("the paper's form");
      await send(page, paper);
      assert.match(new URL(page.url()).pathname, /^\/papers\/\d+$/);
      const text = await page.locator("main").innerText();
      assert.match(text, /当罚字〔\d{4}〕\d+号/);
      const code = await page.locator('main a[href^="/verify/"]').first().getAttribute("href");
      await fine("the paper");

      // The party, on a phone of its own.
      const party = await city.visit({ screen: PHONE, javaScript });
      await party.goto(code.replace("/verify/", "/party/"));
      const seen = await party.locator("main").innerText();
      for (const word of [name, "壹佰元整", "行政复议"]) assert.ok(seen.includes(word), `${word}: ${seen}`);
      await fine("the party's page", party);
      await shot(party, `penalty-party-${way}`);
      await party.goto("/party?code=AAAAAAAAAAAAAAAA");
      assert.match(await party.locator("main").innerText(), /没有这个查询码/);

      for (const one of [page, party]) {
        assert.deepEqual(one.problems.filter((problem) => !/\b(422|404)\b/.test(problem)), [], way);
        await leave(one);
      }
    });
  }
});
