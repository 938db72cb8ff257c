// The hours of a city in a real browser: a night call-out that climbs, a return that is decided, a month that is frozen.
// The city's clock is set, so that it is night when the test needs a night.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoProblems, assertNoSidewaysScroll, DESKTOP, leave, PHONE, sendReport, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";
const photo = (scene) => join(import.meta.dirname, "..", "..", "demo", "photos", `${scene}.jpg`);
/** The day in the city so many days from now. */
const day = (n) => new Date(Date.now() + 8 * 3_600_000 + n * 86_400_000).toISOString().slice(0, 10);
// After the demonstration's own history, long after working hours.
const NIGHT = `${day(1)}T23:10:00+08:00`, LATER = `${day(1)}T23:21:00+08:00`, MORNING = `${day(2)}T09:30:00+08:00`;
/** The month before the morning's. */
const LAST_MONTH = new Date(Date.UTC(Number(day(2).slice(0, 4)), Number(day(2).slice(5, 7)) - 2, 1)).toISOString().slice(0, 7);

/** The demonstration's people: name → login. */
async function logins() {
  const lines = (await readFile(join(import.meta.dirname, "..", "..", "demo", "people.csv"), "utf8")).trim().split("\n").slice(1);
  return new Map(lines.map((line) => line.split(",")).map(([login, name]) => [name, login]));
}

describe("hours, not days", () => {
  let city, people;
  before(async () => { city = await world({ at: NIGHT }); people = await logins(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  const as = async (login, screen = DESKTOP) => {
    const page = await city.visit({ screen });
    await signIn(page, login, PASSWORD);
    return page;
  };
  const fine = async (page, where) => {
    await assertNoAxeViolations(page, where);
    await assertNoSidewaysScroll(page, where);
  };
  /** Presses the button of a form, unfolding what it stands in, and confirms where that is asked. */
  const act = async (page, end, { fill = async () => {}, button = "button[type=submit], button:not([type])" } = {}) => {
    const form = page.locator(`form[action$="/${end}"]`).first();
    const fold = form.locator("xpath=ancestor::details").first();
    if (await fold.count() && (await fold.getAttribute("open")) === null) await fold.locator("summary").first().click();
    await fill(form);
    const isAsked = (await form.locator("[data-confirm]").count()) > 0 || (await form.getAttribute("data-confirm")) !== null;
    const posted = page.waitForResponse((response) => response.request().method() === "POST");
    await form.locator(button).first().click();
    if (isAsked) await page.locator("dialog[open] .btn-primary").first().click();
    const answer = await posted;
    assert.equal(answer.status(), 303, `${end} answered ${answer.status()}`);
    await page.waitForLoadState("load");
  };
  /** A citizen reports; the desk finds the case. */
  const reported = async (acceptor, words, scene) => {
    const citizen = await city.visit({ screen: PHONE });
    await citizen.goto("/report");
    await citizen.setInputFiles("input[type=file][name=photos]", photo(scene));
    await citizen.fill("[name=words]", words);
    await citizen.fill("[name=address]", "报亭旁");
    await citizen.locator("input[name=category]").first().check({ force: true });
    await sendReport(citizen);
    await leave(citizen);
    for (let tries = 0; tries < 40; tries += 1) {
      await acceptor.goto("/desk?sort=opened&stage=received");
      const links = await acceptor.locator('a[href*="case"]').evaluateAll((all) => all.map((a) => a.getAttribute("href")));
      for (const id of new Set(links.map((href) => /(?:case=|\/cases\/)(\d+)/.exec(href)?.[1]).filter(Boolean))) {
        await acceptor.goto(`/cases/${id}`);
        if ((await acceptor.content()).includes(words)) return `/cases/${id}`;
      }
      await acceptor.waitForTimeout(250);
    }
    return assert.fail("the desk does not find the report");
  };
  const reached = (page) => page.locator("#call .duty-people .duty-name").evaluateAll((all) => all.map((one) => one.firstChild.textContent.trim()));

  test("a call-out at night climbs until the stand-by takes it", { timeout: 300_000 }, async () => {
    const acceptor = await as("acceptor1");
    const address = await reported(acceptor, "路口井盖翘起，有人差点绊倒", "manhole-before");
    await act(acceptor, "mark-urgent", { fill: (form) => form.locator("[name=note]").fill("夜间行人危险") });

    // Who is on duty now is reached at once.
    await acceptor.goto("/duty/call-outs");
    const row = acceptor.locator("#list [data-rows] tbody a, #list tbody a").first();
    for (let tries = 0; tries < 40 && (await row.count()) === 0; tries += 1) { await acceptor.waitForTimeout(250); await acceptor.reload(); }
    const call = await row.getAttribute("href");
    await acceptor.goto(call);
    const first = await reached(acceptor);
    assert.equal(first.length, 2, `the two on duty: ${first}`);
    assert.ok((await acceptor.content()).includes("23:2"), "it says when it climbs");
    await fine(acceptor, "a call-out");
    await shot(acceptor, "night-call-desktop");
    const onDuty = await as(people.get(first[0]), PHONE);
    await onDuty.goto("/duty/mine");
    assert.equal(await onDuty.locator(`form[action="${call}/answer"]`).count(), 1, "the call stands on the own page");
    await fine(onDuty, "my duty, called out");
    await shot(onDuty, "night-mine-phone");
    // The bell of the person on duty has it as well.
    await onDuty.goto("/notices");
    assert.ok((await onDuty.content()).includes("井盖翘起"));
    await leave(onDuty);

    // Nobody takes it for eleven minutes, the program was even away: the stand-by is reached too.
    await city.restart(LATER);
    await acceptor.goto(call);
    await acceptor.waitForFunction(() => document.querySelectorAll("#call .duty-people .duty-name").length > 2, undefined, { timeout: 30_000 });
    const all = await reached(acceptor);
    assert.deepEqual(all.filter((name) => !first.includes(name)).length, 2, `the two on stand-by: ${all}`);
    const next = all.find((name) => !first.includes(name));
    const standBy = await as(people.get(next), PHONE);
    await standBy.goto("/duty/mine");
    await act(standBy, `${call.slice(1)}/answer`.replace(/^.*call-outs/, "call-outs"));
    // The page that was open shows it by itself.
    await acceptor.getByText(next).first().waitFor();
    await acceptor.waitForFunction(() => document.querySelector("#call-state .chip.ok"), undefined, { timeout: 30_000 });
    await standBy.goto(call);
    assert.ok((await standBy.content()).includes("您已接手"));
    await shot(standBy, "night-taken-phone");
    await acceptor.goto(address);
    const history = await acceptor.content();
    for (const told of ["夜间叫应", "无人应答，叫应上一级", "叫应已应答"]) assert.ok(history.includes(told), told);
    for (const page of [acceptor, standBy]) await leave(page);
  });

  test("a return is decided, the second by the shift leader", { timeout: 300_000 }, async () => {
    await city.restart(MORNING);
    const acceptor = await as("acceptor1");
    const address = await reported(acceptor, "人行道树枝断落，挡住盲道", "vendor-before");
    await act(acceptor, "accept");
    await acceptor.goto(address);
    await act(acceptor, "locate", { fill: (form) => form.locator("[name=cell]").fill("990100001001001") });
    await acceptor.goto(address);
    await act(acceptor, "ask-check", { fill: (form) => form.locator("[name=keeper]").selectOption({ label: "林晓禾" }) });
    const keeper = await as("keeper1", PHONE);
    await keeper.goto(address);
    await act(keeper, "check", { fill: (form) => form.locator("input[name=found][value=yes]").check({ force: true }) });
    await leave(keeper);
    await acceptor.goto(address);
    await act(acceptor, "file", {
      fill: async (form) => {
        if (await form.locator("[name=standard]").count()) return form.locator("[name=standard]").selectOption({ index: 1 });
        await form.locator("[name=code]").fill("0402");
        await form.locator("[name=condition]").fill("树枝断落，挡住盲道");
        return form.locator("[name=limit_amount]").fill("4");
      },
    });
    const dispatcher = await as("dispatcher1");
    const choose = async (page, end, label) => {
      await page.goto(address);
      await act(page, end, { fill: (form) => form.locator("[name=department]").selectOption({ label }) });
    };
    await choose(dispatcher, "dispatch", "市政设施维护中心");

    // The department says: not ours.
    const municipal = await as("desk-municipal", PHONE);
    await municipal.goto(address);
    await shot(municipal, "return-asked-phone");
    await act(municipal, "return", { fill: async (form) => { await form.locator("[name=reason]").selectOption({ index: 1 }); await form.locator("[name=note]").fill("树木由园林养护"); } });

    // The dispatcher reads why, and agrees.
    await dispatcher.goto(address);
    assert.ok((await dispatcher.content()).includes("树木由园林养护"));
    await fine(dispatcher, "a return to decide");
    await shot(dispatcher, "return-decide-desktop");
    await act(dispatcher, "decide", { button: "button[value=yes]" });
    await choose(dispatcher, "dispatch", "园林绿化中心");

    // The second return is not the dispatcher's to decide.
    const garden = await as("desk-garden", PHONE);
    await garden.goto(address);
    await act(garden, "return", { fill: async (form) => { await form.locator("[name=reason]").selectOption({ index: 1 }); await form.locator("[name=note]").fill("枝条来自工地"); } });
    await dispatcher.goto(address);
    assert.equal(await dispatcher.locator('form[action$="/decide"]').count(), 0, "the second return goes to the shift leader");
    const shift = await as("shift1");
    await shift.goto(address);
    assert.ok((await shift.content()).includes("枝条来自工地"));
    await act(shift, "decide", { fill: (form) => form.locator("[name=note]").fill("行道树归园林，先清理"), button: "button[value=no]" });
    await garden.goto(address);
    const read = await garden.content();
    assert.ok(read.includes("行道树归园林，先清理"), "the department reads why");
    assert.ok(await garden.locator('form[action$="/assign"]').count(), "and handles it");
    await fine(garden, "after a final decision");
    await shot(garden, "return-decided-phone");
    for (const page of [acceptor, dispatcher, municipal, garden, shift]) { assertNoProblems(page, address); await leave(page); }
  });

  test("a month is frozen and stays as it was", { timeout: 300_000 }, async () => {
    const leader = await as("leader");
    await leader.goto("/evaluation/months");
    await shot(leader, "months-desktop");
    const month = `/evaluation/months/${LAST_MONTH}`;
    await leader.goto(month);
    const freeze = leader.locator(`form[action="${month}/freeze"]`);
    for (let tries = 0; tries < 60 && (await freeze.count()) === 0; tries += 1) { await leader.waitForTimeout(1000); await leader.reload(); }
    const totals = () => leader.locator("#numbers table td strong").allTextContents();
    const before = await totals();
    assert.ok(before.length > 0, "there are scores to freeze");
    await fine(leader, month);
    await act(leader, "freeze");
    await leader.waitForSelector(`a[href="${month}/report.docx"]`);
    assert.equal(await freeze.count(), 0, "frozen once");
    assert.deepEqual(await totals(), before);
    await shot(leader, "month-frozen-desktop");
    // Counted again from the facts: the same to the last digit.
    await act(leader, "check");
    await leader.getByText("与定稿一致").or(leader.getByText("一致")).first().waitFor({ timeout: 60_000 });
    // A number opens into exactly its cases.
    await leader.goto(`/evaluation?period=${LAST_MONTH}&of=department&group=handle`);
    const link = leader.locator('table a[href*="/evaluation/list"]').first();
    const said = Number((await link.textContent()).replace(/\D/g, ""));
    await link.click();
    await leader.waitForLoadState("load");
    assert.ok((await leader.locator("h1, .page-head").first().textContent()).length > 0);
    const cases = await leader.locator('main tbody tr a[href^="/cases/"]').count();
    assert.equal(Math.min(said, 50), Math.min(cases, 50), "the list has as many cases as the number says");
    const phone = await as("leader", PHONE);
    await phone.goto(month);
    await fine(phone, month);
    await shot(phone, "month-frozen-phone");
    assertNoProblems(leader, month);
    for (const page of [leader, phone]) await leave(page);
  });
});
