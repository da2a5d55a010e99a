/* Scripts of the console: components that Alpine's CSP build needs registered by name, polling
   fragments, and forms. */
"use strict";

document.addEventListener("alpine:init", () => {
  /* Layout of every page: the active tab, and whether the menu is open. */
  Alpine.data("shell", () => ({
    activeTab: "",
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
    /* Expressions in attributes have no access to globals; unfold's form reads this one. */
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

/* Name the theme's scrollable areas in the language of the page; before SimpleBar builds them. */
document.addEventListener("DOMContentLoaded", () => {
  const label = document.body.dataset.scrollLabel;
  if (label && typeof SimpleBar !== "undefined") SimpleBar.defaultOptions.ariaLabel = label;
});

/* A narrow screen shows the end of an area with data-show-end, where time is now. */
document.addEventListener("DOMContentLoaded", () => {
  for (const area of document.querySelectorAll("[data-show-end]")) area.scrollLeft = area.scrollWidth;
});

/* An element with data-poll="2000" gets a `poll` event every 2000 ms, for hx-trigger="poll".
   Polling pauses while the tab is hidden and ends when the element has no data-poll any more. */
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

/* A <details> with an ID that is open stays open when htmx replaces the part of the page. */
let openDetails = [];
document.addEventListener("htmx:beforeSwap", () => {
  openDetails = [...document.querySelectorAll("details[id][open]")].map((each) => each.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of openDetails) document.getElementById(id)?.setAttribute("open", "");
});

/* When a POST by htmx fails, submit the form itself, so that the user sees the error page. */
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    const form = event.detail.elt;
    if (event.detail.requestConfig.verb === "post" && form.matches("form")) form.submit();
  });
}

/* A form with data-once is sent once, even on a double click. */
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

/* <select data-go> submits its GET form on change. */
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-go]")) event.target.form.requestSubmit();
});

/* <input data-select> selects its whole text, so that it can be copied. */
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-select]")) event.target.select();
});

/* <input type="checkbox" data-all="name"> ticks or clears all checkboxes of that name. It shows
   whether all, some or none of them are ticked, also after the browser has restored a form. */
const boxesOf = (all) =>
  [...all.form.elements].filter((box) => box.type === "checkbox" && box.name === all.dataset.all);

function showAll() {
  for (const all of document.querySelectorAll("[data-all]")) {
    const boxes = boxesOf(all);
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
}

document.addEventListener("change", (event) => {
  const all = event.target;
  if (all.dataset.all) for (const box of boxesOf(all)) box.checked = all.checked;
  if (all.type === "checkbox") showAll();
});
window.addEventListener("pageshow", showAll);

/* A page that ends by itself, such as the progress of a run, is replaced in the history, so that
   Back returns to the page before it. */
document.addEventListener("replacePage", (event) => location.replace(event.detail.url));

/* A choice with a search announces a change to jQuery alone: send the browser's own event too. */
document.addEventListener("DOMContentLoaded", () => {
  if (typeof django === "undefined" || !django.jQuery) return;
  django.jQuery(document).on("select2:select select2:clear", (event) => {
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  });
});
