// A learner's run: an exercise is chosen, the rules refuse mistakes with article and reason, a step is taken back, time passes, the goal
// is reached; and the instructor sees every attempt. At phone and at desktop size, and once without JavaScript.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoSidewaysScroll, DESKTOP, leave, PHONE, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";

describe("a learner's run", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  // Each way by another learner, so that each begins afresh.
  for (const [way, screen, javaScript, login, name] of [["phone", PHONE, true, "officer1", "韦正阳"], ["desktop", DESKTOP, true, "officer2", "卢清扬"], ["no-script", PHONE, false, "officer5", "常予安"]]) {
    test(`from the list of exercises to the result, ${way}`, { timeout: 300_000 }, async () => {
      const page = await city.visit({ screen, javaScript });
      await signIn(page, login, PASSWORD);
      const fine = async (where, on = page) => {
        if (javaScript) await assertNoAxeViolations(on, where);
        await assertNoSidewaysScroll(on, where);
      };
      const send = async (form, status = 303, on = page) => {
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
      const tick = async (box) => {
        await box.focus();
        await box.press("Space");
        assert.ok(await box.isChecked());
      };
      const main = async (on = page) => on.locator("main").innerText();

      await page.goto("/enforcement");
      await page.locator('main a[href="/teaching"]').click();
      await page.waitForURL(/teaching$/);
      assert.match(await main(), /教学演练/);
      await fine("the exercises");
      await shot(page, `teaching-list-${way}`);
      await send(page.locator("form", { has: page.locator('input[value="spot-road"]') }));
      const address = new URL(page.url()).pathname;
      assert.match(address, /^\/teaching\/\d+$/);
      assert.match(await main(), /案件和人员都是虚构的/);
      await fine("the run");
      await shot(page, `teaching-run-${way}`);

      // The penalty on the spot, with two mistakes: an expired credential, and too much for the spot.
      const open = async (step) => {
        await page.goto(`${address}/${step}`);
        return page.locator(`form[action="${address}/${step}"]`);
      };
      let form = await open("decide-summary");
      await form.locator("[name=name]").fill("麦某");
      await tick(form.locator("input[name=form][value=citizen]"));
      await form.locator("[name=matter]").selectOption("road-occupation");
      await form.locator("[name=acted_on]").fill("2026-03-09");
      for (const box of ["card_shown", "is_plain", "is_told", "is_handed_over"]) await tick(form.locator(`input[name=${box}]`));
      await tick(form.locator("input[name=kinds][value=fine]"));
      await form.locator("[name=fine]").fill("300");
      await tick(form.locator("input[name=tier][value=minor]"));
      await tick(form.locator("label", { hasText: "舒丙" }).locator("input"));
      await fine("the form");
      await send(form, 422);
      let why = await page.locator("#errors").innerText();
      for (const said of ["无效", "第42条", "为什么这样规定", "证件过期等于没有资格"]) assert.ok(why.includes(said), `${said}: ${why}`);
      assert.equal(await form.locator("[name=fine]").inputValue(), "300");
      await fine("the refusal");
      await shot(page, `teaching-refused-${way}`);
      const expired = form.locator("label", { hasText: "舒丙" }).locator("input");
      await expired.focus();
      await expired.press("Space");
      await tick(form.locator("label", { hasText: "鲁乙" }).locator("input"));
      await send(form, 422);
      why = await page.locator("#errors").innerText();
      for (const said of ["200", "第51条", "公民二百元以下"]) assert.ok(why.includes(said), `${said}: ${why}`);
      await form.locator("[name=fine]").fill("100");
      await send(form);
      assert.equal(new URL(page.url()).pathname, address);

      // Taken back, and taken again.
      await send(page.locator(`form[action="${address}/undo"]`));
      assert.match(await main(), /退回 1 次/);
      form = await open("decide-summary");
      await form.locator("[name=name]").fill("麦某");
      await tick(form.locator("input[name=form][value=citizen]"));
      await form.locator("[name=matter]").selectOption("road-occupation");
      await form.locator("[name=acted_on]").fill("2026-03-09");
      for (const box of ["card_shown", "is_plain", "is_told", "is_handed_over"]) await tick(form.locator(`input[name=${box}]`));
      await tick(form.locator("input[name=kinds][value=fine]"));
      await form.locator("[name=fine]").fill("100");
      await tick(form.locator("input[name=tier][value=minor]"));
      await tick(form.locator("label", { hasText: "鲁乙" }).locator("input"));
      await send(form);
      await send(await open("report-summary"));

      // Time passes, and what comes up comes up.
      await page.locator("[name=days]").fill("3");
      await send(page.locator(`form[action="${address}/clock"]`, { has: page.locator("[name=days]") }));
      assert.match(await main(), /银行回单显示麦某/);
      await fine("three days later");

      // The officer does not take the payment; the treasurer does.
      form = await open("record-payment");
      await form.locator("[name=amount]").fill("100");
      await form.locator("[name=receipt]").fill("回单一");
      await send(form, 422);
      assert.match(await page.locator("#errors").innerText(), /财务人员/);
      await form.locator("[name=part]").selectOption("treasurer");
      await send(form);
      for (const [step, part] of [["propose-closing", "officer-a"], ["approve-closing", "head-a"], ["archive", "archivist"]]) {
        form = await open(step);
        await form.locator("[name=part]").selectOption(part);
        if (step === "archive") {
          await tick(form.locator("input[name=retention][value=short]"));
          await form.locator("[name=volume]").fill("教-1");
          await form.locator("[name=bound_by]").selectOption({ label: "文寅" });
          await form.locator("[name=checked_by]").selectOption({ label: "程甲" });
        }
        await send(form);
      }
      assert.equal(new URL(page.url()).pathname, `${address}/result`);
      const result = await main();
      for (const said of ["目标达到了", "第42条", "第51条", "第67条", "退回上一环节"]) assert.ok(result.includes(said), `${said}: ${result}`);
      await fine("the result");
      await shot(page, `teaching-result-${way}`);

      // The instructor sees the mistakes.
      const leader = await city.visit({ screen, javaScript });
      await signIn(leader, "leader", PASSWORD);
      await leader.goto("/teaching/progress");
      const seen = await main(leader);
      for (const said of [name, "错误 3 次", "第67条"]) assert.ok(seen.includes(said), `${said}: ${seen}`);
      await fine("the progress", leader);
      await shot(leader, `teaching-progress-${way}`);
      await leader.locator("tr", { hasText: name }).locator('a[href^="/teaching/progress/"]').first().click();
      await leader.waitForURL(/progress\/\d+/);
      assert.match(await main(leader), /教-0003/);
      await fine("one learner's run", leader);
      await shot(leader, `teaching-attempts-${way}`);

      for (const one of [page, leader]) {
        assert.deepEqual(one.problems.filter((problem) => !/\b(422|404)\b/.test(problem)), [], way);
        await leave(one);
      }
    });
  }
});
