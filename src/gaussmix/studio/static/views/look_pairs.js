// Every pair of columns on one sheet: rows as points, components as ellipses, histograms on the diagonal.
import { ellipseCurve, marginalCurves } from "../../view/mixture.js";
import { el, newId, put } from "../lib/dom.js";
import { viewFrame } from "../lib/frames.js";
import { number, shortName } from "../lib/format.js";
import { componentColour } from "../lib/palette.js";
import { colour, isDark, onTheme } from "../lib/theme.js";
import { attempt } from "../parts/messages.js";
import { componentColours, mixedColours } from "../../view/colours.js";

const MOST_COLUMNS = 6;
const MOST_POINTS = 1500;

export function pairsLook(app) {
  const { store, api, drawing } = app;
  const note = el("p", { className: "note" });
  const grid = el("div", { className: "pairs", data: { state: "empty" } });
  const root = el("section", { className: "card stage tall" }, note, grid);
  let last = null;

  async function show() {
    const { chosen, fit } = store.get("session");
    const columns = chosen.columns.slice(0, MOST_COLUMNS);
    grid.dataset.state = "loading";
    note.textContent = chosen.columns.length > columns.length ? `The first ${columns.length} of ${chosen.columns.length} columns. A click opens a pair.` : "A click opens a pair.";
    const [points, found] = await Promise.all([attempt(() => api.points(columns), "pairs"), attempt(() => api.frames(fit.shown, 1, columns), "pairs")]);
    if (!points || !found?.frames.length) return;
    last = { points, frame: viewFrame(found.frames[0], points.rows.length) };
    draw();
  }

  function draw() {
    if (!last || !root.isConnected) return;
    const { points } = last;
    const size = points.names.length;
    grid.style.setProperty("--count", size);
    const cells = [];
    for (let up = 0; up < size; up += 1) for (let across = 0; across < size; across += 1) cells.push(cell(across, up));
    put(grid, cells);
    for (const one of cells) one.paint();
    grid.dataset.state = "ready";
  }

  function cell(across, up) {
    const { names } = last.points;
    const canvas = el("canvas", { "aria-hidden": "true" });
    const title = across === up ? names[across] : `${names[up]} against ${names[across]}`;
    const id = newId("pair");
    const button = el("button", {
      type: "button", className: "pair-cell", "aria-labelledby": id,
      onclick: async () => { await drawing.choose(names[across], across === up ? null : names[up]); document.querySelector('#look [data-value="columns"]').click(); },
    }, canvas, el("span", { className: across === up ? "pair-name" : "unseen", id, title }, across === up ? shortName(title, 20) : title));
    button.paint = () => (across === up ? paintColumn : paintPair)(canvas, last, across, up);
    return button;
  }

  onTheme(draw);
  new ResizeObserver(() => { if (last) for (const one of grid.children) one.paint(); }).observe(grid);
  return { root, show };
}

function prepared(canvas, points, across, up) {
  const dots = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  Object.assign(canvas, { width: width * dots, height: height * dots });
  const context = canvas.getContext("2d");
  context.scale(dots, dots);
  const scale = ([low, high], length) => { const room = 0.06 * (high - low || 1); return (value) => ((value - low + room) / (high - low + 2 * room)) * length; };
  const x = scale(points.limits[across], width);
  const rise = scale(points.limits[up], height);
  return { context, width, height, x, y: (value) => height - rise(value) };
}

function paintPair(canvas, { points, frame }, across, up) {
  const { context, x, y } = prepared(canvas, points, across, up);
  const count = frame.weights.length;
  const palette = componentColours(count, isDark());
  if (frame.noise) palette.push([0.6, 0, 0]);
  const colours = frame.responsibilities ? mixedColours(frame.responsibilities, palette) : null;
  const every = Math.ceil(points.rows.length / MOST_POINTS);
  context.globalAlpha = 0.55;
  for (let index = 0; index < points.rows.length; index += every) {
    const [a, b] = [points.columns[across][index], points.columns[up][index]];
    if (a === null || b === null) continue;
    context.fillStyle = colours ? `rgb(${colours[3 * index]} ${colours[3 * index + 1]} ${colours[3 * index + 2]})` : colour("edge");
    context.fillRect(x(a) - 1, y(b) - 1, 2, 2);
  }
  context.globalAlpha = 1;
  context.lineWidth = 1.75;
  for (let k = 0; k < count; k += 1) {
    const curve = ellipseCurve(frame, k, [across, up], 2).map(([a, b]) => [x(a), y(b)]);
    context.strokeStyle = componentColour(count, k);
    context.beginPath();
    context.moveTo(...curve[0]);
    for (let at = 1; at < curve.length; at += 3) context.bezierCurveTo(...curve[at], ...curve[at + 1], ...curve[at + 2]);
    context.stroke();
  }
}

function paintColumn(canvas, { points, frame }, across) {
  const { context, width, height, x } = prepared(canvas, points, across, across);
  const [low, high] = points.limits[across];
  const BINS = 30;
  const bins = new Float64Array(BINS);
  let seen = 0;
  for (const value of points.columns[across]) {
    if (value === null) continue;
    bins[Math.min(BINS - 1, Math.floor(((value - low) / (high - low || 1)) * BINS))] += 1;
    seen += 1;
  }
  const step = (high - low || 1) / BINS;
  const xs = Float64Array.from({ length: 160 }, (_, at) => low + ((high - low) * at) / 159);
  const { curves, total } = marginalCurves(frame, across, xs);
  const densities = bins.map((value) => value / (seen * step || 1));
  const most = 1.1 * Math.max(...densities, ...total);
  const up = (value) => height - (value / most) * (height - 22);
  context.fillStyle = colour("line");
  densities.forEach((value, bin) => context.fillRect(x(low + bin * step), up(value), Math.max(1, x(low + (bin + 1) * step) - x(low + bin * step) - 0.5), height - up(value)));
  const line = (values, style, thick) => {
    context.strokeStyle = style;
    context.lineWidth = thick;
    context.beginPath();
    values.forEach((value, at) => context.lineTo(x(xs[at]), up(value)));
    context.stroke();
  };
  curves.forEach((curve, k) => line(curve, componentColour(curves.length, k), 1.75));
  line(total, colour("ink"), 1);
  context.fillStyle = colour("soft");
  context.strokeStyle = colour("panel");
  context.lineWidth = 3;
  const write = (text, place) => { context.strokeText(text, place, height - 4); context.fillText(text, place, height - 4); };
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  write(number(low, 3), 4);
  context.textAlign = "right";
  write(number(high, 3), width - 4);
}
