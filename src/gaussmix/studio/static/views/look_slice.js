// A conditional slice: the distribution of one or two columns, given values of others.
import { createEmView } from "../../view/em_view.js";
import { el, put, settled } from "../lib/dom.js";
import { number, shortName } from "../lib/format.js";
import { isDark, onTheme } from "../lib/theme.js";
import { attempt } from "../parts/messages.js";
import { checkField, choiceField, sliderField } from "../parts/fields.js";

export function sliceLook({ store, api }) {
  const x = choiceField("Column", [], { name: "slice-x" });
  const y = choiceField("and", [], { name: "slice-y" });
  const givens = el("fieldset", { className: "stack" });
  const words = el("p", { className: "lead", role: "status" });
  const box = el("div", { className: "em-box" });
  const view = createEmView(box, { trace: false, theme: isDark() ? "dark" : "light" });
  onTheme((dark) => view.setTheme(dark ? "dark" : "light"));
  const root = el("div", { className: "split reverse" },
    el("section", { className: "card stage tall" }, words, box),
    el("section", { className: "card stack" }, el("h2", {}, "The distribution of"), x, y, givens));
  let fields = [];
  let limits = new Map();
  let built = "";

  const wanted = () => [x.read(), y.read()].filter((name, place, all) => name && all.indexOf(name) === place);

  async function draw() {
    const columns = wanted();
    const given = Object.fromEntries(fields.filter(({ use, name }) => use.read() && !columns.includes(name)).map(({ name, slider }) => [name, slider.read()]));
    const found = await attempt(() => api.slice(columns, given), "slice");
    if (!found || JSON.stringify(columns) !== JSON.stringify(wanted())) return;
    const ranges = found.columns.map((name) => limits.get(name));
    view.setRows({ columns: found.columns.map(() => []), names: found.columns });
    view.setColumns([0, 1].slice(0, found.columns.length));
    view.setLimits(ranges.map(([low, high]) => [low - 0.06 * (high - low), high + 0.06 * (high - low)]));
    view.setFrame({ ...found, iteration: 0, phase: "", words: " ", logLikelihood: NaN });
    const pairs = Object.entries(given).map(([name, value]) => `${name} = ${number(value)}`);
    words.textContent = `p(${columns.join(", ")}${pairs.length ? ` | ${pairs.join(", ")}` : ""}): weights and shapes follow the values given.`;
    root.dataset.given = JSON.stringify(given);
    root.dataset.weights = JSON.stringify(found.weights);
  }
  const later = settled(draw, 60);

  function build(columns) {
    const [first, second] = [x.read() || columns[0], y.read()];
    const named = columns.map((name) => [name, shortName(name, 26)]);
    x.setOptions(named, columns.includes(first) ? first : columns[0]);
    y.setOptions([["", "no other"], ...named], columns.includes(second) ? second : "");
    fields = columns.map((name) => {
      const [low, high] = limits.get(name);
      const slider = sliderField(shortName(name, 26), { value: (low + high) / 2, min: low, max: high, step: (high - low) / 200 || 1, show: (value) => number(value), oninput: () => { use.input.checked = true; later(); } });
      const use = checkField("given", { checked: false, onchange: draw });
      use.input.setAttribute("aria-label", `${name} is given`);
      return { name, slider, use, root: el("div", { className: "given" }, use, slider) };
    });
    const other = fields.find(({ name }) => name !== x.read());
    if (other) other.use.input.checked = true;
    put(givens, el("legend", {}, "given values of"), fields.map((field) => field.root));
    hide();
  }

  function hide() {
    for (const field of fields) field.root.hidden = wanted().includes(field.name);
  }
  for (const menu of [x, y]) menu.addEventListener("change", () => { hide(); draw(); });

  return {
    root,
    async show() {
      const { chosen } = store.get("session");
      const points = await attempt(() => api.points(chosen.columns), "slice");
      if (!points) return;
      limits = new Map(points.names.map((name, place) => [name, points.limits[place]]));
      const key = JSON.stringify([points.names, points.limits]);
      if (key !== built) build(chosen.columns);
      built = key;
      givens.hidden = chosen.columns.length < 2;
      await draw();
    },
  };
}
