// Where a table comes from: a file, a table of the library, or a random mixture.
import { el } from "../lib/dom.js";
import { bytes, whole } from "../lib/format.js";
import { numberField, sliderField } from "../parts/fields.js";
import { progressBar } from "../parts/states.js";

const READING = "Reading the file";

/**
 * A place to drop a file, or to choose one. `open(file, onShare, signal)` sends it, and `cancel()` ends its reading.
 *
 * `follow(store)` shows how far the server has read a file, also that of the command line.
 */
export function fileSource(open, cancel, { formats, upload_bytes: most }) {
  let abort = null;
  const progress = progressBar(() => (abort ? abort.abort() : cancel()));
  progress.id = "upload";
  const input = el("input", { type: "file", id: "file", className: "unseen", accept: formats.join(","), onchange: () => send(input.files[0]) });
  const zone = el("label", { className: "drop", htmlFor: "file" },
    el("strong", {}, "Drop a table here"), el("span", {}, "or choose a file"),
    el("span", { className: "note", title: formats.join(" ") }, `CSV, Parquet, Feather, Excel, ODS, NumPy or JSON lines, compressed or not, up to ${Math.floor(most / 1e6)} MB`));

  async function send(file) {
    if (!file || abort) return;
    abort = new AbortController();
    progress.show(`Sending ${file.name}`, 0);
    try {
      await open(file, (share) => {
        if (share < 1) progress.show(`Sending ${file.name}: ${bytes(share * file.size)} of ${bytes(file.size)}`, share);
        else progress.show(READING);
      }, abort.signal);
    } finally {
      progress.hide();
      abort = null;
      input.value = "";
    }
  }

  // A file dropped beside the zone must not make the browser leave the page.
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
  window.addEventListener("dragover", () => { zone.dataset.over = "true"; });
  window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) delete zone.dataset.over; });
  window.addEventListener("drop", (event) => {
    delete zone.dataset.over;
    if (event.dataTransfer?.files.length) send(event.dataTransfer.files[0]);
  });
  const root = el("section", { className: "card stack" }, el("h2", {}, "A file of yours"), input, zone, progress);
  root.follow = ({ session, progress: work }) => {
    if (session?.job === "reading") progress.show(READING, work?.job === "reading" && work.total ? work.done / work.total : null);
    else if (!abort) progress.hide();
  };
  return root;
}

/** The tables of the library, one button each. */
export function builtInSource(open) {
  const list = el("div", { className: "choices" });
  const root = el("section", { className: "card" }, el("h2", {}, "A table of the library"), list);
  root.show = (tables) => list.replaceChildren(...tables.map(({ name, title, words }) => {
    const [first, rest] = title.split(/[:,] (.*)/s);
    return el("button", { type: "button", className: "choice", data: { table: name }, onclick: () => open(name) },
      el("strong", {}, first), el("span", {}, [rest, words].filter(Boolean).join(". ")));
  }));
  return root;
}

/** Sliders for a random mixture, whose rows have known, hidden labels. */
export function randomSource(open) {
  const fields = {
    components: sliderField("Components K", { value: 4, min: 1, max: 12, name: "random-components" }),
    columns: sliderField("Columns d", { value: 2, min: 1, max: 8, name: "random-columns" }),
    separation: sliderField("Separation, in standard deviations", { value: 6, min: 0, max: 20, step: 0.5, show: (value) => value.toFixed(1), name: "random-separation" }),
    rows: sliderField("Rows N", { value: 3, min: 1.5, max: 6, step: 0.1, show: (value) => whole(rowsOf(value)), name: "random-rows" }),
  };
  const seed = numberField("Seed", { value: 0, min: 0, max: 2 ** 31 - 1, name: "random-seed" });
  const draw = () => {
    const value = seed.read();
    if (value === null) return;
    open({
      n_components: fields.components.read(), n_features: fields.columns.read(), separation: fields.separation.read(),
      n_rows: rowsOf(fields.rows.read()), random_state: value,
    });
  };
  const again = () => { seed.input.value = Math.floor(Math.random() * 1e6); draw(); };
  return el("section", { className: "card stack" },
    el("h2", {}, "A random mixture"),
    Object.values(fields), seed,
    el("div", { className: "row" },
      el("button", { type: "button", className: "main", id: "draw", onclick: draw }, "Draw rows"),
      el("button", { type: "button", onclick: again }, "Another seed")));
}

/** The slider is logarithmic: 3 means a thousand rows, rounded to two digits. */
function rowsOf(power) {
  const exact = 10 ** power;
  const unit = 10 ** (Math.floor(power) - 1);
  return Math.round(exact / unit) * unit;
}
