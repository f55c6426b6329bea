// The criterion of each family over the numbers of components.
import { lineChart } from "../lib/chart.js";
import { el, put } from "../lib/dom.js";
import { componentColour, curveDashes } from "../lib/palette.js";
import { onTheme } from "../lib/theme.js";
import { namedFamilies } from "./families.js";

/**
 * Return the families that are far above the others, whose curves would make one line of all the others.
 *
 * From the best family on, one is left out, with those after it, where even its lowest value is more than twice as far
 * from the best as the highest value before.
 */
function farAbove(families) {
  const ranges = families.map(({ name, values }) => ({ name, low: Math.min(...values), high: Math.max(...values) })).sort((a, b) => a.low - b.low);
  let high = ranges[0]?.high;
  for (const [place, { low, high: own }] of ranges.entries()) {
    const [best, span] = [ranges[0].low, high - ranges[0].low];
    if (span > 0 && low - best > 2 * span) return { above: ranges.slice(place).map(({ name }) => name), top: high };
    high = Math.max(high, own);
  }
  return { above: [], top: null };
}

/** Curves with a legend of buttons; a click on a point calls `pick(model)`. */
export function criteriaCurves(families, pick) {
  const box = el("div", { className: "chart clickable" });
  const legend = el("ul", { className: "legend" });
  const words = el("span", {});
  const button = el("button", { type: "button", className: "plain", id: "all-values", onclick: () => { all = !all; root.show(last); } }, "Show all");
  const hint = el("p", { className: "note row hint-above", role: "status" }, words, button);
  const root = el("div", {}, box, hint, legend);
  const { count, title, order } = namedFamilies(families);
  let chart = null;
  let criterion = "";
  let last = null;
  let all = false;
  const hidden = new Set();
  let grid = { numbers: [], names: [], of: () => undefined };

  root.show = (sweep) => {
    last = sweep;
    const fitted = [...new Set(sweep.models.map((model) => model.family))].sort((a, b) => order(a) - order(b));
    const names = fitted.filter((name) => !hidden.has(name));
    const numbers = [...new Set(sweep.models.map((model) => model.n_components))].sort((a, b) => a - b);
    const places = new Map(sweep.models.map((model) => [`${model.family} ${model.n_components}`, model]));
    grid = { numbers, names, of: (family, count) => places.get(`${family} ${count}`) };
    if (sweep.criterion !== criterion) { chart?.clear(); chart = null; box.replaceChildren(); }
    criterion = sweep.criterion;
    chart ??= lineChart(box, {
      x: "components K", y: `${criterion.toUpperCase()}, lower is better`, height: 300, points: true,
      label: `${criterion.toUpperCase()} of each family by the number of components; the table below has the numbers`,
      onPick: (index, series) => { const model = grid.of(grid.names[series], grid.numbers[index]); if (model?.sound) pick(model); },
    });
    const sound = names.map((name) => ({ name, values: sweep.models.filter((model) => model.sound && model.family === name).map(({ value }) => value) }))
      .filter(({ values }) => values.length);
    const { above, top } = farAbove(sound);
    box.hidden = legend.hidden = !sound.length;
    hint.hidden = top === null;
    const left = above.map(title).join(", ");
    words.textContent = all ? "All curves are shown." : `${left} ${above.length === 1 ? "is" : "are"} far above, and not shown, so that the others can be told apart.`;
    button.textContent = all ? "Show the lowest" : "Show all";
    const best = sweep.models.find((model) => model.name === sweep.best);
    chart.show({
      xs: numbers,
      series: names.map((name) => ({
        name, stroke: () => componentColour(count, order(name)), dash: curveDashes(order(name)),
        values: numbers.map((k) => { const model = grid.of(name, k); return model?.sound ? model.value : null; }),
      })),
      mark: best?.n_components,
      top: all ? null : top,
    });
    const focused = document.activeElement?.dataset?.family;
    put(legend, fitted.map((name) => {
      const line = el("span", { className: "line", "aria-hidden": "true" });
      line.style.borderTopColor = componentColour(count, order(name));
      if (curveDashes(order(name))) line.style.borderTopStyle = "dashed";
      return el("li", {}, el("button", {
        type: "button", "aria-pressed": String(!hidden.has(name)), data: { family: name }, title: "Show or hide this curve",
        onclick: () => { if (!hidden.delete(name) && names.length > 1) hidden.add(name); root.show(last); },
      }, line, title(name)));
    }));
    if (focused) legend.querySelector(`[data-family="${CSS.escape(focused)}"]`)?.focus();
  };
  onTheme(() => last && root.show(last));
  return root;
}
