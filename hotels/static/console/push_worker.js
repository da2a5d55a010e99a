/* Service worker: shows a notice that a push service delivered, and opens its page. */
"use strict";

self.addEventListener("push", (event) => {
  let notice = {};
  try {
    notice = event.data ? event.data.json() : {};
  } catch {
    /* Shown without a text: browsers end a subscription whose notices stay invisible. */
  }
  event.waitUntil(self.registration.showNotification(notice.title || "Hotel back office", {
    body: notice.text || "",
    tag: notice.id || "",
    data: { link: notice.link || "" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(pageOf(event.notification.data.link)));
});

/* Only pages of this site are opened. */
function pageOf(link) {
  try {
    const url = new URL(link, self.location.origin);
    if (url.origin === self.location.origin) return url.href;
  } catch {
    /* The start page is opened instead. */
  }
  return new URL("/admin/", self.location.origin).href;
}
