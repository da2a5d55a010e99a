/* Keyboard control of the timeline. The grid is one tab stop and the arrow keys move between its
   cells. The tooltip of the focused cell is shown below the grid, as browsers show tooltips only
   for the mouse. Without this script, each cell is a tab stop. */
"use strict";

for (const grid of document.querySelectorAll("[data-roving]")) {
  const rows = [...grid.querySelectorAll("td > svg")]
    .map((svg) => [...svg.querySelectorAll("a.cell")])
    .filter((cells) => cells.length);
  const tooltip = document.querySelector(".cell-text");
  let stop = null;

  function select(cell) {
    stop?.setAttribute("tabindex", "-1");
    stop = cell;
    cell.setAttribute("tabindex", "0");
  }

  function nearest(cells, cell) {
    const x = cell.getBoundingClientRect().x;
    const distance = (other) => Math.abs(other.getBoundingClientRect().x - x);
    return cells.reduce((best, other) => (distance(other) < distance(best) ? other : best));
  }

  for (const cells of rows) for (const cell of cells) cell.setAttribute("tabindex", "-1");
  if (rows.length) select(rows[0][0]);

  grid.addEventListener("keydown", (event) => {
    const y = rows.findIndex((cells) => cells.includes(event.target));
    if (y < 0) return;
    const x = rows[y].indexOf(event.target);
    const next = {
      ArrowLeft: () => rows[y][x - 1],
      ArrowRight: () => rows[y][x + 1],
      ArrowUp: () => rows[y - 1] && nearest(rows[y - 1], event.target),
      ArrowDown: () => rows[y + 1] && nearest(rows[y + 1], event.target),
      Home: () => rows[y][0],
      End: () => rows[y].at(-1),
    }[event.key]?.();
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  grid.addEventListener("focusin", (event) => {
    const cell = event.target.closest("a.cell");
    if (!cell) return;
    select(cell);
    tooltip.textContent = cell.querySelector("title").textContent;
    tooltip.hidden = false;
  });
  grid.addEventListener("focusout", () => { tooltip.hidden = true; });
}
