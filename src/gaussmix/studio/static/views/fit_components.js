// The components as a table, and what the hand may do to them.
import { el, put } from "../lib/dom.js";
import { meanAndDeviation, percent, shortName, whole } from "../lib/format.js";
import { swatch } from "../lib/palette.js";
import { onTheme } from "../lib/theme.js";
import { dataTable } from "../parts/table.js";

const MOST = 30;

function middle(column) {
  const values = column.filter((value) => value !== null).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}

/** A card with the table; `bar` has the buttons beneath the picture. */
export function componentsCard({ store, command, show }, view) {
  const body = el("div", {});
  const root = el("section", { className: "card compact", id: "components" }, el("header", {}, el("h2", {}, "Components"), el("span", { className: "note" }, "mean ± std. deviation")), body);
  const where = el("span", { className: "note", id: "picked" });
  const add = el("button", { type: "button", id: "add", onclick: addHere }, "Add a component");
  const explain = el("button", { type: "button", hidden: true, onclick: () => { store.set({ row: picked.row }); show("explain"); } }, "Explain this row");
  let picked = null;
  let last = [null, null];

  view.onPick((row, index) => {
    picked = row === null ? null : { row, index };
    where.textContent = picked ? `Row ${whole(row)} is chosen: a new component starts there.` : "";
    explain.hidden = !picked;
  });
  store.on(["points"], () => { picked = null; where.textContent = ""; explain.hidden = true; });

  /** At the chosen row, or in the middle of the rows. */
  function addHere() {
    const points = store.get("points");
    const mean = points.columns.map((column) => (picked ? column[picked.index] : null) ?? middle(column));
    command("add_component", { columns: points.names, mean });
  }

  root.bar = el("div", { className: "row", hidden: true }, add, explain, where);
  root.show = (session, frame) => {
    last = [session, frame];
    const running = session.fit.state === "running";
    root.hidden = !frame;
    root.bar.hidden = !frame;
    add.disabled = running;
    if (!frame) return;
    const { names } = store.get("points");
    const count = frame.weights.length;
    const columns = [{ unseen: "Component" }, { text: "Weight" }, ...names.map((name) => ({ text: shortName(name, 24).replaceAll("_", "_\u200b"), title: name, className: "wrapped" })), { unseen: "Remove" }];
    const focused = document.activeElement?.dataset?.remove;
    const rows = frame.weights.slice(0, MOST).map((weight, k) => [
      swatch(count, k), percent(weight),
      ...names.map((_, place) => meanAndDeviation(frame.means[k][place], Math.sqrt(frame.covariances[k][place][place]))),
      el("button", {
        type: "button", className: "plain", disabled: running || count < 2, "aria-label": `Remove component ${k}`, title: `Remove component ${k}`, data: { remove: k },
        onclick: () => command("remove_component", { component: k }),
      }, "✕"),
    ]);
    if (frame.noise) rows.push(["noise", percent(frame.noise.weight), ...names.map(() => "uniform"), ""]);
    put(body, dataTable(columns, rows, { caption: "Components of the mixture" }), count > MOST ? el("p", { className: "note" }, `and ${count - MOST} more`) : null);
    if (focused !== undefined) body.querySelector(`[data-remove="${focused}"]`)?.focus();
  };
  onTheme(() => last[1] && root.show(...last));
  return root;
}
