// The rows and the frame that are drawn, in the one or two columns that the reader has chosen.
import { viewFrame } from "../lib/frames.js";
import { attempt } from "../parts/messages.js";

/** Return the drawing of a session: `choose(x, y)`, `reset()`, `again()`, `frame(message)`. */
export function createDrawing({ store, api, command }) {
  const columns = () => [store.get("x"), store.get("y")].filter(Boolean);
  const here = (message) => JSON.stringify(message.columns) === JSON.stringify(columns());

  function frame(message) {
    const points = store.get("points");
    if (points && here(message)) store.set({ frame: viewFrame(message, points.rows.length) });
  }

  async function frameNow() {
    const { fit } = store.get("session");
    return fit.frames && columns().length ? (await api.frames(fit.shown, 1, columns())).frames[0] : undefined;
  }

  async function choose(x, y) {
    store.set({ x, y: y || null });
    const wanted = columns();
    const [points, found] = await Promise.all([api.points(wanted), frameNow()]);
    if (JSON.stringify(wanted) !== JSON.stringify(columns())) return;
    store.set({ points, frame: found ? viewFrame(found, points.rows.length) : null });
    await command("show", { columns: wanted, responsibilities: true });
  }

  /** Draw a table or a choice of columns that is new. */
  async function reset() {
    const { chosen } = store.get("session");
    if (!chosen) {
      store.set({ x: null, y: null, points: null, frame: null });
      return;
    }
    const [first, second] = chosen.columns;
    const x = chosen.columns.includes(store.get("x")) ? store.get("x") : first;
    const y = chosen.columns.includes(store.get("y")) && store.get("y") !== x ? store.get("y") : chosen.columns.find((name) => name !== x);
    await choose(x, y ?? second ?? null);
  }

  /** Draw the same columns again, after a socket was lost. */
  async function again() {
    if (!columns().length) return;
    await command("show", { columns: columns(), responsibilities: true });
    const found = await attempt(frameNow, "frame");
    if (found) frame(found);
  }

  return {
    frame, reset, again, columns,
    choose: (x, y) => attempt(() => choose(x, y), "points"),
  };
}
