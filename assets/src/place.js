// Where it is: the phone's own position, or a pin on the map. The address field always remains.
import { openMap } from "./lazy.js";

/** Takes over one `[data-place]` fieldset. */
export function place(field) {
  if (field.dataset.ready) return;
  field.dataset.ready = "1";
  const status = field.querySelector("[data-place-status]"), map = field.querySelector("[data-map]");
  const input = (name) => field.querySelector(`[name=${name}]`);
  const put = (lon, lat, accuracy) => {
    input("lon").value = lon.toFixed(6);
    input("lat").value = lat.toFixed(6);
    if (input("accuracy")) input("accuracy").value = accuracy ? Math.round(accuracy) : "";
    field.dispatchEvent(new CustomEvent("steward:place", { bubbles: true, detail: { lon, lat, accuracy } }));
  };

  field.querySelector("[data-locate]")?.addEventListener("click", () => {
    status.textContent = field.dataset.finding;
    const refused = () => (status.textContent = field.dataset.refused);
    if (!navigator.geolocation) return refused();
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      put(coords.longitude, coords.latitude, coords.accuracy);
      status.textContent = field.dataset.found.replace("{m}", Math.round(coords.accuracy));
      map?.dispatchEvent(new CustomEvent("steward:move", { detail: { lon: coords.longitude, lat: coords.latitude } }));
    }, refused, { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
  });

  field.querySelector("[data-pick]")?.addEventListener("click", (event) => {
    map.hidden = !map.hidden;
    event.currentTarget.setAttribute("aria-expanded", String(!map.hidden));
    if (map.hidden) return;
    if (input("lon").value) { map.dataset.lon = input("lon").value; map.dataset.lat = input("lat").value; }
    openMap(map);
  });

  map?.addEventListener("steward:picked", ({ detail }) => {
    put(detail.lon, detail.lat);
    status.textContent = field.dataset.picked;
  });
}
