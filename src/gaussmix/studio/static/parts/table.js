// A table of text and numbers.
import { el } from "../lib/dom.js";

/**
 * Return a table in a box that scrolls.
 *
 * @param {{text?: string, unseen?: string, title?: string, className?: string}[]} columns `unseen` is for screen readers
 * @param {any[][]} rows of texts or nodes
 * @param {{caption: string, rowProps?: (index: number) => object}} options
 */
export function dataTable(columns, rows, { caption, rowProps = () => ({}) }) {
  const head = el("tr", {}, columns.map((column) => el("th", { scope: "col", className: column.className ?? "", title: column.title },
    column.unseen ? el("span", { className: "unseen" }, column.unseen) : column.text)));
  const body = rows.map((cells, index) => el("tr", rowProps(index), cells.map((cell, place) => {
    const className = columns[place].className ?? "";
    if (cell instanceof Node) return el("td", { className }, cell);
    return cell === null ? el("td", { className: `${className} hole` }, "missing") : el("td", { className }, String(cell));
  })));
  const table = el("table", {}, el("caption", { className: "unseen" }, caption), el("thead", {}, head), el("tbody", {}, body));
  return el("div", { className: "scroll", tabindex: 0, role: "region", "aria-label": caption }, table);
}
