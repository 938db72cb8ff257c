// Sets the invented city's street furniture along its streets and writes demo/components.geojson: node demo/make-components.mjs
//
// Manhole covers and lamps in turn along every street, each with an identification code (region, class, sub-class, serial).

import { readFileSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const REGION = "990100";
const KINDS = [
  ["0123", "路灯", "路灯维护班"],
  ["0103", "雨水井盖", "排水井盖维护班"],
  ["0123", "路灯", "路灯维护班"],
  ["0102", "污水井盖", "排水井盖维护班"],
];
const read = (name) => JSON.parse(readFileSync(new URL(name, here), "utf8")).features;

const inside = ([x, y], ring) => {
  let within = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
};
const grids = read("grids.geojson").map((grid) => grid.geometry.coordinates[0]);

const features = [];
const serial = {};
read("streets.geojson").forEach((street, number) => {
  const line = street.geometry.type === "LineString" ? street.geometry.coordinates : street.geometry.coordinates[0];
  const step = Math.max(1, Math.floor(line.length / 3));
  for (let at = 1; at < line.length && features.length < 240; at += step) {
    const [[ax, ay], [bx, by]] = [line[at - 1], line[at]];
    for (const share of [0.25, 0.75]) {
      // Four metres beside the middle of the road.
      const place = [ax + (bx - ax) * share + 4e-5, ay + (by - ay) * share + 3e-5].map((degrees) => +degrees.toFixed(6));
      if (!grids.some((ring) => inside(place, ring))) continue;
      const [kind, name, owner] = KINDS[features.length % KINDS.length];
      serial[kind] = (serial[kind] ?? 0) + 1;
      const code = `${REGION}${kind}${String(serial[kind]).padStart(6, "0")}`;
      const year = 2012 + ((number * 7 + features.length) % 12);
      features.push({
        type: "Feature",
        properties: { code, name, owner, state: features.length % 41 === 40 ? "damaged" : "sound", installed_on: `${year}-0${1 + (number % 9)}-15` },
        geometry: { type: "Point", coordinates: place },
      });
    }
  }
});
writeFileSync(new URL("components.geojson", here), `{"type":"FeatureCollection","features":[\n${features.map((f) => JSON.stringify(f)).join(",\n")}\n]}\n`);
console.log(`${features.length} components`);
