// Take away: files, and the code that repeats what was done.
import { el, put } from "../lib/dom.js";
import { isDark } from "../lib/theme.js";
import { attempt, say } from "../parts/messages.js";
import { checkField } from "../parts/fields.js";
import { emptyState, waitingBar } from "../parts/states.js";

const panel = document.getElementById("take");

export function takeView(app) {
  const { store, api, show } = app;
  const { exports } = store.get("server");
  const dark = checkField("Dark figure", { name: "figure-dark", checked: isDark(), onchange: refreshLinks });
  const files = el("ul", { className: "files" });
  const code = el("code", {});
  const pre = el("pre", { className: "code", tabindex: 0, "aria-label": "Python code" }, code);
  const copied = el("span", { className: "note", role: "status" });
  const copy = el("button", { type: "button", id: "copy", onclick: copyCode }, "Copy");
  const model = el("input", { type: "file", id: "model-file", className: "unseen", accept: ".safetensors", onchange: load });
  const load_ = el("label", { className: "button", htmlFor: "model-file" }, "Choose a model file");
  const fitted = el("section", { className: "card" }, el("h2", {}, "Files"), files, dark);
  const repeat = el("section", { className: "card" },
    el("header", {}, el("h2", {}, "The code that repeats it"), el("div", { className: "row" }, copied, copy)), pre);
  const reload = el("section", { className: "card stack" }, el("h2", {}, "A model that was saved"),
    el("p", { className: "note" }, "Show a model file on the columns that are chosen: go on from it, look at it, take labels away."), el("div", { className: "row" }, model, load_));
  const content = el("div", { className: "split even" }, el("div", { className: "column" }, fitted, reload), el("div", { className: "column" }, repeat));
  const noFit = el("p", { className: "note" }, "Fit a mixture first: then the labelled rows, the model, the report and the figure are here.");
  const nothing = emptyState("Nothing to take away yet", "Open a table and fit a mixture: the labelled rows, the model, a report, the figure and the code are here then.",
    el("button", { type: "button", className: "main", onclick: () => show("data") }, "Open a table"));

  function addressOf(name) {
    const values = name.startsWith("figure") ? { x: store.get("x"), y: store.get("y"), dark: dark.read() ? 1 : undefined }
      : name.startsWith("rows") ? { threshold: store.get("threshold") } : {};
    return api.exportAddress(name, values);
  }

  /** A file is fetched, so that a refusal is a message here and not a page of its own. */
  async function download(event, name, bar) {
    event.preventDefault();
    const link = event.currentTarget;
    if (link.dataset.state === "busy") return;
    link.dataset.state = "busy";
    const blob = await attempt(() => bar.wait(`Writing ${name}`, async (signal) => {
      const response = await fetch(addressOf(name), { cache: "no-store", signal });
      if (!response.ok) throw new Error((await response.json()).error);
      return response.blob();
    }), `export-${name}`);
    link.dataset.state = blob ? "done" : "failed";
    if (!blob) return;
    const address = URL.createObjectURL(blob);
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  const links = exports.map(({ name, title }) => {
    const bar = waitingBar(store, `export ${name}`);
    const link = el("a", { className: "button", download: name, "aria-label": `Download ${title}: ${name}`, onclick: (event) => download(event, name, bar) }, name);
    return { name, link, item: el("li", {}, el("div", {}, el("strong", {}, title), bar), link) };
  });

  function refreshLinks() {
    for (const { name, link } of links) link.href = addressOf(name);
    put(files, links.map(({ item }) => item));
  }

  async function copyCode() {
    try {
      await navigator.clipboard.writeText(code.textContent);
      copied.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(code);
      copied.textContent = "Selected: copy it with the keyboard.";
    }
  }

  async function load() {
    const [file] = model.files;
    model.value = "";
    if (!file) return;
    panel.dataset.loaded = "";
    const next = await app.change(() => api.loadModel(file), "model");
    if (!next) return;
    panel.dataset.loaded = file.name;
    say(`The model of ${file.name} is shown on the rows.`, { kind: "good", key: "model" });
  }

  let seen = "";
  async function refresh() {
    const session = store.get("session");
    if (store.get("tab") !== "take" || !session) return;
    const there = Boolean(session.chosen);
    if (there !== content.isConnected || !panel.childElementCount) put(panel, there ? content : nothing);
    if (!there) { panel.dataset.state = "empty"; return; }
    const ready = session.fit.frames > 0;
    const key = JSON.stringify([session.table.name, session.chosen, session.fit, session.sweep.state, store.get("x"), store.get("y"), store.get("threshold")]);
    if (key === seen) return;
    seen = key;
    panel.dataset.state = "loading";
    if (ready) refreshLinks(); else put(files, noFit);
    dark.hidden = !ready;
    copied.textContent = "";
    code.textContent = await attempt(() => api.code(), "code") ?? "";
    panel.dataset.state = ready ? "ready" : "table";
  }
  store.on(["session", "tab", "x", "y", "threshold"], refresh);
}
