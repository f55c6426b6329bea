// The models as a table, the best first.
import { el, put } from "../lib/dom.js";
import { fixed, number, seconds } from "../lib/format.js";
import { dataTable } from "../parts/table.js";
import { namedFamilies } from "./families.js";

const COLUMNS = [
  { text: "Model" }, { text: "K" }, { text: "Family", className: "text" }, { text: "Parameters" }, { text: "Log-likelihood" },
  { text: "BIC" }, { text: "AIC" }, { text: "ICL" }, { text: "Behind the best" }, { text: "Time" }, { unseen: "Show", className: "text" },
];

/** A card with the table; the button of a row calls `pick(model)`. */
export function modelsTable(families, pick) {
  const body = el("div", {});
  const { title, same } = namedFamilies(families);
  const root = el("section", { className: "card", id: "models" }, el("h2", {}, "Models"), body);

  root.show = (sweep, fit) => {
    const order = [...sweep.models].sort((a, b) => Number(b.sound) - Number(a.sound) || a.value - b.value);
    const best = order[0]?.sound ? order[0].value : null;
    const here = (model) => fit.source === "sweep" && fit.options?.n_components === model.n_components && same(fit.options?.covariance_type, model.family);
    const rows = order.map((model) => [
      model.name, model.n_components, title(model.family), model.sound ? model.df : "–",
      ...[model.log_likelihood, model.bic, model.aic, model.icl].map((value) => (model.sound ? fixed(value, 1) : "–")),
      model.sound ? (model.value === best ? "best" : `+ ${number(model.value - best, 3)}`) : "–",
      seconds(model.seconds),
      model.sound
        ? el("button", { type: "button", className: "plain", data: { model: model.name }, "aria-label": `Show ${model.name}`, onclick: () => pick(model) }, here(model) ? "Shown" : "Show")
        : el("span", { className: "badge warning" }, model.status),
    ]);
    const focused = document.activeElement?.dataset?.model;
    put(body, dataTable(COLUMNS, rows, {
      caption: "Models of the comparison, the best first",
      rowProps: (index) => ({ className: order[index].name === sweep.best ? "best" : "", "aria-current": here(order[index]) ? "true" : undefined }),
    }));
    if (focused) body.querySelector(`[data-model="${CSS.escape(focused)}"]`)?.focus();
  };
  return root;
}
