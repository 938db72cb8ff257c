import { world, PHONE, DESKTOP } from "./kit.mjs";
const w = await world({});
const out = "/tmp/zz-words-";
async function signIn(page, login) {
  await page.goto(w.address + "/sign-in");
  await page.fill("[name=login]", login); await page.fill("[name=password]", "Wanglan-2026");
  await Promise.all([page.waitForNavigation(), page.click("main button[type=submit]")]);
}
try {
  for (const [name, screen, lang, text] of [["390-zh", PHONE, "zh-Hans", "巷子里的路灯坏了好几天，路灯不亮，晚上漆黑一片"], ["1440-en", DESKTOP, "en", "The manhole cover in front of the school is broken"]]) {
    const context = await w.browser.newContext({ ...screen, locale: lang === "en" ? "en-GB" : "zh-CN" });
    const page = await context.newPage();
    page.on("pageerror", (e) => console.log("ERR", String(e)));
    page.on("console", (m) => m.type() === "error" && console.log("CONSOLE", m.text()));
    await page.goto(`${w.address}/report?lang=${lang}`);
    await page.fill("[name=words]", text);
    await page.waitForSelector(".offers", { timeout: 8000 });
    console.log(name, "checked", await page.$$eval("[name=category]:checked", (l) => l.map((e) => e.value)));
    await page.locator(".offers").scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${out}form-${name}.png` });
    // A person chooses another; more words do not change it.
    await page.check("[name=category][value=event-0112]");
    await page.fill("[name=words]", text + "。共享单车倒一地");
    await page.waitForTimeout(1500);
    console.log(name, "kept", await page.$$eval("[name=category]:checked", (l) => l.map((e) => e.value)));
    await signIn(page, "leader");
    await page.goto(`${w.address}/suggestions?lang=${lang}`);
    await page.screenshot({ path: `${out}worth-${name}.png`, fullPage: true });
    await context.clearCookies();
    await signIn(page, "acceptor1");
    await page.goto(`${w.address}/desk?stage=awaiting-filing&lang=${lang}`);
    const link = await page.$("a[href*='/cases/'], tr[data-href*='case']");
    const ids = [...(await page.content()).matchAll(/case=(\d+)/g)].map((m) => m[1]);
    console.log(name, "cases", ids.length);
    if (ids.length) {
      await page.goto(`${w.address}/cases/${ids[0]}?lang=${lang}`);
      const offers = page.locator(".desk-offers");
      if (await offers.count()) {
        await offers.scrollIntoViewIfNeeded();
        await offers.locator("button").first().click();
        console.log(name, "standard", await page.$eval("[name=standard]", (e) => e.value));
        await page.screenshot({ path: `${out}desk-${name}.png` });
      } else console.log("no offers", ids[0]);
    }
    await context.close();
  }
} finally { await w.end?.(); await w.close?.(); }
process.exit(0);
