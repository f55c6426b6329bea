// The rows of the table, a page at a time.
import { el, put } from "../lib/dom.js";
import { number, shortName, whole } from "../lib/format.js";
import { dataTable } from "../parts/table.js";

const PAGE = 12;

/** A card with rows; `read(first, count)` fetches them. */
export function previewCard(read) {
  const title = el("h2", {}, "Rows");
  const place = el("span", { className: "note", id: "preview-place" });
  const body = el("div", {});
  const turn = (by) => () => go(first + by);
  const back = el("button", { type: "button", "aria-label": "Earlier rows", onclick: turn(-PAGE) }, "‹");
  const on = el("button", { type: "button", "aria-label": "Later rows", onclick: turn(PAGE) }, "›");
  const notes = el("ul", { className: "note" });
  const root = el("section", { className: "card", id: "preview" },
    el("header", {}, title, el("div", { className: "row" }, place, back, on)), notes, body);
  let first = 0;
  let table = null;

  async function go(to) {
    const asked = table;
    const found = await read(Math.max(0, to), PAGE);
    if (!found || asked !== table) return;
    first = found.first;
    const last = first + found.rows.length;
    place.textContent = `${whole(first + 1)} to ${whole(last)} of ${whole(found.n_rows)}`;
    back.disabled = first === 0;
    on.disabled = last >= found.n_rows;
    const numeric = new Set(table.columns);
    const columns = [{ text: "Row", className: "index" }, ...found.columns.map((name) => ({
      text: shortName(name, 24), title: name, className: numeric.has(name) ? "clip" : "clip text",
    }))];
    const rows = found.rows.map((cells, index) => [whole(first + index), ...cells.map((cell) => (typeof cell === "number" ? number(cell, 6) : cell))]);
    put(body, dataTable(columns, rows, { caption: `Rows ${first + 1} to ${last} of the table` }));
    root.dataset.first = first;
  }

  root.open = (next) => {
    table = next;
    put(notes, next.notes.map((note) => el("li", {}, note)));
    go(0);
  };
  return root;
}
