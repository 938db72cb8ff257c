// Builds assets/dist: scripts bundled and made small, styles, icons, the map's worker; each also compressed beside itself.
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile, readdir } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const modules = join(here, "..", "node_modules");

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

// Old enough for the phones that crews and citizens really carry.
const target = ["chrome90", "safari15", "firefox90"];
const common = { bundle: true, minify: true, format: "esm", target, outdir: dist, legalComments: "none", logLevel: "warning" };

await build({ ...common, entryPoints: { app: join(here, "src/app.js"), similar: join(here, "src/similar.js"), embed: join(here, "src/embed.js"), framed: join(here, "src/framed.js"), worker: join(here, "src/worker.js") } });
// The map and the chart libraries are large, and the map needs newer features; both are loaded only when asked for.
await build({ ...common, target: "es2022", entryPoints: { map: join(here, "src/map.js"), chart: join(here, "src/chart.js") } });
await build({ ...common, target: "es2022", entryPoints: { "map-worker": join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs") } });
await build({ ...common, target: ["chrome111", "safari16", "firefox113"], entryPoints: { app: join(here, "app.css"), landscape: join(here, "landscape.css"), card: join(here, "card.css"), roster: join(here, "roster.css"), map: join(modules, "maplibre-gl/dist/maplibre-gl.css") }, loader: { ".svg": "dataurl" } });

for (const name of ["icons.svg", "favicon.svg"]) {
  const text = await readFile(join(here, name), "utf8");
  await writeFile(join(dist, name), text.replace(/\n/g, ""));
}

const report = [];
for (const name of (await readdir(dist)).sort()) {
  const bytes = await readFile(join(dist, name));
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const gz = gzipSync(bytes, { level: 9 });
  await writeFile(join(dist, `${name}.br`), br);
  await writeFile(join(dist, `${name}.gz`), gz);
  report.push(`${name.padEnd(18)} ${String(bytes.length).padStart(9)} bytes ${String(gz.length).padStart(8)} gz ${String(br.length).padStart(8)} br`);
}
console.log(report.join("\n"));
