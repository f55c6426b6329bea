// The view of EM in the page: rows, components, and for many rows an image of all of them.
import { createEmView } from "../../view/em_view.js";
import { densityImage } from "../lib/density_image.js";
import { el } from "../lib/dom.js";
import { isDark, onTheme } from "../lib/theme.js";
import { attempt } from "../parts/messages.js";
import { choiceButtons } from "../parts/fields.js";

/**
 * Return a view that follows the drawing of the session while its panel is shown.
 *
 * `box` is its element; `colourButtons()` choose between responsibilities and labels; `select(index)` marks a drawn row;
 * `paint(colours, crossed)` gives each drawn row a colour of its own, and some a cross.
 */
export function rowsView(app, { label, movable = false, onPick }) {
  const { store, api, command } = app;
  const box = el("div", { className: "em-box", "aria-label": label, role: "group" });
  const view = createEmView(box, { trace: false, theme: isDark() ? "dark" : "light" });
  const image = densityImage(api);
  let byLabels = false;
  let painted = null;
  let crossed = null;
  let instead = null;
  let rows = null;

  const buttons = choiceButtons("Colours of the rows", [["responsibilities", "Components"], ["labels", "Labels"]], {
    value: "responsibilities", onchange: (value) => { byLabels = value === "labels"; showRows(); },
  });

  onTheme((dark) => { view.setTheme(dark ? "dark" : "light"); drawImage(); });

  function showRows() {
    const { points, session } = { points: store.get("points"), session: store.get("session") };
    if (!points) return;
    if (painted && painted.length !== 3 * points.rows.length) painted = null;
    rows = instead?.(points) ?? points;
    const labels = byLabels && points.labels ? points.labels.map((code) => (code < 0 ? "none" : session.chosen.labels[code])) : null;
    // The image shows all rows, the sample is only picked from; but what has colours of its own is seen in the sample.
    const hidden = isImaged() && !painted && !labels && rows === points && session.fit.state !== "running";
    view.setRows({ columns: rows.columns, names: rows.names, labels: rows === points ? labels : null, colours: rows.colours ?? painted, crossed: rows.colours ? rows.crossed : crossed, hidden, histogram: rows === points });
    view.setColumns([0, 1].slice(0, rows.columns.length));
    drawImage();
  }

  /** Whether there are more rows than are drawn as points. */
  function isImaged() {
    const points = store.get("points");
    return points?.columns.length === 2 && store.get("session").table.n_rows > points.rows.length;
  }

  async function drawImage() {
    const { points, session, frame } = Object.fromEntries(["points", "session", "frame"].map((name) => [name, store.get(name)]));
    if (!isImaged()) return view.setImage(null);
    if (!box.clientWidth) return undefined;
    const coloured = frame && !painted && !instead && !byLabels && session.fit.state !== "running";
    const found = await attempt(() => image.of(points, coloured ? frame : null), "image");
    if (found && store.get("points") === points) view.setImage(found);
    return undefined;
  }

  store.on(["points"], showRows);
  let imaged = "";
  store.on(["frame", "session"], ({ frame, session }) => {
    if (frame?.weights !== view.frame?.weights || frame?.responsibilities !== view.frame?.responsibilities) view.setFrame(frame);
    box.dataset.state = frame ? "ready" : "rows";
    const running = session?.fit.state === "running";
    const key = running ? "running" : `${session?.fit.state} ${frame?.position}`;
    if (key !== imaged && isImaged()) showRows();
    imaged = key;
  });
  let width = 0;
  new ResizeObserver(() => {
    if (!width && box.clientWidth) drawImage();
    width = box.clientWidth;
  }).observe(box);

  store.on(["session"], ({ session }) => {
    const named = Boolean(session?.chosen?.label);
    buttons.hidden = !named;
    if (!named && byLabels) { byLabels = false; buttons.write("responsibilities"); }
  });

  if (movable) {
    view.onDragMean(({ component, values, done }) => {
      if (!done) return;
      const places = Object.keys(values).map(Number);
      command("set_mean", { component, columns: places.map((place) => rows.names[place]), mean: places.map((place) => values[place]) });
    });
  }
  const pickers = onPick ? [onPick] : [];
  view.onPickRow((index) => {
    view.selectRow(index);
    for (const call of pickers) call(index === null ? null : rows.rows[index], index);
  });

  return {
    box, view,
    colourButtons: () => buttons,
    onPick: (call) => pickers.push(call),
    select: (index) => view.selectRow(index >= 0 ? index : null),
    paint(colours, crosses = null) { [painted, crossed] = [colours, crosses]; showRows(); },
    /** Draw other rows over the image, where there is one: `of(points)` returns them in the same columns. */
    draw(of) { instead = (points) => (isImaged() ? of(points) : null); showRows(); },
  };
}
