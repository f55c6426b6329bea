// Run, pause, step, and back through the iterations.
import { el } from "../lib/dom.js";
import { choiceField, sliderField } from "../parts/fields.js";

const PACES = [["0", "as fast as it can"], ["0.1", "10 steps a second"], ["0.4", "2 to 3 steps a second"], ["1", "1 step a second"]];
const HALVES = { E: "Step: M", M: "Step: E", "": "Step: E" };
const RUN = { none: "Run", running: "Pause", paused: "Go on", edited: "Go on from here", done: "Run again", failed: "Run again" };

/** The buttons and the slider; `act(name, value)` is called for each. */
export function transport(act) {
  const button = (id, text, props) => el("button", { type: "button", id, onclick: () => act(id), ...props }, text);
  const run = button("run", "Run", { className: "main", "aria-keyshortcuts": "Space" });
  const step = button("step", "Step", { "aria-keyshortcuts": "S" });
  const anew = button("anew", "Start anew");
  const cancel = button("cancel", "Cancel");
  const slider = sliderField("Frame", { value: 0, min: 0, max: 0, name: "frame", oninput: (value) => act("seek", value) });
  const pace = choiceField("Speed", PACES, { value: "0.1", name: "pace" });
  const status = el("p", { className: "status", id: "fit-status", role: "status" });
  const note = el("p", { className: "note" });
  pace.input.addEventListener("change", () => act("pace", Number(pace.read())));

  const root = el("div", { className: "stack transport" },
    el("div", { className: "row" }, run, step), el("div", { className: "row" }, anew, cancel), pace, slider, status, note);
  root.pace = () => Number(pace.read());

  /** Show the state of a fit, and the frame on the page. */
  root.show = (fit, frame, changed) => {
    const running = fit.state === "running";
    run.textContent = RUN[fit.state];
    step.textContent = fit.state === "none" ? "Step" : HALVES[frame?.phase === "E" ? "E" : "M"];
    step.disabled = running;
    anew.disabled = fit.state === "none";
    cancel.disabled = !running;
    slider.input.min = fit.first;
    slider.write(fit.shown, Math.max(fit.frames - 1, fit.first));
    slider.input.disabled = fit.frames < 2;
    slider.querySelector("output").textContent = fit.frames ? `${fit.shown} of ${fit.frames - 1}` : "none yet";
    note.textContent = changed ? "Options have changed: they apply to a new start." : "";
  };
  root.say = (text) => { if (status.textContent !== text) status.textContent = text; };
  return root;
}

/** Keys while no field has the focus: space runs and pauses, S steps, the arrows go through the frames. */
export function transportKeys(panel, act) {
  const names = { " ": ["run"], s: ["step"], ArrowLeft: ["turn", -1], ArrowRight: ["turn", 1] };
  document.addEventListener("keydown", (event) => {
    if (panel.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, button, a, summary, [role=tab], [role=button], [role=region]")) return;
    const name = names[event.key];
    if (!name) return;
    event.preventDefault();
    act(...name);
  });
}
