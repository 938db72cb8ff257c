// A check of an enterprise in a real browser: planned at a desk, approved, announced, entered by two officers who scan on their
// phones, read and rated by the enterprise on its own. At phone and at desktop size, and once without JavaScript.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoProblems, assertNoSidewaysScroll, DESKTOP, leave, PHONE, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";
const HERE = { longitude: 123.414, latitude: 31.2093 };
const photo = (scene) => join(import.meta.dirname, "..", "..", "demo", "photos", `${scene}.jpg`);

describe("a check of an enterprise", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  for (const [way, desk, javaScript] of [["desktop", DESKTOP, true], ["phone", PHONE, true], ["no-script", PHONE, false]]) {
    test(`goes from a plan to what the enterprise says, ${way}`, { timeout: 300_000 }, async () => {
      const open = (screen) => city.visit({ screen, javaScript, geolocation: { ...HERE, accuracy: 8 } });
      const as = async (login, screen) => {
        const page = await open(screen);
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
      const act = async (page, step) => {
        const fold = page.locator(`#act-${step}`);
        if ((await fold.getAttribute("open")) === null) await fold.locator("summary").first().click();
        return fold.locator("form");
      };

      // 1: an officer writes the enterprise down and plans an urgent check of this hour, forgetting what is checked.
      const officer = await as("officer1", desk);
      await officer.goto("/enterprises/new");
      await fine(officer, "enterprise form");
      const register = officer.locator("form[action='/enterprises/new']");
      await register.locator("[name=name]").fill(`望澜浏览运输有限公司（${way}）`);
      await register.locator("[name=credit_code]").fill("91990100MA0WL1017X");
      await register.locator("[name=kind]").selectOption("carrier");
      await register.locator("[name=address]").fill("新港路 300 号");
      await send(officer, register, 422);
      await fine(officer, "wrong check sign");
      await register.locator("[name=credit_code]").fill("");
      await send(officer, register);
      await fine(officer, "enterprise");
      const enterprise = new URL(officer.url()).pathname;
      const door = `/enter/${(await officer.locator("#code .code-big").innerText()).replaceAll("-", "")}`;
      await shot(officer, `inspection-enterprise-${way}`);
      await officer.goto(`${enterprise}/code`);
      await fine(officer, "code to print");
      await officer.goto(`/inspections/new?enterprise=${enterprise.split("/").pop()}`);
      await fine(officer, "plan");
      const plan = officer.locator("form[action='/inspections/new']");
      await plan.locator("[name=reason][value=emergency]").check();
      await plan.locator("[name=why]").fill("车辆撒漏，路面湿滑");
      await plan.locator("[name=on]").fill(new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10));
      await plan.locator("[name=from]").fill("00:00");
      await plan.locator("[name=until]").fill("23:59");
      for (const name of ["韦正阳", "卢清扬"]) await plan.locator("label", { hasText: name }).locator("input[name=officers]").check();
      await plan.locator("label", { hasText: "丁小满" }).locator("input[name=helpers]").check();
      await send(officer, plan, 422);
      await fine(officer, "plan refused");
      assert.equal(await plan.locator("[name=why]").inputValue(), "车辆撒漏，路面湿滑");
      await plan.locator("[name=items][value=construction-waste]").check();
      await send(officer, plan);
      const check = new URL(officer.url()).pathname;
      await fine(officer, "planned");

      // 2: the head approves.
      const head = await as("leader", desk);
      await head.goto(check);
      await send(head, await act(head, "approve"));
      for (const page of ["/inspections", "/inspections/summary", "/inspections/published", "/inspections/reports", "/enterprises"]) {
        await head.goto(page);
        await fine(head, page);
      }

      // 3: both scan on their phones; the helper is not let in.
      const phones = [await as("officer1", PHONE), await as("officer2", PHONE)];
      const helper = await as("helper1", PHONE);
      await helper.goto(door);
      await fine(helper, "helper at the door");
      assert.match(await helper.locator("main").innerText(), /不能入企/);
      await shot(helper, `inspection-helper-${way}`);
      await phones[0].goto(`${check}/enter`);
      await fine(phones[0], "scan");
      for (const page of phones) {
        await page.goto(door);
        await fine(page, "at the door");
        await shot(page, `inspection-door-${way}`);
        if (javaScript) {
          await page.locator("[data-locate]").first().click();
          await page.waitForFunction(() => document.querySelector("[name=lon]").value !== "");
        }
        await send(page, page.locator(`form[action='${door}']`).first());
      }
      const [first] = phones;
      await first.goto(check);
      await fine(first, "under way");
      await shot(first, `inspection-under-way-${way}`);

      // 4: the helper records along, the officers record and finish.
      await helper.goto(check);
      const note = await act(helper, "note");
      await note.locator("[name=words]").fill("拍摄出场车辆");
      await note.locator("[name=photos]").setInputFiles(photo("waste-before"));
      await send(helper, note);
      await first.goto(check);
      const record = await act(first, "record");
      await record.locator("[name=answer-1][value=clear]").check();
      await record.locator("[name=words]").fill("六台车均已密闭");
      await send(first, record);
      const finish = await act(first, "finish");
      await finish.locator("[name=outcome][value=nothing]").check();
      await finish.locator("[name=signer]").fill("方某");
      await send(first, finish);
      assert.match(await first.locator("main").innerText(), /已完成/);
      await fine(first, "finished");
      await shot(first, `inspection-finished-${way}`);

      // 5: the enterprise looks it up on its own phone, and says how it was.
      const code = (await first.locator("#code .code-big").innerText()).replaceAll("-", "");
      const guest = await open(PHONE);
      await guest.goto("/check");
      await fine(guest, "look up");
      await guest.locator("[name=code]").fill(code);
      await guest.locator("form[action='/check'] button[type=submit]").click();
      await guest.waitForURL(`**/check/${code}`);
      await fine(guest, "check code");
      await guest.locator(".stars label").nth(4).click();
      await guest.locator("[name=words]").fill("很快，讲得清楚");
      await shot(guest, `inspection-rate-${way}`);
      await send(guest, guest.locator(`form[action='/check/${code}']`));
      assert.match(await guest.locator("main").innerText(), /感谢您的评价/);
      await guest.goto("/check/0000000000000000");
      await fine(guest, "unknown");
      assert.match(await guest.locator("main").innerText(), /您可以拒绝/);
      await shot(guest, `inspection-unknown-${way}`);

      for (const page of [officer, head, helper, ...phones, guest]) {
        // The forms that were refused on purpose, and the code that nobody has.
        page.problems.splice(0, page.problems.length, ...page.problems.filter((one) => !/422|404/.test(one)));
        assertNoProblems(page);
        await leave(page);
      }
    });
  }
});
