// Drives a browser without scripts through the program and a real provider.
//   node drive.mjs FOLDER    the folder in which npm has put oidc-provider, beside provider.mjs
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";

const folder = process.argv[2], bin = resolve(process.env.STEWARD_BIN);
const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, "127.0.0.1", () => { const { port } = server.address(); server.close(() => done(port)); });
});
const [port, other] = [await freePort(), await freePort()];
const base = `http://127.0.0.1:${port}`, issuer = `http://127.0.0.1:${other}`;

const city = join(folder, "city");
mkdirSync(city);
const settings = readFileSync("demo/city.toml", "utf8").replace("[identity]", "[before]");
writeFileSync(join(city, "city.toml"), `${settings}
[[identity.provider]]
word = "real"
name = "统一身份认证"
name_en = "Real provider"
issuer = "${issuer}"
client = "steward"
secret_env = "REAL_SECRET"
`);
const places = ["--city", city, "--database", `sqlite:${join(folder, "steward.db")}`, "--files", join(folder, "files")];
const env = { ...process.env, REAL_SECRET: "a secret with / and +", RUST_LOG: "warn" };
const steward = (...args) => execFileSync(bin, [...places, ...args], { encoding: "utf8", env });
steward("migrate");
const first = (login, name, post) => /\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(steward("account", "add", login, name, post))[0];
first("keeper1", "林晓禾", "keeper");
const password = first("sysadmin", "管理员", "system_admin");

const processes = [];
const start = (command, args, ready) => new Promise((done, fail) => {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  processes.push(child);
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => { said += text; if (said.includes(ready)) done(child); });
  child.once("exit", () => fail(new Error(said)));
});

/** A browser: cookies by origin and path, redirects followed by hand. */
class Browser {
  jar = new Map();
  async go(address, form) {
    for (let step = 0; step < 30; step += 1) {
      const url = new URL(address);
      const cookies = [...this.jar.values()].filter((one) => one.origin === url.origin && url.pathname.startsWith(one.path));
      const headers = { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "), ...(form ? { origin: url.origin } : {}) };
      const answer = await fetch(url, { method: form ? "POST" : "GET", body: form && new URLSearchParams(form), headers, redirect: "manual" });
      for (const line of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line), path = /path=([^;]+)/i.exec(line)?.[1] ?? "/";
        const gone = /max-age=0|expires=Thu, 01 Jan 1970/i.test(line);
        if (gone) this.jar.delete(`${url.origin} ${name} ${path}`);
        else this.jar.set(`${url.origin} ${name} ${path}`, { origin: url.origin, name, value, path });
      }
      const to = answer.headers.get("location");
      if (!to) return { status: answer.status, address: url.href, text: await answer.text() };
      if (to.includes("/sign-in/with/real/back")) this.back = new URL(to, url).href;
      address = new URL(to, url).href;
      form = undefined;
    }
    throw new Error(`no end of redirects at ${address}`);
  }
  /** Fills in the provider's own pages until it lets go. */
  async through(page, login) {
    while (page.address.startsWith(issuer)) {
      const [, action] = /<form[^>]*action="([^"]+)"/.exec(page.text), [, prompt] = /name="prompt" value="([^"]+)"/.exec(page.text);
      page = await this.go(new URL(action, page.address).href, prompt === "login" ? { prompt, login, password: "any" } : { prompt });
    }
    return page;
  }
}

try {
  const provider = await start("node", [join(folder, "provider.mjs"), String(other), `${base}/sign-in/with/real/back`], "ready");
  await start(bin, [...places, "--listen", `127.0.0.1:${port}`, "serve"], "answers at");

  const admin = new Browser();
  await admin.go(`${base}/sign-in`, { login: "sysadmin", password });
  const changed = await admin.go(`${base}/account/password`, { current: password, fresh: "Green-River-8", again: "Green-River-8" });
  assert.equal(changed.status, 200);
  const [account] = /\/admin\/accounts\/\d+/.exec((await admin.go(`${base}/admin/accounts?q=keeper1`)).text);
  assert.equal((await admin.go(`${base}${account}/employee-number`, { employee_number: "E-lin" })).status, 200);

  // The whole way: to the provider, its login, its consent, back, in. The first password is no obstacle.
  const keeper = new Browser();
  assert.match((await keeper.go(`${base}/sign-in`)).text, /使用统一身份认证登录/);
  let page = await keeper.go(`${base}/sign-in/with/real?next=%2Faccount`);
  assert.ok(page.address.startsWith(`${issuer}/interaction/`), `${page.status} ${page.address} ${page.text.slice(0, 2000)}`);
  page = await keeper.through(page, "lin");
  assert.equal(page.address, `${base}/account`, page.text.slice(0, 3000));
  assert.match(page.text, /林晓禾[\s\S]*E-lin[\s\S]*统一身份认证/);
  assert.equal((await keeper.go(`${base}/field`)).address, `${base}/field`);
  // What came back is good once.
  assert.equal((await keeper.go(keeper.back)).status, 422);
  // The provider still knows the browser: straight through.
  await keeper.go(`${base}/sign-out`, { none: "" });
  assert.equal((await keeper.go(`${base}/sign-in/with/real`)).address, `${base}/field`);

  // Somebody of whom no account knows the number, and somebody who turns back.
  const stranger = new Browser();
  page = await stranger.through(await stranger.go(`${base}/sign-in/with/real`), "nobody");
  assert.ok(page.status === 422 && page.text.includes("没有账号登记"), page.text.slice(0, 3000));
  const timid = new Browser();
  page = await timid.go(`${base}/sign-in/with/real`);
  page = await timid.go(new URL(/href="([^"]*\/abort)"/.exec(page.text)[1], page.address).href);
  assert.ok(page.status === 422 && page.text.includes("取消了登录"), page.text.slice(0, 3000));

  // The provider goes down between leaving and coming back.
  const late = new Browser();
  page = await late.go(`${base}/sign-in/with/real`);
  const gone = new Promise((done) => provider.once("exit", done));
  provider.kill();
  await gone;
  const state = new URL(page.address).origin === issuer && [...late.jar.values()].some(({ name }) => name === "provider");
  assert.ok(state);
  page = await late.go(`${base}/sign-in/with/real/back?code=x&state=wrong`);
  assert.equal(page.status, 422);
  console.log("a real provider: signed in by its own pages, straight through, once; a stranger, a no and a lost state stay out");
} finally {
  for (const child of processes) child.kill();
}
