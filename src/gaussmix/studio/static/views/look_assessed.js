// How well the rows fit the mixture: their uncertainty, and the outliers among them.
import { el, put } from "../lib/dom.js";
import { counted, fixed, percent, whole } from "../lib/format.js";
import { isDark } from "../lib/theme.js";
import { attempt } from "../parts/messages.js";
import { sliderField } from "../parts/fields.js";
import { waitingBar } from "../parts/states.js";
import { dataTable } from "../parts/table.js";
import { columnChoice } from "./column_choice.js";
import { rowsView } from "./rows_view.js";

/** Colours from pale to strong: strong is uncertain, or an outlier. */
const RAMPS = {
  light: [[205, 211, 219], [236, 150, 120], [150, 20, 60]],
  dark: [[70, 80, 92], [196, 120, 150], [255, 205, 160]],
};

function ramp(share) {
  const stops = RAMPS[isDark() ? "dark" : "light"];
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  return stops[low].map((value, index) => Math.round(value + (place - low) * (stops[low + 1][index] - value)));
}

function coloured(shares) {
  const colours = new Uint8ClampedArray(3 * shares.length);
  shares.forEach((share, index) => colours.set(ramp(share), 3 * index));
  return colours;
}

function scaleOf(text) {
  const bar = el("span", { className: "ramp", "aria-hidden": "true" });
  bar.style.background = `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map((share) => `rgb(${ramp(share).join(" ")})`).join(", ")})`;
  return el("span", { className: "row note" }, text[0], bar, text[1]);
}

export function uncertaintyLook(app) {
  const view = rowsView(app, { label: "Uncertainty of the rows", onPick: (row) => { if (row !== null) { app.store.set({ row }); app.show("explain"); } } });
  const words = el("p", { className: "lead" });
  const scale = el("div", {});
  const bar = waitingBar(app.store, "assessment");
  const root = el("section", { className: "card stage tall" }, el("div", { className: "row spread" }, columnChoice(app), scale), words, bar, view.box);
  return {
    root,
    async show() {
      const found = await attempt(() => bar.wait("Assessing all rows", (signal) => app.api.assessment(0.95, signal)), "assessment");
      if (!found) return;
      // Uncertainty is at most 1 − 1/K: the colours end there.
      const parts = Math.max(found.counts.length, 2);
      view.paint(coloured(found.uncertainty.map((value) => value / (1 - 1 / parts))));
      put(scale, scaleOf(["certain", "uncertain"]));
      const sure = found.uncertainty.filter((value) => value < 0.2).length / Math.max(found.uncertainty.length, 1);
      words.textContent = `For ${percent(sure)} of the rows drawn, one component has a probability above 80 %. A click on a row explains it.`;
    },
  };
}

export function outliersLook(app) {
  const view = rowsView(app, { label: "Outlier scores of the rows", onPick: (row) => { if (row !== null) { app.store.set({ row }); app.show("explain"); } } });
  const words = el("p", { className: "lead", id: "outlier-words", role: "status" });
  const scale = el("div", {});
  const list = el("div", {});
  const bar = waitingBar(app.store, "assessment");
  const threshold = sliderField("Rows with a score above", { value: 0.99, min: 0.5, max: 0.999, step: 0.001, show: (value) => fixed(value, 3), name: "threshold", onchange: () => show() });
  const root = el("div", { className: "split reverse" },
    el("section", { className: "card stage tall" }, el("div", { className: "row spread" }, columnChoice(app), scale), view.box),
    el("section", { className: "card stack compact" }, el("h2", {}, "Outliers"), threshold, bar, words, list));

  /** The outliers themselves, with their values in the columns that are drawn. */
  function marked(outliers, names) {
    const { columns } = app.store.get("session").chosen;
    return {
      names,
      rows: outliers.map(({ row }) => row),
      columns: names.map((name) => outliers.map(({ values }) => values[columns.indexOf(name)])),
      colours: coloured(outliers.map(() => 1)),
      crossed: outliers.map(() => 1),
    };
  }

  async function show() {
    const value = threshold.read();
    app.store.set({ threshold: value });
    const found = await attempt(() => bar.wait("Assessing all rows", (signal) => app.api.assessment(value, signal)), "assessment");
    if (!found) return;
    view.paint(coloured(found.outlier_scores.map((score) => (score > value ? 1 : 0.25 * score))), found.outlier_scores.map((score) => Number(score > value)));
    view.draw(({ names }) => marked(found.outliers, names));
    Object.assign(root.dataset, { outliers: found.n_outliers, threshold: value });
    put(scale, scaleOf(["typical", "× outlier"]));
    const total = app.store.get("session").table.n_rows;
    const meaning = app.store.get("frame")?.noise ? "their probability of the noise component" : `under the mixture, ${percent(1 - value)} of new rows would`;
    words.textContent = `${counted(found.n_outliers, "row")} of ${whole(total)} (${percent(found.n_outliers / total)}) have an outlier score above ${fixed(value, 3)}: ${meaning}.`;
    const rows = found.outliers.map(({ row, score, log_density, component }) => [
      el("button", { type: "button", className: "plain", "aria-label": `Explain row ${row}`, onclick: () => { app.store.set({ row }); app.show("explain"); } }, whole(row)),
      fixed(score, 4), fixed(log_density, 2), component < 0 ? "noise" : component,
    ]);
    put(list, rows.length
      ? dataTable([{ text: "Row" }, { text: "Score" }, { text: "Log-density" }, { text: "Component" }], rows, { caption: "Rows with the highest outlier scores" })
      : el("p", { className: "note" }, "No row has a score above this."));
  }
  return { root, show };
}

