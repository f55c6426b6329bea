// The view in a notebook: a model of anywidget has the traits rows, frames, columns, position and fitting.

import { html } from "./axes.js";
import { createReplay } from "./replay.js";
import { followTheme, themeOfPage } from "./themes.js";

export function renderWidget({ model, el }) {
  const root = html("div", "em-replay", el);
  root.addEventListener("keydown", keepKey);
  let shown = null;
  let silent = false;

  // Do what needs no message about the position, because the notebook asked for it.
  function silently(act) {
    silent = true;
    act();
    silent = false;
  }
  function mount() {
    shown?.player.destroy();
    shown?.view.destroy();
    const recording = { rows: model.get("rows"), frames: model.get("frames"), columns: model.get("columns") };
    const ended = !model.get("fitting");
    const at = ended ? position() : Infinity;
    silently(() => {
      shown = createReplay(root, recording, { theme: themeOfPage(document), at, ended, onStep: tell });
    });
    shown.view.root.dataset.fitting = String(!ended);
  }
  // While it plays, only the last position is worth a message.
  function tell(step) {
    if (silent || shown.player.playing || model.get("fitting") || model.get("position") === step) return;
    model.set("position", step);
    model.save_changes();
  }
  function grow() {
    const fitting = model.get("fitting");
    shown.view.root.dataset.fitting = String(fitting);
    silently(() => shown.player.extend(model.get("frames"), !fitting));
  }
  function position() {
    return model.get("position") < 0 ? Infinity : model.get("position");
  }
  function move() {
    if (position() !== shown.player.position) silently(() => shown.player.go(position()));
  }

  mount();
  const listeners = { "change:rows": mount, "change:frames": grow, "change:fitting": grow, "change:position": move };
  Object.entries(listeners).forEach(([name, each]) => model.on(name, each));
  const leaveTheme = followTheme(document, (theme) => shown.view.setTheme(theme));
  return () => {
    Object.entries(listeners).forEach(([name, each]) => model.off(name, each));
    leaveTheme();
    shown.player.destroy();
    shown.view.destroy();
    root.remove();
  };
}

// A notebook has keys of its own, such as X to cut a cell: those pressed in the widget are not for it.
function keepKey(event) {
  const shortcut = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.key === "Escape";
  if (!shortcut) event.stopPropagation();
}
