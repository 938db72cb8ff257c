// Writes the licence texts of everything that the binary holds: the Rust libraries that Cargo.lock names for this machine, and
// the scripts, styles and letters that come from npm. Each text stands once, behind the names of those that carry it.
//   node packaging/notices.mjs FILE
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = process.argv[2];
if (!target) throw new Error("name the file to write");

const quiet = { cwd: root, maxBuffer: 1 << 28, encoding: "utf8" };
const host = /host: (\S+)/.exec(execFileSync("rustc", ["-vV"], quiet))[1];
const cargo = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
const metadata = JSON.parse(execFileSync("cargo", cargo, quiet));

// What the program itself stands on: neither its tests' tools nor what only builds them.
const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
const packages = new Map(metadata.packages.map((one) => [one.id, one]));
const reached = new Set();
const waiting = metadata.packages.filter((one) => one.source === null && one.name === "steward").map((one) => one.id);
while (waiting.length) {
  const id = waiting.pop();
  if (reached.has(id)) continue;
  reached.add(id);
  for (const dependency of nodes.get(id)?.deps ?? []) {
    if (dependency.dep_kinds.some((how) => how.kind === null)) waiting.push(dependency.pkg);
  }
}

const ofFolder = (folder) =>
  readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice|unlicense|ofl)/i.test(name) && !/\.(rs|js|json|html)$/i.test(name))
    .sort()
    .flatMap((name) => {
      try {
        return [readFileSync(join(folder, name), "utf8").replace(/\r\n?/g, "\n").trim()];
      } catch {
        return [];
      }
    });

const carried = [];
for (const id of reached) {
  const one = packages.get(id);
  if (one.source === null) continue;
  carried.push({ name: `${one.name} ${one.version}`, licence: one.license ?? "see its text", texts: ofFolder(dirname(one.manifest_path)) });
}
const bundled = new Set(["maplibre-gl", "echarts", "@expo-google-fonts/noto-serif-sc"]);
// A set hands out what is added to it while it is walked.
for (const name of bundled) {
  const folder = join(root, "node_modules", name);
  if (!existsSync(folder)) continue;
  const { version, license, dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const below of Object.keys(dependencies)) if (!below.startsWith("@types/")) bundled.add(below);
  carried.push({ name: `${name} ${version}`, licence: license ?? "see its text", texts: ofFolder(folder) });
}
const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
carried.sort((one, other) => order(one.name, other.name));

const texts = new Map();
for (const { name, texts: own } of carried) for (const text of own) texts.set(text, [...(texts.get(text) ?? []), name]);
const silent = carried.filter((one) => one.texts.length === 0);

const line = "-".repeat(80);
const out = [
  "Libraries inside City Steward, and their licences",
  "",
  ...carried.map(({ name, licence }) => `${name}: ${licence}`),
  "",
  ...(silent.length ? ["These carry no text of their own; the licences that they name stand below or in /usr/share/common-licenses:", ...silent.map((one) => `  ${one.name}: ${one.licence}`), ""] : []),
];
for (const [text, names] of [...texts].sort(([, one], [, other]) => order(one[0], other[0]))) {
  out.push(line, ...names, line, "", text, "");
}
writeFileSync(target, out.join("\n"));
console.error(`steward: the licences of ${carried.length} libraries in ${texts.size} texts.`);
