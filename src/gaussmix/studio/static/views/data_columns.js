// The columns that are fitted, their units, and a column of labels that a fit does not see.
import { el, put } from "../lib/dom.js";
import { counted, percent } from "../lib/format.js";
import { checkField, choiceField } from "../parts/fields.js";

/** A card with a check box for each column. */
export function columnsCard(app) {
  const title = el("h2", {}, "Columns");
  const summary = el("p", { className: "note" });
  const list = el("fieldset", { className: "columns" }, el("legend", { className: "unseen" }, "Columns to fit"));
  const several = (checked) => () => {
    for (const box of boxes) box.input.checked = checked;
    change({});
  };
  const all = el("div", { className: "row" },
    el("button", { type: "button", className: "plain", onclick: several(true) }, "All"),
    el("button", { type: "button", className: "plain", onclick: several(false) }, "None"));
  const standardise = checkField("Standardise", { name: "standardise" });
  standardise.title = "Subtract the mean of each column and divide by its standard deviation";
  const label = choiceField("Labels, not used by a fit", [["", "none"]], { name: "label" });
  const only = choiceField("Only rows with the label", [["", "all rows"]], { name: "only" });
  const fault = el("p", { className: "fault", role: "alert" });
  const go = el("button", { type: "button", className: "main", id: "to-fit", onclick: () => app.show("fit") }, "Fit these columns");
  const root = el("section", { className: "card", id: "columns" },
    el("header", {}, title, all, summary), list,
    el("div", { className: "row options" }, standardise, label, only, go), fault);
  let boxes = [];

  function choice() {
    return {
      columns: boxes.filter((box) => box.read()).map((box) => box.input.name),
      standardise: standardise.read(),
      label: label.read() || null,
    };
  }

  /** Ask for another choice; after a refusal the card shows the old one. */
  async function ask(call) {
    if (await app.change(call, "columns")) return;
    const { table, chosen } = app.store.get("session");
    root.show(table, chosen);
  }

  async function change(event) {
    if (event.target === only.input) {
      await ask(() => app.api.only(label.read(), only.read() || null));
      return;
    }
    const next = choice();
    fault.textContent = next.columns.length ? "" : "Choose at least one column.";
    go.disabled = !next.columns.length;
    if (next.columns.length) await ask(() => app.api.columns(next));
  }
  root.addEventListener("change", change);

  let made = "";
  let labels = [];
  root.show = (table, chosen) => {
    const holes = Object.values(table.missing).reduce((sum, count) => sum + count, 0);
    summary.textContent = [
      counted(table.n_rows, "row"), counted(table.columns.length + table.text_columns.length, "column"),
      holes ? `${counted(holes, "missing value")}: rows with holes are kept` : "no number is missing",
    ].join(" · ");
    const key = JSON.stringify([table.columns, table.text_columns, table.missing, table.name]);
    if (key !== made) build(table);
    made = key;
    const used = new Set(chosen?.columns ?? []);
    for (const box of boxes) box.input.checked = used.has(box.input.name);
    standardise.input.checked = chosen?.standardise ?? false;
    label.input.value = chosen?.label ?? "";
    go.disabled = !used.size;
    only.hidden = !chosen?.label || chosen.labels.length + (table.only ? 1 : 0) < 2;
    if (!table.only) labels = chosen?.labels ?? [];
    only.setOptions([["", "any: all rows"], ...labels.map((value) => [value, value])], table.only?.[1] ?? "");
    label.input.disabled = Boolean(table.only);
    root.dataset.only = table.only?.[1] ?? "";
    root.dataset.chosen = JSON.stringify(chosen?.columns ?? []);
    root.dataset.label = chosen?.label ?? "";
  };

  function build(table) {
    boxes = table.columns.map((name) => {
      const box = checkField(name, { name });
      box.title = name;
      const missing = table.missing[name];
      if (missing) box.append(el("span", { className: "note" }, `${percent(missing / table.n_rows)} missing`));
      return box;
    });
    put(list, el("legend", { className: "unseen" }, "Columns to fit"), boxes);
    const names = [...table.text_columns, ...table.columns];
    label.setOptions([["", "none"], ...names.map((name) => [name, table.hidden_labels && name === "component" ? "component (hidden labels)" : name])], "");
  }
  return root;
}
