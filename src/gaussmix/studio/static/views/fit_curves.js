// The log-likelihood and the BIC by frame; a click goes to the frame.
import { lineChart } from "../lib/chart.js";
import { el } from "../lib/dom.js";
import { colour } from "../lib/theme.js";
import { choiceButtons } from "../parts/fields.js";

const LONGEST = 2000;
const WHAT = {
  values: { name: "log-likelihood", y: "nats per row" },
  bic: { name: "BIC", y: "BIC, lower is better" },
};

export function curvesCard(onPick) {
  const box = el("div", { className: "chart" });
  let what = "values";
  let chart = null;
  let last = [null, null];
  let xs = [];
  const choose = choiceButtons("Curve", [["values", "Log-likelihood"], ["bic", "BIC"]], {
    value: what, onchange: (value) => { what = value; chart?.clear(); chart = null; box.replaceChildren(); root.show(...last); },
  });
  const none = el("p", { className: "note" }, "The curve grows with each iteration.");
  const search = el("p", { className: "note", hidden: true }, "Dashed: the moves of the search, on its sample of the rows.");
  const root = el("section", { className: "card" }, el("header", {}, el("h2", {}, "Curve"), choose), box, none, search);

  root.show = (trace, frame) => {
    last = [trace, frame];
    const seen = trace?.[what].some((value) => value !== null) ?? false;
    none.hidden = seen;
    box.hidden = !seen;
    root.dataset.points = trace?.values.length ?? 0;
    if (!seen) return;
    chart ??= lineChart(box, { x: "frame", y: WHAT[what].y, height: 190, label: `${WHAT[what].name} by frame`, onPick: (index) => onPick(xs[index]) });
    // The whole curve of a long fit is thinned: no screen shows more places.
    const every = Math.ceil(trace.values.length / LONGEST);
    const kept = (values) => (every === 1 ? values : values.filter((_, index) => index % every === 0 || index === values.length - 1));
    const all = trace.values.map((_, index) => trace.first + index);
    xs = kept(all);
    const part = (inside) => kept(trace[what].map((value, index) => (inside(index) ? value : null)));
    const ofSearch = (index) => trace.phases[index] === "S";
    const series = [{ name: WHAT[what].name, values: part((index) => !ofSearch(index)), stroke: () => colour("accent") }];
    if (trace.phases.includes("S")) series.push({ name: "search", values: part(ofSearch), stroke: () => colour("edge"), dash: [4, 3] });
    search.hidden = series.length === 1;
    chart.show({ xs, series, mark: frame });
  };
  return root;
}
