// A whistle in a real browser, from blowing to mutual rating, by four people: the blower, a department's desk, its people on
// site with a phone, and an enforcement squad. At phone and at desktop size, and once without JavaScript.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoProblems, assertNoSidewaysScroll, DESKTOP, leave, PHONE, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";
const HERE = { longitude: 123.414, latitude: 31.2093 };
const photo = (scene) => join(import.meta.dirname, "..", "..", "demo", "photos", `${scene}.jpg`);

describe("a whistle", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  for (const [way, screen, javaScript, webGl] of [["phone", PHONE, true, true], ["desktop", DESKTOP, true, false], ["no-script", PHONE, false, true]]) {
    test(`from blowing to mutual rating by four people, ${way}`, { timeout: 300_000 }, async () => {
      const as = async (login) => {
        const page = await city.visit({ screen, javaScript, webGl, geolocation: { ...HERE, accuracy: 8 } });
        await signIn(page, login, PASSWORD);
        return page;
      };
      const send = async (page, form, button = "button[type=submit]") => {
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.request().method() === "POST"),
          form.locator(button).first().click(),
        ]);
        assert.equal(answer.status(), 303, `${answer.url()} answered ${answer.status()}`);
        await page.waitForLoadState("load");
      };
      // The rarer acts stand folded.
      const unfold = async (form) => {
        const fold = form.locator("xpath=ancestor::details").first();
        if (await fold.count() && (await fold.getAttribute("open")) === null) await fold.locator("summary").first().click();
      };
      const act = async (page, whistle, end, fill = async () => {}, button) => {
        await page.goto(whistle);
        const form = page.locator(`form[action$="/${end}"]`).first();
        await unfold(form);
        await fill(form);
        await send(page, form, button);
      };
      const words = (text) => async (form) => form.locator("[name=words]").fill(text);
      const fine = async (page, where) => {
        await assertNoAxeViolations(page, where);
        await assertNoSidewaysScroll(page, where);
      };

      // 1: the dispatcher blows.
      const dispatcher = await as("dispatcher1");
      await dispatcher.goto("/whistles");
      await dispatcher.locator('main header a[href="/whistles/new"]').click();
      await dispatcher.waitForURL(/\/whistles\/new/);
      const told = `清理夜市占道和垃圾 ${way}`;
      const form = dispatcher.locator('form[action="/whistles"][method=post]');
      await form.locator("input[name=kind][value=hard-problem]").check({ force: true });
      await form.locator("[name=words]").fill(told);
      await form.locator("[name=address]").fill("古渡路夜市");
      if (javaScript) {
        await form.locator("[data-locate]").click();
        await dispatcher.waitForFunction(() => document.querySelector("[name=lon]").value !== "");
      }
      await form.locator("[name=department-1]").selectOption({ label: "园林绿化中心" });
      await form.locator("[name=department-2]").selectOption({ label: "市容秩序中队" });
      await form.locator("input[name=lead]").first().check({ force: true });
      if (javaScript) await fine(dispatcher, "the form");
      await shot(dispatcher, `whistle-form-${way}`);
      await send(dispatcher, form, 'button[name=do][value=blow]');
      const whistle = new URL(dispatcher.url()).pathname;
      assert.match(whistle, /^\/whistles\/\d+$/);

      // 2: the department signs for it; its page changes by itself when others act.
      const garden = await as("desk-garden");
      await garden.goto("/whistles");
      assert.ok((await garden.content()).includes(told), "the department's list has it");
      await shot(garden, `whistle-list-${way}`);
      const withdrawing = dispatcher.locator("details").filter({ has: dispatcher.locator('form[action$="/withdraw"]') });
      await unfold(withdrawing.locator("form"));
      const map = dispatcher.locator("[data-map]").first();
      if (javaScript && webGl) {
        await map.scrollIntoViewIfNeeded();
        await dispatcher.waitForSelector("[data-map][data-state=ready]", { timeout: 20_000 });
        await map.evaluate((element) => { element.mark = "the same"; });
      }
      await act(garden, whistle, "sign");
      if (javaScript) {
        await dispatcher.getByText("已签收，待到场").first().waitFor({ timeout: 15_000 });
        assert.notEqual(await withdrawing.getAttribute("open"), null, "what somebody has unfolded stays open when others act");
        if (webGl) assert.equal(await map.evaluate((element) => element.mark), "the same", "an open map is not drawn anew");
        await fine(garden, "the whistle, signed for");
      }
      await act(garden, whistle, "contact", words("已通话，马上到"));

      // 3: its people report in from a phone.
      const crew = await as("crew-garden");
      await crew.goto(whistle);
      await crew.locator('a[href$="/arrive"]').first().click();
      await crew.waitForURL(/\/arrive$/);
      const arriving = crew.locator("form#arrive");
      if (javaScript) {
        await crew.locator("[data-locate]").click();
        await crew.waitForFunction(() => document.querySelector("form#arrive [name=lon]").value !== "");
        await fine(crew, "reporting in");
      } else {
        await arriving.locator("[name=reason]").fill("手机不能定位，已在夜市入口");
      }
      await arriving.locator("input[type=file]").setInputFiles(photo("vendor-before"));
      await shot(crew, `whistle-arrive-${way}`);
      await send(crew, arriving);
      assert.ok((await crew.content()).includes(javaScript ? "距地点 0 米" : "自行声明，未定位"));
      await act(crew, whistle, "work", async (form) => {
        await words("树池已清，补栽两株")(form);
        await form.locator("input[type=file]").setInputFiles(photo("vendor-after"));
      });
      await act(garden, whistle, "feed-back", async (form) => {
        await form.locator("input[name=result][value=done]").check({ force: true });
        await words("已恢复")(form);
      });
      if (javaScript) await fine(garden, "the whistle, answered");
      await act(dispatcher, whistle, "accept");

      // 4: management has ended: enforcement is called, comes, and is let go.
      const order = await as("desk-order");
      await order.goto(`${whistle}`);
      assert.ok((await order.content()).includes("待签收"), "enforcement is called after management");
      await order.locator('a[href$="/arrive"]').first().click();
      await order.waitForURL(/\/arrive$/);
      await order.locator("form#arrive [name=reason]").fill("已在夜市出口");
      await send(order, order.locator("form#arrive"));
      if (javaScript) {
        // A reason alone proves nothing where the place is known: the blower confirms with one button.
        assert.ok((await order.content()).includes("待吹哨方确认"), "declared, not arrived");
        await fine(order, "a declared arrival");
        await act(dispatcher, whistle, "confirm-arrival");
      }
      await act(order, whistle, "feed-back", async (form) => {
        await form.locator("input[name=result][value=done]").check({ force: true });
        await words("劝离六家")(form);
      });
      await act(dispatcher, whistle, "accept");
      assert.ok((await dispatcher.content()).includes("已消哨"));

      // Both sides rate; nobody reads the other's words before having spoken.
      const star = (name, n) => async (form) => form.locator(`input[name=${name}][value="${n}"]`).check({ force: true });
      await act(dispatcher, whistle, "rate", async (form) => { await star("stars", 5)(form); await words("到得快")(form); });
      await garden.goto(whistle);
      assert.ok(!(await garden.content()).includes("到得快"), "not seen yet");
      if (javaScript) await fine(garden, "rating");
      await act(garden, whistle, "rate-whistle", async (form) => {
        await star("necessary", 4)(form);
        await star("accurate", 5)(form);
        await words("位置很准")(form);
      });
      assert.ok((await garden.content()).includes("到得快"), "seen when both have rated");
      await dispatcher.goto(whistle);
      assert.ok((await dispatcher.content()).includes("位置很准"));
      await act(dispatcher, whistle, "rate", star("stars", 4));
      await act(order, whistle, "rate-whistle", async (form) => { await star("necessary", 5)(form); await star("accurate", 5)(form); });
      await dispatcher.goto(whistle);
      await assertNoSidewaysScroll(dispatcher, "the whistle, rated");
      await shot(dispatcher, `whistle-rated-${way}`);

      // A department that was not called knows nothing of it.
      const signs = await as("desk-signs");
      assert.equal((await signs.goto(whistle)).status(), 404);
      for (const page of [dispatcher, garden, crew, order]) {
        if (javaScript) assertNoProblems(page, whistle);
        await leave(page);
      }
      await leave(signs);
    });
  }
});
