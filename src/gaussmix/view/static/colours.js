// The colours of gaussmix.plots: a palette for components, distinct for all types of colour vision, and mixtures of its
// colours in Oklab (Ottosson 2020), where equal steps look equal.

const ON_LIGHT = ["#103EBD", "#E09400", "#0B8460", "#3AA3E0", "#EE59BB", "#D43D07", "#4D504E", "#A5A662"];
const ON_DARK = ["#056EDB", "#FFCC0F", "#21B684", "#D25D04", "#F97BC5", "#42CBFB", "#B8D2CC", "#A4BD5B"];
const DASHES = ["", "6 2.5", "2 2"];

function toLinear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value) {
  const inside = Math.min(1, Math.max(0, value));
  return inside <= 0.0031308 ? 12.92 * inside : 1.055 * inside ** (1 / 2.4) - 0.055;
}

export function toOklab(text) {
  const [r, g, b] = [1, 3, 5].map((i) => toLinear(parseInt(text.slice(i, i + 2), 16) / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
  ];
}

export function fromOklab(L, a, b) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ].map((value) => Math.round(255 * value));
}

export function cssColour([r, g, b], alpha = 1) {
  return alpha === 1 ? `rgb(${r}, ${g}, ${b})` : `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => toLinear(value / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// Black or white, whichever is read better on a colour of Oklab.
export function readableOn(lab) {
  const light = luminance(fromOklab(...lab));
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? "#000000" : "#ffffff";
}

// Oklab coordinates of the colours of K components: after eight they come again, nearer to the text, then nearer to
// the background.
export function componentColours(count, dark) {
  const base = (dark ? ON_DARK : ON_LIGHT).map(toOklab);
  const text = dark ? [1, 0, 0] : [0, 0, 0];
  const paper = dark ? [0, 0, 0] : [1, 0, 0];
  return Array.from({ length: count }, (_, k) => {
    const own = base[k % base.length];
    const turn = Math.floor(k / base.length) % 3;
    if (turn === 0) return own;
    const [share, to] = turn === 1 ? [0.34, text] : [0.25, paper];
    return own.map((value, i) => (1 - share) * value + share * to[i]);
  });
}

export function dashes(component) {
  return DASHES[Math.floor(component / ON_LIGHT.length) % DASHES.length];
}

// The colours of n rows, as bytes r, g, b, from their shares (n K) of the colours of K components.
export function mixedColours(shares, colours) {
  const K = colours.length;
  const n = shares.length / K;
  const mixed = new Uint8ClampedArray(3 * n);
  for (let i = 0; i < n; i++) {
    let [L, a, b] = [0, 0, 0];
    for (let k = 0; k < K; k++) {
      const share = shares[i * K + k];
      L += share * colours[k][0];
      a += share * colours[k][1];
      b += share * colours[k][2];
    }
    mixed.set(fromOklab(L, a, b), 3 * i);
  }
  return mixed;
}
