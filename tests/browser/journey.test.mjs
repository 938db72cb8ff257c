// The main job in a real browser: a citizen's photo becomes a closed case that the citizen rates.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoSidewaysScroll, DESKTOP, leave, PHONE, sendReport, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";
const photo = (scene) => join(import.meta.dirname, "..", "..", "demo", "photos", `${scene}.jpg`);

describe("the journey", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  for (const [way, screen, javaScript] of [["phone", PHONE, true], ["desktop", DESKTOP, true], ["no-script", PHONE, false]]) {
    const told = { phone: "all on phones", desktop: "all on wide screens", "no-script": "the citizen without JavaScript" }[way];
    test(`a photo becomes a closed, rated case, ${told}`, { timeout: 180_000 }, async () => {
      const words = `书院路井盖破损，有安全隐患 ${way}`;
      const citizen = await city.visit({ screen, javaScript });
      await citizen.goto("/report");
      await citizen.setInputFiles("input[type=file][name=photos]", photo("manhole-before"));
      await citizen.fill("[name=words]", words);
      await citizen.fill("[name=address]", "书院路与青石街路口");
      await citizen.check("input[name=category][value=component-0101], input[name=category] >> nth=0", { force: true });
      await sendReport(citizen);
      const track = new URL(citizen.url()).pathname;
      await shot(citizen, `journey-receipt-${way}`);

      let address;
      const as = async (login) => {
        const page = await city.visit({ screen });
        await signIn(page, login, PASSWORD);
        return page;
      };
      // The rarer acts stand folded.
      const go = async (page) => {
        await page.goto(address);
        await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
      };
      const act = async (page, path) => {
        const form = page.locator(`form[action$="/${path}"]`).first();
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.request().method() === "POST"),
          form.locator("button[type=submit], button:not([type])").first().click(),
        ]);
        assert.equal(answer.status(), 303, `${path} answered ${answer.status()}`);
        await page.waitForLoadState("load");
      };

      const acceptor = await as("acceptor1");
      await acceptor.goto("/desk?sort=opened&stage=received");
      // The case is opened a moment after the report.
      for (let tries = 0; tries < 40 && !address; tries += 1) {
        const links = await acceptor.locator('a[href*="case"]').evaluateAll((all) => all.map((a) => a.getAttribute("href")));
        const ids = links.map((href) => /(?:case=|\/cases\/)(\d+)/.exec(href)?.[1]).filter(Boolean);
        for (const id of new Set(ids)) {
          await acceptor.goto(`/cases/${id}`);
          if ((await acceptor.content()).includes(words)) { address = `/cases/${id}`; break; }
        }
        if (!address) { await new Promise((wake) => setTimeout(wake, 250)); await acceptor.goto("/desk?sort=opened&stage=received"); }
      }
      assert.ok(address, "the desk finds the report");
      await assertNoAxeViolations(acceptor, address);
      await shot(acceptor, `journey-desk-${way}`);
      await act(acceptor, "accept");
      // The report came with an address alone: the desk says in which unit grid that is.
      await go(acceptor);
      await acceptor.fill('form[action$="/locate"] [name=cell]:not([type=hidden])', "990100001001001");
      await act(acceptor, "locate");
      await go(acceptor);
      await acceptor.selectOption('form[action$="/ask-check"] [name=keeper]', { label: "林晓禾" });
      await act(acceptor, "ask-check");

      const keeper = await as("keeper1");
      await go(keeper);
      await assertNoSidewaysScroll(keeper, address);
      await keeper.check('form[action$="/check"] input[name=found][value=yes]', { force: true });
      await act(keeper, "check");

      await go(acceptor);
      const filing = acceptor.locator('form[action$="/file"]');
      if (await filing.locator("[name=standard]").count()) {
        await filing.locator("[name=standard]").selectOption({ index: 1 });
      } else {
        await filing.locator("[name=code]").fill("0101");
        await filing.locator("[name=condition]").fill("井盖破损，影响通行安全");
        await filing.locator("[name=limit_amount]").fill("4");
      }
      await act(acceptor, "file");

      const dispatcher = await as("dispatcher1");
      await go(dispatcher);
      await dispatcher.selectOption('form[action$="/dispatch"] [name=department]', { label: "市政设施维护中心" }).catch(async () => {
        const options = await dispatcher.locator('form[action$="/dispatch"] [name=department] option').allTextContents();
        const wanted = options.find((label) => label.includes("市政"));
        await dispatcher.selectOption('form[action$="/dispatch"] [name=department]', { label: wanted });
      });
      await act(dispatcher, "dispatch");

      const desk = await as("desk-municipal");
      await go(desk);
      await desk.selectOption('form[action$="/assign"] [name=crew]', { label: "石海生" });
      await act(desk, "assign");

      const crew = await as("crew-drain");
      await go(crew);
      await act(crew, "take");
      await go(crew);
      await crew.setInputFiles('form[action$="/hand-in"] input[type=file]', photo("manhole-after"));
      await shot(crew, `journey-crew-${way}`);
      await act(crew, "hand-in");

      await go(desk);
      await act(desk, "feed-back");
      await go(acceptor);
      await acceptor.selectOption('form[action$="/ask-verification"] [name=keeper]', { label: "周沐阳" });
      await act(acceptor, "ask-verification");

      const verifier = await as("keeper2");
      await go(verifier);
      await verifier.check('form[action$="/verify"] input[name=passed][value=yes]', { force: true });
      await act(verifier, "verify");
      await go(acceptor);
      await act(acceptor, "close");

      await citizen.goto(track);
      assert.match(await citizen.content(), /已解决/);
      assert.ok((await citizen.locator('img[src*="/photos/"]').count()) >= 2, "the photos before and after are shown");
      await shot(citizen, `journey-closed-${way}`);
      const rating = citizen.locator('form[action$="/rate"]');
      assert.equal(await rating.count(), 1, "a closed case can be rated");
      for (const name of new Set(await rating.locator("input[type=radio]").evaluateAll((all) => all.map((one) => one.name)))) {
        await rating.locator(`input[type=radio][name="${name}"]`).last().check({ force: true });
      }
      const [answer] = await Promise.all([
        citizen.waitForResponse((response) => response.request().method() === "POST"),
        rating.locator("button").first().click(),
      ]);
      assert.equal(answer.status(), 303);
      await citizen.getByText("感谢您的评价").first().waitFor();
      for (const page of [citizen, acceptor, keeper, dispatcher, desk, crew, verifier]) await leave(page);
    });
  }
});
