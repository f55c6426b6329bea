// The components of a mixture in SVG: ellipses, means, and curves in one column.

import { componentColours, cssColour, dashes, fromOklab, readableOn } from "./colours.js";
import { ellipseCurve, marginalCurves } from "./mixture.js";
import { element, linePath, range, round } from "./axes.js";
import { histogram } from "./points.js";

export function cssColours(count, dark) {
  return componentColours(count, dark).map((lab) => cssColour(fromOklab(...lab)));
}

// The colours of text on the colours of components.
export function inksOn(count, dark) {
  return componentColours(count, dark).map(readableOn);
}

// Ellipses at given Mahalanobis distances, the largest first.
export function drawEllipses(parent, frame, shown, radii, { sx, sy, colours }) {
  frame.means.forEach((_, k) => {
    const group = element("g", { class: "em-component", "data-component": k }, parent);
    [...radii].sort((a, b) => b - a).forEach((radius) => {
      const points = ellipseCurve(frame, k, shown, radius).map(([x, y]) => `${round(sx(x))} ${round(sy(y))}`);
      const curves = [0, 1, 2, 3].map((i) => `C${points.slice(3 * i + 1, 3 * i + 4).join(" ")}`);
      const path = { d: `M${points[0]}${curves.join("")}Z`, "data-radius": radius, "stroke-dasharray": dashes(k) };
      element("path", { class: "em-ellipse", stroke: colours[k], fill: colours[k], ...path }, group);
    });
  });
}

// The number of each component at its mean: a handle where means can be moved.
export function drawMeans(parent, frame, [dx, dy], { sx, sy, colours, inks, names, movable }) {
  frame.means.forEach((mean, k) => {
    const at = `translate(${round(sx(mean[dx]))} ${round(sy(mean[dy]))})`;
    const group = element("g", { class: "em-mean", "data-component": k, transform: at }, parent);
    element("circle", { r: frame.means.length > 30 ? 6 : 9, fill: colours[k] }, group);
    const number = element("text", { class: "em-label", "text-anchor": "middle", dy: "0.36em" }, group, k);
    number.style.fill = inks[k];
    if (!movable) return;
    const places = [...new Set([dx, dy])].map((d) => `${names[d]} ${mean[d].toPrecision(4)}`);
    const label = `Mean of component ${k}: ${places.join(", ")}. Arrow keys move it.`;
    const attributes = { tabindex: 0, role: "button", "aria-roledescription": "movable mean", "aria-label": label };
    Object.entries(attributes).forEach(([name, value]) => group.setAttribute(name, value));
  });
}

// A histogram of a column, with the density of each component and of the mixture; `along` maps values, `up` densities.
export function drawCurves(parent, frame, column, values, { along, up, colours, vertical }) {
  const place = (v, density) => (vertical ? [up(density), along(v)] : [along(v), up(density)]);
  const bars = histogram(values, [along.low, along.high]);
  let path = "";
  bars.heights.forEach((height, i) => {
    if (height <= 0) return;
    const [a, b] = [bars.low + i * bars.width, bars.low + (i + 1) * bars.width];
    path += `${linePath([place(a, 0), place(a, height), place(b, height), place(b, 0)])}Z`;
  });
  element("path", { class: "em-bars", d: path }, parent);
  if (!frame) return;
  const grid = curveGrid(along, frame, column);
  const { curves, total } = marginalCurves(frame, column, grid);
  // A curve ends where it lies on the base: the curves of distant components would hide it.
  const least = 0.004 * range(total)[1];
  curves.forEach((curve, k) => {
    const d = linePath([...grid].map((v, i) => (curve[i] < least ? [NaN, NaN] : place(v, curve[i]))));
    const style = { stroke: colours[k], "stroke-dasharray": dashes(k) };
    element("path", { class: "em-curve", "data-component": k, d, ...style }, parent);
  });
  element("path", { class: "em-total", d: linePath([...grid].map((v, i) => place(v, total[i]))) }, parent);
}

// The highest value that a strip has to show.
export function highest(frame, column, values, limits) {
  const bars = Math.max(0, ...histogram(values, limits).heights);
  if (!frame) return bars || 1;
  const { total } = marginalCurves(frame, column, curveGrid({ low: limits[0], high: limits[1] }, frame, column));
  const top = range(total)[1];
  return Math.min(Math.max(bars, top), 4 * bars || top) || 1;
}

// Values along a column: evenly, and closely around each mean, so that no narrow curve is cut.
function curveGrid({ low, high }, frame, column) {
  const found = Array.from({ length: 201 }, (_, i) => low + ((high - low) * i) / 200);
  frame.means.forEach((mean, k) => {
    const deviation = Math.sqrt(frame.covariances[k][column][column]);
    if (deviation > (high - low) / 60) return;
    for (let i = -12; i <= 12; i++) found.push(mean[column] + (i / 3) * deviation);
  });
  return Float64Array.from(found.filter((v) => v >= low && v <= high)).sort();
}
