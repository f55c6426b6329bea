// A row explained: densities, weights and responsibilities, as a table, as bars and in the formula.
import { el, put } from "../lib/dom.js";
import { fixed, number, percent, whole } from "../lib/format.js";
import { formula, frac, normal, num, op, row as mrow, sub, sumOver, v } from "../lib/math.js";
import { componentColour, swatch } from "../lib/palette.js";
import { onTheme } from "../lib/theme.js";
import { dataTable } from "../parts/table.js";

const MOST_TERMS = 3;
const MOST_BARS = 20;
const COLUMNS = [{ text: "k", title: "Component" }, { text: "Weight pₖ" }, { text: "Density N" }, { text: "pₖ × N" }, { text: "Responsibility" }];

/** A card; `show(explained)` fills it. */
export function rowCard() {
  const body = el("div", { className: "stack" });
  const root = el("section", { className: "card", id: "row-card" }, body);
  let last = null;

  root.show = (found) => {
    last = found;
    const count = found.components.filter(({ component }) => component >= 0).length;
    const label = (part) => (part.component < 0 ? "noise" : swatch(count, part.component));
    put(body,
      el("h2", {}, `Row ${whole(found.row)}`),
      el("ul", { className: "words" }, found.words.map((text) => el("li", {}, text))),
      cells(found),
      dataTable(COLUMNS, found.components.map((part) => [label(part), fixed(part.weight, 4), number(part.density), number(part.product), percent(part.responsibility)]), { caption: `Components at row ${found.row}` }),
      bars(found, count),
      el("h3", {}, "The same in the formula"), formulas(found));
  };
  onTheme(() => last && root.show(last));
  return root;
}

function cells({ cells: all, values }) {
  const items = Object.entries(all).map(([name, value]) => el("div", { className: name in values ? "used" : "" },
    el("dt", {}, name), el("dd", {}, value === null ? "missing" : typeof value === "number" ? number(value, 6) : String(value))));
  return el("dl", { className: "cells", tabindex: 0 }, items);
}

function bars({ components }, count) {
  const rows = components.slice(0, MOST_BARS).map((part) => {
    const bar = el("span", { className: "fill" });
    bar.style.width = `${100 * part.responsibility}%`;
    bar.style.background = part.component < 0 ? "var(--edge)" : componentColour(count, part.component);
    return el("div", { className: "bar-row" }, el("span", {}, part.component < 0 ? "noise" : String(part.component)), el("span", { className: "bar-track" }, bar), el("span", {}, percent(part.responsibility)));
  });
  return el("div", { className: "bars", role: "img", "aria-label": "Responsibilities of the components as bars; the table has the numbers" }, rows);
}

function product(part) {
  return [num(number(part.weight, 3)), op("·"), num(number(part.density, 3))];
}

function formulas({ components, density, component }) {
  const terms = [...components].sort((a, b) => b.product - a.product).slice(0, MOST_TERMS).sort((a, b) => a.component - b.component);
  const more = components.length > terms.length ? [op("+"), op("…")] : [];
  const sums = terms.flatMap((part, index) => [...(index ? [op("+")] : []), ...product(part)]);
  const best = components.find((part) => part.component === component) ?? components[0];
  const k = best.component < 0 ? "noise" : best.component;
  return el("div", { className: "formulas" },
    formula(v("p"), op("("), v("x"), op(")"), op("="), sumOver("k", mrow(sub("p", "k"), normal("k")))),
    formula(op("="), ...sums, ...more),
    formula(op("="), num(number(density, 3))),
    formula(sub("r", k), op("="), frac([sub("p", k), normal(k)], [v("p"), op("("), v("x"), op(")")]), op("="), frac(product(best), [num(number(density, 3))]), op("="), num(fixed(best.responsibility, 4))));
}
