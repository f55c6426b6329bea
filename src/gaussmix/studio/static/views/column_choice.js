// The one or two columns that are drawn.
import { el } from "../lib/dom.js";
import { shortName } from "../lib/format.js";
import { choiceField } from "../parts/fields.js";

/** Two menus; all panels share their choice. */
export function columnChoice({ store, drawing }) {
  const x = choiceField("Across", [], { name: "x" });
  const y = choiceField("Up", [], { name: "y" });
  const root = el("div", { className: "row axes" }, x, y);
  root.addEventListener("change", () => {
    const across = x.read();
    let up = y.read();
    // The same column twice: the axes change places.
    if (up === across) up = store.get("x") === across ? "" : store.get("x");
    drawing.choose(across, up || null);
  });
  store.on(["session", "x", "y"], ({ session, x: across, y: up }) => {
    const columns = session?.chosen?.columns ?? [];
    x.setOptions(columns.map((name) => [name, shortName(name, 15)]), across);
    y.setOptions([["", "density"], ...columns.map((name) => [name, shortName(name, 15)])], up ?? "");
  });
  return root;
}
