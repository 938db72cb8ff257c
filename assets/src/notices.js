// Notices on an open screen, and in a browser with no page open.
import { toast } from "./furniture.js";

const told = () => sessionStorage.getItem("told") ?? "";

/** An urgent notice that came while the page was open is called out, once. */
export function callOut(root) {
  const bell = root.id === "bell" ? root : null, id = bell?.dataset.urgent;
  if (!id || told() === id) return;
  sessionStorage.setItem("told", id);
  toast(bell.dataset.urgentTitle, { label: bell.dataset.urgentOpen, run: () => location.assign(`/notices/${id}`) });
}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** A part of the page where this browser is taken on; what else its form asks goes along. */
export async function push(section) {
  const form = section.closest("[data-push-form]") ?? section.querySelector("[data-push-form]"), status = section.querySelector("[data-push-status]");
  const button = form.querySelector("[data-push-on]"), say = (what) => (status.textContent = section.dataset[what]);
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    button.hidden = true;
    return say("unsupported");
  }
  const registration = () => navigator.serviceWorker.register(section.dataset.worker, { scope: "/assets/", updateViaCache: "none" });
  const known = async () => (await navigator.serviceWorker.getRegistration("/assets/"))?.pushManager.getSubscription();
  const here = await known().catch(() => null);
  const line = here && [...section.querySelectorAll("[data-endpoint]")].find((one) => one.dataset.endpoint === here.endpoint);
  if (line) {
    button.hidden = true;
    say("here");
    // Who turns it off here turns it off in the browser, too.
    line.querySelector("form").addEventListener("submit", () => here.unsubscribe().catch(() => {}));
  }
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    try {
      if ((await Notification.requestPermission()) !== "granted") return say("denied");
      const { pushManager } = await ready(await registration());
      const options = { userVisibleOnly: true, applicationServerKey: bytes(section.dataset.key) };
      // A subscription of another key cannot be read by us.
      const asked = pushManager.subscribe(options).catch(async () => {
        await (await pushManager.getSubscription())?.unsubscribe();
        return pushManager.subscribe(options);
      });
      // Where a network lets no push service through, the browser waits without an end.
      const subscription = await Promise.race([asked, new Promise((_, late) => setTimeout(late, 20000))]);
      form.elements.endpoint.value = subscription.endpoint;
      form.elements.p256dh.value = text(subscription.getKey("p256dh"));
      form.elements.auth.value = text(subscription.getKey("auth"));
      form.submit();
    } catch {
      say("failed");
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

/** A worker that is still being taken on cannot subscribe yet. */
function ready(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return registration;
  return new Promise((done) => worker.addEventListener("statechange", () => worker.state === "activated" && done(registration)));
}
