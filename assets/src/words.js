// The few sentences that scripts say, in the page's language, handed over by base.html.
const sheet = document.getElementById("words");
/** @type {Record<string, string>} */
export const words = sheet ? JSON.parse(sheet.textContent) : {};

const app = document.getElementById("app");
/** The address of an asset that the page named on the script element, such as `map` or `mapStyle`. */
export const source = (name) => new URL(app.dataset["src" + name[0].toUpperCase() + name.slice(1)], document.baseURI).href;

/** A new element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** One icon of the sprite that the page already uses. */
export function icon(name) {
  const sample = document.querySelector("svg.icon use");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", (sample?.getAttribute("href") ?? "").split("#")[0] + "#" + name);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}
