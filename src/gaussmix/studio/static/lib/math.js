// Formulas in MathML.

const MATHML = "http://www.w3.org/1998/Math/MathML";

function node(tag, ...children) {
  const found = document.createElementNS(MATHML, tag);
  found.append(...children);
  return found;
}

export const v = (name) => node("mi", name);
export const num = (text) => node("mn", text);
export const op = (sign) => {
  const found = node("mo", sign);
  if ("()|".includes(sign)) found.setAttribute("stretchy", "false");
  return found;
};
export const sub = (base, index) => node("msub", v(base), typeof index === "number" ? num(String(index)) : v(index));
export const frac = (above, below) => node("mfrac", row(...above), row(...below));
export const row = (...parts) => node("mrow", ...parts);
/** N(x | μₖ, Σₖ) */
export const normal = (k) => row(v("N"), op("("), v("x"), op("|"), sub("μ", k), op(","), sub("Σ", k), op(")"));
export const sumOver = (index, what) => row(node("munder", op("∑"), v(index)), what);

/** A formula on a line of its own. */
export function formula(...parts) {
  const math = node("math", row(...parts));
  math.setAttribute("display", "block");
  return math;
}
