// Choose: mixtures of many families and numbers of components, compared by a criterion.
import { el, perFrame, put } from "../lib/dom.js";
import { counted } from "../lib/format.js";
import { checkField, choiceField, numberField } from "../parts/fields.js";
import { emptyState, progressBar } from "../parts/states.js";
import { criteriaCurves } from "./choose_curves.js";
import { modelsTable } from "./choose_table.js";

const panel = document.getElementById("choose");
const USUAL = ["full", "diag", "spherical", "tied"];

export function chooseView(app) {
  const { store, command, show } = app;
  const { families, criteria } = store.get("server");
  const least = numberField("Components from", { value: 1, min: 1, max: 100, name: "k-from" });
  const most = numberField("to", { value: 6, min: 1, max: 100, name: "k-to" });
  const criterion = choiceField("Criterion, lower is better", criteria.map(({ name, title }) => [name, title]), { value: "bic", name: "criterion" });
  const search = choiceField("Search", [["auto", "on"], ["off", "off: faster"]], { value: "auto", name: "sweep-search" });
  const seed = numberField("Seed", { value: 0, min: 0, max: 2 ** 31 - 1, name: "sweep-seed" });
  const boxes = families.map(({ name, title, words }) => {
    const box = checkField(title, { name: `family-${name}`, checked: USUAL.includes(name) });
    box.title = words;
    box.family = name;
    return box;
  });
  const fault = el("p", { className: "fault", role: "alert" });
  const run = el("button", { type: "button", className: "main", id: "sweep", onclick: start }, "Compare");
  const progress = progressBar(() => command("cancel"));

  function range() {
    const [from, to] = [least.read(), most.read()];
    if (from === null || to === null || to < from) return [];
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }

  function start() {
    const numbers = range();
    const chosen = boxes.filter((box) => box.read()).map((box) => box.family);
    fault.textContent = !numbers.length ? "The range of components is empty." : !chosen.length ? "Choose at least one family." : "";
    const random_state = seed.read();
    if (fault.textContent || random_state === null) return;
    command("sweep", { n_components: numbers, families: chosen, criterion: criterion.read(), search: search.read(), random_state });
  }

  /** Show a model as the fit. */
  async function pick(model) {
    panel.dataset.picked = "";
    await command("choose", { n_components: model.n_components, family: model.family });
    panel.dataset.picked = model.name;
    show("fit");
  }

  const curves = criteriaCurves(families, pick);
  const table = modelsTable(families, pick);
  const words = el("p", { className: "lead", id: "sweep-words", role: "status" });
  const results = el("div", { className: "column" }, el("section", { className: "card" }, el("h2", {}, "Criterion by number of components"), words, curves), table);
  const waiting = emptyState("No models yet", "Compare fits the mixtures of each family and number of components, and shows a curve for each family as the models finish. Click a model to see it.");
  const stage = el("div", { className: "column" }, waiting);
  const controls = el("section", { className: "card stack" },
    el("h2", {}, "Models"), el("div", { className: "pair" }, least, most),
    el("fieldset", { className: "families" }, el("legend", {}, "Families of covariances"), boxes),
    criterion, search, seed, fault, run, progress);
  const split = el("div", { className: "split" }, controls, stage);
  const nothing = emptyState("No table yet", "A comparison needs rows: open a table first.",
    el("button", { type: "button", className: "main", onclick: () => show("data") }, "Open a table"));

  const follow = perFrame(({ session, progress: work }) => {
    if (!session) return;
    const { sweep, chosen, job, fit } = session;
    if (Boolean(chosen) !== split.isConnected || !panel.childElementCount) put(panel, chosen ? split : nothing);
    panel.dataset.state = chosen ? sweep.state : "empty";
    panel.dataset.models = sweep.models.length;
    panel.dataset.best = sweep.best ?? "";
    const running = sweep.state === "running";
    run.disabled = running || (job !== "" && job !== "sweep");
    if (running) {
      const now = work?.job === "sweep" && work.words ? ` ${work.words}` : "";
      progress.show(`${sweep.models.length} of ${counted(sweep.total, "model")}.${now}`, sweep.total ? sweep.models.length / sweep.total : null);
    } else progress.hide();
    const any = sweep.models.length > 0;
    if (any !== results.isConnected) put(stage, any ? results : waiting);
    words.textContent = sweep.words;
    words.hidden = !sweep.words;
    if (!any) return;
    curves.show(sweep);
    table.show(sweep, fit);
  });
  store.on(["session", "progress"], follow);
  store.on(["tab"], (values) => { if (values.tab === "choose") follow(values); });
}
