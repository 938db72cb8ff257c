import { test } from "node:test";
import { startBrowser, PHONE, DESKTOP } from "./kit.mjs";
import fs from "node:fs";
test("shots", { timeout: 300000 }, async () => {
  fs.mkdirSync("/tmp/shots", { recursive: true });
  const browser = await startBrowser();
  const base = "http://127.0.0.1:8195";
  const shots = JSON.parse(fs.readFileSync("/tmp/shots.json"));
  for (const [name, login, paths] of shots) {
    for (const [size, view] of [["p", PHONE], ["d", DESKTOP]]) {
      const context = await browser.newContext ? await browser.newContext({ viewport: view.viewport ?? view, locale: "zh-CN" }) : null;
      const page = await context.newPage();
      await page.goto(base + "/sign-in?lang=zh-Hans");
      await page.fill("#login", login); await page.fill("#password", "Wanglan-2026");
      await page.click("main form button[type=submit]");
      let i = 0;
      for (const path of paths) {
        if (path.startsWith("click:")) { await page.click(path.slice(6)); await page.waitForLoadState(); }
        else await page.goto(base + path);
        await page.waitForTimeout(400);
        await page.screenshot({ path: `/tmp/shots/${name}-${i++}-${size}.png`, fullPage: true });
      }
      await context.close();
    }
  }
  await browser.close();
});
