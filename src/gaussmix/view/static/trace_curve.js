// The curve of the log-likelihood, with a marker at the current iteration.

import { element, linePath, scale, ticks, tickText } from "./axes.js";

export function drawTrace(svg, width, height, trace) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const box = { left: trace.left ?? 64, right: width - 14, top: 18, bottom: height - 34 };
  const seen = trace.points.filter(([, value]) => Number.isFinite(value));
  const last = Math.max(2, ...seen.map(([x]) => x));
  const first = Math.min(1, ...seen.map(([x]) => x));
  const [low, high] = rising(seen.map(([, value]) => value));
  const [sx, sy] = [scale([first, last], [box.left, box.right]), scale([low, high], [box.bottom, box.top])];
  frame(svg, box, sx, sy, trace.unit, seen.length > 0);
  if (!seen.length) return;
  const above = element("svg", { width, height: box.bottom }, svg); // what is below its lower edge is cut
  element("path", { class: "em-trace-curve", d: linePath(trace.points.map(([x, y]) => [sx(x), sy(y)])) }, above);
  if (seen.length <= 30) {
    seen.forEach(([x, y]) => element("circle", { class: "em-trace-point", cx: sx(x), cy: sy(y), r: 2.2 }, above));
  }
  const at = seen.find(([x]) => x === trace.current);
  if (at) element("circle", { class: "em-marker", cx: sx(at[0]), cy: sy(at[1]), r: 4.5 }, above);
}

// Limits that show the last values well: a first value far below the others is cut.
function rising(values) {
  if (!values.length) return [0, 1];
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const early = high - sorted[Math.floor(sorted.length / 10)];
  const least = Math.min(high - low > 20 * early && early > 0 ? high - 8 * early : low, high - 1e-4);
  const room = 0.08 * (high - least);
  return [least - room, high + room];
}

function frame(svg, box, sx, sy, unit, numbers) {
  element("path", { class: "em-spine", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` }, svg);
  const whole = ticks([sx.low, sx.high], Math.max(2, (box.right - box.left) / 70));
  const step = Math.max(1, whole.step);
  for (let v = Math.ceil(sx.low / step) * step; v <= sx.high; v += step) {
    element("text", { class: "em-number", "text-anchor": "middle", x: sx(v), y: box.bottom + 16 }, svg, String(v));
  }
  const middle = (box.left + box.right) / 2;
  element("text", { class: "em-name", "text-anchor": "middle", x: middle, y: box.bottom + 31 }, svg, unit);
  if (!numbers) return;
  element("text", { x: box.left, y: 10 }, svg, "mean log-likelihood, nats per row");
  const up = ticks([sy.low, sy.high], Math.max(2, (box.bottom - box.top) / 24));
  for (const v of up.values) {
    element("line", { class: "em-grid", x1: box.left, x2: box.right, y1: sy(v), y2: sy(v) }, svg);
    const place = { "text-anchor": "end", x: box.left - 7, y: sy(v) + 4 };
    element("text", { class: "em-number", ...place }, svg, tickText(v, up.step));
  }
}
