// Draws the state of a view: two columns as a plane, one as a line, with the title, the weights and the log-likelihood.

import { drawAxis, element, html, padded, range, roomForNumbers, round, scale } from "./axes.js";
import { cssColours, drawCurves, drawEllipses, drawMeans, highest, inksOn } from "./components.js";
import { coloursOf, drawImage, drawPoints, placed, sharesOf, themeOf } from "./points.js";
import { drawTrace } from "./trace_curve.js";

const MOST_CHIPS = 12;
const MOST_ROOM = 0.3; // of the range of the rows, for wide ellipses

// Returns whether there was room to draw.
export function draw(state) {
  state.limits ??= limitsOfRows(state);
  if (state.frame && !state.dragging) widen(state, state.frame);
  const box = placedBox(state);
  if (!box) return false;
  const theme = themeOf(state.root);
  const K = state.frame?.weights.length ?? 0;
  const [colours, inks] = [cssColours(K, theme.dark), inksOn(K, theme.dark)];
  state.parts.svg.replaceChildren();
  if (state.shown.length > 1) drawPlane(state, box, theme, colours, inks);
  else drawLine(state, box, theme, colours, inks);
  drawHead(state, colours, inks);
  const { trace } = state.parts;
  const curve = { ...state.trace, left: box.left };
  if (state.options.trace) drawTrace(trace, trace.clientWidth || 300, trace.clientHeight || 110, curve);
  tell(state);
  return true;
}

export function reserve(state, frames) {
  state.limits = limitsOfRows(state);
  frames.forEach((frame) => widen(state, frame));
}

// A frame in words.
export function describe(frame) {
  if (!frame) return "";
  if (frame.words) return frame.words;
  if (frame.phase === "start") return "The start";
  const steps = { E: "E-step: responsibilities of the rows", M: "M-step: weights, means and covariances" };
  return frame.phase in steps ? `Iteration ${frame.iteration}, ${steps[frame.phase]}` : `Iteration ${frame.iteration}`;
}

function tell({ root, rows, image, frame }) {
  Object.assign(root.dataset, {
    state: rows || image ? "ready" : "empty",
    iteration: frame?.iteration ?? "",
    phase: frame?.phase ?? "",
    components: frame?.weights.length ?? "",
  });
}

// The places of the plot in pixels; the canvas gets the pixels of the screen.
function placedBox({ parts: { plot, canvas, svg }, shown, limits }) {
  const [width, height] = [plot.clientWidth, plot.clientHeight];
  if (width < 40 || height < 40) return null;
  const dots = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * dots), Math.round(height * dots)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.setTransform(dots, 0, 0, dots, 0, 0);
  context.clearRect(0, 0, width, height);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const strip = shown.length > 1 ? Math.round(Math.min(64, 0.13 * Math.min(width, height))) : 0;
  const left = Math.max(62, 32 + roomForNumbers(limits[1] ?? [0, 1], height - 54 - strip));
  return { width, height, strip, left, right: width - 14 - strip, top: 10 + strip, bottom: height - 44 };
}

function limitsOfRows({ image, shown, rows }) {
  if (image) return [image.extent.slice(0, 2), image.extent.slice(2, 4)];
  return shown.map((d) => padded(range(rows?.columns[d] ?? []), 0.06));
}

function widen(state, frame) {
  if (state.image) return;
  const radius = Math.max(...state.options.radii);
  state.shown.forEach((d, at) => {
    const [least, most] = padded(state.rows ? range(state.rows.columns[d] ?? []) : state.limits[at], MOST_ROOM);
    frame.means.forEach((mean, k) => {
      const reach = radius * Math.sqrt(frame.covariances[k][d][d]);
      const [low, high] = state.limits[at];
      const reached = [Math.max(least, mean[d] - reach), Math.min(most, mean[d] + reach)];
      state.limits[at] = [Math.min(low, reached[0]), Math.max(high, reached[1])];
    });
  });
}

// The frame that colours the rows, and its shares: an M-step moves the components and leaves the responsibilities.
function colouring(state) {
  const { frame, rows, cache } = state;
  const basis = frame?.colouredBy === undefined ? frame : frame.colouredBy;
  if (cache.basis !== basis || cache.rows !== rows) {
    state.cache = { basis, rows, shares: basis && rows ? sharesOf(basis, rows) : null };
  }
  return state.cache;
}

function drawPlane(state, box, theme, colours, inks) {
  const { svg, canvas } = state.parts;
  const { frame, shown, limits } = state;
  const sx = scale(limits[0], [box.left, box.right]);
  const sy = scale(limits[1], [box.bottom, box.top]);
  const context = canvas.getContext("2d");
  if (state.image) drawImage(context, state.image, sx, sy, theme);
  state.drawn = { sx, sy };
  drawRows(state, context, theme, ([x, y]) => [x.map(sx), y.map(sy)], box);
  spines(svg, box);
  const names = shownNames(state);
  drawAxis(svg, "bottom", sx, names[0], sy);
  drawAxis(svg, "left", sy, names[1], sx);
  drawStrip(state, box, sx, 0, colours);
  drawStrip(state, box, sy, 1, colours);
  if (!frame) return;
  const inside = clipped(svg, box);
  drawEllipses(inside, frame, shown, state.options.radii, { sx, sy, colours });
  drawMeans(inside, frame, shown, { sx, sy, colours, inks, names: allNames(state), movable: Boolean(state.dragged) });
}

function drawLine(state, box, theme, colours, inks) {
  const { svg, canvas } = state.parts;
  const { frame, limits, shown: [d] } = state;
  const base = box.bottom - Math.min(60, 0.2 * (box.bottom - box.top));
  const sx = scale(limits[0], [box.left, box.right]);
  const values = counted(state.rows, d);
  const up = scale([0, 1.08 * highest(frame, d, values, limits[0])], [base, box.top]);
  // The rows lie below the curves, spread evenly so that equal values are seen apart.
  const spread = (_, i) => base + 14 + (box.bottom - base - 20) * ((i * 0.618034) % 1);
  state.drawn = { sx, sy: null };
  drawRows(state, canvas.getContext("2d"), theme, ([x]) => [x.map(sx), x.map(spread)], { ...box, top: base });
  spines(svg, box);
  drawAxis(svg, "bottom", sx, shownNames(state)[0], { from: box.bottom });
  drawAxis(svg, "left", up, "density", sx);
  element("line", { class: "em-base", x1: box.left, x2: box.right, y1: base, y2: base }, svg);
  const inside = clipped(svg, box);
  drawCurves(inside, frame, d, values, { along: sx, up, colours, vertical: false });
  if (!frame) return;
  const place = { sx, sy: () => base, colours, inks, names: allNames(state), movable: Boolean(state.dragged) };
  drawMeans(inside, frame, [d, d], place);
}

function drawRows(state, context, theme, map, box) {
  const { rows, selected, parts } = state;
  if (!rows) return;
  const { basis, shares } = colouring(state);
  const { places, hollow } = placed(rows, state.shown, basis, shares);
  const [x, y] = map(places);
  const { colours, crossed } = coloursOf(rows, basis, shares, theme);
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, width, height);
  context.clip();
  if (!rows.hidden) drawPoints(context, { x, y, colours, hollow, crossed }, width * height);
  context.restore();
  Object.assign(state.drawn, { x, y, hollow: !rows.hidden && hollow.some(Boolean), trimmed: basis?.trimmed ?? [] });
  if (selected === null) return;
  element("circle", { class: "em-selected", cx: round(x[selected]), cy: round(y[selected]), r: 8 }, parts.svg);
}

// The distribution of one column in a strip beside the plot.
function drawStrip(state, box, along, at, colours) {
  const { rows, frame, limits, shown } = state;
  if (!rows && !frame) return;
  const values = counted(rows, shown[at]);
  const vertical = at === 1;
  const places = vertical ? [box.right + 6, box.width - 6] : [box.top - 6, 6];
  const up = scale([0, highest(frame, shown[at], values, limits[at])], places);
  const strip = element("g", { class: "em-strip", "data-column": shown[at] }, state.parts.svg);
  drawCurves(strip, frame, shown[at], values, { along, up, colours, vertical });
}

// The values of a column for its histogram; none of rows that are not a sample of all.
function counted(rows, d) {
  return (rows?.histogram && rows.columns[d]) || [];
}

function spines(svg, box) {
  element("path", { class: "em-spine", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` }, svg);
}

function clipped(svg, { left, right, top, bottom }) {
  const size = { x: left, y: top, width: right - left, height: bottom - top };
  const viewBox = `${left} ${top} ${right - left} ${bottom - top}`;
  return element("svg", { class: "em-inside", ...size, viewBox }, svg);
}

function allNames({ rows, frame }) {
  return rows?.names ?? frame?.means[0].map((_, d) => `column ${d}`) ?? ["x", "y"];
}

function shownNames(state) {
  const names = allNames(state);
  return state.shown.map((d) => names[d] ?? `column ${d}`);
}

function drawHead({ parts: { title, legend }, options, frame, rows, drawn }, colours, inks) {
  const words = options.title || describe(frame);
  if (title.textContent !== words) title.textContent = words;
  legend.replaceChildren();
  const weights = [...(frame?.weights ?? [])];
  weights.slice(0, MOST_CHIPS).forEach((weight, k) => {
    const item = html("li", "em-chip", legend);
    const dot = html("span", "em-dot", item, k);
    Object.assign(dot.style, { background: colours[k], color: inks[k] });
    html("span", "em-weight", item, percent(weight));
  });
  if (weights.length > MOST_CHIPS) html("li", "em-chip", legend, `and ${weights.length - MOST_CHIPS} more`);
  const marked = (mark, words) => {
    const item = html("li", "em-chip", legend);
    html("span", "em-mark", item, mark).setAttribute("aria-hidden", "true");
    html("span", "em-weight", item, words);
  };
  const own = rows && (rows.colours || rows.labels);
  if (frame?.noise) marked("×", `noise ${percent(frame.noise.weight)}`);
  if (drawn?.trimmed?.length && !own) marked("×", `trimmed ${percent(drawn.trimmed.length / rows.n)}`);
  if (drawn?.hollow) marked("○", "missing values");
}

function percent(weight) {
  return `${(100 * weight).toFixed(weight < 0.0995 ? 1 : 0)} %`;
}
