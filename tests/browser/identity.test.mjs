// A second factor in a real browser: codes from a phone, and a passkey that Chromium's virtual authenticator holds; sessions that are
// seen and ended. At phone and at desktop size, and without JavaScript.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { assertNoAxeViolations, assertNoProblems, assertNoSidewaysScroll, DESKTOP, leave, PHONE, shot, signIn, world } from "./kit.mjs";

const PASSWORD = "Wanglan-2026";

/** The code of RFC 6238 for a key as it is written on the page. */
function codeOf(written, at = Date.now()) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...written.replace(/\s/g, "")].map((one) => letters.indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((eight) => parseInt(eight, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", key).update(step).digest(), from = digest.at(-1) & 15;
  return String((digest.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

describe("identity", () => {
  let city;
  before(async () => { city = await world(); }, { timeout: 400_000 });
  after(async () => { await city?.close(); });

  const send = async (page, form) => {
    await Promise.all([page.waitForResponse((response) => response.request().method() === "POST"), form.locator("button[type=submit]").last().click()]);
    await page.waitForLoadState("load");
  };
  const fine = async (page, where) => {
    await assertNoAxeViolations(page, where);
    await assertNoSidewaysScroll(page, where);
  };

  for (const [way, screen, login] of [["desktop", DESKTOP, "dispatcher1"], ["phone", PHONE, "keeper2"]]) {
    test(`a passkey opens, ${way}`, { timeout: 120_000 }, async () => {
      // Passkeys are made for names: the program answers at localhost as well.
      const named = city.address.replace("127.0.0.1", "localhost");
      const page = await city.visit({ screen });
      page.problems.length = 0;
      const devTools = await page.context().newCDPSession(page);
      await devTools.send("WebAuthn.enable");
      const { authenticatorId } = await devTools.send("WebAuthn.addVirtualAuthenticator", {
        options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
      });
      const first = async () => {
        await page.goto(`${named}/sign-in`);
        await page.fill("[name=login]", login);
        await page.fill("[name=password]", PASSWORD);
        await send(page, page.locator("main form").first());
      };
      await first();
      await page.goto(`${named}/account/second`);
      await fine(page, "second factor, none");
      await shot(page, `identity-none-${way}`);
      await send(page, page.locator("form[action='/account/second/passkeys']"));
      await fine(page, "new passkey");
      await shot(page, `identity-passkey-new-${way}`);
      await page.fill("[name=name]", way);
      await Promise.all([page.waitForSelector(".recovery-codes"), page.locator("main form button[type=submit]").click()]);
      await fine(page, "recovery codes");
      await shot(page, `identity-codes-${way}`);
      await page.goto(`${named}/account/second`);
      await fine(page, "second factor, a passkey");
      await shot(page, `identity-passkey-${way}`);
      assert.equal((await devTools.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length, 1);

      await page.context().clearCookies();
      await first();
      assert.equal(new URL(page.url()).pathname, "/sign-in/second");
      await fine(page, "second step");
      await shot(page, `identity-step-${way}`);
      // An authenticator that refuses: said in words, and nothing is sent.
      await devTools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
      await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/sign-in")), page.locator("form[data-passkey] button[type=submit]").click()]);
      await page.goto(`${named}/account/sessions`);
      await fine(page, "sessions");
      await shot(page, `identity-sessions-${way}`);
      assert.match(await page.locator("main").innerText(), /已双重验证/);
      assert.match(await page.locator("main").innerText(), /Chrome/);
      assert.deepEqual(page.problems.filter((one) => !one.includes(named)), [], "no script error, no foreign request");
      await leave(page);
    });
  }

  for (const [way, screen, javaScript, login] of [["desktop", DESKTOP, true, "desk-garden"], ["phone", PHONE, true, "keeper3"], ["no-script", PHONE, false, "keeper4"]]) {
    test(`a code of the phone opens, ${way}`, { timeout: 120_000 }, async () => {
      const page = await city.visit({ screen, javaScript });
      const look = async (where) => { if (javaScript) await fine(page, where); };
      await signIn(page, login, PASSWORD);
      await page.goto("/account/second");
      await send(page, page.locator("form[action='/account/second/totp']"));
      await look("square code");
      await shot(page, `identity-totp-${way}`);
      const key = await page.locator("#totp-key").innerText();
      const used = codeOf(key);
      await page.fill("[name=code]", used);
      await send(page, page.locator("form[action='/account/second/totp/confirm']"));
      const codes = await page.locator(".recovery-codes .code").allInnerTexts();
      assert.equal(codes.length, 10);
      await page.context().clearCookies();
      await page.goto("/sign-in");
      await page.fill("[name=login]", login);
      await page.fill("[name=password]", PASSWORD);
      await send(page, page.locator("main form").first());
      assert.equal(new URL(page.url()).pathname, "/sign-in/second");
      await look("second step by code");
      await page.locator("form[action='/sign-in/second'] [name=code]").first().fill(used);
      await send(page, page.locator("form[action='/sign-in/second']").first());
      assert.match(await page.locator("main").innerText(), /已经用过/);
      await look("used code");
      await shot(page, `identity-step-code-${way}`);
      await page.locator("details summary").click();
      await page.fill("#recovery", codes[0]);
      await send(page, page.locator("details form"));
      assert.ok(!new URL(page.url()).pathname.startsWith("/sign-in"), page.url());
      await page.goto("/account");
      await look("account");
      await shot(page, `identity-account-${way}`);
      if (javaScript) assertNoProblems({ problems: page.problems.filter((one) => !/422/.test(one)) }, `code, ${way}`);
      await leave(page);
    });
  }
});
