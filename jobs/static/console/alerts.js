/* The form of an alert rule shows what counts for the chosen kind: a field with data-kinds only for
   these kinds, one with data-unless only while that box is not ticked. One with an error stays. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-rule-form]");
  if (!form) return;

  function show() {
    const kind = form.elements.kind.value;
    for (const field of form.querySelectorAll("[data-kinds], [data-unless]")) {
      const { kinds, unless } = field.dataset;
      const counts = (!kinds || kinds.split(" ").includes(kind)) && !(unless && form.elements[unless].checked);
      field.hidden = !counts && !field.querySelector(".errorlist");
    }
  }

  form.addEventListener("change", show);
  window.addEventListener("pageshow", show); // the browser may have restored the choices
  show();
});
