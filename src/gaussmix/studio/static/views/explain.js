// Explain: one row with the numbers in the formula, and the fit in words.
import { el, put } from "../lib/dom.js";
import { attempt } from "../parts/messages.js";
import { numberField } from "../parts/fields.js";
import { emptyState, waitingBar } from "../parts/states.js";
import { columnChoice } from "./column_choice.js";
import { fitWords } from "./explain_fit.js";
import { rowCard } from "./explain_row.js";
import { rowsView } from "./rows_view.js";

const panel = document.getElementById("explain");

export function explainView(app) {
  const { store, api, show } = app;
  const view = rowsView(app, { label: "Rows: click one to explain it", onPick: (row) => { if (row !== null) store.set({ row }); } });
  const which = numberField("Row", { value: 0, min: 0, name: "row" });
  which.classList.add("beside");
  which.input.addEventListener("change", () => { const row = which.read(); if (row !== null) store.set({ row }); });
  const card = rowCard();
  const words = fitWords();
  const bar = waitingBar(store, "words");
  const content = el("div", { className: "split even" },
    el("div", { className: "column" }, el("section", { className: "card stage" }, el("div", { className: "row spread" }, columnChoice(app), which), view.box)),
    el("div", { className: "column" }, card, bar, words));
  const nothing = emptyState("No fit yet", "Once a mixture is fitted, click a row here: you see its density under each component and how the responsibilities follow.",
    el("button", { type: "button", className: "main", onclick: () => show("fit") }, "Fit a mixture"));

  let seen = "";
  async function refresh() {
    const session = store.get("session");
    if (store.get("tab") !== "explain" || !session) return;
    const ready = session.chosen && session.fit.frames > 0;
    if (Boolean(ready) !== content.isConnected || !panel.childElementCount) put(panel, ready ? content : nothing);
    if (!ready) { panel.dataset.state = "empty"; return; }
    const row = Math.min(store.get("row") ?? 0, session.table.n_rows - 1);
    const key = JSON.stringify([row, session.chosen, session.table.name, session.fit.shown, session.fit.frames, session.fit.state, session.sweep.state]);
    if (key === seen) return;
    seen = key;
    panel.dataset.state = "loading";
    which.input.value = row;
    which.input.max = session.table.n_rows - 1;
    view.select(store.get("points")?.rows.indexOf(row) ?? -1);
    const [explained, fit] = await Promise.all([
      attempt(() => api.explainRow(row), "explain-row"), attempt(() => bar.wait("Putting the fit in words", (signal) => api.explainFit(signal)), "explain-fit"),
    ]);
    if (key !== seen) return;
    if (explained) card.show(explained);
    if (fit) words.show(fit);
    panel.dataset.state = explained && fit ? "ready" : "failed";
    panel.dataset.row = row;
  }
  store.on(["session", "tab", "row", "points"], refresh);
}
