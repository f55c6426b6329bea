// Events of the server, put into the store.
import { attempt, hushWarnings, say } from "../parts/messages.js";

const NO_TRACE = { first: 0, values: [], bic: [], phases: "" };

/** What must be fetched anew when it changes. */
function keyOf({ table, chosen }) {
  return JSON.stringify([table?.name, table?.n_rows, chosen]);
}

/** Return the listener to a socket: `event(message)`, and `adopt(session)` for a state that came by HTTP. */
export function listen({ store, drawing, api }) {
  let key = "";
  let complete = false;

  async function adopt(told, { fresh = false } = {}) {
    const before = store.get("session");
    // The answer to a request may come after the event of a later change.
    const late = before?.session === told.session && before.revision > told.revision;
    const session = late ? before : told;
    const changed = fresh || keyOf(session) !== key;
    key = keyOf(session);
    const refit = session.fit.frames < (before?.fit.frames ?? 0) || session.fit.state === "none";
    if (refit) store.set({ trace: NO_TRACE, moves: [], frame: null });
    store.set({ session });
    if (!session.job) store.set({ progress: null });
    if (changed) hushWarnings();
    if (changed) await attempt(() => drawing.reset(), "points");
    if (!complete) {
      complete = true;
      if (session.fit.frames) await attempt(async () => append(await api.trace()), "trace");
      await drawing.again();
    }
  }

  function append(event) {
    const now = store.get("trace") ?? NO_TRACE;
    const anew = event.first === 0 || event.first > now.first + now.values.length;
    const kept = anew ? 0 : event.first - now.first;
    store.set({ trace: {
      first: anew ? event.first : now.first,
      values: [...now.values.slice(0, kept), ...event.mean_log_likelihood],
      bic: [...now.bic.slice(0, kept), ...event.bic],
      phases: now.phases.slice(0, kept) + event.phases,
    } });
  }

  function add({ model, number, total }) {
    const { sweep, ...session } = store.get("session");
    const models = [...sweep.models.slice(0, number - 1), model];
    store.set({ session: { ...session, sweep: { ...sweep, state: "running", models, total } } });
  }

  const events = {
    state: ({ session }) => { adopt(session); },
    frame: ({ frame }) => drawing.frame(frame),
    trace: append,
    move: (move) => store.set({ moves: [...store.get("moves"), move] }),
    model: add,
    progress: (progress) => store.set({ progress }),
    notice: ({ words, kind }) => say(words, { kind: kind === "error" ? "bad" : "warning" }),
    closed: ({ words }) => say(words, { key: "closed" }),
  };
  return {
    adopt,
    event: (message) => events[message.event]?.(message),
    lost: () => { complete = false; },
  };
}
