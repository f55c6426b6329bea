// The colours of components as the view of EM has them, for tables and curves.
import { componentColours, cssColour, dashes, fromOklab } from "../../view/colours.js";
import { el } from "./dom.js";
import { isDark } from "./theme.js";

export const componentColour = (count, k) => cssColour(fromOklab(...componentColours(count, isDark())[k]));

/** The dashes of the curve of a component, for a canvas. */
export function curveDashes(k) {
  const text = dashes(k);
  return text ? text.split(" ").map(Number) : undefined;
}

/** A square of the colour of a component, with its number. */
export function swatch(count, k) {
  const square = el("span", { className: "swatch", "aria-hidden": "true" });
  square.style.background = componentColour(count, k);
  return el("span", {}, square, String(k));
}
