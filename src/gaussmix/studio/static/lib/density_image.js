// An image of all rows: the darker a pixel, the more rows; its hue mixes the colours of the components.
import { componentColours, fromOklab, mixedColours, toOklab } from "../../view/colours.js";
import { isDark } from "./theme.js";

const WIDTH = 300;
const HEIGHT = 220;
const PLAIN = { light: "#46525f", dark: "#a9b6c4" };

function padded([low, high]) {
  const room = 0.04 * (high - low || 1);
  return [low - room, high + room];
}

/** Return a maker of images of the rows of a session, which keeps the last counts. */
export function densityImage(api) {
  let counted = null;
  let abort = null;

  /** The counts of these points, which are asked for once. */
  function countsOf(points, view) {
    if (counted?.points !== points) {
      const mine = { points, values: api.counts(view) };
      counted = mine;
      mine.values.catch(() => { if (counted === mine) counted = null; });
    }
    return counted.values;
  }

  return {
    /** The image of points, coloured by the responsibilities of a frame if one is given. */
    async of(points, frame) {
      abort?.abort();
      abort = new AbortController();
      const [x, y] = points.names;
      const [[x0, x1], [y0, y1]] = points.limits.map(padded);
      const view = { x, y, x0, x1, y0, y1, width: WIDTH, height: HEIGHT };
      const { signal } = abort;
      const [counts, shares] = await Promise.all([countsOf(points, view), frame ? api.shares(view, signal) : null]);
      return { source: drawn(counts, shares, frame), extent: [x0, x1, y0, y1] };
    },
  };
}

function drawn(counts, shares, frame) {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(WIDTH, HEIGHT);
  const filled = Uint32Array.from(counts.keys()).filter((pixel) => counts[pixel]);
  const highest = Math.log1p(filled.reduce((most, pixel) => Math.max(most, counts[pixel]), 1));
  const colours = shares ? mixtures(shares, frame, filled) : null;
  const plain = fromOklab(...toOklab(PLAIN[isDark() ? "dark" : "light"]));
  for (let place = 0; place < filled.length; place += 1) {
    const pixel = filled[place];
    const row = HEIGHT - 1 - Math.floor(pixel / WIDTH);
    const to = 4 * (row * WIDTH + (pixel % WIDTH));
    for (let part = 0; part < 3; part += 1) pixels.data[to + part] = colours ? colours[3 * place + part] : plain[part];
    pixels.data[to + 3] = 40 + 215 * (Math.log1p(counts[pixel]) / highest);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** The colour of each pixel that has rows: three bytes each. */
function mixtures({ count, values }, frame, filled) {
  const shares = new Float32Array(count * filled.length);
  for (let place = 0; place < filled.length; place += 1) {
    for (let k = 0; k < count; k += 1) shares[place * count + k] = values[filled[place] * count + k] / 255;
  }
  const palette = componentColours(frame.weights.length, isDark());
  while (palette.length < count) palette.push(toOklab(PLAIN[isDark() ? "dark" : "light"]));
  return mixedColours(shares, palette);
}
