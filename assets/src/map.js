// The city's own layers on MapLibre. Nothing is asked of any other server, unless the city configured a base map.
import { LngLatBounds, Map as CityMap, Marker, NavigationControl, Popup, ScaleControl, setWorkerUrl } from "maplibre-gl";
import { steadily } from "./steadily.js";
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
  // Only who does not know where the city lies asks for all of its borders.
  const areas = d.areas && !placed ? await fetchJson(d.areas).catch(() => null) : null;
  element.replaceChildren();
  const raster = d.raster || (d.base && !d.vector ? d.base : ""), vector = d.base && d.vector ? d.base : "";

  const map = new CityMap({
    container: element,
    style: {
      version: 8,
      sources: raster ? { base: { type: "raster", tiles: raster.split(" ").map(own), tileSize: 256, attribution: d.attribution ?? "", ...zooms(d) } } : {},
      layers: [{ id: "ground", type: "background", paint: { "background-color": GROUND } }, ...(raster ? [{ id: "base", type: "raster", source: "base" }] : [])],
    },
    center: placed ? [lon, lat] : [0, 0],
    zoom: Number.parseFloat(d.zoom) || 12,
    maxZoom: 19,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: raster || vector ? { compact: true } : false,
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

  const drawn = !raster && !vector && d.ground && (d.areas || d.layers);
  if (drawn) drawGround(map);
  if (vector) drawBase(map, vector, d);
  if (d.areas || d.grids) drawAreas(map, drawn || raster || vector, Boolean(d.grids));
  if (drawn) nameGround(map);
  if (d.components) drawComponents(map, d.components);
  if (d.points) drawPoints(map, d, words);
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

/** An address of ours with its {z}, {x} and {y}; the worker of the map knows none but whole ones. */
const own = (address) => (address.startsWith("/") ? location.origin + address : address);
const zooms = (d) => (d.base ? { minzoom: Number(d.least) || 0, maxzoom: Number(d.most) || 14 } : {});
const tiles = (address, maxzoom) => ({ type: "vector", tiles: [own(address)], minzoom: 0, maxzoom });

/** The ground of the city, if the city has drawn it: sea, river, parks, blocks, roads. */
function drawGround(map) {
  const kind = (...names) => ["in", ["get", "kind"], ["literal", names]];
  const of = { source: "drawn", "source-layer": "base" };
  map.addSource("drawn", tiles("/tiles/base/{z}/{x}/{y}", 16));
  map.addLayer({ id: "block", type: "fill", ...of, filter: kind("block"), paint: { "fill-color": "#ffffff" } });
  map.addLayer({ id: "park", type: "fill", ...of, filter: kind("park"), paint: { "fill-color": "#dcefdf" } });
  map.addLayer({ id: "water", type: "fill", ...of, filter: kind("sea", "river"), paint: { "fill-color": "#cfe4f2" } });
  map.addLayer({ id: "road", type: "line", ...of, filter: kind("road"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#dbe3ea", "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 11, 1, 18, ["match", ["get", "rank"], 1, 26, 2, 16, 9]] } });
}

/** Names of roads and water, above everything that is filled. */
function nameGround(map) {
  const letters = { "text-field": ["coalesce", ["get", NAME], ["get", "name"], ""], "text-size": 12 };
  const of = { source: "drawn", "source-layer": "base" };
  map.addLayer({ id: "road-name", type: "symbol", ...of, minzoom: 13.5, filter: ["==", ["get", "kind"], "road"], layout: { ...letters, "symbol-placement": "line", "text-padding": 20 }, paint: { "text-color": "#56677a", "text-halo-color": "#fff", "text-halo-width": 1.5 } });
  map.addLayer({ id: "water-name", type: "symbol", ...of, filter: ["in", ["get", "kind"], ["literal", ["sea", "river", "park"]]], minzoom: 13, layout: letters, paint: { "text-color": "#31617f", "text-halo-color": "#fff", "text-halo-width": 1 } });
}

/** A base map of vector tiles, by the names that Protomaps and OpenMapTiles give their layers. */
function drawBase(map, address, d) {
  map.addSource("base", { ...tiles(address, Number(d.most) || 14), minzoom: Number(d.least) || 0, attribution: d.attribution ?? "" });
  const kind = ["coalesce", ["get", "kind"], ["get", "class"], ""], green = ["park", "forest", "wood", "grass", "garden", "cemetery", "nature_reserve", "recreation_ground", "farmland"];
  const fill = (layer, color, filter) => map.addLayer({ id: `base-${layer}`, type: "fill", source: "base", "source-layer": layer, paint: { "fill-color": color }, filter: filter ?? ["==", ["geometry-type"], "Polygon"] });
  for (const layer of ["earth"]) fill(layer, "#ffffff");
  for (const layer of ["landcover", "landuse", "park"]) fill(layer, "#dcefdf", layer === "park" ? undefined : ["in", kind, ["literal", green]]);
  fill("water", "#cfe4f2");
  for (const layer of ["transportation", "roads"]) map.addLayer({ id: `base-${layer}`, type: "line", source: "base", "source-layer": layer, filter: ["==", ["geometry-type"], "LineString"], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#d3dce5", "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 8, 0.5, 18, ["match", kind, ["motorway", "trunk", "highway"], 24, ["primary", "secondary", "tertiary", "major_road", "medium_road"], 16, 8]] } });
  for (const layer of ["building", "buildings"]) fill(layer, "#e6ebf0");
  const letters = { "text-field": ["coalesce", ["get", document.documentElement.lang === "en" ? "name:en" : "name:zh"], ["get", "name"], ""], "text-size": 12 };
  for (const layer of ["place", "places"]) map.addLayer({ id: `base-${layer}`, type: "symbol", source: "base", "source-layer": layer, layout: letters, paint: { "text-color": INK, "text-halo-color": "#fff", "text-halo-width": 1.4 } });
}

// Without a glyph server the browser draws the letters itself.
function drawAreas(map, ground, grids) {
  const level = (...names) => ["in", ["coalesce", ["get", "level"], "street"], ["literal", names]];
  const of = { source: "grid", "source-layer": "areas" };
  map.addSource("grid", tiles("/tiles/grid/{z}/{x}/{y}", 17));
  if (!ground) map.addLayer({ id: "area-fill", type: "fill", ...of, filter: level("district", "street"), paint: { "fill-color": "#ffffff", "fill-opacity": 0.6 } });
  if (grids) map.addLayer({ id: "grid-line", type: "line", source: "grid", "source-layer": "grids", minzoom: 13, paint: { "line-color": "#b6c3d1", "line-width": 0.8, "line-dasharray": [3, 2] } });
  map.addLayer({ id: "community-line", type: "line", ...of, minzoom: 13, filter: level("community"), paint: { "line-color": "#a9b8c8", "line-width": 1 } });
  map.addLayer({ id: "area-line", type: "line", ...of, filter: level("district", "street"), paint: { "line-color": "#7f97b2", "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.8, 16, 2.2] } });
  const letters = { "text-field": ["coalesce", ["get", NAME], ["get", "name"], ""], "text-padding": 12, "text-max-width": 8 };
  const paint = { "text-color": INK, "text-halo-color": "#fff", "text-halo-width": 1.6 };
  map.addLayer({ id: "street-name", type: "symbol", ...of, maxzoom: 15.5, filter: level("street"), layout: { ...letters, "text-size": 14 }, paint });
  map.addLayer({ id: "community-name", type: "symbol", ...of, minzoom: 14.5, filter: level("community"), layout: { ...letters, "text-size": 12 }, paint });
}

/** What stands in the streets, as dots that say what they are. */
function drawComponents(map, address) {
  map.addSource("components", { ...tiles(address, 16), minzoom: 16 });
  map.addLayer({ id: "component", type: "circle", source: "components", "source-layer": "components", minzoom: 16, paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 16, 2.5, 19, 6], "circle-color": ["match", ["get", "state"], "sound", "#6b7f94", "#b4531a"], "circle-stroke-color": "#ffffff", "circle-stroke-width": 1 } });
  map.on("click", "component", ({ lngLat, features }) => {
    const lines = features.slice(0, 10).map(({ properties: p }) => make("li", {}, [p.name, p.owner, p.code].filter(Boolean).join(" · ")));
    new Popup({ offset: 8, maxWidth: "260px" }).setLngLat(lngLat).setDOMContent(make("ul", { class: "map-list" }, ...lines)).addTo(map);
  });
}

function pinOf(tone, label = "") {
  const pin = make("button", { type: "button", class: "map-pin-box" }, make("span", { class: `map-pin ${tone}` }, icon(TONE_ICON[tone] ?? "flag")));
  if (label) pin.setAttribute("aria-label", label);
  return pin;
}

/** From this zoom on the server tells every place by itself. */
const SINGLE = 17;

/** Pins and clusters are real buttons, so that they can be reached by keyboard, read aloud and hit by a thumb. The server puts together what
 *  lies in one square of the zoom; what changes is asked for again when news come. */
function drawPoints(map, d, words) {
  const layer = d.layer || "reports", many = d.labelMany || words.reports;
  map.addSource("points", tiles(d.points, SINGLE));
  // Tiles are only asked for when something is drawn from them.
  map.addLayer({ id: "point-ground", type: "circle", source: "points", "source-layer": layer, paint: { "circle-radius": 1, "circle-opacity": 0 } });
  let shown = new Map(), hot = false;
  const update = () => {
    const found = hot ? [] : map.querySourceFeatures("points", { sourceLayer: layer });
    const features = new Map(found.map((f) => [keyOf(f), f]));
    const now = new Map();
    for (const group of apart(map, [...features.values()])) {
      // A pin whose stage has changed is another one.
      const key = group.map((f) => `${keyOf(f)} ${f.properties.stage ?? ""} ${countOf(f)}`).sort().join(", ");
      now.set(key, shown.get(key) ?? (isPin(group) ? pinMarker(map, group[0].properties, group[0].geometry.coordinates) : clusterMarker(map, group, many, words)));
      if (!shown.has(key)) now.get(key).addTo(map);
    }
    for (const [key, marker] of shown) if (!now.has(key)) marker.remove();
    shown = now;
  };
  map.on("render", () => map.isSourceLoaded("points") && update());
  // What is drawn from the tiles cannot be seen, so nothing draws the map again once a fresh tile has come. The last tile to come may be
  // one that has not changed, of which nothing is told at all.
  let later;
  const settle = () => {
    clearTimeout(later);
    if (map.isSourceLoaded("points")) update();
    else later = setTimeout(settle, 50);
  };
  map.on("sourcedata", (event) => event.sourceId === "points" && event.tile && settle());
  addEventListener("steward:news", steadily(() => ["points", "heat"].forEach((name) => map.getSource(name) && map.refreshTiles(name)), 100));
  if (d.labelHeat) map.addControl(heatControl(map, d, (on) => { hot = on; update(); }), "top-right");
}

/** A button that shows heat in place of pins. */
function heatControl(map, d, turned) {
  const button = make("button", { type: "button", "aria-label": d.labelHeat, title: d.labelHeat, "aria-pressed": "false" }, icon("chart"));
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    if (on && !map.getSource("heat")) {
      map.addSource("heat", tiles(`${d.points}${d.points.includes("?") ? "&" : "?"}heat=1`, 15));
      map.addLayer({ id: "heat", type: "heatmap", source: "heat", "source-layer": "heat", paint: { "heatmap-weight": ["get", "weight"], "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 14, 17, 40], "heatmap-opacity": 0.75 } });
    }
    map.setLayoutProperty("heat", "visibility", on ? "visible" : "none");
    turned(on);
  });
  return { onAdd: () => make("div", { class: "maplibregl-ctrl maplibregl-ctrl-group" }, button), onRemove: () => button.parentElement?.remove() };
}

const keyOf = ({ properties: p, geometry }) => (p.cell ? `c${p.cell}` : `p${p.id ?? geometry.coordinates}`);
const countOf = (f) => f.properties.count ?? 1;
const isPin = (group) => group.length === 1 && !group[0].properties.cell;

/** The width in pixels that a marker needs for itself: it is 38 wide, and a thumb must not hit two. */
const ROOM = 44;

/** Markers that would cover each other on this screen become one: the squares of the server are only apart at whole zooms, and
 *  as the middles of clusters wander towards the many, not even there. */
function apart(map, features) {
  const kept = [];
  for (const f of features.sort((a, b) => countOf(b) - countOf(a) || (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const at = map.project(f.geometry.coordinates);
    // A pin stands above its place, a cluster lies on it.
    if (!f.properties.cell) at.y -= 18;
    const near = kept.find((one) => Math.hypot(one.at.x - at.x, one.at.y - at.y) < ROOM);
    if (near) near.group.push(f);
    else kept.push({ at, group: [f] });
  }
  return kept.map((one) => one.group);
}

function clusterMarker(map, group, many, words) {
  const count = group.reduce((sum, f) => sum + countOf(f), 0), at = group[0].geometry.coordinates;
  const element = make("button", { type: "button", class: "map-cluster", "aria-label": `${count} ${many}, ${words.zoomIn}` }, count > 9999 ? `${Math.round(count / 1000)}k` : String(count));
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    if (map.getZoom() < SINGLE + 0.5) {
      const zooms = group.filter((f) => f.properties.cell).map((f) => f.properties.zoom);
      map.easeTo({ center: at, zoom: Math.min(SINGLE + 1, Math.max(map.getZoom() + 1, Math.min(...zooms, SINGLE + 1))) });
      return;
    }
    // As near as it gets: several at one place are told apart in a list.
    const pins = group.filter((f) => !f.properties.cell).slice(0, 20), rest = count - pins.length;
    const lines = pins.map(({ properties: p }) => make("li", {}, linkOf(p), p.stage_label ? ` · ${p.stage_label}` : ""));
    if (rest > 0) lines.push(make("li", {}, `+ ${rest}`));
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
