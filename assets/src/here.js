// Forms that say where somebody stands: `<form data-here>` takes the phone's position along when it is sent.

export function here() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-here]") || form.dataset.located) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const status = form.querySelector("[data-here-status]"), submitter = event.submitter;
    const send = () => {
      form.dataset.located = "1";
      form.requestSubmit(submitter?.form === form ? submitter : null);
    };
    const refused = () => {
      status.textContent = form.dataset.refused;
      const more = form.querySelector("[data-here-more]");
      // Where a reason may stand instead, it is asked for; elsewhere the answer alone counts.
      if (!more || more.querySelector("input")?.value) return send();
      more.open = true;
      more.querySelector("input")?.focus();
    };
    status.textContent = form.dataset.finding;
    if (!navigator.geolocation) return refused();
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.elements.lon.value = coords.longitude.toFixed(6);
      form.elements.lat.value = coords.latitude.toFixed(6);
      form.elements.accuracy.value = Math.round(coords.accuracy);
      send();
    }, refused, { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
  }, true);
  addEventListener("pageshow", () => document.querySelectorAll("form[data-located]").forEach((form) => delete form.dataset.located));
}
