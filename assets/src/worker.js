// Runs in the browser with no page open: shows notices as they come, and opens the program when one is touched.

addEventListener("install", () => self.skipWaiting());

addEventListener("push", (event) => {
  let notice = {};
  try { notice = event.data.json(); } catch { /* Every push must show something. */ }
  event.waitUntil(self.registration.showNotification(notice.title || "·", {
    body: notice.text || "",
    // The same notice again takes the place of the first.
    tag: notice.id,
    icon: "/assets/favicon.svg",
    requireInteraction: notice.urgent === true,
    data: { path: notice.path || "/notices" },
  }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.path, self.location.origin).href;
  event.waitUntil(self.clients.openWindow(address));
});

// The push service may give the browser another address: it is handed on, in place of the old one.
addEventListener("pushsubscriptionchange", (event) => {
  const old = event.oldSubscription;
  if (!old?.options) return;
  event.waitUntil((async () => {
    const fresh = event.newSubscription ?? (await self.registration.pushManager.subscribe(old.options));
    const { endpoint, keys } = fresh.toJSON();
    const body = new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth, old: old.endpoint });
    // It may belong to somebody on the staff, to somebody who follows something, or to both.
    const doors = ["/account/notices/push", "/follow/renew"];
    await Promise.allSettled(doors.map((door) => fetch(door, { method: "POST", body, credentials: "same-origin" })));
  })());
});
