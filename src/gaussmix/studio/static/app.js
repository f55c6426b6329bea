// The page: opens a session, listens to its events, and shows the six panels.
import { openSession, serverFacts, sessionApi, sessionState } from "./lib/api.js";
import { counted } from "./lib/format.js";
import { openSocket } from "./lib/socket.js";
import { createStore } from "./lib/store.js";
import { bindTheme } from "./lib/theme.js";
import { attempt, hush, say } from "./parts/messages.js";
import { bindTabs } from "./parts/tabs.js";
import { createDrawing } from "./views/drawing.js";
import { listen } from "./views/events.js";
import { dataView } from "./views/data.js";
import { fitView } from "./views/fit.js";
import { chooseView } from "./views/choose.js";
import { lookView } from "./views/look.js";
import { explainView } from "./views/explain.js";
import { takeView } from "./views/take.js";
import { el } from "./lib/dom.js";

const REMEMBERED = "gaussmix-session";

bindTheme(document.getElementById("theme"));
const store = createStore({
  server: null, session: null, connection: "connecting", tab: "data",
  x: null, y: null, points: null, frame: null, trace: null, moves: [], progress: null,
});

/** Continue the session of this tab of the browser, or open one. */
async function findSession() {
  const known = sessionStorage.getItem(REMEMBERED);
  if (known) {
    try {
      return await sessionState(known);
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
  const session = await openSession();
  sessionStorage.setItem(REMEMBERED, session.session);
  return session;
}

async function stillThere() {
  try {
    await sessionState(store.get("session").session);
    return true;
  } catch (error) {
    if (error.status === 404) {
      const fresh = el("button", { type: "button", onclick: () => location.reload() }, "Begin anew");
      say("This session has ended on the server, with its table and its fit.", { key: "connection", actions: [fresh] });
    }
    return false;
  }
}

function showConnection(state) {
  store.set({ connection: state });
  document.body.dataset.state = state;
  document.querySelector("#connection .text").textContent = { ready: "Connected", lost: "Connection lost" }[state] ?? "Connecting";
  if (state === "ready") hush("connection");
  else if (state === "lost") {
    listener.lost();
    const retry = el("button", { type: "button", onclick: () => socket.retryNow() }, "Try now");
    say("The connection to the server was lost. The page tries again by itself; nothing on it can change until then.", { key: "connection", actions: [retry] });
  }
}

function showTable({ session }) {
  const table = session?.table;
  document.getElementById("table-name").textContent = !table ? "" : table.kind === "random" ? table.name : `${table.name} · ${counted(table.n_rows, "row")}`;
}

let socket = null;
let listener = null;

async function open() {
  const [server, session] = await Promise.all([serverFacts(), findSession()]);
  store.set({ server, session });
  const api = sessionApi(session.session);
  const app = {
    store, api,
    /** Send a command; a refusal becomes a message. */
    command: (name, content) => attempt(() => socket.command(name, content), `command-${name}`),
    /** Fetch the state of the session and show it. */
    refresh: () => attempt(async () => listener.adopt(await sessionState(api.id)), "session"),
    /** Call a route that returns the session, and show the new state. */
    change: async (call, key) => {
      const next = await attempt(call, key);
      if (next) await listener.adopt(next, { fresh: true });
      return next;
    },
  };
  app.drawing = createDrawing(app);
  const tabs = bindTabs(document.querySelector(".tabs"), (tab) => store.set({ tab }));
  app.show = tabs.show;
  listener = listen(app);
  for (const make of [dataView, fitView, chooseView, lookView, explainView, takeView]) make(app);
  store.on(["session"], showTable);
  tabs.show(location.hash.slice(1));
  socket = openSocket(api.socket, { onEvent: listener.event, onState: showConnection, mayReturn: stillThere });
  if (server.file && !session.table) await app.change(api.commandLineFile, "table");
}

try {
  await open();
} catch (error) {
  document.body.dataset.state = "lost";
  const again = el("button", { type: "button", onclick: () => location.reload() }, "Try again");
  say(error.message, { key: "connection", actions: [again] });
}
