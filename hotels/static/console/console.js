/* The console's own behaviour, besides unfold's: what Alpine's CSP build wants registered by name,
   and fragments that ask again while something runs. */
"use strict";

document.addEventListener("alpine:init", () => {
  /* The frame of every page: which tab is shown, and whether the menu is open. */
  Alpine.data("shell", () => ({
    activeTab: "",
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
    /* Expressions in attributes reach no globals; the form of unfold asks for this one. */
    window: {
      location: {
        get pathname() { return globalThis.location.pathname; },
        get search() { return globalThis.location.search; },
      },
    },
    init() {
      if (this.$el.dataset.tab !== undefined) {
        this.activeTab = getCurrentTab() || this.$el.dataset.tab;
      }
      this.$watch("sidebarDesktopOpen", (open) => {
        localStorage.setItem("sidebarDesktopOpen", open ? "1" : "0");
      });
    },
  }));
  Alpine.data("theme", theme);
  Alpine.data("searchForm", searchForm);
});

/* An element with data-poll="2000" is sent `poll` so often (milliseconds), for hx-trigger="poll".
   Nothing is asked while the tab is hidden; what comes back without data-poll has ended. */
const polls = new Map();

function keepPolling() {
  for (const [element, timer] of polls) {
    if (document.hidden || !element.isConnected || !element.dataset.poll) {
      clearInterval(timer);
      polls.delete(element);
    }
  }
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-poll]")) {
    if (polls.has(element)) continue;
    polls.set(element, setInterval(() => htmx.trigger(element, "poll"), Number(element.dataset.poll)));
  }
}

document.addEventListener("DOMContentLoaded", keepPolling);
document.addEventListener("htmx:afterSettle", keepPolling);
document.addEventListener("visibilitychange", () => {
  keepPolling();
  if (document.hidden) return;
  for (const element of polls.keys()) htmx.trigger(element, "poll");
});

/* What htmx posted and was refused, or was not answered, the form itself sends again: so the person
   reads why, and never takes for done what was not. */
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    const form = event.detail.elt;
    if (event.detail.requestConfig.verb === "post" && form.matches("form")) form.submit();
  });
}

/* A form is sent once: the second click of a double click finds its button off. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

/* A choice that takes effect when it is made: <select data-go> of a GET form. */
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-go]")) event.target.form.requestSubmit();
});

/* Ticks of a whole list: <input type="checkbox" data-all="name">. */
document.addEventListener("change", (event) => {
  const name = event.target.dataset.all;
  if (!name) return;
  for (const box of event.target.form.elements[name].length === undefined
    ? [event.target.form.elements[name]] : event.target.form.elements[name]) {
    box.checked = event.target.checked;
  }
});
