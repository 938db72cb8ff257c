// Somebody may have been quicker: open reports near the place that was chosen are shown in the form, to follow instead.
import { make } from "./words.js";
import "./suggestions.js";

const form = document.querySelector("form[data-similar]"), list = form?.querySelector("[data-similar-list]");
const field = (name) => form.elements.namedItem(name);
const shown = new Set(field("similar")?.value.split(" ").filter(Boolean));
let asked = "", wait;

async function look() {
  const near = Object.fromEntries(["lon", "lat", "coordinates", "address", "words"].map((name) => [name, field(name)?.value ?? ""]));
  near.category = field("category")?.value ?? "";
  const said = new URLSearchParams(near), query = String(said);
  if (!(near.lon && near.lat) && !near.address || query === asked) return;
  asked = query;
  try {
    // What somebody types belongs into no address.
    const answer = await fetch(form.dataset.similar, { method: "POST", body: said });
    if (answer.ok && query === asked) show(await answer.json());
  } catch { /* the server asks again when the form is sent */ }
}

function show(found) {
  const say = form.dataset;
  if (!found.length) return list.replaceChildren();
  list.replaceChildren(
    make("p", { class: "alert-title" }, say.similarTitle), make("p", {}, say.similarText),
    make("ul", { class: "similar-list" }, ...found.map((near) => {
      const link = make("a", { href: near.href, target: "_blank" }, near.title, make("span", { class: "hidden-visually" }, ` ${say.similarNewTab}`));
      const why = near.reasons.length ? [make("br"), make("span", { class: "muted small" }, `${say.similarBecause} ${near.reasons.join(" · ")}`)] : [];
      const photo = near.photo ? [make("img", { src: near.photo, alt: "", width: 72, height: 72 })] : [];
      return make("li", {}, ...photo, make("p", {}, make("strong", {}, near.says), make("br"), link, ` ${near.stage_label}`, ...why),
        make("div", { class: "row" },
          make("button", { type: "submit", class: "btn btn-primary", form: form.id, formaction: `${near.href}/second` }, say.similarFollowWith),
          make("button", { type: "submit", class: "btn", form: follow(near) }, say.similarFollow)));
    })), make("p", { class: "muted small" }, say.similarHint));
  // What was shown is not asked about again when the form is sent.
  found.forEach((near) => shown.add(near.id));
  field("similar").value = [...shown].join(" ");
}

/** A form of its own for following, outside the report's form; answers its id. */
function follow(near) {
  const id = `follow-${near.id}`;
  if (!document.getElementById(id)) form.after(make("form", { id, method: "post", action: `${near.href}/follow`, "data-draft-done": "report", hidden: "" }));
  return id;
}

if (list) {
  const later = () => { clearTimeout(wait); wait = setTimeout(look, 300); };
  form.addEventListener("steward:place", later);
  form.addEventListener("change", (event) => ["category", "words", "address"].includes(event.target.name) && later());
  if (!document.getElementById("similar")) later();
}
