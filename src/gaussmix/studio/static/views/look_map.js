// The decision map of a classifier with one mixture for each label.
import { createEmView } from "../../view/em_view.js";
import { componentColours, fromOklab } from "../../view/colours.js";
import { el, put } from "../lib/dom.js";
import { componentColour } from "../lib/palette.js";
import { isDark, onTheme } from "../lib/theme.js";
import { attempt } from "../parts/messages.js";
import { choiceField, numberField } from "../parts/fields.js";
import { emptyState, progressBar } from "../parts/states.js";
import { columnChoice } from "./column_choice.js";

const WIDTH = 320;
const HEIGHT = 240;

export function mapLook(app) {
  const { store, api, command } = app;
  const count = numberField("Components for each label", { value: 1, min: 1, max: 20, name: "map-K" });
  const family = choiceField("Covariances", store.get("server").families.map(({ name, title }) => [name, title]), { value: "full", name: "map-family" });
  const run = el("button", { type: "button", className: "main", id: "classify", onclick: classify }, "Fit the classifier");
  const progress = progressBar(() => command("cancel"));
  const legend = el("ul", { className: "legend" });
  const box = el("div", { className: "em-box" });
  const view = createEmView(box, { trace: false, legend: false, theme: isDark() ? "dark" : "light" });
  const words = el("p", { className: "lead" });
  const full = el("div", { className: "split reverse" },
    el("section", { className: "card stage tall" }, columnChoice(app), words, box, legend),
    el("section", { className: "card stack" }, el("h2", {}, "Classifier"), count, family, run, progress));
  const none = emptyState("No labels", "A decision map needs a column of labels: choose one under Data.",
    el("button", { type: "button", className: "main", onclick: () => app.show("data") }, "Choose labels"));
  const root = el("div", { className: "column grow", data: { state: "empty" } });

  function classify() {
    const K = count.read();
    if (K !== null) command("classify", { n_components: K, covariance_type: family.read() });
  }

  async function show() {
    const { chosen, classifier, job } = store.get("session");
    put(root, chosen.label ? full : none);
    if (!chosen.label) { root.dataset.state = "empty"; return; }
    if (job === "classifier") progress.show("Fitting a mixture to each label"); else progress.hide();
    run.disabled = job !== "";
    await draw(chosen, classifier && job === "");
  }

  async function draw(chosen, mapped) {
    const points = store.get("points");
    if (!points || points.columns.length < 2) { words.textContent = "A map needs two columns: choose another under “Up”."; return; }
    const labels = chosen.labels;
    view.setRows({
      columns: points.columns, names: points.names,
      colours: coloursOf(points.labels ?? [], labels.length),
    });
    view.setColumns([0, 1]);
    put(legend, labels.map((label, k) => {
      const square = el("span", { className: "swatch", "aria-hidden": "true" });
      square.style.background = componentColour(labels.length, k);
      return el("li", {}, square, label);
    }));
    if (!mapped) {
      view.setImage(null);
      words.textContent = "The rows have the colours of their labels. Fit the classifier to see where each label is the most probable.";
      root.dataset.state = "rows";
      return;
    }
    const extent = points.limits.flatMap(([low, high]) => { const room = 0.04 * (high - low || 1); return [low - room, high + room]; });
    const [x0, x1, y0, y1] = extent;
    const [x, y] = points.names;
    const values = await attempt(() => api.decision({ x, y, x0, x1, y0, y1, width: WIDTH, height: HEIGHT }), "decision");
    if (!values || store.get("points") !== points) return;
    view.setImage({ source: mapOf(values, labels.length), extent });
    words.textContent = "The colour of a place is that of its most probable label; paler colours are less certain.";
    root.dataset.state = "ready";
  }

  onTheme((dark) => { view.setTheme(dark ? "dark" : "light"); if (root.isConnected) show(); });
  return { root, show };
}

function palette(count) {
  return componentColours(count, isDark()).map((lab) => fromOklab(...lab));
}

function coloursOf(codes, count) {
  const colours = palette(count);
  const found = new Uint8ClampedArray(3 * codes.length);
  codes.forEach((code, index) => found.set(code < 0 ? [128, 128, 128] : colours[code], 3 * index));
  return found;
}

function mapOf(values, count) {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(WIDTH, HEIGHT);
  const colours = palette(count);
  const size = WIDTH * HEIGHT;
  for (let pixel = 0; pixel < size; pixel += 1) {
    const row = HEIGHT - 1 - Math.floor(pixel / WIDTH);
    const share = (values[size + pixel] / 255 - 1 / count) / (1 - 1 / count);
    pixels.data.set([...(colours[values[pixel]] ?? [128, 128, 128]), 15 + 80 * Math.max(0, share)], 4 * (row * WIDTH + (pixel % WIDTH)));
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}
