// The city's own layers on MapLibre. Nothing is asked of any other server, unless the city configured a base map.
import { LngLatBounds, Map as CityMap, Marker, NavigationControl, Popup, ScaleControl, setWorkerUrl } from "maplibre-gl";
import { icon, make } from "./words.js";

const INK = "#33475c", GROUND = "#f3f6f8";
const NAME = document.documentElement.lang === "en" ? "name_en" : "name";
const TONE_ICON = { ok: "check", warn: "clock", danger: "alert", active: "wrench", info: "flag", neutral: "more" };
const FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

const fetchJson = async (url) => {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
};

function boundsOf(collection) {
  const bounds = new LngLatBounds();
  const walk = (c) => (typeof c[0] === "number" ? bounds.extend([c[0], c[1]]) : c.forEach(walk));
  for (const f of collection.features ?? []) if (f.geometry?.coordinates) walk(f.geometry.coordinates);
  return bounds;
}

/** Opens a map in one `[data-map]` element. `data-map="pick"` lets people choose a place. */
export async function open(element, { worker, words }) {
  setWorkerUrl(worker);
  const d = element.dataset, pick = d.map === "pick", whole = element.classList.contains("tall");
  const lon = Number.parseFloat(d.lon), lat = Number.parseFloat(d.lat), placed = Number.isFinite(lon) && Number.isFinite(lat);
  const areas = d.areas ? await fetchJson(d.areas).catch(() => null) : null;
  element.replaceChildren();

  const map = new CityMap({
    container: element,
    style: {
      version: 8,
      sources: d.raster ? { base: { type: "raster", tiles: d.raster.split(" "), tileSize: 256, attribution: d.attribution ?? "" } } : {},
      layers: [{ id: "ground", type: "background", paint: { "background-color": GROUND } }, ...(d.raster ? [{ id: "base", type: "raster", source: "base" }] : [])],
    },
    center: placed ? [lon, lat] : [0, 0],
    zoom: Number.parseFloat(d.zoom) || 12,
    maxZoom: 19,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: d.raster ? { compact: true } : false,
    localIdeographFontFamily: FONT,
    cooperativeGestures: !pick && !whole,
    locale: {
      "NavigationControl.ZoomIn": words.zoomIn, "NavigationControl.ZoomOut": words.zoomOut, "Popup.Close": words.close,
      "Map.Title": element.getAttribute("aria-label") ?? "", "Marker.Title": d.labelPin ?? "",
      "CooperativeGesturesHandler.WindowsHelpText": words.mapScroll, "CooperativeGesturesHandler.MacHelpText": words.mapScroll,
      "CooperativeGesturesHandler.MobileHelpText": words.mapFingers,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  if (areas?.features?.length && !placed) map.fitBounds(boundsOf(areas), { padding: 16, animate: false });

  await new Promise((done) => map.once("load", done));
  const fit = () => map.resize();
  new ResizeObserver(fit).observe(element);

  const layers = !d.raster && (d.layers ?? d.areas?.replace("areas", "layers"));
  const ground = d.raster || (layers && await drawLayers(map, layers));
  if (areas) drawAreas(map, areas, ground);
  if (d.grids) drawGrids(map, d.grids);
  if (map.getSource("layers")) nameLayers(map);
  if (d.reports) drawReports(map, d.reports, words);
  if (d.pin) {
    const [x, y] = d.pin.split(",").map(Number);
    new Marker({ element: make("span", { class: "map-pin-box", "aria-hidden": "true" }, pinOf(d.tone || "info").firstChild), anchor: "bottom" }).setLngLat([x, y]).addTo(map);
    if (!placed) map.jumpTo({ center: [x, y], zoom: Number.parseFloat(d.zoom) || 16 });
  }
  if (d.pins) drawPins(map, JSON.parse(d.pins));
  if (pick) picker(map, element, d.labelPin || element.getAttribute("aria-label") || "");
  element.dataset.state = "ready";
  element.dispatchEvent(new CustomEvent("steward:map", { bubbles: true, detail: { map } }));
}

/** The ground of the city, if the city has drawn it: sea, river, parks, blocks, roads. */
async function drawLayers(map, url) {
  const data = await fetchJson(url).catch(() => null);
  if (!data?.features?.length) return false;
  const kind = (...names) => ["in", ["get", "kind"], ["literal", names]];
  map.addSource("layers", { type: "geojson", data });
  map.addLayer({ id: "block", type: "fill", source: "layers", filter: kind("block"), paint: { "fill-color": "#ffffff" } });
  map.addLayer({ id: "park", type: "fill", source: "layers", filter: kind("park"), paint: { "fill-color": "#dcefdf" } });
  map.addLayer({ id: "water", type: "fill", source: "layers", filter: kind("sea", "river"), paint: { "fill-color": "#cfe4f2" } });
  map.addLayer({ id: "road", type: "line", source: "layers", filter: kind("road"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#dbe3ea", "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 11, 1, 18, ["match", ["get", "rank"], 1, 26, 2, 16, 9]] } });
  return true;
}

/** Names of roads and water, above everything that is filled. */
function nameLayers(map) {
  const letters = { "text-field": ["coalesce", ["get", NAME], ["get", "name"], ""], "text-size": 12 };
  map.addLayer({ id: "road-name", type: "symbol", source: "layers", minzoom: 13.5, filter: ["==", ["get", "kind"], "road"], layout: { ...letters, "symbol-placement": "line", "text-padding": 20 }, paint: { "text-color": "#56677a", "text-halo-color": "#fff", "text-halo-width": 1.5 } });
  map.addLayer({ id: "water-name", type: "symbol", source: "layers", filter: ["in", ["get", "kind"], ["literal", ["sea", "river", "park"]]], minzoom: 13, layout: letters, paint: { "text-color": "#31617f", "text-halo-color": "#fff", "text-halo-width": 1 } });
}

// Without a glyph server the browser draws the letters itself.
function drawAreas(map, data, ground) {
  const level = (...names) => ["in", ["coalesce", ["get", "level"], "street"], ["literal", names]];
  map.addSource("areas", { type: "geojson", data });
  if (!ground) map.addLayer({ id: "area-fill", type: "fill", source: "areas", filter: level("district", "street"), paint: { "fill-color": "#ffffff", "fill-opacity": 0.6 } });
  map.addLayer({ id: "community-line", type: "line", source: "areas", minzoom: 13, filter: level("community"), paint: { "line-color": "#a9b8c8", "line-width": 1 } });
  map.addLayer({ id: "area-line", type: "line", source: "areas", filter: level("district", "street"), paint: { "line-color": "#7f97b2", "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.8, 16, 2.2] } });
  const letters = { "text-field": ["coalesce", ["get", NAME], ["get", "name"], ""], "text-padding": 12, "text-max-width": 8 };
  const paint = { "text-color": INK, "text-halo-color": "#fff", "text-halo-width": 1.6 };
  map.addLayer({ id: "street-name", type: "symbol", source: "areas", maxzoom: 15.5, filter: level("street"), layout: { ...letters, "text-size": 14 }, paint });
  map.addLayer({ id: "community-name", type: "symbol", source: "areas", minzoom: 14.5, filter: level("community"), layout: { ...letters, "text-size": 12 }, paint });
}

function drawGrids(map, url) {
  map.addSource("grids", { type: "geojson", data: new URL(url, location.href).href });
  map.addLayer({ id: "grid-line", type: "line", source: "grids", minzoom: 13, paint: { "line-color": "#b6c3d1", "line-width": 0.8, "line-dasharray": [3, 2] } }, map.getLayer("area-line") ? "area-line" : undefined);
}

function pinOf(tone, label = "") {
  const pin = make("button", { type: "button", class: "map-pin-box" }, make("span", { class: `map-pin ${tone}` }, icon(TONE_ICON[tone] ?? "flag")));
  if (label) pin.setAttribute("aria-label", label);
  return pin;
}

/** Pins and clusters are real buttons, so that they can be reached by keyboard, read aloud and hit by a thumb. */
function drawReports(map, url, words) {
  const href = new URL(url, location.href).href;
  map.addSource("reports", { type: "geojson", data: href, cluster: true, clusterRadius: 44, clusterMaxZoom: 17 });
  map.addLayer({ id: "report-ground", type: "circle", source: "reports", paint: { "circle-radius": 1, "circle-opacity": 0 } });
  let shown = new Map();
  const update = () => {
    const features = new Map(map.querySourceFeatures("reports").map((f) => [keyOf(f), f]));
    const now = new Map();
    for (const group of apart(map, [...features.values()])) {
      const key = group.map(keyOf).sort().join(" ");
      now.set(key, shown.get(key) ?? (isPin(group) ? pinMarker(map, group[0].properties, group[0].geometry.coordinates) : clusterMarker(map, group, words)));
      if (!shown.has(key)) now.get(key).addTo(map);
    }
    for (const [key, marker] of shown) if (!now.has(key)) marker.remove();
    shown = now;
  };
  map.on("render", () => map.isSourceLoaded("reports") && update());
  addEventListener("steward:reports", () => map.getSource("reports").setData(href));
}

const keyOf = ({ properties: p, geometry }) => p.cluster ? `c${p.cluster_id}` : `p${p.id ?? p.href ?? geometry.coordinates}`;
const countOf = (f) => f.properties.point_count ?? 1;
const isPin = (group) => group.length === 1 && !group[0].properties.cluster;

/** The width in pixels that a marker needs for itself: it is 38 wide, and a thumb must not hit two. */
const ROOM = 44;

/** Markers that would cover each other on this screen become one. The source's own clusters are only apart at whole
 *  zooms, and as their centres wander towards the many, not even there. */
function apart(map, features) {
  const kept = [];
  for (const f of features.sort((a, b) => countOf(b) - countOf(a) || (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const at = map.project(f.geometry.coordinates);
    // A pin stands above its place, a cluster lies on it.
    if (!f.properties.cluster) at.y -= 18;
    const near = kept.find((one) => Math.hypot(one.at.x - at.x, one.at.y - at.y) < ROOM);
    if (near) near.group.push(f);
    else kept.push({ at, group: [f] });
  }
  return kept.map((one) => one.group);
}

function clusterMarker(map, group, words) {
  const count = group.reduce((sum, f) => sum + countOf(f), 0), at = group[0].geometry.coordinates;
  const element = make("button", { type: "button", class: "map-cluster", "aria-label": `${count} ${words.reports}, ${words.zoomIn}` }, count > 9999 ? `${Math.round(count / 1000)}k` : String(count));
  element.addEventListener("click", async (event) => {
    event.stopPropagation();
    const source = map.getSource("reports");
    if (map.getZoom() < 17.5) {
      const zooms = await Promise.all(group.filter((f) => f.properties.cluster).map((f) => source.getClusterExpansionZoom(f.properties.cluster_id)));
      map.easeTo({ center: at, zoom: Math.min(18, Math.max(map.getZoom() + 1, Math.min(...zooms, 18))) });
      return;
    }
    // As near as it gets: several at one place are told apart in a list.
    const leaves = await Promise.all(group.map((f) => f.properties.cluster ? source.getClusterLeaves(f.properties.cluster_id, 20, 0) : [f]));
    const lines = leaves.flat().slice(0, 20).map(({ properties: p }) => make("li", {}, linkOf(p), p.stage_label ? ` · ${p.stage_label}` : ""));
    new Popup({ offset: 20, maxWidth: "280px" }).setLngLat(at).setDOMContent(make("ul", { class: "map-list" }, ...lines)).addTo(map);
  });
  return new Marker({ element }).setLngLat(at);
}

const linkOf = (p) => p.href ? make("a", { href: p.href }, p.title || p.href) : p.title ?? "";

/** A few named pins, all in sight. */
function drawPins(map, pins) {
  const bounds = new LngLatBounds();
  for (const p of pins) {
    pinMarker(map, p, [p.lon, p.lat]).addTo(map);
    bounds.extend([p.lon, p.lat]);
  }
  if (pins.length > 1) map.fitBounds(bounds, { padding: 56, maxZoom: 17, animate: false });
}

function pinMarker(map, p, at) {
  const words = [p.title, p.stage_label].filter(Boolean).join(" · ");
  const element = pinOf(p.tone ?? "info", words);
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    const body = make("div", {}, make("p", {}, linkOf(p)));
    if (p.stage_label) body.append(make("p", {}, make("span", { class: `chip ${p.tone ?? "info"}` }, icon(TONE_ICON[p.tone] ?? "flag"), p.stage_label)));
    if (p.address) body.append(make("p", { class: "muted small" }, p.address));
    if (p.when) body.append(make("p", { class: "muted small" }, p.when));
    new Popup({ offset: 34, maxWidth: "260px" }).setLngLat(at).setDOMContent(body).addTo(map);
  });
  return new Marker({ element, anchor: "bottom" }).setLngLat(at);
}

function picker(map, element, label) {
  const handle = pinOf("drag", label);
  const pin = new Marker({ element: handle, anchor: "bottom", draggable: true }).setLngLat(map.getCenter()).addTo(map);
  const tell = () => {
    const { lng, lat } = pin.getLngLat();
    element.dispatchEvent(new CustomEvent("steward:picked", { detail: { lon: lng, lat } }));
  };
  pin.on("dragend", tell);
  map.on("click", ({ lngLat }) => { pin.setLngLat(lngLat); tell(); });
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = map.project(pin.getLngLat());
    pin.setLngLat(map.unproject([at.x + step[0], at.y + step[1]]));
    tell();
  });
  element.addEventListener("steward:move", ({ detail }) => {
    pin.setLngLat([detail.lon, detail.lat]);
    map.easeTo({ center: [detail.lon, detail.lat], zoom: Math.max(map.getZoom(), 16) });
  });
}
