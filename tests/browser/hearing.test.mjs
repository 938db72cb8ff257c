// An ordinary penalty case with a hearing, from the clue to the archive, by everybody who has a part in it: a helper and two officers
// on phones, the head, the legal reviewer, the president of the hearing, the treasurer and the archivist at desks, and the party by
// the code of its paper. The city's clock is set, so that the terms of the law run out.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoSidewaysScroll, DESKTOP, leave, pagesOf, PHONE, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";
const photo = join(import.meta.dirname, "..", "..", "demo", "photos", "vendor-before.jpg");
/** A Tuesday; the Friday after; the day of the hearing, with seven working days between. */
const CLUE = "2026-03-10", TOLD = "2026-03-13", HEARING = "2026-03-27";
const TWO = { officers: ["officer1", "officer2"] };
const at = (day, time = "09:00") => `${day}T${time}:00+08:00`;

describe("an ordinary case with a hearing", () => {
  let city, folder, names, address;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "steward-hearing-"));
    city = await world({ folder, at: at(CLUE) });
    const lines = (await readFile(join(import.meta.dirname, "..", "..", "demo", "people.csv"), "utf8")).trim().split("\n").slice(1);
    names = new Map(lines.map((line) => line.split(",")).map(([login, name]) => [login, name]));
  }, { timeout: 400_000 });
  after(async () => {
    await city?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const pages = new Map();
  /** Somebody's own page, signed in once between two jumps of the clock. */
  const as = async (login) => {
    const known = pages.get(login);
    if (known) return known;
    const screen = /^(helper|officer)/.test(login) ? PHONE : DESKTOP;
    const page = await city.visit({ screen });
    await signIn(page, login, PASSWORD);
    pages.set(login, page);
    return page;
  };
  const jump = async (moment) => {
    for (const page of pages.values()) await leave(page);
    pages.clear();
    await city.restart(moment);
  };
  const fine = async (page, where) => {
    await assertNoAxeViolations(page, where);
    await assertNoSidewaysScroll(page, where);
  };
  const tick = async (box) => {
    await box.focus();
    if (!(await box.isChecked())) await box.press("Space");
    assert.ok(await box.isChecked());
  };
  /** Fills a form in by the names of its fields; a list ticks boxes by value, `officers` and `people` by the names of people. */
  const fill = async (form, fields) => {
    for (const [name, value] of Object.entries(fields)) {
      if (Array.isArray(value)) {
        for (const one of value) {
          const box = ["officers", "people"].includes(name)
            ? form.locator("label", { hasText: names.get(one) }).locator(`input[name=${name}]`)
            : form.locator(`input[name="${name}"][value="${one}"]`);
          await tick(box.first());
        }
        continue;
      }
      const field = form.locator(`[name="${name}"]`).first();
      const [tag, type] = await field.evaluate((one) => [one.tagName, one.type]);
      if (type === "radio") await tick(form.locator(`input[name="${name}"][value="${value}"]`));
      else if (type === "checkbox") await tick(field);
      else if (tag === "SELECT" && names.has(value)) await field.selectOption({ label: names.get(value) });
      else if (tag === "SELECT") await field.selectOption(value);
      else await field.fill(value);
    }
  };
  const send = async (page, form, status) => {
    const button = form.locator("button[type=submit]").first();
    const isAsked = await button.getAttribute("data-confirm") ?? await form.getAttribute("data-confirm");
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === "POST"),
      (async () => {
        await button.click();
        if (isAsked) await page.locator("dialog[open] .btn-primary, dialog[open] .btn-danger").first().click();
      })(),
    ]);
    assert.equal(answer.status(), status, `${answer.url()} answered ${answer.status()}: ${await page.locator("#errors, .error").allInnerTexts()}`);
    await page.waitForLoadState("load");
  };
  /** Takes a step by its page, or by the button of the case's page when it asks for nothing. */
  const step = async (login, word, fields = {}, status = 303) => {
    const page = await as(login);
    await page.goto(`${address}/${word}`);
    const form = page.locator(`form[action$="/${word}"]`).first();
    await fill(form, fields);
    await fine(page, `${login} at ${word}`);
    await send(page, form, status);
    return page;
  };

  /** Writes a paper of the case; answers its code, its PDF and how many pages that has. */
  async function written(login, kind) {
    const page = await as(login);
    await page.goto(`${address}/papers/${kind}`);
    const form = page.locator(`form[action$="/papers/${kind}"]`);
    for (const empty of await form.locator("input:not([type=hidden]):not([type=radio]), textarea").all()) {
      if (await empty.inputValue()) continue;
      const type = await empty.getAttribute("type");
      const said = (await empty.evaluate((one) => one.tagName)) === "TEXTAREA" ? "问：见附件？\n答：是。" : "见附件";
      await empty.fill(type === "date" ? TOLD : type === "datetime-local" ? `${TOLD}T09:00` : said);
    }
    await fine(page, kind);
    await send(page, form, 303);
    const code = (await page.locator('main a[href^="/verify/"]').first().getAttribute("href")).replace("/verify/", "");
    const answer = await page.request.get(`${new URL(page.url()).pathname}/pdf`);
    assert.equal(answer.headers()["content-type"], "application/pdf");
    const bytes = await answer.body();
    return { code, bytes, pages: pagesOf(bytes) };
  }
  const write = (kind) => written("officer1", kind);

  test("from the clue to the archive", { timeout: 900_000 }, async () => {
    // A helper records what was seen; nothing further is a helper's.
    let page = await as("helper1");
    await page.goto("/enforcement/new");
    const clue = page.locator('form[action="/enforcement/new"]');
    await fill(clue, { words: "古渡路口一块大型广告牌没有许可证", address: "古渡路 12 号" });
    await clue.locator("input[type=file]").first().setInputFiles(photo);
    await fine(page, "the clue");
    await send(page, clue, 303);
    address = new URL(page.url()).pathname;
    assert.match(address, /^\/enforcement\/\d+$/);
    assert.equal(await page.locator('a[href$="/check-clue"]').count(), 0, "a helper checks no clue");

    // The unit's leader gives it to two officers.
    page = await as("unit1");
    await page.goto("/enforcement?show=turn");
    assert.equal(await page.locator(`a[href="${address}"]`).count() > 0, true, "the clue waits for the unit's leader");
    page = await step("unit1", "assign-clue", { officers: ["officer1"] }, 422);
    assert.match(await page.locator("#errors").innerText(), /不得少于两人/);
    await fill(page.locator('form[action$="/assign-clue"]'), { officers: ["officer2"] });
    await send(page, page.locator('form[action$="/assign-clue"]'), 303);

    // Those two check it; a helper beside them is refused, and what was typed stays.
    const seen = "现场有大型广告牌一块，约 12 平方米";
    page = await step("officer1", "check-clue", { ...TWO, officers: ["officer1", "officer2", "helper1"], words: seen }, 422);
    assert.match(await page.locator("#errors").innerText(), /协管人员/);
    const again = page.locator('form[action$="/check-clue"]');
    assert.equal(await again.locator("[name=words]").inputValue(), seen);
    await again.locator("label", { hasText: names.get("helper1") }).locator("input[name=officers]").uncheck();
    await send(page, again, 303);
    await shot(page, "hearing-officer");
    await step("officer1", "propose-filing", { ...TWO, name: "江石生", form: "citizen", matter: "large-advertisement", acted_on: CLUE });
    page = await step("leader", "approve-filing");
    await step("officer1", "inquire", { ...TWO, card_shown: "1", words: "问：广告牌何时设置？答：上周。" });
    await step("officer2", "add-evidence", { ...TWO, kind: "inspection", words: "现场勘验笔录，证明广告牌的位置和面积" });
    await step("officer1", "order-correction", { ...TWO, until: "2026-03-12" });

    await jump(at(TOLD));
    await step("officer1", "record-correction", { ...TWO, outcome: "not-corrected" });
    await step("officer1", "conclude-inquiry", { proposes: "yes", kinds: ["fine"], fine: "10000", tier: "ordinary", rule: "of-the-act", exemption: "不属于轻微、初次违法，不予免罚" });
    await step("officer1", "ask-review");
    page = await step("reviewer1", "pass-review", { words: "事实清楚，程序合法" });
    await shot(page, "hearing-reviewer");
    await step("leader", "discuss", { people: ["leader", "leader2", "leader3"], words: "同意" });
    // The paper that tells the party; its code opens the party's own page, where it speaks and asks for a hearing.
    await write("penalty-notice");
    page = await as("officer1");
    const code = (await page.locator('main a[href^="/verify/"]').first().getAttribute("href")).replace("/verify/", "");
    await step("officer1", "notify-party", { ...TWO, offers_hearing: "1" });
    const party = await city.visit({ screen: PHONE });
    await party.goto(`/party/${code}`);
    await fine(party, "the party's page");
    const speak = party.locator('form[action$="/defend"]');
    await speak.locator("[name=words]").fill("广告牌是房东装的，请再查。");
    await send(party, speak, 303);
    await send(party, party.locator('form[action$="/ask-hearing"]'), 303);
    await shot(party, "hearing-party");
    await step("officer2", "answer-defence", { adopted: "no", words: "有合同证明系当事人设置" });

    // Too soon is refused with the article; fifteen days on is in time.
    page = await step("leader", "call-hearing", { on: "2026-03-16", president: "president1" }, 422);
    assert.match(await page.locator("#errors").innerText(), /第\s*64\s*条/);
    await fill(page.locator('form[action$="/call-hearing"]'), { on: HEARING });
    await send(page, page.locator('form[action$="/call-hearing"]'), 303);
    await write("hearing-summons");
    await step("officer1", "serve-summons", { ...TWO, manner: "direct" });
    page = await as("president1");
    await page.goto(address);
    assert.match(await page.locator("main").innerText(), /江石生/, "the president sees the case");
    page = await step("president1", "hold-hearing", { agents: "1" }, 422);
    assert.match(await page.locator("#errors").innerText(), /听证日期/);
    await leave(party);

    await jump(at(HEARING));
    await step("president1", "hold-hearing", { agents: "1" });
    await step("president1", "report-hearing", { words: "事实清楚，建议维持" });
    await step("officer1", "ask-final-review");
    await step("reviewer1", "pass-final-review", { words: "同意听证意见" });
    await step("officer1", "propose-decision");
    await step("leader", "discuss", { people: ["leader", "leader2", "leader3"], words: "同意" });
    page = await step("leader", "decide", { fine: "10001" }, 422);
    assert.match(await page.locator("#errors").innerText(), /超过已告知的/);
    await fill(page.locator('form[action$="/decide"]'), { fine: "10000" });
    await send(page, page.locator('form[action$="/decide"]'), 303);
    await shot(page, "hearing-head");
    await step("officer1", "serve", { ...TWO, manner: "direct" }, 422);
    const decision = await written("officer1", "penalty-decision");
    await step("officer1", "serve", { ...TWO, manner: "direct" });
    page = await step("treasurer1", "record-payment", { amount: "10,000.00", receipt: "N-1" });
    // The decision and its receipt are papers, and all of them are bound; each opens as a PDF with its pages.
    assert.ok(decision.pages >= 2, `the decision has ${decision.pages} pages`);
    assert.equal((await written("officer1", "service-receipt")).pages, 1, "the receipt");
    page = await as("officer1");
    await page.goto(`${address}/papers`);
    const volume = await page.request.get(`${address}/file`);
    assert.equal(volume.headers()["content-type"], "application/pdf");
    // Cover, catalogue, notice, decision, receipt, the photograph, notes.
    const bound = pagesOf(await volume.body());
    assert.ok(bound >= decision.pages + 6, `the volume has ${bound} pages`);
    // Whoever holds the decision's file has it compared, on a phone and without scripts.
    const holder = await city.visit({ screen: PHONE });
    await holder.goto(`/verify/${decision.code}`);
    await fine(holder, "the check of a paper");
    await holder.locator("input[type=file]").setInputFiles({ name: "paper.pdf", mimeType: "application/pdf", buffer: decision.bytes });
    await holder.locator('form[action="/verify"][method=post] button').click();
    await holder.waitForURL("**/verify");
    assert.match(await holder.locator("main").innerText(), /就是制发的那一份文件/);
    await fine(holder, "a file that was compared");
    await leave(holder);
    // A citizen's ten thousand are of social effect by the organ's rule: published without the name, and then closed.
    page = await step("officer1", "publish", { facts: "江石生未经许可设置大型广告牌。" }, 422);
    await fill(page.locator('form[action$="/publish"]'), { facts: "江某未经许可设置大型广告牌。" });
    await send(page, page.locator('form[action$="/publish"]'), 303);
    const anybody = await city.visit({ screen: PHONE });
    await anybody.goto("/published");
    assert.match(await anybody.locator("main").innerText(), /江某/);
    assert.doesNotMatch(await anybody.locator("body").innerText(), /江石生/);
    await fine(anybody, "what is published");
    await shot(anybody, "hearing-published");
    await leave(anybody);
    await step("officer1", "propose-closing");
    await step("leader", "approve-closing");
    const shelved = { retention: "long", volume: "2026-0001", bound_by: "officer1", checked_by: "archivist1" };
    await step("archivist1", "archive", shelved, 422);
    for (const kind of ["filing-approval", "interview-record", "correction-notice", "investigation-report", "legal-review",
      "discussion-record", "defence-review", "hearing-record", "hearing-report", "service-receipt", "service-receipt",
      "service-receipt", "closing-approval"]) await write(kind);
    page = await step("archivist1", "archive", shelved);
    assert.match(await page.locator("main").innerText(), /已归档/);
    await shot(page, "hearing-archive");
    for (const [login, one] of pages) {
      assert.deepEqual(one.problems.filter((problem) => !/\b(422|404)\b/.test(problem)), [], login);
    }
  });
});
