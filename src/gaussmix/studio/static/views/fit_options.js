// The options of a fit: those of gaussmix.GaussianMixture.
import { el } from "../lib/dom.js";
import { checkField, choiceField, numberField } from "../parts/fields.js";

const SEARCHES = [
  ["auto", "on: best local maximum"],
  ["off", "off: EM alone"],
];

/** The fields, the rarer ones in `more`; `read()` gives the options, or null where one is not valid. */
export function fitOptions({ families, starts }) {
  const words = Object.fromEntries(families.map((family) => [family.name, family.words]));
  const fields = {
    n_components: numberField("Components K", { value: 3, min: 1, max: 100, name: "K" }),
    covariance_type: choiceField("Covariances", families.map(({ name, title }) => [name, title]), { value: "full", name: "family", hint: " " }),
    search: choiceField("Search", SEARCHES, { value: "auto", name: "search" }),
    init_params: choiceField("Start", starts.map(({ name, title }) => [name, title]), { value: "kmeans", name: "start" }),
    acceleration: choiceField("Acceleration", [["auto", "on: fewer iterations"], ["off", "off: every iteration of EM"]], { value: "auto", name: "acceleration" }),
    tol: numberField("Tolerance", { min: 0, step: "any", optional: true, name: "tol", hint: "Nats per row; empty: chosen by the library." }),
    max_iter: numberField("Most iterations", { value: 1000, min: 1, max: 1_000_000, name: "max-iter" }),
    random_state: numberField("Seed", { value: 0, min: 0, max: 2 ** 31 - 1, name: "seed" }),
    trim: numberField("Share of rows trimmed", { value: 0, min: 0, max: 0.5, step: "any", name: "trim", hint: "The rows of least density, left out: 0 for none." }),
    noise_component: checkField("A uniform noise component", { name: "noise" }),
  };
  const hint = fields.covariance_type.querySelector(".hint");
  const root = el("div", { className: "stack" }, fields.n_components, fields.covariance_type, fields.search);
  const more = el("details", {}, el("summary", {}, "Start, seed, tolerance, outliers"),
    el("div", { className: "stack" }, fields.init_params, fields.random_state, fields.acceleration, fields.tol, fields.max_iter, fields.trim, fields.noise_component));

  function follow() {
    const text = (words[fields.covariance_type.read()] ?? "").replace(/^.*?: /, "");
    hint.textContent = text ? `${text[0].toUpperCase()}${text.slice(1)}.` : "";
  }
  follow();
  root.more = more;
  root.onChange = (call) => { for (const part of [root, more]) part.addEventListener("change", () => { follow(); call(); }); };
  root.read = () => {
    const values = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.read()]));
    if (!fields.tol.valid() || ["n_components", "max_iter", "random_state", "trim"].some((name) => values[name] === null)) return null;
    return { ...values, tol: values.tol ?? "auto" };
  };
  /** Show the options of a fit that is there already. */
  root.write = (options) => {
    for (const [name, field] of Object.entries(fields)) {
      const value = options[name];
      if (value === undefined) continue;
      if (field.input.type === "checkbox") field.input.checked = value;
      else field.input.value = value === "auto" && name === "tol" ? "" : value;
    }
    follow();
  };
  return root;
}
