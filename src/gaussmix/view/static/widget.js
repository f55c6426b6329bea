// The view in a notebook: a model of anywidget has the traits rows, frames, columns, position and fitting.

import { html } from "./axes.js";
import { createReplay } from "./replay.js";

export function renderWidget({ model, el }) {
  const root = html("div", "em-replay", el);
  let shown = null;

  function mount() {
    shown?.player.destroy();
    shown?.view.destroy();
    const recording = { rows: model.get("rows"), frames: model.get("frames"), columns: model.get("columns") };
    shown = createReplay(root, recording, { theme: themeOfHost(), at: model.get("position"), onStep: tell });
    shown.view.root.dataset.fitting = String(model.get("fitting"));
  }
  // While it plays, only the last position is worth a message.
  function tell(position) {
    if (shown?.player.playing || model.get("fitting") || model.get("position") === position) return;
    model.set("position", position);
    model.save_changes();
  }
  function grow() {
    const frames = model.get("frames");
    const { player, view } = shown;
    view.root.dataset.fitting = String(model.get("fitting"));
    player.setFrames(frames, Infinity);
  }
  function move() {
    if (model.get("position") !== shown.player.position) shown.player.go(model.get("position"));
  }

  mount();
  const listeners = { "change:rows": mount, "change:frames": grow, "change:fitting": grow, "change:position": move };
  Object.entries(listeners).forEach(([name, each]) => model.on(name, each));
  const host = new MutationObserver(() => shown.view.setTheme(themeOfHost()));
  [document.documentElement, document.body].forEach((each) => host.observe(each, { attributes: true }));
  return () => {
    Object.entries(listeners).forEach(([name, each]) => model.off(name, each));
    host.disconnect();
    shown.player.destroy();
    shown.view.destroy();
    root.remove();
  };
}

// The theme of JupyterLab, VS Code or marimo, which is not always that of the system.
export function themeOfHost() {
  const [page, body] = [document.documentElement, document.body];
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "true" ? "light" : "dark";
  if (body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.includes("light") ? "light" : "dark";
  for (const each of [page, body]) {
    if (each.classList.contains("dark") || each.dataset.theme === "dark") return "dark";
    if (each.classList.contains("light") || each.dataset.theme === "light") return "light";
  }
  return "auto";
}
