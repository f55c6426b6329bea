// Any two columns, with what the point under the mouse is.
import { el } from "../lib/dom.js";
import { columnChoice } from "./column_choice.js";
import { rowsView } from "./rows_view.js";

export function columnsLook(app) {
  const view = rowsView(app, {
    label: "Rows in two columns",
    onPick: (row) => { app.store.set({ row }); explain.hidden = row === null; explain.textContent = `Explain row ${row}`; },
  });
  const explain = el("button", { type: "button", hidden: true, onclick: () => app.show("explain") }, "");
  const root = el("section", { className: "card stage tall" },
    el("div", { className: "row spread" }, columnChoice(app), el("div", { className: "row" }, explain, view.colourButtons())), view.box);
  return { root, show() {} };
}
