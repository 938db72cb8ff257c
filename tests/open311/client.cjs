// The npm client open311 against a running server: its folder, the address of the server, a key. What it needs of others is
// handed to it here: `request` and `lodash` of today, and instead of `sparkxml`, which is in no registry, its one function.
const [folder, base, key] = process.argv.slice(2);
const Module = require("node:module");
const path = require("node:path");

function parseXml(text) {
  const lists = new Set(["services", "attributes", "values", "service_requests", "errors", "endpoints", "formats"]);
  let at = text.indexOf("?>") + 2;
  const decode = (plain) => plain.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&#13;/g, "\r").replace(/&amp;/g, "&");
  function element() {
    const end = text.indexOf(">", at);
    const name = text.slice(at + 1, end);
    at = end + 1;
    if (name.endsWith("/")) return [name.slice(0, -1), null];
    const children = [];
    let plain = "";
    while (!text.startsWith(`</${name}>`, at)) {
      if (text[at] === "<") children.push(element());
      else {
        const next = text.indexOf("<", at);
        plain += decode(text.slice(at, next));
        at = next;
      }
    }
    at += name.length + 3;
    if (lists.has(name)) return [name, children.map(([, value]) => value)];
    return [name, children.length ? Object.fromEntries(children) : plain];
  }
  while (text[at] !== "<") at += 1;
  return element()[1];
}

const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === "sparkxml") return { parseXml };
  if (name === "xml2json") return { toJson: (text) => ({ service_requests: { request: parseXml(text)[0] } }) };
  return load(name, ...rest);
};
const Open311 = require(path.join(folder, "open311.js"));

let done = 0;
function check(condition, what) {
  if (!condition) throw new Error(what);
  done += 1;
}
const ask = (client, act, ...args) =>
  new Promise((resolve, reject) =>
    client[act](...args, (wrong, answer) => (wrong ? reject(new Error(`${act}: ${answer}`)) : resolve(answer))),
  );

(async () => {
  for (const format of ["json", "xml"]) {
    const client = new Open311({
      discovery: `${base}/open311/discovery.${format}`, apiKey: key, jurisdiction: "wanglan.example",
    });
    const discovered = await ask(client, "serviceDiscovery", { cache: true });
    check(discovered.endpoints.length === 2 && client.endpoint === `${base}/open311/v2/`, `${format}: discovery`);
    client.format = format;
    const services = await ask(client, "serviceList");
    check(services.some((one) => one.service_code === "event-0113"), `${format}: services`);
    const definition = await ask(client, "serviceDefinition", "event-0113");
    check(definition.attributes[1].values.length === 3, `${format}: definition`);
    const sent = await ask(client, "submitRequest", {
      service_code: "event-0113", lat: 31.2093, long: 123.414, description: `npm ${format}`,
      attributes: { WHERE: "pavement" },
    });
    const number = sent[0].service_request_id;
    check(number, `${format}: POST`);
    const one = await ask(client, "serviceRequests", number, {});
    check(one[0].description === `npm ${format}` && one[0].requested_datetime instanceof Date, `${format}: one request`);
    const list = await ask(client, "serviceRequests", { status: "open", page_size: 5 });
    check(list.length === 5 && list.every((row) => row.status === "open"), `${format}: requests`);
    const some = await ask(client, "serviceRequests", [number, list[1].service_request_id], {});
    check(some.length === 2, `${format}: several numbers`);
    const token = (await ask(client, "submitRequest", { service_code: "event-0405", address_string: "中山路 8 号" }))[0].token;
    check((await ask(client, "token", token))[0].token === token, `${format}: token`);
  }
  console.log(`npm open311: ${done} checks`);
})().catch((wrong) => {
  console.error(wrong);
  process.exit(1);
});
