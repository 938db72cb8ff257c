// "By distance": the link takes the phone's position along.

export function near() {
  document.querySelectorAll("[data-near]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    const status = document.querySelector("[data-near-status]");
    status.textContent = link.dataset.finding;
    const refused = () => (status.textContent = link.dataset.refused);
    if (!navigator.geolocation) return refused();
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const address = new URL(link.href);
      address.searchParams.set("lon", coords.longitude.toFixed(5));
      address.searchParams.set("lat", coords.latitude.toFixed(5));
      location.assign(address);
    }, refused, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  }));
}
