// What a panel shows while there is nothing yet, or while it waits.
import { el } from "../lib/dom.js";

/** An empty state: what would be here, and how to get it. */
export function emptyState(title, text, ...actions) {
  return el("div", { className: "card empty" }, el("strong", {}, title), el("p", {}, text), actions.length ? el("div", { className: "row" }, actions) : null);
}

/** A bar of progress with a button that cancels; `show(text, share)` and `hide()`. */
export function progressBar(onCancel) {
  const text = el("span", { className: "note", role: "status" });
  const bar = el("progress", { max: 1, "aria-label": "Progress" });
  const cancel = el("button", { type: "button", onclick: onCancel }, "Cancel");
  const root = el("div", { className: "progress", hidden: true, data: { state: "idle" } }, el("div", { className: "row spread" }, text, onCancel ? cancel : null), bar);
  root.show = (what, share) => {
    root.hidden = false;
    root.dataset.state = "busy";
    text.textContent = what;
    if (share === undefined || share === null) bar.removeAttribute("value");
    else bar.value = share;
  };
  root.hide = () => { root.hidden = true; root.dataset.state = "idle"; };
  return root;
}

/**
 * A bar for a call that takes a signal: `wait(text, call)`. It appears after a moment, and its button ends the wait.
 *
 * The server tells the progress of `job`.
 */
export function waitingBar(store, job) {
  let abort = null;
  let what = "";
  const bar = progressBar(() => abort?.abort());
  const follow = ({ progress }) => {
    if (!bar.hidden) bar.show(what, progress?.job === job && progress.total ? progress.done / progress.total : null);
  };
  store.on(["progress"], follow);
  bar.wait = async (text, call) => {
    abort?.abort();
    const mine = new AbortController();
    abort = mine;
    what = text;
    const timer = setTimeout(() => { bar.hidden = false; follow({ progress: store.get("progress") }); }, 300);
    try {
      return await call(mine.signal);
    } finally {
      clearTimeout(timer);
      if (abort === mine) bar.hide();
    }
  };
  return bar;
}
