// Data: open a table, look at its rows, choose columns.
import { el, put } from "../lib/dom.js";
import { counted } from "../lib/format.js";
import { attempt } from "../parts/messages.js";
import { emptyState } from "../parts/states.js";
import { columnsCard } from "./data_columns.js";
import { previewCard } from "./data_preview.js";
import { builtInSource, fileSource, randomSource } from "./data_sources.js";

const panel = document.getElementById("data");

export function dataView(app) {
  const { store, api } = app;
  let busy = false;

  /** Open a table: one at a time, and the panel says that it waits. */
  async function take(call) {
    if (busy) return;
    busy = true;
    panel.dataset.state = "loading";
    panel.setAttribute("aria-busy", "true");
    try {
      await app.change(call, "table");
    } finally {
      busy = false;
      panel.removeAttribute("aria-busy");
      show(store.get("session"));
    }
  }

  const server = store.get("server");
  const file = fileSource((chosen, onShare, signal) => take(() => api.upload(chosen, onShare, signal)), () => app.command("cancel"), server);
  store.on(["session", "progress"], file.follow);
  const builtIn = builtInSource((name) => take(() => api.builtIn(name)));
  const random = randomSource((options) => take(() => api.random(options)));
  builtIn.show(server.builtin);

  const columns = columnsCard(app);
  const preview = previewCard((first, count) => attempt(() => api.rows(first, count), "rows"));
  const nothing = emptyState(
    "No table yet",
    "Drop a file, take a table of the library, or draw rows from a random mixture. Everything stays on this computer: the server that reads the table runs here.",
  );
  const stage = el("div", { className: "column" });
  put(panel, el("div", { className: "split" }, el("div", { className: "column" }, file, builtIn, random), stage));

  let shown = "";
  function show(session) {
    if (busy || !session) return;
    const { table, chosen } = session;
    panel.dataset.state = table ? "ready" : "empty";
    panel.dataset.rows = table?.n_rows ?? "";
    panel.dataset.table = table?.name ?? "";
    if (!table) put(stage, nothing);
    else if (nothing.isConnected || !stage.childElementCount) put(stage, columns, preview);
    if (!table) return;
    columns.show(table, chosen);
    const key = JSON.stringify(table);
    if (key !== shown) preview.open(table, counted(table.n_rows, "row"));
    shown = key;
  }
  store.on(["session"], ({ session }) => show(session));
}
