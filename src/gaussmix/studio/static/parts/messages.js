// Messages to the reader, above the panels: what went wrong and what to do. They stay until closed.
import { el } from "../lib/dom.js";

const MOST = 4;

/** Show a message; a message of the same `key` takes the place of an earlier one. */
export function say(words, { kind = "bad", key = words, actions = [] } = {}) {
  // The names of files and of parameters stay as they are.
  const text = words.replace(/^[a-z](?=[a-z]*[ ,:])/, (first) => first.toUpperCase());
  const box = document.getElementById("messages");
  hush(key);
  for (const one of [...box.children]) if (one.firstChild.textContent === text) one.remove();
  const close = el("button", { type: "button", className: "plain", "aria-label": "Close this message", onclick: () => message.remove() }, "✕");
  const message = el("div", { className: `message ${kind}`, data: { key } }, el("p", {}, text), actions, close);
  box.prepend(message);
  while (box.children.length > MOST) box.lastElementChild.remove();
}

/** Take away the message of a key. */
export function hush(key) {
  for (const message of [...document.getElementById("messages").children]) if (message.dataset.key === key) message.remove();
}

/** Take away the warnings of a fit that is gone. */
export function hushWarnings() {
  for (const message of document.querySelectorAll("#messages .warning")) message.remove();
}

/** Call an async function, and show its refusal as a message; the result is undefined then. */
export async function attempt(call, key) {
  try {
    const result = await call();
    if (key) hush(key);
    return result;
  } catch (error) {
    // The page says already that the connection is lost.
    if (error.name !== "AbortError" && !error.lost) say(error.message, { key });
    return undefined;
  }
}
