// Draws the invented city of Wanglan (望澜市) and writes its maps beside this file: node demo/make-city.mjs
//
// The same seed always draws the same city. The ground is cut again and again: the coast and the borders first, then
// the river, the avenues between the streets (街道), the roads between the communities (社区), the lanes between the unit
// grids (单元网格). Every cut is kept as a road; neighbours share their corners exactly, so there is no gap and no overlap.
// The city lies in the open East China Sea, where no real place can be mistaken for it.

import { readFileSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const LON = 123.4, LAT = 31.2; // of the south-west corner; the plan below is in metres east and north of it
const REGION = "990100";
const GRID_AREA = 40000; // m²: a piece larger than this is cut once more

// ---- chance -------------------------------------------------------------------------------------------------------
let state = 20260601;
function chance() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const between = (low, high) => low + (high - low) * chance();

// ---- plane geometry -------------------------------------------------------------------------------------------------
const minus = (a, b) => [a[0] - b[0], a[1] - b[1]];
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const signedArea = (ring) =>
  ring.reduce((sum, p, i) => { const q = ring[(i + 1) % ring.length]; return sum + p[0] * q[1] - q[0] * p[1]; }, 0) / 2;
const area = (ring) => Math.abs(signedArea(ring));
function centroid(ring) {
  let x = 0, y = 0, doubled = 0;
  ring.forEach((p, i) => {
    const q = ring[(i + 1) % ring.length], cross = p[0] * q[1] - q[0] * p[1];
    x += (p[0] + q[0]) * cross; y += (p[1] + q[1]) * cross; doubled += cross;
  });
  return [x / (3 * doubled), y / (3 * doubled)];
}
/** A smooth line through the points (Catmull-Rom). */
function smooth(points, steps) {
  const out = [];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [points[Math.max(0, i - 1)], points[i], points[i + 1], points[Math.min(points.length - 1, i + 2)]];
    for (let k = 0; k < steps; k++) {
      const t = k / steps;
      out.push([0, 1].map((n) => 0.5 * (2 * b[n] + (c[n] - a[n]) * t + (2 * a[n] - 5 * b[n] + 4 * c[n] - d[n]) * t * t +
        (3 * b[n] - a[n] - 3 * c[n] + d[n]) * t * t * t)));
    }
  }
  out.push(points.at(-1));
  return out;
}
/** Where the segments a–b and c–d meet, as shares of each, or nothing. */
function meet(a, b, c, d) {
  const r = minus(b, a), s = minus(d, c), cross = r[0] * s[1] - r[1] * s[0];
  if (Math.abs(cross) < 1e-9) return null;
  const g = minus(c, a), t = (g[0] * s[1] - g[1] * s[0]) / cross, u = (g[0] * r[1] - g[1] * r[0]) / cross;
  return t >= 0 && t <= 1 && u >= 0 && u <= 1 ? [t, u] : null;
}
/** The place on the ring nearest to p: the edge's number and the point, drawn to a corner that is very near. */
function onRing(ring, p) {
  let best = null;
  ring.forEach((a, i) => {
    const b = ring[(i + 1) % ring.length], ab = minus(b, a), length2 = ab[0] ** 2 + ab[1] ** 2;
    const t = Math.max(0, Math.min(1, ((p[0] - a[0]) * ab[0] + (p[1] - a[1]) * ab[1]) / length2));
    const q = [a[0] + ab[0] * t, a[1] + ab[1] * t], gap = distance(p, q);
    if (!best || gap < best.gap) best = { edge: i, point: q, gap };
  });
  const [a, b] = [ring[best.edge], ring[(best.edge + 1) % ring.length]];
  if (distance(best.point, a) < 7) best.point = a;
  else if (distance(best.point, b) < 7) best.point = b;
  return best;
}
/** Cuts a ring in two along a line whose ends lie (nearly) on it; nothing when the line leaves the ring. */
function cut(ring, line) {
  let cornered = ring.slice();
  const ends = [line[0], line.at(-1)].map((end) => {
    const { edge, point } = onRing(cornered, end);
    if (!cornered.includes(point)) cornered = [...cornered.slice(0, edge + 1), point, ...cornered.slice(edge + 1)];
    return point;
  });
  if (ends[0] === ends[1]) return null;
  const middle = line.slice(1, -1), path = [ends[0], ...middle, ends[1]];
  for (let k = 0; k + 1 < path.length; k++) {
    for (let i = 0; i < cornered.length; i++) {
      const a = cornered[i], b = cornered[(i + 1) % cornered.length];
      if ([a, b].some((p) => p === path[k] || p === path[k + 1])) continue;
      if (meet(path[k], path[k + 1], a, b)) return null;
    }
  }
  const i = cornered.indexOf(ends[0]), j = cornered.indexOf(ends[1]);
  const walk = (from, to) => { const out = []; for (let k = from; ; k = (k + 1) % cornered.length) { out.push(cornered[k]); if (k === to) return out; } };
  const left = [...walk(i, j), ...middle.slice().reverse()], right = [...walk(j, i), ...middle];
  if (left.length < 3 || right.length < 3 || Math.abs(area(left) + area(right) - area(ring)) > 1) return null;
  return { parts: [left, right], path };
}
/** The way the streets run at a place, in radians: they turn with the coast. */
const grain = ([x, y]) => (10 + 15 * Math.sin(x / 900 - 0.6) + 9 * Math.cos(y / 700)) * Math.PI / 180;

/** Cuts a ring across its longer side so that about `share` of it falls on one side. */
function halve(ring, share, bend) {
  const angle = grain(centroid(ring));
  const ways = [angle, angle + Math.PI / 2].map((way) => {
    const along = ring.map((p) => p[0] * Math.cos(way) + p[1] * Math.sin(way));
    return { way, low: Math.min(...along), high: Math.max(...along) };
  }).sort((a, b) => (b.high - b.low) - (a.high - a.low));
  for (const stray of [0, 0.03, -0.03, 0.07, -0.07, 0.12, -0.12]) {
    for (const { way, low, high } of ways) {
      const turn = way + between(-0.07, 0.07), n = [Math.cos(turn), Math.sin(turn)], t = [-n[1], n[0]];
      let best = null;
      for (let step = 0.2; step <= 0.8; step += 0.01) {
        const offset = low + (high - low) * (step + stray), o = [n[0] * offset, n[1] * offset];
        const a = [o[0] - t[0] * 9e3, o[1] - t[1] * 9e3], b = [o[0] + t[0] * 9e3, o[1] + t[1] * 9e3];
        const hits = [];
        ring.forEach((p, i) => { const m = meet(a, b, p, ring[(i + 1) % ring.length]); if (m) hits.push(m[0]); });
        if (hits.length !== 2) continue;
        const [p, q] = hits.sort((x, y) => x - y).map((h) => [a[0] + (b[0] - a[0]) * h, a[1] + (b[1] - a[1]) * h]);
        const length = distance(p, q), bow = bend * length * (chance() - 0.5), pieces = Math.max(2, Math.round(length / 90));
        const line = [p];
        for (let k = 1; k < pieces; k++) {
          const s = k / pieces, lift = bow * Math.sin(Math.PI * s) + between(-1, 1) * bend * 12;
          line.push([p[0] + (q[0] - p[0]) * s + n[0] * lift, p[1] + (q[1] - p[1]) * s + n[1] * lift]);
        }
        line.push(q);
        const done = cut(ring, line);
        if (!done) continue;
        const miss = Math.abs(area(done.parts[0]) / area(ring) - share);
        if (!best || miss < best.miss) best = { ...done, miss };
      }
      if (best && best.miss < 0.22) return best;
    }
  }
  return null;
}

// ---- the plan -------------------------------------------------------------------------------------------------------
const coast = smooth([[1500, 20], [1760, -40], [1960, 60], [2080, 220], [2230, 300], [2420, 290], [2560, 380], [2610, 540],
  [2540, 690], [2400, 760], [2330, 880], [2380, 1010], [2520, 1090], [2700, 1180], [2790, 1330], [2760, 1490], [2650, 1610],
  [2600, 1760], [2640, 1900]], 3);
const border = [[2400, 2010], [2020, 1960], [1640, 2050], [1250, 2010], [880, 2080], [520, 1990], [250, 1930], [120, 1700],
  [40, 1420], [90, 1120], [0, 860], [30, 540], [60, 240], [420, 90], [820, 40], [1180, -30]];
const ground = [...coast, ...border];
const river = smooth([[520, 1990], [600, 1840], [565, 1660], [680, 1470], [900, 1385], [1120, 1400], [1300, 1300], [1420, 1130],
  [1620, 1045], [1850, 1060], [2080, 965], [2330, 880]], 4);

const roads = []; // { path, rank }: 1 avenues between streets, 2 roads between communities, 3 lanes
function mustCut(ring, line, rank) {
  const done = cut(ring, line);
  if (!done) throw new Error(`the plan's line from ${line[0]} leaves its ground`);
  if (rank) roads.push({ path: done.path, rank });
  return done.parts;
}
const byNorth = (a, b) => centroid(b)[1] - centroid(a)[1];
const byWest = (a, b) => centroid(a)[0] - centroid(b)[0];

const [north, south] = mustCut(ground, river, 0).sort(byNorth);
const [northWest, northEast] = mustCut(north, smooth([river[river.length - 17], [1560, 1330], [1620, 1640], [1640, 2050]], 4), 1).sort(byWest);
const [southWest, southEast] = mustCut(south, smooth([river[20], [1090, 1050], [1180, 620], [1130, 260], [1180, -30]], 4), 1).sort(byWest);

const streetNames = [
  ["古渡街道", "Gudu Street Office", ["书院社区", "Shuyuan"], ["渡口社区", "Dukou"], ["桥头社区", "Qiaotou"]],
  ["临江街道", "Linjiang Street Office", ["柳岸社区", "Liu'an"], ["白鹭社区", "Bailu"], ["望江社区", "Wangjiang"]],
  ["听涛街道", "Tingtao Street Office", ["渔火社区", "Yuhuo"], ["灯塔社区", "Dengta"], ["观澜社区", "Guanlan"]],
  ["新港街道", "Xingang Street Office", ["锦帆社区", "Jinfan"], ["月湾社区", "Yuewan"], ["海棠社区", "Haitang"]],
];
const parts = [northWest, southWest, northEast, southEast];

function communitiesOf(ring, count) {
  if (count === 1) return [ring];
  const done = halve(ring, count === 2 ? 0.5 : 1 / 3, 0.06) ?? halve(ring, 0.5, 0.02);
  if (!done) throw new Error("a street could not be cut into communities");
  roads.push({ path: done.path, rank: 2 });
  const [large, small] = done.parts.slice().sort((a, b) => area(b) - area(a));
  return count === 2 ? [large, small] : [...communitiesOf(large, 2), small];
}
function cellsOf(ring, depth = 0) {
  if (area(ring) < GRID_AREA * between(0.85, 1.15)) return [ring];
  const done = halve(ring, between(0.42, 0.58), depth < 2 ? 0.05 : 0.025);
  if (!done) return [ring];
  roads.push({ path: done.path, rank: 3 });
  return done.parts.flatMap((part) => cellsOf(part, depth + 1));
}

const streets = parts.map((ring, i) => {
  const [name, nameEn, ...names] = streetNames[i];
  const code = `${REGION}${String(i + 1).padStart(3, "0")}`;
  const communities = communitiesOf(ring, 3).sort((a, b) => centroid(b)[1] - centroid(a)[1]).map((ground, k) => {
    const communityCode = `${code}${String(k + 1).padStart(3, "0")}`;
    // The serial runs from west to east, then from north to south (GB/T 30428.1 as Beijing applies it).
    const row = (cell) => -Math.round(centroid(cell)[1] / 170);
    const cells = cellsOf(ground).sort((a, b) => row(a) - row(b) || byWest(a, b))
      .map((cell, n) => ({ ring: cell, code: `${communityCode}${String(n + 1).padStart(3, "0")}`, community: communityCode }));
    return { ring: ground, code: communityCode, name: names[k][0], nameEn: `${names[k][1]} Community`, street: code, cells };
  });
  return { ring, code, name, nameEn, communities };
});
const communities = streets.flatMap((s) => s.communities);
const cells = communities.flatMap((c) => c.cells);

// ---- shared corners: a corner that lies on somebody's edge becomes that ring's corner too -----------------------------
const corners = [...new Map(cells.flatMap((c) => c.ring).map((p) => [p.join(), p])).values()];
function share(ring) {
  return ring.flatMap((a, i) => {
    const b = ring[(i + 1) % ring.length], ab = minus(b, a), length = distance(a, b);
    const inside = corners.map((p) => {
      const t = ((p[0] - a[0]) * ab[0] + (p[1] - a[1]) * ab[1]) / (length * length);
      const off = Math.abs((p[0] - a[0]) * ab[1] - (p[1] - a[1]) * ab[0]) / length;
      return { p, t, off };
    }).filter(({ p, t, off }) => off < 1e-4 && t > 1e-9 && t < 1 - 1e-9 && p !== a && p !== b).sort((x, y) => x.t - y.t);
    return [a, ...inside.map((x) => x.p)];
  });
}

// ---- writing ----------------------------------------------------------------------------------------------------------
const round = (value) => Math.round(value * 1e7) / 1e7;
const place = ([x, y]) => [round(LON + x / (111320 * Math.cos(LAT * Math.PI / 180))), round(LAT + y / 110574)];
const closed = (ring) => {
  const wound = signedArea(ring) > 0 ? ring : ring.slice().reverse();
  const out = wound.map(place).filter((p, i, all) => i === 0 || p.join() !== all[i - 1].join());
  return [...out, out[0]];
};
const polygon = (ring) => ({ type: "Polygon", coordinates: [closed(ring)] });
const line = (path) => ({ type: "LineString", coordinates: path.map(place) });
const feature = (properties, geometry) => ({ type: "Feature", properties, geometry });
function write(name, features) {
  const body = features.map((f) => JSON.stringify(f)).join(",\n");
  writeFileSync(new URL(name, here), `{"type":"FeatureCollection","features":[\n${body}\n]}\n`);
}

write("areas.geojson", [
  feature({ level: "district", code: REGION, name: "望澜市", name_en: "Wanglan City", parent_code: "" }, polygon(share(ground))),
  ...streets.map((s) => feature({ level: "street", code: s.code, name: s.name, name_en: s.nameEn, parent_code: REGION }, polygon(share(s.ring)))),
  ...communities.map((c) => feature({ level: "community", code: c.code, name: c.name, name_en: c.nameEn, parent_code: c.street }, polygon(share(c.ring)))),
]);
write("grids.geojson", cells.map((c) => feature(
  { code: c.code, community_code: c.community, name: "", area_m2: Math.round(area(c.ring)) }, polygon(share(c.ring)))));

// Roads that run on where another stopped would need a surveyor; here every cut has a name of its own, longest first.
const roadNames = readFileSync(new URL("road-names.txt", here), "utf8").trim().split("\n").filter((l) => !l.startsWith("#")).map((l) => l.split("\t"));
const lengthOf = (path) => path.slice(1).reduce((sum, p, i) => sum + distance(p, path[i]), 0);
const coastRoad = coast.map((p, i) => {
  const t = minus(coast[Math.min(i + 1, coast.length - 1)], coast[Math.max(0, i - 1)]), l = Math.hypot(...t);
  return [p[0] - t[1] / l * 26, p[1] + t[0] / l * 26];
});
const named = [{ path: coastRoad.slice(1, -1), rank: 1 }, ...roads]
  .map((r) => ({ ...r, length: lengthOf(r.path) }))
  .sort((a, b) => a.rank - b.rank || b.length - a.length);
/** The same way in steps of about 40 m, ending 15 m before its ends, so that every point lies well inside the city. */
function walked(path) {
  const length = lengthOf(path), steps = Math.max(2, Math.round((length - 30) / 40)), out = [];
  for (let k = 0; k <= steps; k++) {
    let rest = 15 + (length - 30) * k / steps, i = 0;
    while (i + 2 < path.length && rest > distance(path[i], path[i + 1])) rest -= distance(path[i], path[++i]);
    const share = rest / distance(path[i], path[i + 1]);
    out.push([0, 1].map((n) => path[i][n] + (path[i + 1][n] - path[i][n]) * share));
  }
  return out;
}
write("streets.geojson", named.filter((r, i) => i < roadNames.length).map((r, i) => feature(
  { name: roadNames[i][0], name_en: roadNames[i][1], rank: r.rank, length_m: Math.round(r.length) }, line(walked(r.path)))));

const banks = [1, -1].map((side) => river.map((p, i) => {
  const t = minus(river[Math.min(i + 1, river.length - 1)], river[Math.max(0, i - 1)]), l = Math.hypot(...t);
  const half = 17 + 20 * (i / river.length) + 3 * Math.sin(i * 0.9);
  return [p[0] - side * t[1] / l * half, p[1] + side * t[0] / l * half];
}));
const shrink = (ring, by) => { const c = centroid(ring); return ring.map((p) => [c[0] + (p[0] - c[0]) * by, c[1] + (p[1] - c[1]) * by]); };
const nearest = (x, y) => cells.reduce((best, c) => distance(centroid(c.ring), [x, y]) < distance(centroid(best.ring), [x, y]) ? c : best);
const parks = [["望澜公园", "Wanglan Park", 1330, 700], ["白鹭湿地公园", "Egret Wetland Park", 520, 1330], ["书院园", "Academy Garden", 1130, 1720],
  ["灯塔公园", "Lighthouse Park", 2600, 1330], ["月湾海滨公园", "Moon Bay Seaside Park", 2430, 480], ["古榕公园", "Old Banyan Park", 480, 520]];
const sea = [...coast.map((p) => p.slice()), [3600, 2400], [3600, -600], [1350, -600]];
write("layers.geojson", [
  feature({ kind: "sea", name: "望澜湾", name_en: "Wanglan Bay" }, polygon(sea)),
  ...cells.map((c) => feature({ kind: "block", name: "", name_en: "" }, polygon(shrink(c.ring, 0.93)))),
  ...parks.map(([name, nameEn, x, y]) => feature({ kind: "park", name, name_en: nameEn }, polygon(shrink(nearest(x, y).ring, 0.88)))),
  feature({ kind: "river", name: "澜江", name_en: "Lan River" }, polygon([...banks[0], ...banks[1].slice().reverse()])),
  ...named.filter((r, i) => r.rank < 3 && i < roadNames.length).map((r, i) => feature({ kind: "road", rank: r.rank, name: roadNames[i][0], name_en: roadNames[i][1] }, line(r.path))),
]);

// One responsibility grid (责任网格) for each community; the keeper of a street has three.
const keepers = ["keeper1", "keeper2", "keeper3", "keeper4"], teams = ["103", "103", "104", "104"];
writeFileSync(new URL("keepers.csv", here), "code,name,unit_codes,keeper,team\n" + streets.flatMap((s, i) => s.communities.map((c, k) =>
  `R${String(i * 3 + k + 1).padStart(3, "0")},${c.name}责任网格,${c.cells.map((x) => x.code).join(";")},${keepers[i]},${teams[i]}`)).join("\n") + "\n");

const areas = cells.map((c) => area(c.ring)).sort((a, b) => a - b);
console.log(`${streets.length} streets, ${communities.length} communities, ${cells.length} unit grids of ` +
  `${Math.round(areas[0])} to ${Math.round(areas.at(-1))} m², ${named.length} roads; sum ${Math.round(areas.reduce((a, b) => a + b))} of ${Math.round(area(ground))} m²`);
