// Takes the pictures of the documents from a running demonstration: node docs/pictures/take.mjs [http://127.0.0.1:8080]
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const base = process.argv[2] ?? "http://127.0.0.1:8080";
const folder = dirname(fileURLToPath(import.meta.url));
const PASSWORD = "Wanglan-2026";
const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true };
const DESK = { viewport: { width: 1440, height: 860 } };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** One picture: who looks (nobody when empty), on which screen, at what. */
async function picture(name, lang, screen, login, look) {
  const context = await browser.newContext({ ...screen, locale: lang === "en" ? "en" : "zh-CN" });
  const page = await context.newPage();
  if (login) {
    await page.goto(`${base}/sign-in`);
    await page.fill("[name=login]", login);
    await page.fill("[name=password]", PASSWORD);
    await page.click("main button[type=submit]");
    await page.waitForLoadState("load");
  }
  await look(page);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(folder, lang, `${name}.jpg`), type: "jpeg", quality: 82 });
  await context.close();
}

const at = (path) => (page) => page.goto(base + path, { waitUntil: "load" });

/** The newest solved report that has photographs. */
async function solved(page) {
  await page.goto(`${base}/reports?stage=solved`, { waitUntil: "load" });
  const links = await page.locator("main a[href^='/reports/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  for (const link of links) {
    await page.goto(base + link, { waitUntil: "load" });
    if (await page.locator("main img").count() >= 2) return;
  }
}

for (const lang of ["zh-Hans", "en"]) {
  mkdirSync(join(folder, lang), { recursive: true });
  await picture("home", lang, DESK, "", async (page) => {
    await at("/")(page);
    await page.waitForSelector("[data-map][data-state=ready]", { timeout: 20_000 }).catch(() => {});
  });
  await picture("report", lang, PHONE, "", at("/report"));
  await picture("solved", lang, PHONE, "", solved);
  await picture("field", lang, PHONE, "crew-waste", at("/field"));
  await picture("leaders", lang, DESK, "leader", at("/leaders"));
  await picture("desk", lang, DESK, "acceptor1", at("/desk?stage=awaiting-filing"));
}
await browser.close();
