// Labelled inputs: each returns an element with `input`, `value` and `fault(text)`.
import { el, newId } from "../lib/dom.js";

function field(label, input, { hint, className = "field" } = {}) {
  const id = newId("field");
  input.id = id;
  const fault = el("span", { className: "fault", id: `${id}-fault`, hidden: true });
  const hints = hint ? el("span", { className: "hint", id: `${id}-hint` }, hint) : null;
  input.setAttribute("aria-describedby", `${id}-fault${hint ? ` ${id}-hint` : ""}`);
  const root = el("div", { className }, el("label", { htmlFor: id }, label), input, hints, fault);
  root.input = input;
  root.fault = (text) => {
    fault.textContent = text ?? "";
    fault.hidden = !text;
    input.setAttribute("aria-invalid", text ? "true" : "false");
  };
  return root;
}

/** A number, checked against its bounds; `read()` is null where it is not valid. */
export function numberField(label, { value, min, max, step = 1, hint, optional = false, name }) {
  const input = el("input", { type: "number", value: value ?? "", min, max, step: step === 1 ? 1 : "any", name, inputmode: "decimal" });
  const root = field(label, input, { hint });
  const problem = () => {
    if (input.value === "") return input.validity.badInput || !optional ? "A number is needed." : null;
    const number = Number(input.value);
    if (step === 1 && !Number.isInteger(number)) return "A whole number is needed.";
    if (min !== undefined && number < min) return `At least ${min}.`;
    if (max !== undefined && number > max) return `At most ${max}.`;
    return null;
  };
  root.read = () => {
    const text = problem();
    root.fault(text);
    return text || input.value === "" ? null : Number(input.value);
  };
  root.valid = () => problem() === null;
  input.addEventListener("change", root.read);
  return root;
}

/** A choice of a list of [value, text] pairs. */
export function choiceField(label, options, { value, hint, name } = {}) {
  const input = el("select", { name }, options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  const root = field(label, input, { hint });
  root.read = () => input.value;
  root.setOptions = (next, chosen = input.value) => {
    input.replaceChildren(...next.map(([key, text]) => el("option", { value: key, selected: key === chosen }, text)));
  };
  return root;
}

/** A check box with its text beside it. */
export function checkField(text, { checked = false, onchange, name } = {}) {
  const input = el("input", { type: "checkbox", checked, name, onchange });
  const root = el("label", { className: "check" }, input, el("span", {}, text));
  root.input = input;
  root.read = () => input.checked;
  return root;
}

/** A slider that shows its value. */
export function sliderField(label, { value, min, max, step = 1, show = String, oninput, onchange, name }) {
  const id = newId("slider");
  const output = el("output", { htmlFor: id }, show(value));
  const input = el("input", { type: "range", id, min, max, step, name, onchange });
  input.value = value;
  const describe = () => {
    output.textContent = show(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  describe();
  input.addEventListener("input", () => { describe(); oninput?.(Number(input.value)); });
  const root = el("div", { className: "slider" }, el("label", { htmlFor: id }, label), output, input);
  root.input = input;
  root.read = () => Number(input.value);
  root.write = (next, highest) => {
    if (highest !== undefined) input.max = highest;
    input.value = next;
    describe();
  };
  return root;
}

/** Buttons of which one is pressed. */
export function choiceButtons(label, options, { value, onchange }) {
  const buttons = options.map(([key, text]) => el("button", {
    type: "button", "aria-pressed": String(key === value), data: { value: key }, onclick: () => { root.write(key); onchange?.(key); },
  }, text));
  const root = el("div", { className: "group", role: "group", "aria-label": label }, buttons);
  let chosen = value;
  root.read = () => chosen;
  root.write = (key) => {
    chosen = key;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === String(key)));
  };
  return root;
}
