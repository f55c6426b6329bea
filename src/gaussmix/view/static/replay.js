// A recorded fit with its player and a choice of columns: {rows, frames, columns, title}.

import { html } from "./axes.js";
import { createEmView } from "./em_view.js";
import { createPlayer } from "./player.js";
import { embeddingPage, followTheme } from "./themes.js";

export function createReplay(container, recording, options = {}) {
  const view = createEmView(container, options);
  view.setRows(recording.rows).setColumns(recording.columns);
  const player = createPlayer(view, recording.frames, options);
  if (recording.rows.columns.length > 1) chooser(view, player, recording);
  return { view, player };
}

// Two menus of columns; without a second column the view draws curves.
function chooser(view, player, { rows: { names }, columns }) {
  const bar = html("div", "em-bar", null);
  const menus = ["Horizontal", "Vertical"].map((word, at) => {
    const label = html("label", "", bar, `${word} `);
    const menu = html("select", "em-column", label);
    names.forEach((name, d) => choice(menu, name, d, d === columns[at]));
    if (at === 1) choice(menu, "density", "", columns.length === 1);
    menu.addEventListener("change", change);
    return menu;
  });
  view.root.insertBefore(bar, view.root.children[1]);

  function change() {
    const chosen = menus.map((menu) => menu.value).filter((value) => value !== "").map(Number);
    view.setColumns(chosen[0] === chosen[1] ? chosen.slice(0, 1) : chosen);
    player.reserve();
  }
}

function choice(menu, text, value, selected) {
  const option = html("option", "", menu, text);
  option.value = String(value);
  option.selected = selected;
}

// The recordings of a page: each stands in the page as JSON, beside the element that shows it.
export function mountReplays() {
  for (const root of document.querySelectorAll(".em-replay")) {
    const recording = JSON.parse(root.querySelector("script").textContent);
    root.querySelector(".em-still")?.remove();
    const { view } = createReplay(root, recording, { at: recording.at ?? 0 });
    const around = embeddingPage();
    if (around) followTheme(around, (theme) => showTheme(view, theme));
  }
}

function showTheme(view, theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  view.setTheme(theme);
}
