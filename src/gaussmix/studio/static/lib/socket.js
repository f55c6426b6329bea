// The socket of a session: commands with replies, events, and a new socket when one is lost.
import { Refusal } from "./api.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;

/**
 * Open a socket that comes back.
 *
 * @param {string} path relative to the page
 * @param {{onEvent: Function, onState: Function, mayReturn: () => Promise<boolean>}} hear each event; the state "ready" or
 *   "lost"; whether the session is still there after a loss
 */
export function openSocket(path, { onEvent, onState, mayReturn }) {
  const address = new URL(path, document.baseURI);
  address.protocol = address.protocol.replace("http", "ws");
  address.hash = "";
  let socket = null;
  let wait = FIRST_WAIT;
  let nextId = 1;
  const waiting = new Map();

  function receive(event) {
    const message = JSON.parse(event.data);
    if (message.event !== "reply") return onEvent(message);
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) asked?.reject(new Refusal(message.error));
    else asked?.resolve();
  }

  function lose() {
    for (const { reject } of waiting.values()) reject(new Refusal("The connection to the server was lost.", { lost: true }));
    waiting.clear();
    onState("lost");
    setTimeout(retry, wait);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }

  async function retry() {
    if (await mayReturn()) connect();
    else setTimeout(retry, (wait = Math.min(2 * wait, LONGEST_WAIT)));
  }

  function connect() {
    socket = new WebSocket(address);
    socket.addEventListener("open", () => { wait = FIRST_WAIT; onState("ready"); });
    socket.addEventListener("message", receive);
    socket.addEventListener("close", lose);
  }
  connect();

  return {
    /** Send a command; the promise ends with its reply. */
    async command(name, content = {}) {
      if (socket.readyState === WebSocket.CONNECTING) await new Promise((done) => {
        for (const kind of ["open", "close"]) socket.addEventListener(kind, done, { once: true });
      });
      if (socket.readyState !== WebSocket.OPEN) throw new Refusal("The server is not connected.", { lost: true });
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ command: name, id, ...content }));
      });
    },
    retryNow() { wait = FIRST_WAIT; if (socket.readyState === WebSocket.CLOSED) retry(); },
  };
}
