/* The form on the page Security that lets this browser show notices. It stays hidden where the
   browser cannot. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-push-key]");
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  form.hidden = false;
  document.querySelector("[data-push-missing]").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    subscribe(form).catch((error) => fail(form, error));
  });
});

async function subscribe(form) {
  if (await Notification.requestPermission() !== "granted") return fail(form);
  await navigator.serviceWorker.register(form.dataset.pushWorker);
  const registration = await activeWorker(form.dataset.pushWorker);
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: form.dataset.pushKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  form.elements.endpoint.value = endpoint;
  form.elements.p256dh.value = keys.p256dh;
  form.elements.auth.value = keys.auth;
  form.submit();
}

/* Only an active worker can subscribe. Its scope is the folder of its file, so that `ready`, which
   waits for one whose scope is the page, would wait for ever. */
async function activeWorker(file) {
  const registration = await navigator.serviceWorker.getRegistration(file);
  const worker = registration.installing || registration.waiting || registration.active;
  if (worker.state === "activated") return registration;
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve(registration);
    });
  });
}

function fail(form, error) {
  if (error) console.info("No notices on this device:", error.message);
  form.querySelector("[data-push-failed]").hidden = false;
}
