// Look: the fit from several sides.
import { el, put } from "../lib/dom.js";
import { choiceButtons } from "../parts/fields.js";
import { emptyState } from "../parts/states.js";
import { columnsLook } from "./look_columns.js";
import { mapLook } from "./look_map.js";
import { outliersLook, uncertaintyLook } from "./look_assessed.js";
import { pairsLook } from "./look_pairs.js";
import { sliceLook } from "./look_slice.js";

const panel = document.getElementById("look");
const LOOKS = [
  ["columns", "Two columns", columnsLook], ["pairs", "All pairs", pairsLook], ["uncertainty", "Uncertainty", uncertaintyLook],
  ["outliers", "Outliers", outliersLook], ["slice", "Conditional slice", sliceLook], ["map", "Decision map", mapLook],
];

/** Each look is an object with `root`, and `show()` which fetches what it needs. */
export function lookView(app) {
  const { store, show } = app;
  const looks = Object.fromEntries(LOOKS.map(([key, , make]) => [key, make(app)]));
  const body = el("div", { className: "look" });
  let now = "columns";
  const choose = choiceButtons("What to look at", LOOKS.map(([key, title]) => [key, title]), { value: now, onchange: turn });
  const content = el("div", { className: "column grow" }, choose, body);
  const noTable = emptyState("No table yet", "Open a table, fit a mixture, and look at it from here.",
    el("button", { type: "button", className: "main", onclick: () => show("data") }, "Open a table"));
  const noFit = emptyState("No fit yet", "All pairs, uncertainty, outliers and conditional slices need a mixture. The decision map needs a column of labels, chosen under Data.",
    el("button", { type: "button", className: "main", onclick: () => show("fit") }, "Fit a mixture"));

  function turn(key) {
    now = key;
    panel.dataset.look = key;
    refresh();
  }

  let seen = "";
  function refresh({ force = false } = {}) {
    const session = store.get("session");
    if (store.get("tab") !== "look" || !session) return;
    if (!session.chosen) { put(panel, noTable); panel.dataset.state = "empty"; return; }
    if (!content.isConnected) put(panel, content);
    const needs = now !== "columns" && now !== "map" && !session.fit.frames;
    const look = looks[now];
    put(body, needs ? noFit : look.root);
    panel.dataset.look = now;
    if (needs) { panel.dataset.state = "empty"; return; }
    const key = JSON.stringify([now, session.chosen, session.table.name, session.fit.shown, session.fit.frames, session.fit.state, session.classifier, session.job, store.get("x"), store.get("y")]);
    if (key === seen && !force) return;
    seen = key;
    Promise.resolve(look.show()).then(() => { panel.dataset.state = session.fit.frames ? "ready" : "rows"; });
  }
  store.on(["session", "tab", "points"], () => refresh());
}
