// A real browser against a real program: starts `steward demo` on a free port with a folder of its own, and Chromium.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, inflateSync } from "node:zlib";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const shots = join(root, "var", "shots");

/** The screens that people really have. */
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
export const DESKTOP = { viewport: { width: 1440, height: 900 } };

async function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

async function chromiumPath() {
  const names = [process.env.CHROMIUM, "/usr/bin/chromium"];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) names.push(join(folder, name));
  }
  for (const name of names.filter(Boolean)) {
    try {
      await access(name);
      return name;
    } catch { /* the next one */ }
  }
  throw new Error("Chromium is missing: apt-get install chromium, or name it in CHROMIUM");
}

/** The demonstration as it is made once for a binary, kept in var: making a month of history takes a minute. */
async function template(binary) {
  const { mtimeMs, size } = await stat(binary);
  const kept = join(root, "var", "browser-demo"), made = join(kept, `${size}-${Math.round(mtimeMs)}-${new Date().toISOString().slice(0, 10)}`);
  if (await access(made).then(() => true, () => false)) return made;
  // Two test files may ask at the same moment: one makes it, the other waits. Who died while making it is not waited for.
  const lock = `${kept}-making`;
  await mkdir(join(root, "var"), { recursive: true });
  if (!await mkdir(lock).then(() => true, () => false)) {
    const since = await stat(lock).then(({ mtimeMs: at }) => at, () => 0);
    if (Date.now() - since > 240_000) await rm(lock, { recursive: true, force: true });
    await new Promise((done) => setTimeout(done, 500));
    return template(binary);
  }
  try {
    if (await access(made).then(() => true, () => false)) return made;
    await rm(kept, { recursive: true, force: true });
    await mkdir(kept, { recursive: true });
    const steward = await startSteward({ folder: `${made}-new` });
    await steward.kill();
    await rename(`${made}-new`, made);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
  return made;
}

/**
 * Starts the demonstration city; with `at`, its clock shows that moment at the start.
 * @returns {Promise<{address: string, said: () => string, kill: (signal?: string) => Promise<void>}>}
 */
export async function startSteward({ folder, port, at, wait = 300_000 } = {}) {
  const binary = process.env.STEWARD_BIN ?? join(root, "target", "debug", "steward");
  await access(binary).catch(() => { throw new Error(`${binary} is missing: cargo build`); });
  const own = folder ?? (await mkdtemp(join(tmpdir(), "steward-browser-")));
  if (!folder) await cp(await template(binary), own, { recursive: true });
  const listen = port ?? (await freePort());
  const address = `http://127.0.0.1:${listen}`;
  const child = spawn(binary, ["demo", "--listen", `127.0.0.1:${listen}`, "--dir", own, ...(at ? ["--at", at] : [])], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (text) => (said += text));
  child.stderr.on("data", (text) => (said += text));
  const ended = new Promise((done) => child.once("exit", (code, signal) => done({ code, signal })));
  let gone;
  ended.then((how) => (gone = how));
  const kill = async (signal = "SIGTERM") => {
    if (!gone) child.kill(signal);
    await ended;
  };
  const until = Date.now() + wait;
  for (;;) {
    if (gone) throw new Error(`steward ended (${gone.code ?? gone.signal}) before it was ready:\n${said}`);
    try {
      if ((await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(2000) })).ok) break;
    } catch { /* not yet */ }
    if (Date.now() > until) {
      await kill("SIGKILL");
      throw new Error(`steward was not ready after ${wait / 1000} s:\n${said}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  return {
    address, folder: own, port: listen, said: () => said, kill,
  };
}

/** Starts Chromium; every context has a fresh profile. */
export async function startBrowser() {
  return chromium.launch({
    executablePath: await chromiumPath(),
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    ],
  });
}

/**
 * One program and one browser for a test file.
 * `restart` lets the program go and starts it again at another moment, with its data and at its address.
 * `visit` opens a page in a fresh context: screen PHONE or DESKTOP, lang, javaScript, geolocation {longitude, latitude};
 * with `webGl` false, a browser that cannot draw maps, as on old office machines.
 */
export async function world(options) {
  let steward = await startSteward(options);
  const { folder } = steward;
  const end = async () => {
    await steward.kill();
    if (!options?.folder) await rm(folder, { recursive: true, force: true });
  };
  const browser = await startBrowser().catch(async (error) => { await end(); throw error; });
  return {
    get steward() { return steward; }, browser, address: steward.address,
    async restart(at) {
      await steward.kill();
      steward = await startSteward({ ...options, folder, port: steward.port, at });
    },
    async visit({ screen = DESKTOP, lang = "zh-CN", javaScript = true, webGl = true, geolocation } = {}) {
      const context = await browser.newContext({
        ...screen, baseURL: steward.address, locale: lang, timezoneId: "Asia/Shanghai", javaScriptEnabled: javaScript, reducedMotion: "reduce",
        ...(geolocation ? { geolocation, permissions: ["geolocation"] } : {}),
      });
      if (!webGl) {
        await context.addInitScript(() => {
          const plain = HTMLCanvasElement.prototype.getContext;
          HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return /webgl/.test(kind) ? null : plain.call(this, kind, ...more); };
        });
      }
      const page = await context.newPage();
      page.problems = watch(page, steward.address);
      return page;
    },
    async close() {
      await browser.close();
      await end();
    },
  };
}

/** Notes what must never happen: a script error, an error in the console, a request to anybody else. */
function watch(page, address) {
  const problems = [];
  page.on("pageerror", (error) => problems.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(data|blob|about):/.test(url)) problems.push(`foreign request: ${url}`);
  });
  return problems;
}

/** Signs an account in by the form. */
export async function signIn(page, login, password) {
  await page.goto("/sign-in");
  await page.fill("[name=login]", login);
  await page.fill("[name=password]", password);
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/sign-in")), page.locator("main form button[type=submit]").first().click()]);
}

let axe;
/** Fails with a readable list when axe finds anything against WCAG 2.2 AA. */
export async function assertNoAxeViolations(page, where = page.url()) {
  axe ??= await readFile(join(root, "node_modules", "axe-core", "axe.min.js"), "utf8");
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] }));
  const lines = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}\n    ${n.failureSummary?.split("\n").slice(1).join(" ").trim()}`));
  assert.equal(lines.length, 0, `${where}\n${lines.join("\n")}`);
}

/** Nothing sticks out of the screen sideways. */
export async function assertNoSidewaysScroll(page, where = page.url()) {
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= screen, `${where}: ${wide} px wide on a screen of ${screen} px`);
}

/** No script error, no broken policy, no request to another host. */
export function assertNoProblems(page, where = page.url()) {
  assert.deepEqual(page.problems, [], where);
}

/** Closes a page and its profile. A page that is still on its way somewhere can keep Chromium from answering: then the browser's own end closes it. */
export async function leave(page) {
  await page.waitForLoadState("load").catch(() => {});
  await Promise.race([page.context().close(), new Promise((done) => setTimeout(done, 5000))]);
}

/** Sends the report that was written. Whoever is asked first, because somebody reported the same or an address may lie at several
 *  places, says that theirs is another one and sends it as it is. */
export async function sendReport(page, timeout = 60_000) {
  const press = () => page.locator("main form button[type=submit]").last().click();
  const arrived = () => page.waitForURL(/\/track\//, { timeout });
  await press();
  const asked = page.waitForSelector("#report-form[data-again]", { timeout }).then(() => "asked");
  const outcome = await Promise.race([arrived().then(() => "arrived"), asked]);
  asked.catch(() => {});
  if (outcome === "asked" && !/\/track\//.test(page.url())) await Promise.all([arrived(), press()]);
}

/** Keeps a picture in var/shots. */
export async function shot(page, name, { fullPage = true } = {}) {
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}

/** Whether Chromium is there at all. */
export async function browserMissing() {
  return chromiumPath().then(() => false, (error) => error.message);
}

/** How many pages a PDF has: its page objects, packed or not. */
export function pagesOf(bytes) {
  assert.equal(bytes.subarray(0, 5).toString("latin1"), "%PDF-");
  const parts = [bytes.toString("latin1")];
  for (let at = bytes.indexOf("stream"); at >= 0; at = bytes.indexOf("stream", at + 6)) {
    const begin = bytes[at + 6] === 13 ? at + 8 : at + 7;
    if (bytes[begin] !== 0x78) continue;
    try {
      parts.push(inflateSync(bytes.subarray(begin), { finishFlush: constants.Z_SYNC_FLUSH }).toString("latin1"));
    } catch { /* no packed stream */ }
  }
  return parts.map((part) => (part.match(/\/Type\s*\/Page(?![a-zA-Z])/g) ?? []).length).reduce((sum, count) => sum + count, 0);
}
