// Draws the demonstration's photographs: node demo/photos/draw.mjs [scene…]
//
// Each scene is drawn twice from the same place, before and after; the drawings go to src/*.svg and, through Chromium,
// to *.jpg (1200 × 900). Invented streets in flat colours: nobody's face, nobody's number plate, nobody's shop.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const here = new URL(".", import.meta.url);
const W = 1200, H = 900;

// ---- small tools ------------------------------------------------------------------------------------------------------
function dice(seed) {
  let s = seed;
  return (low = 0, high = 1) => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return low + (high - low) * (((t ^ (t >>> 14)) >>> 0) / 4294967296);
  };
}
const n = (value) => Math.round(value * 10) / 10;
const rect = (x, y, w, h, fill, more = "") => `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" fill="${fill}" ${more}/>`;
const oval = (x, y, rx, ry, fill, more = "") => `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}" ${more}/>`;
const path = (d, fill, more = "") => `<path d="${d}" fill="${fill}" ${more}/>`;
const stroke = (d, colour, width, more = "") => `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round" ${more}/>`;
const text = (x, y, size, fill, words, more = "") => `<text x="${n(x)}" y="${n(y)}" font-size="${size}" fill="${fill}" text-anchor="middle" ${more}>${words}</text>`;
const group = (body, transform, more = "") => `<g transform="${transform}" ${more}>${body}</g>`;
const pick = (r, list) => list[Math.floor(r() * list.length) % list.length];
const shadow = (x, y, rx, ry, strength = 0.28) => oval(x, y, rx, ry, "#1d2430", `opacity="${strength}" filter="url(#soft)"`);
const blob = (r, x, y, rx, ry, points = 12, rough = 0.22) => {
  const p = Array.from({ length: points }, (_, i) => {
    const a = (i / points) * 2 * Math.PI, k = 1 + r(-rough, rough);
    return [x + Math.cos(a) * rx * k, y + Math.sin(a) * ry * k];
  });
  const mid = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const start = mid(p.at(-1), p[0]);
  return `M${start.map(n)}` + p.map((q, i) => `Q${q.map(n)} ${mid(q, p[(i + 1) % points]).map(n)}`).join("") + "Z";
};

// ---- the street -----------------------------------------------------------------------------------------------------
const day = { sky: ["#8fc4ea", "#e9f4f8"], light: 1 };
function sky(colours, r, clouds = 4) {
  let out = `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${colours[0]}"/><stop offset="1" stop-color="${colours[1]}"/></linearGradient></defs>${rect(0, 0, W, H, "url(#sky)")}`;
  for (let i = 0; i < clouds; i++) {
    const x = r(50, W - 50), y = r(40, 190);
    out += `<g opacity="0.75" filter="url(#soft)">${oval(x, y, r(70, 120), 20, "#fff")}${oval(x - 40, y - 12, 48, 22, "#fff")}${oval(x + 30, y - 18, 58, 28, "#fff")}</g>`;
  }
  return out;
}
function skyline(r, base, colour) {
  let out = "";
  for (let x = -20; x < W; x += r(50, 110)) { const w = r(50, 100), h = r(70, 220); out += rect(x, base - h, w, h + 10, colour); if (r() < 0.3) out += rect(x + w / 2 - 2, base - h - 26, 4, 28, colour); }
  return `<g opacity="0.55" filter="url(#far)">${out}</g>`;
}
const walls = ["#e7c9a9", "#d9b99b", "#efe2cf", "#c9d3d6", "#dfa88f", "#bfcbb9", "#e8d6b3", "#cdb7b0"];
function house(r, x, w, top, base, shop, wall = pick(r, walls), night = false) {
  let out = rect(x, top, w, base - top, wall) + rect(x, top, w, 12, "#0002") + rect(x - 4, top - 8, w + 8, 12, "#fff", 'opacity="0.55"') + rect(x + w - 14, top, 14, base - top, "#0001");
  const columns = Math.max(2, Math.floor(w / 72)), gap = w / columns;
  for (let y = top + 34; y < base - 205; y += 84) for (let c = 0; c < columns; c++) {
    const wx = x + gap * c + gap / 2 - 21, lit = night && r() < 0.35;
    out += rect(wx - 4, y - 4, 50, 60, "#fff9") + rect(wx, y, 42, 52, lit ? "#ffdc8a" : night ? "#26344f" : "#6f93aa") + (night ? "" : path(`M${wx},${y + 52}L${wx},${y + 18}L${wx + 30},${y}L${wx + 42},${y}Z`, "#b7d3e0", 'opacity="0.6"')) + rect(wx + 20, y, 2.5, 52, "#fff8");
    if (r() < 0.25) out += rect(wx + 4, y + 60, 34, 20, "#e6e6e2") + oval(wx + 21, y + 70, 8, 8, "#b9bdbd");
    else if (r() < 0.3) out += rect(wx - 6, y + 46, 54, 9, "#8a5a3c") + [0, 1, 2, 3].map((k) => oval(wx + 4 + k * 12, y + 42, 8, 8, pick(r, ["#4e8b4a", "#6fa75c", "#c95a6a"]))).join("");
  }
  if (shop) {
    const y = base - 190;
    out += rect(x + 8, y, w - 16, 50, shop.sign) + rect(x + 8, y + 44, w - 16, 6, "#0003") + text(x + w / 2, y + 36, 30, shop.ink ?? "#fff7e6", shop.name, 'font-weight="700" letter-spacing="4"');
    out += rect(x + 14, y + 50, w - 28, 140, night ? "#5a5140" : "#31434d") + rect(x + 22, y + 78, w * 0.56, 112, night ? "#ffd98c" : "#7fa4b3") + path(`M${x + 22},${y + 190}l0,-60l70,-52l60,0l-110,112z`, "#fff", 'opacity="0.22"') + rect(x + w * 0.56 + 34, y + 78, w * 0.44 - 62, 112, night ? "#e9b866" : "#56707b") + rect(x + w * 0.56 + 40, y + 130, 5, 22, "#f1d9a0");
    for (let k = 0; k < 5; k++) out += rect(x + 30 + k * (w * 0.1), y + 150 - r(0, 18), w * 0.07, 40, pick(r, ["#d98f5c", "#c6b458", "#7aa07e", "#c46a63", "#e3d2b0"]), 'opacity="0.85"');
    const stripes = Math.round((w - 16) / 22);
    for (let k = 0; k < stripes; k++) { const sx = x + 8 + k * (w - 16) / stripes, sw = (w - 16) / stripes; out += path(`M${n(sx)},${y + 50}h${n(sw)}v30q${n(-sw / 2)},14 ${n(-sw)},0z`, k % 2 ? "#fff6e8" : shop.awning ?? shop.sign); }
  }
  return out;
}
function tree(r, x, base, size, dark = 0) {
  const greens = dark ? ["#27432f", "#2f5138", "#1f3727"] : ["#4f8f4b", "#67a75a", "#3f7c43", "#7fba69"];
  let out = path(`M${x - size * 0.05},${base}q${size * 0.03},${-size * 0.5} ${-size * 0.02},${-size * 0.85}l${size * 0.1},0q${-size * 0.02},${size * 0.4} ${size * 0.04},${size * 0.85}z`, dark ? "#3a2f2a" : "#7a5a42");
  for (let i = 0; i < 16; i++) out += path(blob(r, x + r(-0.36, 0.36) * size, base - size * (0.95 + r(-0.28, 0.34)), size * r(0.14, 0.24), size * r(0.12, 0.19)), greens[i % greens.length]);
  for (let i = 0; i < 7; i++) out += path(blob(r, x + r(-0.3, 0.2) * size, base - size * (1.1 + r(-0.1, 0.2)), size * 0.08, size * 0.06), "#a9d488", `opacity="${dark ? 0.08 : 0.6}"`);
  return out;
}
/** Paving seen at a slant: rows that grow towards us, joints that run to one point. */
function paving(r, top, bottom, colour = "#cbbfb0", joint = "#00000022") {
  let out = rect(0, top, W, bottom - top, colour);
  for (let i = 0; i < 60; i++) { const y = r(top, bottom), k = (y - top) / (bottom - top); out += rect(r(0, W), y, 50 + 70 * k, 8 + 14 * k, pick(r, ["#ffffff", "#8f7f6d"]), 'opacity="0.10"'); }
  for (let y = top, step = 9; y < bottom; y += step, step *= 1.17) out += stroke(`M0,${n(y)}H${W}`, joint, 1.6);
  for (let i = -14; i <= 14; i++) out += stroke(`M${n(600 + i * 62)},${top}L${n(600 + i * 62 * (1 + (bottom - top) / 330))},${bottom}`, joint, 1.6);
  return out;
}
const tactile = (y, h) => { let out = rect(0, y, W, h, "#e0b64a"); for (let x = 6; x < W; x += 26) out += [0.25, 0.5, 0.75].map((k) => rect(x, y + h * k - 2, 18, 3.4, "#b98d26")).join(""); return out; };
function kerb(y) { let out = rect(0, y, W, 26, "#d8d8d2") + rect(0, y + 18, W, 10, "#a5a7a5"); for (let x = 40; x < W; x += 150) out += rect(x, y, 2, 26, "#9a9c9a"); return out; }
function asphalt(top, bottom, colour = "#5d6167") { return rect(0, top, W, bottom - top, colour) + rect(0, top, W, bottom - top, "#fff", 'filter="url(#grit)" opacity="0.16"') + rect(0, top, W, 16, "#0003", 'filter="url(#soft)"'); }
const lane = (y) => [0, 1, 2, 3, 4].map((i) => path(`M${i * 300 + 20},${y}h150l14,14h-160z`, "#f2efe4", 'opacity="0.85"')).join("");
const shops = [
  { name: "晨光书店", sign: "#2f6f73", awning: "#3d8a8c" }, { name: "阿珍水果", sign: "#4d8a3d", awning: "#5f9f4a" }, { name: "老灶面馆", sign: "#a33b2d", awning: "#c14e3c" },
  { name: "海风咖啡", sign: "#5b4636", awning: "#7d6049" }, { name: "便民药房", sign: "#2e7d5b", awning: "#379a6e" }, { name: "小满花店", sign: "#b3577a", awning: "#cc6f92" }, { name: "望澜烘焙", sign: "#c9822d", awning: "#dc9a45" },
];
function shopStreet(seed, { tactileY = 610, from = 0 } = {}) {
  const r = dice(seed);
  let out = sky(day.sky, r) + skyline(r, 330, "#9fb6c4"), x = -30, i = from;
  while (x < W) { const w = r(240, 310); out += house(r, x, w, r(60, 170), 540, shops[i++ % shops.length]); x += w; }
  out += rect(0, 536, W, 12, "#0002", 'filter="url(#soft)"') + paving(r, 540, 760) + tactile(tactileY, 34) + kerb(756) + asphalt(782, 900) + lane(838);
  out += tree(r, 90, 745, 330) + tree(r, 1120, 748, 350) + shadow(90, 748, 120, 16) + shadow(1120, 750, 130, 16);
  return out;
}
/** A road that runs away from us, houses on both sides. */
function roadView(seed, horizon = 330) {
  const r = dice(seed);
  let out = sky(day.sky, r) + skyline(r, horizon + 6, "#94adbd");
  for (const side of [-1, 1]) for (let k = 0; k < 5; k++) {
    const near = 600 + side * (620 - k * 118), far = 600 + side * (620 - (k + 1) * 118), hn = 330 - k * 58, hf = 330 - (k + 1) * 58, gn = 300 - k * 54, gf = 300 - (k + 1) * 54;
    const wall = pick(r, walls);
    out += path(`M${near},${horizon - hn}L${far},${horizon - hf - 8}L${far},${horizon + gf * 0.32}L${near},${horizon + gn * 0.36}Z`, wall) + path(`M${near},${horizon - hn}L${far},${horizon - hf - 8}L${far},${horizon + gf * 0.32}L${near},${horizon + gn * 0.36}Z`, "#24364a", `opacity="${side > 0 ? 0.16 : 0.05}"`);
    for (let row = 0; row < 5; row++) for (let c = 0; c < 3; c++) {
      const u = (c + 0.25) / 3, v = (c + 0.72) / 3, at = (s, f) => [near + (far - near) * s, horizon - hn + (hn - hf - 8) * s + f * (hn + gn * 0.36 + ((hf + 8 + gf * 0.32) - (hn + gn * 0.36)) * s)];
      const f0 = 0.08 + row * 0.15, f1 = f0 + 0.085;
      out += path(`M${at(u, f0).map(n)}L${at(v, f0).map(n)}L${at(v, f1).map(n)}L${at(u, f1).map(n)}Z`, "#5f8298", 'opacity="0.75"');
    }
    out += path(`M${near},${horizon + gn * 0.36 - 46 + k * 8}L${far},${horizon + gf * 0.32 - 38 + k * 8}L${far},${horizon + gf * 0.32}L${near},${horizon + gn * 0.36}Z`, pick(r, ["#3d5a63", "#7a4a3c", "#49653f", "#5a4a66"]), 'opacity="0.8"');
  }
  out += rect(0, horizon + 4, W, H, "#c9beb0") + path(`M585,${horizon + 4}L615,${horizon + 4}L1330,${H}L-130,${H}Z`, "#5f6369") + path(`M585,${horizon + 4}L615,${horizon + 4}L1330,${H}L-130,${H}Z`, "#fff", 'filter="url(#grit)" opacity="0.15"');
  out += path(`M585,${horizon + 4}L-130,${H}L-185,${H}L583,${horizon + 4}Z`, "#e3e1d8") + path(`M615,${horizon + 4}L1330,${H}L1385,${H}L617,${horizon + 4}Z`, "#d3d1c8");
  for (let k = 0, y = horizon + 24, h = 8; k < 8; k++, y += h * 2, h *= 1.42) { const w = (y - horizon) * 0.022; out += path(`M${600 - w},${n(y)}h${n(2 * w)}l${n(w * 0.3)},${n(h)}h${n(-2.6 * w)}z`, "#f4f0df", 'opacity="0.9"'); }
  for (let k = 4; k >= 0; k--) { const s = 300 - k * 52, off = 545 - k * 96, y = horizon + 190 - k * 38; for (const side of [-1, 1]) out += shadow(600 + side * off, y, s * 0.3, s * 0.04) + tree(r, 600 + side * off, y, s); }
  return out;
}
function person(x, base, size, coat, trousers, facing = 1, hair = "#2d2522") {
  const s = size / 100;
  return shadow(x, base, 24 * s, 5 * s) + group(
    path("M-11,-42l-3,42h9l5,-30l6,30h9l-4,-42z", trousers) + path("M-16,-80q16,-8 32,0l3,42h-38z", coat) + path("M-15,-78q-9,20 -7,38l7,1z", coat) + path("M15,-78q10,18 8,38l-7,1z", coat, 'style="filter:brightness(.88)"') + oval(-20, -38, 4, 4, "#e3b48f") + oval(21, -38, 4, 4, "#e3b48f") + oval(0, -92, 10, 12, "#e8bd99") + path("M-11,-92q-1,-15 11,-15q13,0 11,15q-5,-8 -11,-8q-6,0 -11,8z", hair) + path("M-18,0h13v4h-13zM6,0h13v4h-13z", "#22252b"),
    `translate(${x},${base}) scale(${s * facing},${s})`);
}
const cone = (x, base, s) => shadow(x, base, 34 * s, 8 * s) + group(rect(-32, -10, 64, 12, "#c4471f", 'rx="4"') + path("M-22,-10L-7,-92h14L22,-10z", "#e8632b") + path("M-17,-36L-13,-58h26L17,-36z", "#fdf6e9") + path("M-10,-74l2,-10h16l2,10z", "#fdf6e9") + path("M6,-92h1L22,-10h-10z", "#0002"), `translate(${x},${base}) scale(${s})`);

// ---- things -------------------------------------------------------------------------------------------------------
function bin(full) {
  const r = dice(77);
  let out = shadow(600, 736, 260, 26, 0.34);
  if (full) {
    for (const [x, y, s, c] of [[360, 728, 62, "#2f3438"], [440, 738, 48, "#e9e6df"], [800, 734, 70, "#2b3033"], [880, 742, 44, "#d7e3df"], [735, 748, 40, "#cf5a4e"]]) out += shadow(x, y + 4, s * 1.1, 12) + path(blob(r, x, y - s * 0.5, s, s * 0.62, 14, 0.12), c) + path(blob(r, x - s * 0.2, y - s * 0.75, s * 0.4, s * 0.2), "#fff", 'opacity="0.18"') + path(`M${x - 8},${y - s * 1.05}l8,-20l10,20z`, c);
  }
  for (const [i, colour, label] of [[0, "#2f74b5", "可回收物"], [1, "#5b6670", "其他垃圾"]]) {
    const x = 452 + i * 152;
    out += path(`M${x},430h144l-8,300h-128z`, colour) + path(`M${x + 112},430h32l-8,300h-24z`, "#0002") + path(`M${x + 10},440h16l6,280h-14z`, "#fff", 'opacity="0.18"') + rect(x + 26, 462, 92, 62, "#12181d", 'rx="8"') + rect(x + 26, 462, 92, 10, "#0006") + text(x + 72, 668, 24, "#fff", label, 'font-weight="700"') + oval(x + 72, 596, 34, 34, "none", 'stroke="#fff" stroke-width="5" opacity="0.9"') + (i ? stroke(`M${x + 56},580l32,32m0,-32l-32,32`, "#fff", 6, 'opacity="0.9"') : stroke(`M${x + 58},606l14,-26l14,26z`, "#fff", 6, 'opacity="0.9"'));
  }
  out += path("M436,400h328l16,32h-360z", "#3b454d") + path("M436,400h328l6,12h-340z", "#fff", 'opacity="0.25"') + rect(446, 728, 308, 14, "#333b42", 'rx="4"');
  if (full) {
    for (const [x, y, rx, ry, c] of [[480, 388, 56, 40, "#e8e4da"], [560, 372, 60, 46, "#30363a"], [650, 380, 62, 42, "#d9e5e2"], [720, 390, 46, 34, "#c95b4f"], [600, 348, 40, 30, "#f2efe7"]]) out += path(blob(r, x, y, rx, ry, 14, 0.14), c) + path(blob(r, x - rx * 0.25, y - ry * 0.3, rx * 0.3, ry * 0.2), "#fff", 'opacity="0.25"');
    out += group(rect(-24, -60, 48, 62, "#c99a62") + rect(-24, -60, 48, 10, "#b0834f"), "translate(510,358) rotate(-18)") + cup(676, 350, 20, "#e7a13c") + cup(536, 336, -14, "#fff") + path("M478,520q14,50 -6,80q26,-6 38,-42z", "#efece4") + path("M640,520q10,38 -12,66q34,2 44,-58z", "#d9e5e2");
    for (let k = 0; k < 16; k++) { const x = r(270, 950), y = r(742, 790); out += k % 3 === 0 ? cup(x, y, r(60, 120), pick(r, ["#fff", "#e7a13c", "#7cc0b2"])) : k % 3 === 1 ? path(blob(r, x, y, 20, 9, 7, 0.4), pick(r, ["#fff", "#f0e6cf", "#e2d2c0"])) : group(rect(-15, -9, 30, 18, pick(r, ["#c99a62", "#4d8ac0", "#c95b4f"])), `translate(${n(x)},${n(y)}) rotate(${n(r(-40, 40))})`); }
    out += path("M330,772q60,-14 130,0q70,14 150,2q40,8 20,18q-140,16 -290,0z", "#5a4a36", 'opacity="0.28"');
    for (let k = 0; k < 7; k++) { const x = r(430, 800), y = r(290, 360); out += oval(x, y, 2.6, 2, "#1c1c1c") + stroke(`M${n(x - 4)},${n(y - 3)}l3,2m2,0l3,-2`, "#444", 1); }
  }
  return out;
}
const cup = (x, y, turn, colour) => group(path("M-12,-20h24l-5,38h-14z", colour) + rect(-14, -24, 28, 6, "#f5f1e8", 'rx="2"') + rect(-9, -8, 18, 12, "#0002"), `translate(${n(x)},${n(y)}) rotate(${n(turn)})`);

function manhole(open) {
  const x = 575, y = 712;
  let out = oval(x, y, 178, 74, "#4b4e52") + oval(x, y, 168, 68, "#74777a") + oval(x, y, 168, 68, "#fff", 'filter="url(#grit)" opacity="0.2"');
  if (open) {
    out += `<defs><radialGradient id="deep" cx="0.5" cy="0.75"><stop offset="0" stop-color="#050607"/><stop offset="0.7" stop-color="#15181a"/><stop offset="1" stop-color="#3a3d3f"/></radialGradient><clipPath id="hole"><ellipse cx="${x}" cy="${y}" rx="142" ry="56"/></clipPath></defs>` + oval(x, y, 150, 60, "#2a2c2e") + oval(x, y, 142, 56, "url(#deep)");
    out += `<g clip-path="url(#hole)">${[0, 1, 2, 3].map((k) => stroke(`M${x - 140},${y - 40 + k * 14}q140,${-34} 280,0`, "#5b5148", 3, `opacity="${0.5 - k * 0.1}"`)).join("")}${stroke(`M${x + 60},${y - 44}v16h34v-16`, "#8a8f92", 6)}${stroke(`M${x + 62},${y - 18}v14h30v-14`, "#5f6467", 6)}</g>`;
    out += stroke(`M${x - 150},${y + 30}l-60,26l-20,-6m80,-20l-10,40M${x + 158},${y + 10}l50,20l34,-8`, "#3d4044", 4);
    const r = dice(5);
    for (let k = 0; k < 22; k++) out += path(blob(r, x + r(-260, 260), y + r(50, 100), r(4, 12), r(3, 7), 7, 0.4), pick(r, ["#8d8f90", "#6b6d6f", "#a3a19c"]));
    out += cone(330, 700, 1.15) + cone(835, 716, 1.25) + group(rect(-150, -12, 300, 24, "#a47b4d") + rect(-150, 4, 300, 8, "#7e5c37") + stroke("M-130,-4h90m40,4h110", "#8a6540", 2), "translate(700,800) rotate(-9)");
  } else {
    out += oval(x, y, 152, 61, "#2f3234") + oval(x, y - 3, 148, 59, "#55595c") + oval(x, y - 3, 126, 49, "none", 'stroke="#3b3e41" stroke-width="5"') + oval(x, y - 3, 96, 37, "none", 'stroke="#3b3e41" stroke-width="4"');
    for (let k = 0; k < 20; k++) { const a = k / 20 * 2 * Math.PI; out += stroke(`M${n(x + Math.cos(a) * 102)},${n(y - 3 + Math.sin(a) * 39)}L${n(x + Math.cos(a) * 120)},${n(y - 3 + Math.sin(a) * 46)}`, "#74797c", 5); }
    out += text(x, y + 10, 44, "#85898b", "雨", 'font-weight="700" transform="translate(0,6)"') + oval(x - 84, y - 3, 7, 4, "#222") + oval(x + 84, y - 3, 7, 4, "#222") + path(`M${x - 120},${y - 26}q60,-30 150,-32q-90,12 -150,32z`, "#fff", 'opacity="0.28"');
  }
  return out;
}
function pothole(open) {
  const r = dice(31), x = 560, y = 720;
  if (!open) return path("M370,650L760,648L828,800L306,802Z", "#3a3d41") + path("M370,650L760,648L828,800L306,802Z", "#fff", 'filter="url(#grit)" opacity="0.13"') + stroke("M370,650L760,648L828,800L306,802Z", "#26282b", 6) + path("M380,660L620,656L560,690L370,692Z", "#fff", 'opacity="0.06"');
  let out = "";
  for (let k = 0; k < 9; k++) { let a = r(0, 6.28), px = x + Math.cos(a) * 200, py = y + Math.sin(a) * 72, d = `M${n(px)},${n(py)}`; for (let j = 0; j < 4; j++) { a += r(-0.5, 0.5); px += Math.cos(a) * 42; py += Math.sin(a) * 20; d += `L${n(px)},${n(py)}`; } out += stroke(d, "#393c40", 4); }
  out += path(blob(r, x, y, 250, 96, 18, 0.16), "#47494c") + path(blob(r, x, y + 4, 226, 82, 18, 0.18), "#6c6357") + path(blob(r, x + 6, y + 12, 196, 66, 16, 0.2), "#4a4138");
  for (let k = 0; k < 60; k++) { const a = r(0, 6.28), d = Math.sqrt(r()) * 0.95; out += path(blob(r, x + Math.cos(a) * d * 215, y + 6 + Math.sin(a) * d * 76, r(5, 15), r(4, 9), 7, 0.35), pick(r, ["#8f887e", "#756d62", "#5b5349", "#a29b90"])); }
  out += path(blob(r, x + 20, y + 24, 128, 36, 14, 0.2), "#7f9db0") + path(blob(r, x - 10, y + 18, 70, 12, 10, 0.25), "#dcebf2", 'opacity="0.7"');
  for (let k = 0; k < 26; k++) out += path(blob(r, x + r(-380, 380), y + r(-70, 140), r(4, 11), r(3, 6), 7, 0.4), pick(r, ["#83868a", "#44474b", "#9b9a97"]));
  return out + cone(900, 716, 1.2);
}
function stall() {
  const r = dice(8);
  let out = shadow(610, 740, 330, 24, 0.35) + stroke("M600,690V300", "#8b8f92", 9);
  for (let k = 0; k < 8; k++) { const a = 300 + k * 75, b = a + 75; out += path(`M600,196Q${(a + 600) / 2 - (600 - a) * 0.16},236 ${a},330q37,18 75,0Q${(b + 600) / 2 - (600 - b) * 0.16},236 600,196Z`, k % 2 ? "#fdf3df" : "#d9503f"); }
  out += oval(600, 196, 8, 8, "#a63526") + rect(380, 560, 440, 96, "#3f7f9c") + rect(380, 560, 440, 14, "#5e9dba") + rect(380, 640, 440, 16, "#2c6079");
  out += text(600, 626, 40, "#fff3d6", "鲜 果 现 切", 'font-weight="700"');
  for (const x of [450, 750]) out += oval(x, 690, 50, 50, "#2a2d30") + oval(x, 690, 34, 34, "#aeb3b6") + oval(x, 690, 8, 8, "#33373a") + [0, 45, 90, 135].map((t) => group(rect(-32, -1.5, 64, 3, "#6e7376"), `translate(${x},690) rotate(${t})`)).join("");
  const fruit = [["#e8862e", "#f4a950"], ["#cf3c3c", "#e86a5c"], ["#7fb342", "#a3cd6a"], ["#e9c43d", "#f6df7c"], ["#8b4a8c", "#a96dab"]];
  for (let b = 0; b < 5; b++) { const x = 392 + b * 86; out += rect(x, 520, 80, 46, "#b98a55") + rect(x, 536, 80, 3, "#8f6739") + rect(x, 550, 80, 3, "#8f6739"); for (let k = 0; k < 9; k++) { const fx = x + 10 + (k % 5) * 15, fy = 518 - Math.floor(k / 5) * 13; out += oval(fx, fy, 10, 10, fruit[b][0]) + oval(fx - 3, fy - 3, 3.5, 3, fruit[b][1]); } }
  out += shadow(280, 748, 90, 12) + [0, 1].map((k) => rect(214 - k * 4, 690 - k * 54, 132, 54, k ? "#c79661" : "#b98753") + rect(214 - k * 4, 712 - k * 54, 132, 4, "#8f6739")).join("") + Array.from({ length: 12 }, (_, k) => oval(226 + (k % 6) * 22, 628 - Math.floor(k / 6) * 16, 13, 13, "#e8862e")).join("");
  out += shadow(930, 750, 70, 12) + rect(880, 700, 100, 48, "#5c6f86", 'rx="6"') + path(blob(r, 930, 694, 48, 22), "#e9e5da") + person(860, 728, 250, "#5a7d4b", "#3b3f48", -1) + person(330, 752, 240, "#c4574f", "#2f4258", 1, "#4b3a30");
  for (let k = 0; k < 14; k++) out += path(blob(r, r(380, 1000), r(744, 775), 11, 5, 7, 0.4), pick(r, ["#f0e6cf", "#7fb342", "#e8862e", "#fff"]));
  return out;
}
function wallScene(dirty) {
  const r = dice(52);
  let out = sky(["#9fc9e6", "#eef5f4"], r, 2) + tree(r, 1080, 240, 260) + tree(r, 150, 230, 240);
  out += rect(0, 150, W, 560, dirty ? "#c7b8a2" : "#e6dccb") + rect(0, 138, W, 22, "#8d8377") + rect(0, 128, W, 12, "#a59a8c");
  for (let k = 0; k < 60; k++) { const row = Math.floor(r(0, 6)), x = r(0, W), y = 500 + row * 34; out += rect(x, y, 66, 28, pick(r, ["#b06a4e", "#a65f45", "#bd7a5b"]), `opacity="${dirty ? 0.7 : 0.45}"`); }
  for (let y = 500; y < 704; y += 34) out += stroke(`M0,${y}H${W}`, "#0000001c", 2);
  if (dirty) for (let k = 0; k < 14; k++) out += path(blob(r, r(0, W), r(200, 600), r(50, 130), r(20, 60)), "#7d6f5e", 'opacity="0.12"');
  out += rect(770, 250, 220, 460, "#5d4436") + rect(782, 262, 96, 448, "#7a5a46") + rect(882, 262, 96, 448, "#735340") + oval(866, 500, 7, 7, "#d9b45c") + oval(896, 500, 7, 7, "#d9b45c") + rect(750, 236, 260, 20, "#8d8377") + rect(1030, 330, 92, 42, "#2f6aa8", 'rx="4"') + text(1076, 359, 22, "#fff", "古井巷 12");
  out += rect(90, 210, 120, 150, "#f5f1e8") + rect(100, 220, 100, 130, "#5e7f8f") + rect(148, 220, 5, 130, "#f5f1e8") + Array.from({ length: 6 }, (_, k) => stroke(`M${104 + k * 19},220v130`, "#b8bcbc", 3)).join("");
  if (dirty) {
    const ads = [["开 锁", "换锁芯"], ["疏 通", "下水道"], ["快速贷", "当天放款"], ["搬 家", "低价"], ["回 收", "旧家电"], ["补 漏", "防水"], ["租 房", "直租"], ["办 证", "刻章"]];
    for (let k = 0; k < 34; k++) {
      const x = r(240, 740), y = r(210, 640), [a, b] = ads[k % ads.length], c = pick(r, ["#fdfbf2", "#f6d94b", "#ef8d8d", "#9fd3ea", "#b9e29a", "#fdfbf2"]);
      out += group(rect(-42, -30, 84, 62, "#0003", 'transform="translate(3,4)"') + path(k % 4 ? "M-42,-30H42V32H-42Z" : "M-42,-30H42V14L24,32H-42Z", c) + text(0, -6, 24, "#b52a22", a, 'font-weight="700"') + text(0, 12, 13, "#333", b) + text(0, 27, 12, "#333", "☎ •••• ••"), `translate(${n(x)},${n(y)}) rotate(${n(r(-12, 12))})`);
    }
    for (let k = 0; k < 8; k++) { const x = r(790, 960), y = r(290, 660); out += group(rect(-26, -18, 52, 38, pick(r, ["#f6d94b", "#fdfbf2", "#9fd3ea"])) + text(0, 6, 17, "#b52a22", pick(r, ["开锁", "疏通", "贷款"]), 'font-weight="700"'), `translate(${n(x)},${n(y)}) rotate(${n(r(-9, 9))})`); }
    out += text(150, 470, 46, "#2a2a2a", "办证 ••••", 'opacity="0.75" transform="rotate(-6 150 470)" font-weight="700"') + text(170, 590, 40, "#9b2b25", "通下水 ••••", 'opacity="0.8" transform="rotate(4 170 590)" font-weight="700"');
  } else {
    out += path("M250,660q120,-80 240,-10q90,-90 220,10v50h-460z", "#7da3b8", 'opacity="0.5"') + path("M250,700q140,-60 300,-14q90,-30 160,0v24h-460z", "#5e8ba6", 'opacity="0.6"') + oval(620, 420, 56, 56, "#e7a15f", 'opacity="0.6"') + text(480, 400, 78, "#4d6b78", "望澜", 'font-weight="700" letter-spacing="24" opacity="0.85"') + text(480, 470, 30, "#4d6b78", "古巷深处 海风徐来", 'letter-spacing="8" opacity="0.8"') + stroke("M290,540q60,-30 120,0t120,0t120,0", "#5e8ba6", 5, 'opacity="0.6"');
    for (const x of [300, 420, 1060]) out += shadow(x, 730, 60, 10) + path(`M${x - 44},660h88l-12,70h-64z`, "#b5694a") + [0, 1, 2, 3, 4, 5, 6].map(() => path(blob(r, x + r(-40, 40), 640 + r(-34, 12), 26, 22), pick(r, ["#4f8f4b", "#67a75a", "#d06b86", "#e6b84b"]))).join("");
  }
  out += paving(r, 706, 900, "#bfb3a4");
  if (dirty) for (let k = 0; k < 18; k++) out += group(rect(-16, -8, 32, 16, pick(r, ["#fdfbf2", "#f6d94b", "#9fd3ea"])), `translate(${n(r(200, 1000))},${n(r(730, 830))}) rotate(${n(r(-60, 60))})`);
  return out;
}
function lampScene(lit) {
  const r = dice(19);
  let out = sky(["#1d2b52", "#e39a6b"], r, 0);
  for (let k = 0; k < 30; k++) out += oval(r(0, W), r(0, 220), 1.4, 1.4, "#fff", `opacity="${n(r(0.3, 0.9))}"`);
  out += oval(980, 120, 34, 34, "#fbeecb", 'opacity="0.95"') + skyline(r, 420, "#3b4468");
  let x = -30, i = 2;
  while (x < W) { const w = r(250, 310); out += group(house(r, x, w, r(170, 260), 560, lit || i % 3 ? shops[i % shops.length] : null, pick(r, ["#56506a", "#4d4a66", "#5f5568"]), true), "translate(0,0)"); x += w; i++; }
  out += rect(0, 150, W, 420, "#141c3a", 'opacity="0.36"') + paving(r, 560, 760, lit ? "#8d7f78" : "#4a4a5c") + kerb(756) + asphalt(782, 900, lit ? "#4a4a52" : "#2c2f3c") + rect(0, 560, W, 340, "#101736", `opacity="${lit ? 0.12 : 0.42}"`);
  out += tree(r, 960, 740, 360, 1) + tree(r, 200, 740, 340, 1);
  const pole = lit ? "#3a4048" : "#2a2f38", head = (px, base, s) => stroke(`M${px},${base}V${base - 560 * s}q0,${-50 * s} ${60 * s},${-52 * s}h${60 * s}`, pole, 14 * s) + rect(px - 16 * s, base - 60 * s, 32 * s, 60 * s, pole, 'rx="4"') + path(`M${px + 84 * s},${base - 622 * s}h${96 * s}q${16 * s},0 ${16 * s},${18 * s}l${-8 * s},${10 * s}h${-112 * s}z`, pole) + path(`M${px + 88 * s},${base - 594 * s}h${100 * s}l${-6 * s},${10 * s}h${-88 * s}z`, lit ? "#fff3c4" : "#59606b");
  const glow = (px, base, s) => `<g style="mix-blend-mode:screen">${path(`M${px + 92 * s},${base - 586 * s}h${92 * s}L${px + 440 * s},${base + 40 * s}H${px - 180 * s}Z`, "url(#beam)")}${oval(px + 138 * s, base - 588 * s, 150 * s, 120 * s, "url(#halo)")}${oval(px + 130 * s, base + 26 * s, 330 * s, 70 * s, "url(#halo)", 'opacity="0.8"')}</g>`;
  for (const [px, base, s] of [[1040, 700, 0.62], [430, 764, 1.02]]) out += head(px, base, s) + (lit ? glow(px, base, s) : "");
  if (lit) out += person(600, 800, 210, "#b75a4e", "#2d3446", 1) + person(690, 806, 190, "#6c8db0", "#3a3340", -1, "#50403a");
  else out += group(person(640, 806, 205, "#3b3f52", "#23273a", 1) , "translate(0,0)") + path("M660,720l190,-16v70z", "#fff4c8", 'opacity="0.25"') + oval(850, 740, 14, 40, "#fff4c8", 'opacity="0.2" filter="url(#soft)"');
  return out;
}
function branch() {
  const r = dice(63);
  let out = shadow(600, 742, 420, 30, 0.34) + stroke("M250,620C360,650 420,690 560,694S800,700 930,738", "#6f4f38", 40) + stroke("M250,612C360,642 420,682 560,686S800,694 920,730", "#8d6a4d", 12) + stroke("M470,686q60,-90 150,-120M620,692q90,-70 170,-70M740,700q60,40 140,50M420,672q-20,-60 -60,-96", "#6f4f38", 20);
  out += path("M232,596l34,-8l8,52l-38,8l10,-18l-22,-6l14,-12z", "#e2c195") + stroke("M240,606l26,26m-22,-6l24,-20", "#b8905f", 3);
  for (let k = 0; k < 64; k++) { const t = r(), x = 400 + t * 560, y = 640 + t * 60 + r(-110, 70); out += path(blob(r, x, y, r(26, 60), r(18, 40), 11, 0.3), pick(r, ["#4f8f4b", "#67a75a", "#3f7c43", "#7fba69", "#35693a"])); }
  for (let k = 0; k < 44; k++) out += group(path("M-12,0q12,-10 24,0q-12,10 -24,0z", pick(r, ["#67a75a", "#8fc06f", "#c7b44c"])), `translate(${n(r(180, 1080))},${n(r(640, 850))}) rotate(${n(r(0, 180))})`);
  return out + stroke("M180,700V604M1010,712V616", "#d9502e", 9) + stroke("M180,622q420,60 830,12", "#e8c22e", 9, 'stroke-dasharray="34 22"') + stroke("M180,622q420,60 830,12", "#2b2b2b", 9, 'stroke-dasharray="22 34" stroke-dashoffset="-34"');
}
function alley(waste) {
  const r = dice(91);
  let out = sky(["#a8cfe8", "#f2f4ee"], r, 2) + skyline(r, 380, "#a3b4bd");
  out += path("M0,60L430,260L430,470L0,790Z", "#d8bd9d") + path("M1200,40L770,262L770,470L1200,800Z", "#c8cdc6") + path("M430,262h340v210h-340z", "#b9c4c9") + rect(560, 330, 90, 142, "#7d8f98") + path("M1200,40L770,262L770,470L1200,800Z", "#24364a", 'opacity="0.10"');
  for (let k = 0; k < 4; k++) { const x = 50 + k * 96, s = 1 - k * 0.17, y = 170 + k * 40; out += path(`M${x},${y}l${62 * s},${28 * s}v${104 * s}l${-62 * s},${4 * s}z`, "#f7f2e6") + path(`M${x + 6},${y + 12}l${50 * s},${22 * s}v${84 * s}l${-50 * s},${4 * s}z`, "#6f93a3"); const mx = 1150 - k * 96; out += path(`M${mx},${y - 10}l${-62 * s},${32 * s}v${104 * s}l${62 * s},${6 * s}z`, "#eef0ea") + path(`M${mx - 6},${y + 6}l${-50 * s},${26 * s}v${84 * s}l${50 * s},${4 * s}z`, "#5f8598"); }
  out += path("M90,420l92,34v150l-92,50z", "#86573f") + path("M1110,430l-92,30v150l92,50z", "#4f6b57") + stroke("M430,300q170,50 340,0M430,286q170,66 340,4", "#3d4449", 2.5);
  for (let k = 0; k < 6; k++) out += group(path("M0,0h26v34q-13,8 -26,0z", pick(r, ["#c65b4f", "#f0e3c4", "#4f86a8", "#e0a545"])), `translate(${480 + k * 42},${318 + (k % 3) * 3})`);
  out += path("M430,470h340L1400,900H-200Z", "#a59d92", 'stroke="#8f877c" stroke-width="26"') + path("M430,470h340L1400,900H-200Z", "#b7afa3") + path("M430,470h340L1400,900H-200Z", "#fff", 'filter="url(#grit)" opacity="0.12"');
  for (let y = 486, s = 10; y < 900; y += s, s *= 1.24) out += stroke(`M${n(430 - (y - 470) * 1.46)},${n(y)}H${n(770 + (y - 470) * 1.46)}`, "#00000018", 2);
  if (waste) {
    out += shadow(690, 800, 420, 44, 0.34);
    for (let k = 0; k < 150; k++) { const t = r(), h = r(), x = 330 + t * 760, y = 812 - h * Math.sin(t * Math.PI) * 250 + r(-6, 10); const s = r(14, 38); out += group(path(k % 3 ? `M${-s},${-s * 0.5}l${s * 1.7},${-s * 0.25}l${s * 0.4},${s * 0.8}l${-s * 1.9},${s * 0.3}z` : `M${-s},${-s * 0.36}h${2 * s}v${s * 0.72}h${-2 * s}z`, pick(r, ["#b9b4ac", "#9b958c", "#b5654a", "#a3573f", "#cfc9bf", "#8a847b"])) + path(`M${-s},${-s * 0.36}h${2 * s}v${s * 0.16}h${-2 * s}z`, "#fff", 'opacity="0.18"'), `translate(${n(x)},${n(y)}) rotate(${n(r(-50, 50))})`); }
    for (const [x, y, t] of [[420, 780, -8], [500, 796, 6], [455, 742, 2]]) out += group(rect(-62, -30, 124, 60, "#d9d2c2", 'rx="16"') + rect(-40, -14, 80, 26, "#6f8f6a") + text(0, 6, 18, "#fff", "水 泥", 'font-weight="700"'), `translate(${x},${y}) rotate(${t})`);
    out += group(rect(-8, -190, 16, 260, "#b98a55"), "translate(860,690) rotate(34)") + group(rect(-7, -160, 14, 230, "#a47b4d"), "translate(760,660) rotate(-28)") + group(rect(-60, -80, 120, 160, "#e9e6df") + rect(-48, -68, 96, 64, "#b7cdd6") + rect(-48, 6, 96, 62, "#b7cdd6"), "translate(970,720) rotate(18)") + oval(600, 806, 40, 16, "#cfd6d8") + path("M560,806q6,44 40,46t40,-46z", "#dfe5e6");
  } else {
    for (const [x, y, s] of [[250, 730, 1.1], [950, 724, 1.1], [350, 620, 0.75], [860, 616, 0.75]]) out += shadow(x, y + 4, 90 * s, 12 * s) + rect(x - 84 * s, y - 50 * s, 168 * s, 52 * s, "#8a6a4c", 'rx="4"') + rect(x - 84 * s, y - 50 * s, 168 * s, 8, "#a88663") + Array.from({ length: 11 }, (_, k) => path(blob(r, x + (-72 + k * 14.5) * s, y - (62 + r(0, 26)) * s, 17 * s, 17 * s), pick(r, ["#4f8f4b", "#67a75a", "#d06b86", "#e6b84b", "#7fba69"]))).join("");
    out += person(640, 640, 130, "#d08b4c", "#3d4a5c", 1) + person(565, 560, 84, "#7c98b8", "#40404a", -1);
  }
  return out;
}
function billboard(broken) {
  const r = dice(44);
  let out = sky(["#7db9e4", "#e6f2f7"], r, 5) + skyline(r, 640, "#9fb6c4");
  out += rect(180, 430, 840, 470, "#d9c7b1") + rect(180, 430, 840, 16, "#b8a58e") + rect(160, 418, 880, 18, "#c9b8a2") + rect(960, 430, 60, 470, "#0001");
  for (let y = 480; y < 760; y += 96) for (let x = 220; x < 980; x += 104) out += rect(x, y, 66, 64, "#fff8") + rect(x + 5, y + 5, 56, 54, "#6b93a9") + path(`M${x + 5},${y + 59}v-30l26,-24h30z`, "#b9d6e3", 'opacity="0.6"');
  out += house(r, -120, 300, 520, 900, shops[3]) + house(r, 1020, 280, 560, 900, shops[6]) + rect(180, 770, 840, 130, "#3b5560") + text(600, 850, 62, "#ffeec4", "友谊商贸城", 'font-weight="700" letter-spacing="14"');
  for (const x of [300, 460, 620, 780, 900]) out += stroke(`M${x},420V330M${x},420l40,-90`, "#6b7378", 8);
  out += rect(240, 96, 720, 248, "#646c72") + rect(232, 88, 736, 12, "#4d555a") + rect(232, 340, 736, 10, "#4d555a");
  const art = `<clipPath id="sheet"><path d="${broken ? "M252,108H620L600,150L648,190L590,236L632,280L600,332H252Z" : "M252,108H948V332H252Z"}"/></clipPath><g clip-path="url(#sheet)">${rect(252, 108, 696, 224, "#2d88b3")}${oval(800, 190, 66, 66, "#ffd98a")}${path("M252,270q90,-40 180,0t180,0t180,0t180,0v80h-720z", "#5fb3cf")}${path("M252,296q90,-30 180,0t180,0t180,0t180,0v80h-720z", "#8fd0de")}${path("M690,268h110l-22,26h-66zM742,264v-92l52,84z", "#fff")}${text(452, 212, 84, "#fff", "望澜", 'font-weight="700" letter-spacing="20"')}${text(452, 262, 30, "#e8f7fb", "面朝大海 文明同行", 'letter-spacing="6"')}</g>`;
  if (broken) {
    for (let k = 0; k < 5; k++) out += stroke(`M${640 + k * 66},100v240`, "#8b9398", 5);
    out += stroke("M610,220H960M610,160H960M610,290H960", "#8b9398", 5) + art + path("M620,108L600,150L648,190L590,236L632,280L600,332q40,60 110,80q30,-60 -10,-120q60,-40 10,-92q40,-60 -90,-92z", "#c9dfe8") + path("M648,190q40,60 16,140q40,40 46,82q30,-60 -10,-120q60,-40 10,-92z", "#9dbccb") + path("M632,280q10,60 60,110l18,22q10,-50 -30,-80z", "#2d88b3", 'opacity="0.7"') + stroke("M700,330q60,70 40,140M720,320q90,40 110,110", "#2f3538", 3) + path("M716,470q30,-20 56,4q-20,40 -50,30z", "#c9dfe8");
  } else out += art;
  for (const x of [330, 520, 710, 880]) out += stroke(`M${x},350v22h-20`, "#4d555a", 6) + path(`M${x - 34},366h22v14h-30z`, "#3b4247");
  return out + tree(r, 90, 905, 260) + tree(r, 1120, 905, 280);
}
function bike(x, y, scale, turn, colour, flip = 1) {
  const wheel = (cx) => `<circle cx="${cx}" cy="0" r="42" fill="none" stroke="#26292c" stroke-width="7"/><circle cx="${cx}" cy="0" r="36" fill="none" stroke="#c9ced0" stroke-width="2"/>` + [0, 30, 60, 90, 120, 150].map((a) => group(rect(-36, -0.6, 72, 1.2, "#aab0b3"), `translate(${cx},0) rotate(${a})`)).join("") + oval(cx, 0, 6, 6, "#53595d");
  return group(wheel(-72) + wheel(72) + path("M-104,-30q34,-34 66,-6l-6,6q-28,-22 -52,4z", "#3a3f43") + stroke("M-72,0L-10,6L44,-72M-72,0L-34,-74M-10,6L-38,-84M-34,-62L46,-64M72,0L42,-84", colour, 9) + path("M-62,-92q26,-12 50,0q4,8 -8,10h-34q-10,0 -8,-10z", "#2b2e31") + stroke("M42,-84l-6,-22m-14,4q24,-12 44,4", "#3a3f43", 7) + path("M50,-92h44l-6,36h-32z", "#3d4347") + stroke("M54,-80h36M56,-68h30", "#6b7277", 2) + oval(-10, 6, 13, 13, "#3a3f43") + stroke("M-10,6l12,22m-4,0h12", "#53595d", 5), `translate(${n(x)},${n(y)}) rotate(${n(turn)}) scale(${n(scale * 100) / 100 * flip},${n(scale * 100) / 100})`);
}
function bikes(heap) {
  const r = dice(12), colours = ["#3f8fd0", "#f0b429", "#3fae7a"];
  if (heap) {
    let out = shadow(600, 770, 480, 30, 0.36);
    const places = [[230, 690, -24], [360, 720, 68], [420, 640, -52], [520, 700, 28], [560, 600, -76], [640, 690, 96], [700, 620, -30], [770, 712, 42], [860, 650, -64], [930, 726, 18], [480, 760, -12], [650, 770, 14], [820, 778, -20], [330, 780, 8], [990, 770, -34]];
    places.forEach(([x, y, t], k) => { out += bike(x, y, 1.12 + r(0, 0.16), t + r(-8, 8), colours[k % 3], k % 2 ? 1 : -1); });
    return out + person(1090, 770, 250, "#7a6aa0", "#333a46", -1);
  }
  let out = rect(130, 700, 900, 6, "#fff", 'opacity="0.85"') + rect(130, 776, 900, 6, "#fff", 'opacity="0.85"') + Array.from({ length: 11 }, (_, k) => rect(130 + k * 89.5, 700, 5, 80, "#fff", 'opacity="0.85"')).join("") + shadow(580, 764, 450, 16);
  for (let k = 0; k < 9; k++) out += bike(210 + k * 90, 700, 1.04, -3, colours[Math.floor(k / 3)], 1);
  return out + stroke("M1066,770V520", "#7b8388", 9) + rect(1016, 470, 100, 74, "#2f74b5", 'rx="8"') + text(1066, 500, 19, "#fff", "非机动车", 'font-weight="700"') + text(1066, 528, 19, "#fff", "停放点", 'font-weight="700"') + person(1140, 740, 220, "#c4814f", "#3a4252", -1);
}

// ---- the scenes -----------------------------------------------------------------------------------------------------
const clearPavement = () => person(430, 724, 235, "#4f86a8", "#3a3f4b", 1) + person(500, 728, 175, "#e0a545", "#4a5a72", 1, "#3a2a22") + person(820, 716, 225, "#a05a72", "#2f3440", -1);
const scenes = {
  bin: [() => shopStreet(11, { from: 0 }) + bin(true), () => shopStreet(11, { from: 0 }) + bin(false)],
  manhole: [() => roadView(21) + manhole(true), () => roadView(21) + manhole(false)],
  pothole: [() => roadView(35) + pothole(true), () => roadView(35) + pothole(false)],
  vendor: [() => shopStreet(14, { from: 2 }) + stall(), () => shopStreet(14, { from: 2 }) + clearPavement()],
  ads: [() => wallScene(true), () => wallScene(false)],
  lamp: [() => lampScene(false), () => lampScene(true)],
  branch: [() => shopStreet(17, { from: 4 }) + branch(), () => shopStreet(17, { from: 4 }) + person(520, 722, 230, "#5f8a6a", "#3b4150", 1) + person(760, 726, 230, "#c9776a", "#454a58", -1)],
  waste: [() => alley(true), () => alley(false)],
  billboard: [() => billboard(true), () => billboard(false)],
  bikes: [() => shopStreet(23, { from: 5, tactileY: 600 }) + bikes(true), () => shopStreet(23, { from: 5, tactileY: 600 }) + bikes(false)],
};
const frame = (body, seed) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${W} ${H}" width="${W}" height="${H}" font-family="'Noto Sans CJK SC','Noto Sans SC',sans-serif">
<defs>
<filter id="soft" x="-30%" y="-60%" width="160%" height="220%"><feGaussianBlur stdDeviation="7"/></filter>
<filter id="far"><feGaussianBlur stdDeviation="1.6"/></filter>
<filter id="grit" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency="0.5 0.9" numOctaves="2" seed="${seed}" result="noise"/><feColorMatrix in="noise" type="matrix" values="0 0 0 0 1  0 0 0 0 1  0 0 0 0 1  0 0 0 2.4 -1"/><feComposite in2="SourceAlpha" operator="in"/></filter>
<radialGradient id="halo"><stop offset="0" stop-color="#fff0b8" stop-opacity="0.95"/><stop offset="0.35" stop-color="#ffcf7a" stop-opacity="0.45"/><stop offset="1" stop-color="#ffb85c" stop-opacity="0"/></radialGradient>
<linearGradient id="beam" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#ffe9ac" stop-opacity="0.5"/><stop offset="1" stop-color="#ffcf7a" stop-opacity="0.08"/></linearGradient>
<radialGradient id="edge" cx="0.5" cy="0.48" r="0.78"><stop offset="0.62" stop-color="#0b1220" stop-opacity="0"/><stop offset="1" stop-color="#0b1220" stop-opacity="0.34"/></radialGradient>
<linearGradient id="sun" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff2cf" stop-opacity="0.30"/><stop offset="0.6" stop-color="#fff2cf" stop-opacity="0"/></linearGradient>
</defs>
${body}
<rect width="${W}" height="${H}" fill="url(#sun)"/><rect width="${W}" height="${H}" fill="url(#edge)"/>
</svg>
`;

const wanted = process.argv.slice(2);
const browserPath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) => existsSync(p));
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: W, height: H } });
mkdirSync(new URL("src/", here), { recursive: true });
for (const [name, pair] of Object.entries(scenes)) {
  if (wanted.length && !wanted.includes(name)) continue;
  for (const [i, when] of ["before", "after"].entries()) {
    const svg = frame(pair[i](), name.length * 7 + 3);
    writeFileSync(new URL(`src/${name}-${when}.svg`, here), svg);
    await page.setContent(`<body style="margin:0">${svg}`);
    let quality = 82, shot;
    do shot = await page.screenshot({ type: "jpeg", quality }); while (shot.length > 90_000 && (quality -= 6) > 30);
    writeFileSync(new URL(`${name}-${when}.jpg`, here), shot);
    console.log(`${name}-${when}.jpg ${Math.round(shot.length / 1000)} kB, quality ${quality}`);
  }
}
await browser.close();
