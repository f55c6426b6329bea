// A view of EM: rows coloured by their responsibilities, ellipses of the components, curves in each column, and the
// log-likelihood by iteration. The form of frames is that of gaussmix/view/frames.py.
//
//   const view = createEmView(container, {radii: [1, 2], theme: "auto", title: "", trace: true, legend: true});
//   view.setRows({columns: [x, y, …], names: ["x", "y", …], labels, missing});  or {x, y, …}; NaN or null is missing.
//                                  With `colours`, three bytes a row, rows have these, and those with a one in
//                                  `crossed` are crosses; `hidden` rows are not drawn, and those with
//                                  `histogram: false` are not counted beside the plot
//   view.setFrame(frame, {glide}); a frame: the rows get the colours of its responsibilities, and the components move
//                                  there within `glide` milliseconds
//   view.setColumns([0, 2]);       draw other columns; one position draws curves over a histogram
//   view.setImage(image);          a density beneath the points
//   view.onDragMean(callback);     means can be moved: callback({component, values: {column: value}, done})
//   view.onPickRow(callback);      callback(index of the row near a click, or null)
//   view.destroy();
//
// A frame may carry `colouredBy`: the frame that colours the rows (null for none) instead of itself. `root.dataset` has
// `state` ("empty" or "ready"), `iteration`, `phase` and `components`, and `pending` until the next animation frame.

import { html, element } from "./axes.js";
import { draw, describe, reserve } from "./drawing.js";
import { between, canGlide, eased } from "./gliding.js";
import { moveByKey, press } from "./pointing.js";

export function createEmView(container, options = {}) {
  return new EmView(container, options);
}

class EmView {
  #state;
  #waiting = 0;
  #ownTrace = true;
  #glide = null;
  #stop;

  constructor(container, options) {
    const given = { radii: [1, 2], theme: "auto", title: "", trace: true, legend: true, ...options };
    this.#state = {
      options: given, rows: null, shown: [0, 1], frame: null, image: null, limits: null, selected: null, drawn: null,
      trace: { points: [], current: null, unit: "iteration" }, cache: {}, dragged: null, picked: null,
      ...built(container, given),
      redraw: () => this.#invalidate(),
      drawNow: () => this.draw(),
    };
    this.#listen();
    this.#invalidate();
  }

  get root() {
    return this.#state.root;
  }

  get frame() {
    return this.#state.frame;
  }

  // The current frame in words.
  get words() {
    return describe(this.#state.frame);
  }

  setRows({ columns, x, y, names, labels = null, missing = null, colours = null, crossed = null, hidden = false, histogram = true }) {
    const given = (columns ?? [x, y].filter(Boolean)).map((column) => Float64Array.from(column, (v) => v ?? NaN));
    const called = names ?? given.map((_, d) => (given.length === 1 ? "x" : `column ${d}`));
    const rows = { columns: given, n: given[0]?.length ?? 0, names: called, labels, missing, colours, crossed, hidden, histogram };
    Object.assign(this.#state, { rows, selected: null });
    const kept = this.#state.shown.filter((d) => d < given.length);
    return this.setColumns(kept.length ? kept : [0]);
  }

  setColumns(columns) {
    Object.assign(this.#state, { shown: [...columns].slice(0, 2), limits: null, cache: {} });
    return this.#invalidate();
  }

  setFrame(frame, { glide = 0 } = {}) {
    const from = this.#state.frame;
    this.#glide = glide > 0 && canGlide(from, frame) ? { from, began: performance.now(), duration: glide } : null;
    this.#state.frame = frame;
    if (this.#ownTrace && frame && Number.isFinite(frame.logLikelihood)) this.#follow(frame);
    return this.#invalidate();
  }

  // Frames of a fit in progress make the curve of the log-likelihood.
  #follow({ iteration, logLikelihood }) {
    const trace = this.#state.trace;
    if (iteration <= 1) trace.points = [];
    if (trace.points.at(-1)?.[0] !== iteration) trace.points.push([iteration, logLikelihood]);
    trace.current = iteration;
  }

  // The whole curve of the log-likelihood: points [[x, value], …], and the x of the marker.
  setTrace(points, current, unit = "iteration") {
    this.#ownTrace = false;
    this.#state.trace = { points, current, unit };
    return this.#invalidate();
  }

  // {source: image or canvas, extent: [left, right, bottom, top]}, or {values, width, height, extent} with densities
  // row by row from the bottom, which are coloured here; null takes the picture away.
  setImage(image) {
    Object.assign(this.#state, { image, limits: null });
    return this.#invalidate();
  }

  // Limits [[low, high], …] of the drawn columns; null chooses them by the rows.
  setLimits(limits) {
    this.#state.limits = limits;
    return this.#invalidate();
  }

  // "auto", "light" or "dark"
  setTheme(theme) {
    if (theme === "auto") delete this.root.dataset.theme;
    else this.root.dataset.theme = theme;
    return this.#invalidate();
  }

  // Other words than those of the frame above the plot.
  setTitle(title) {
    this.#state.options.title = title;
    return this.#invalidate();
  }

  // Ring one row; null for none.
  selectRow(index) {
    this.#state.selected = index;
    return this.#invalidate();
  }

  // Widen the limits for all of these frames now, so that they stay when the frames are shown.
  reserve(frames) {
    reserve(this.#state, frames);
    return this.#invalidate();
  }

  onDragMean(callback) {
    this.#state.dragged = callback;
    return this.#invalidate();
  }

  onPickRow(callback) {
    this.#state.picked = callback;
    this.root.classList.toggle("em-pickable", Boolean(callback));
    return this;
  }

  // Draw now what else the next animation frame draws.
  draw() {
    cancelAnimationFrame(this.#waiting);
    this.#waiting = 0;
    this.#glide = null;
    if (draw(this.#state)) delete this.root.dataset.pending;
    return this;
  }

  // The next picture: of the frame, or on the way to it.
  #tick() {
    const glide = this.#glide;
    const share = glide ? (performance.now() - glide.began) / glide.duration : 1;
    if (share >= 1) return this.draw();
    const to = this.#state.frame;
    this.#state.frame = between(glide.from, to, eased(share));
    draw(this.#state);
    this.#state.frame = to;
    this.#waiting = requestAnimationFrame(() => this.#tick());
    return this;
  }

  destroy() {
    cancelAnimationFrame(this.#waiting);
    this.#stop();
    this.root.remove();
  }

  #listen() {
    const redraw = () => this.#invalidate();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const size = new ResizeObserver(redraw);
    size.observe(this.root);
    // Where the words above it break into another line, only the plot has another size.
    size.observe(this.#state.parts.plot);
    dark.addEventListener("change", redraw);
    const { svg } = this.#state.parts;
    svg.addEventListener("pointerdown", (event) => press(this.#state, event));
    svg.addEventListener("keydown", (event) => moveByKey(this.#state, event));
    this.#stop = () => {
      size.disconnect();
      dark.removeEventListener("change", redraw);
    };
  }

  #invalidate() {
    this.root.dataset.pending = "true";
    if (!this.#waiting) this.#waiting = requestAnimationFrame(() => this.#tick());
    return this;
  }
}

function built(container, options) {
  const root = html("section", "em-view", container);
  const head = html("div", "em-head", root);
  const title = html("p", "em-title", head);
  const legend = html("ol", "em-legend", head);
  const plot = html("div", "em-plot", root);
  const canvas = html("canvas", "em-canvas", plot);
  const svg = element("svg", { class: "em-svg", role: "group", "aria-label": "Rows and components" }, plot);
  const label = "Mean log-likelihood by iteration";
  const trace = element("svg", { class: "em-trace", role: "img", "aria-label": label }, root);
  root.setAttribute("aria-label", "EM of a Gaussian mixture");
  root.dataset.state = "empty";
  title.setAttribute("aria-live", "polite");
  legend.setAttribute("aria-label", "Components and their weights");
  if (!options.trace) trace.remove();
  if (!options.legend) legend.remove();
  if (options.theme !== "auto") root.dataset.theme = options.theme;
  return { root, parts: { title, legend, plot, canvas, svg, trace } };
}
