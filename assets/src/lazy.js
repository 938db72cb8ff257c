// The map and the charts weigh more than all else together, so they come only when somebody looks at them.
import { make, source, words } from "./words.js";

/** Loads the map script (once) and opens a map in the element. */
export async function openMap(element) {
  if (element.dataset.opened) return;
  element.dataset.opened = "1";
  try {
    if (!document.getElementById("map-style")) document.head.append(make("link", { id: "map-style", rel: "stylesheet", href: source("mapStyle") }));
    const { open } = await import(source("map"));
    const { raster = "", attribution = "", ground = "", base = "", vector = "", least = "", most = "" } = document.getElementById("app").dataset;
    Object.assign(element.dataset, { raster, attribution, ground, base, vector, least, most });
    await open(element, { worker: source("mapWorker"), words });
  } catch (error) {
    console.warn(error);
    element.replaceChildren(make("p", { class: "map-message" }, words.mapFailed));
  }
}

async function openChart(figure) {
  try {
    const { draw } = await import(source("chart"));
    draw(figure);
  } catch (error) {
    console.warn(error); // the table with the same figures is still there
  }
}

const seen = "IntersectionObserver" in window && new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    target.matches("[data-map]") ? openMap(target) : openChart(target);
  }
}, { rootMargin: "100px" });

export function lazy(root) {
  root.querySelectorAll("[data-map]:not([role])").forEach((element) => element.setAttribute("role", "group"));
  if (seen) root.querySelectorAll("[data-map]:not([data-map=pick]), [data-chart]").forEach((element) => seen.observe(element));
}
