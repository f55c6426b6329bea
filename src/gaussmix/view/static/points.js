// Rows as points on a canvas, coloured by their responsibilities.

import { componentColours, cssColour, fromOklab, mixedColours, toOklab } from "./colours.js";
import { completedRow, responsibilities, shareCount } from "./mixture.js";
import { range } from "./axes.js";

// The shares (n K) of each row of a frame: those that it brings, or computed from its parameters.
export function sharesOf(frame, rows) {
  const given = frame.responsibilities;
  if (typeof given === "string") return Float64Array.from(atob(given), (byte) => byte.charCodeAt(0) / 255);
  if (given) return Float64Array.from(Array.isArray(given[0]) ? given.flat() : given);
  return rows.columns.length === frame.means[0].length ? responsibilities(frame, rows.columns) : null;
}

// The places of the rows in the drawn columns; a row with a missing value lies at its conditional mean (hollow).
export function placed(rows, shown, frame, shares) {
  const places = shown.map((d) => Float64Array.from(rows.columns[d]));
  const hollow = new Uint8Array(rows.n);
  for (let i = 0; i < rows.n; i++) {
    if (rows.missing?.[i]) hollow[i] = 1;
    if (!places.some((column) => Number.isNaN(column[i]))) continue;
    hollow[i] = 1;
    if (!shares || rows.columns.length !== frame.means[0].length) continue; // its place is not known
    completedRow(frame, rows.columns, shares, i, shown).forEach((value, at) => (places[at][i] = value));
  }
  return { places, hollow };
}

// The colour of every row, as three bytes each, and which rows are crosses: those of the noise component, and trimmed
// ones; of rows with colours of their own, those that are `crossed`.
export function coloursOf(rows, frame, shares, theme) {
  const crossed = new Uint8Array(rows.n);
  if (rows.colours) return { colours: rows.colours, crossed: rows.crossed ?? crossed };
  if (rows.labels) return { colours: byLabel(rows, theme), crossed };
  if (!shares) return { colours: repeated(fromOklab(...theme.plain), rows.n), crossed };
  const K = shareCount(frame);
  const palette = componentColours(frame.weights.length, theme.dark);
  if (frame.noise) {
    palette.push(theme.line);
    for (let i = 0; i < rows.n; i++) crossed[i] = isNoise(shares.subarray(i * K, (i + 1) * K));
  }
  const colours = mixedColours(shares, palette);
  for (const i of frame.trimmed ?? []) {
    colours.set(fromOklab(...theme.line), 3 * i);
    crossed[i] = 1;
  }
  return { colours, crossed };
}

function isNoise(shares) {
  return shares.every((share) => share <= shares[shares.length - 1]);
}

function byLabel(rows, theme) {
  const classes = [...new Set(rows.labels)].sort();
  const palette = componentColours(classes.length, theme.dark).map((lab) => fromOklab(...lab));
  const found = new Uint8ClampedArray(3 * rows.n);
  rows.labels.forEach((label, i) => found.set(palette[classes.indexOf(label)], 3 * i));
  return found;
}

function repeated(colour, n) {
  const found = new Uint8ClampedArray(3 * n);
  for (let i = 0; i < n; i++) found.set(colour, 3 * i);
  return found;
}

// Few points are large and nearly opaque, many are small and let each other shine through.
export function markStyle(n, area) {
  const room = Math.sqrt(area / Math.max(1, n));
  return { radius: Math.min(4, Math.max(1.1, 0.16 * room)), alpha: Math.min(0.9, Math.max(0.35, 0.05 * room)) };
}

export function drawPoints(context, { x, y, colours, hollow, crossed }, area) {
  const { radius, alpha } = markStyle(x.length, area);
  const crosses = [];
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i]) || !Number.isFinite(y[i])) continue;
    const colour = [colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]];
    if (crossed[i]) crosses.push([x[i], y[i], cssColour(colour)]);
    else if (hollow[i]) drawRing(context, x[i], y[i], radius, cssColour(colour));
    else drawDisc(context, x[i], y[i], radius, cssColour(colour, alpha));
  }
  // Above the others, which would hide them; a few among many are drawn larger, to be found.
  const few = crosses.length < 0.05 * x.length;
  const size = Math.max(2.5, (few ? 1.2 : 0.8) * radius);
  for (const [across, up, colour] of crosses) drawCross(context, across, up, size, colour, few ? 2 : 1.25);
}

function drawDisc(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function drawRing(context, x, y, radius, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  context.beginPath();
  context.arc(x, y, Math.max(2, radius), 0, 2 * Math.PI);
  context.stroke();
}

function drawCross(context, x, y, radius, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x - radius, y - radius);
  context.lineTo(x + radius, y + radius);
  context.moveTo(x - radius, y + radius);
  context.lineTo(x + radius, y - radius);
  context.stroke();
}

// A picture of a density beneath the points: an image, or values (height × width, the lowest row first) to colour.
export function drawImage(context, image, sx, sy, theme) {
  const [left, right, bottom, top] = image.extent;
  const source = image.source ?? shaded(image, theme);
  const [x, y] = [sx(left), sy(top)];
  context.imageSmoothingEnabled = true;
  context.drawImage(source, x, y, sx(right) - x, sy(bottom) - y);
}

function shaded({ values, width, height }, theme) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  const most = range(values)[1];
  const [r, g, b] = fromOklab(...theme.accent);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const share = Math.max(0, values[j * width + i]) / most;
      pixels.data.set([r, g, b, 235 * Math.sqrt(share)], 4 * ((height - 1 - j) * width + i));
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

export function histogram(values, [low, high]) {
  const seen = values.filter((value) => value >= low && value <= high);
  const count = Math.min(60, Math.max(8, Math.round(1.6 * Math.sqrt(seen.length))));
  const heights = new Float64Array(count);
  const width = (high - low) / count;
  for (const value of seen) heights[Math.min(count - 1, Math.floor((value - low) / width))] += 1;
  const total = values.filter((value) => Number.isFinite(value)).length;
  return { heights: heights.map((each) => each / (Math.max(1, total) * width)), width, low };
}

// The colours of the page that the canvas needs, in Oklab.
export function themeOf(root) {
  const style = getComputedStyle(root);
  const read = (name) => toOklab(style.getPropertyValue(name).trim());
  return {
    dark: style.getPropertyValue("--em-dark").trim() === "1",
    plain: read("--em-plain"),
    line: read("--em-line"),
    accent: read("--em-accent"),
  };
}
