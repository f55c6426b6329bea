// Scales, ticks and elements of SVG.

const SVG = "http://www.w3.org/2000/svg";

export function element(name, attributes = {}, parent = null, text = null) {
  const found = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  if (text !== null) found.textContent = text;
  parent?.append(found);
  return found;
}

export function html(name, className, parent = null, text = null) {
  const found = document.createElement(name);
  if (className) found.className = className;
  if (text !== null) found.textContent = text;
  parent?.append(found);
  return found;
}

export function round(value) {
  return Math.round(100 * value) / 100;
}

// A picture of a button: a path in a square of 16.
export function icon(parent, path) {
  const svg = element("svg", { class: "em-icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, parent);
  element("path", { d: path }, svg);
}

// A linear map from data units to pixels, with its inverse.
export function scale([low, high], [from, to]) {
  const slope = (to - from) / (high - low);
  const map = (value) => from + (value - low) * slope;
  map.inverse = (pixel) => low + (pixel - from) / slope;
  Object.assign(map, { low, high, from, to });
  return map;
}

export function range(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const room = 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1e-300);
  return high - low > room ? [low, high] : [low - 0.5 * (Math.abs(low) || 1), high + 0.5 * (Math.abs(high) || 1)];
}

export function padded([low, high], share) {
  const room = share * (high - low);
  return [low - room, high + room];
}

// About `count` round numbers within a range, two at least, and their distance.
export function ticks([low, high], count) {
  const found = someTicks([low, high], count);
  return found.values.length > 1 || count > 9 ? found : ticks([low, high], count + 1);
}

function someTicks([low, high], count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(i * step);
  return { values: found, step };
}

export function tickText(value, step) {
  const size = Math.max(Math.abs(value), step);
  if (Math.abs(value) < step * 1e-6) return "0";
  if (size >= 1e6 || step < 1e-5) {
    const digits = Math.max(0, Math.min(6, Math.ceil(Math.log10(Math.abs(value) / step) - 1e-9)));
    return value.toExponential(digits).replace(/\.?0+e/, "e").replace("e+", "e").replaceAll("-", "−");
  }
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9))).replace("-", "−");
}

// A name cut in its middle to a number of characters: both ends tell columns apart.
export function shortened(name, most) {
  if (name.length <= most) return name;
  const head = Math.ceil((most - 1) * 0.6);
  return `${name.slice(0, head)}…${name.slice(name.length - (most - 1 - head))}`;
}

export function linePath(points) {
  let text = "";
  let gap = true;
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      text += `${gap ? "M" : "L"}${round(x)} ${round(y)}`;
      gap = false;
    } else gap = true;
  }
  return text;
}

// The pixels that the numbers of a vertical axis take.
export function roomForNumbers(limits, length) {
  const { values, step } = ticks(limits, Math.max(2, length / 60));
  return 7 * Math.max(...values.map((value) => tickText(value, step).length));
}

// An axis with ticks, numbers and a name, below or to the left of a plot.
export function drawAxis(parent, side, to, name, other) {
  const length = Math.abs(to.to - to.from);
  const { values, step } = ticks([to.low, to.high], Math.max(2, length / (side === "bottom" ? 85 : 60)));
  const at = other.from;
  for (const value of values) {
    const p = round(to(value));
    const [x, y] = side === "bottom" ? [p, at] : [at, p];
    const end = side === "bottom" ? { x2: x, y2: y + 4 } : { x2: x - 4, y2: y };
    element("line", { class: "em-tick", x1: x, y1: y, ...end }, parent);
    const [anchor, dx, dy] = side === "bottom" ? ["middle", 0, 17] : ["end", -8, 4];
    const place = { x: x + dx, y: y + dy, "text-anchor": anchor };
    element("text", { class: "em-number", ...place }, parent, tickText(value, step));
  }
  const most = Math.max(8, Math.floor(length / 7));
  const middle = (to.from + to.to) / 2;
  const label = element("text", { class: "em-name", "text-anchor": "middle" }, parent, shortened(name, most));
  if (side === "bottom") {
    label.setAttribute("x", middle);
    label.setAttribute("y", at + 36);
  } else {
    const x = 13;
    label.setAttribute("x", x);
    label.setAttribute("y", middle);
    label.setAttribute("transform", `rotate(-90 ${x} ${middle})`);
  }
  if (name.length > most) element("title", {}, label, name);
}
