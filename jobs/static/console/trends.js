/* Draws the charts of the page from its json_script, in the colours of the theme: again when the
   theme is switched, and when the page's part is replaced. */
"use strict";

let drawn = [];

function colours() {
  const style = getComputedStyle(document.querySelector(".console"));
  const of = (name) => style.getPropertyValue(name).trim();
  return { ink: of("--faint"), line: of("--line"), series: [of("--accent"), of("--warn")] };
}

function written(value, unit) {
  const language = document.documentElement.lang || "en";
  const options = { count: {}, percent: { style: "unit", unit: "percent", maximumFractionDigits: 2 },
    seconds: { style: "unit", unit: "second", maximumFractionDigits: 3 } }[unit]
    ?? { style: "currency", currency: unit };
  return new Intl.NumberFormat(language, options).format(value);
}

function configuration(chart, days, { ink, line, series }) {
  const lines = chart.unit === "percent" || chart.unit === "seconds";
  return {
    type: lines ? "line" : "bar",
    data: {
      labels: days,
      datasets: chart.series.map(({ label, values }, n) => ({
        label,
        data: values.map((value) => (value === null ? null : Number(value))),
        borderColor: series[n],
        backgroundColor: series[n],
        borderDash: n ? [5, 3] : [],
        borderWidth: lines ? 2 : 0,
        pointRadius: days.length > 31 ? 1 : 2,
        spanGaps: true,
        clip: 6,  // a point at the top is seen whole
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { display: chart.series.length > 1, labels: { color: ink, boxHeight: 1 } },
        tooltip: { callbacks: {
          label: ({ dataset, raw }) => `${dataset.label}: ${written(raw, chart.unit)}`,
        } },
      },
      scales: {
        x: { ticks: { color: ink, maxTicksLimit: 6, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
        y: {
          beginAtZero: chart.unit !== "percent",
          max: chart.unit === "percent" ? 100 : undefined,  // no rate is above
          ticks: { color: ink, maxTicksLimit: 5, precision: chart.unit === "count" ? 0 : undefined, callback: (value) => written(value, chart.unit) },
          grid: { color: line },
          border: { display: false },
        },
      },
    },
  };
}

function draw() {
  for (const chart of drawn) chart.destroy();
  const data = document.getElementById("trends-data");
  if (!data) return;
  const { days, charts } = JSON.parse(data.textContent);
  const theme = colours();
  drawn = [...document.querySelectorAll("canvas[data-chart]")].map((canvas) =>
    new Chart(canvas, configuration(charts[canvas.dataset.chart], days, theme)));
}

draw();
document.addEventListener("htmx:afterSettle", draw);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["class"] });
