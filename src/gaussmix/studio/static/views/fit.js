// Fit: EM before your eyes.
import { el, perFrame, put } from "../lib/dom.js";
import { fixed, number } from "../lib/format.js";
import { describe } from "../../view/drawing.js";
import { emptyState } from "../parts/states.js";
import { columnChoice } from "./column_choice.js";
import { fitActions } from "./fit_actions.js";
import { componentsCard } from "./fit_components.js";
import { curvesCard } from "./fit_curves.js";
import { movesCard } from "./fit_moves.js";
import { fitOptions } from "./fit_options.js";
import { transport, transportKeys } from "./fit_transport.js";
import { rowsView } from "./rows_view.js";

const panel = document.getElementById("fit");

export function fitView(app) {
  const { store } = app;
  const options = fitOptions(store.get("server"));
  const controls = transport((name, value) => act(name, value));
  const act = fitActions(app, panel, options, controls);
  transportKeys(panel, act);

  const view = rowsView(app, { label: "Rows and components", movable: true });
  const choice = columnChoice(app);
  const colours = view.colourButtons();
  const components = componentsCard(app, view);
  const curves = curvesCard((frame) => act("seek", frame));
  const moves = movesCard();
  const stage = el("section", { className: "card stage" }, el("div", { className: "row spread" }, choice, colours), view.box, components.bar);
  const split = el("div", { className: "split wide" },
    el("div", { className: "column" }, el("section", { className: "card" }, el("h2", {}, "Mixture"), options), el("section", { className: "card" }, el("h2", {}, "EM"), controls),
      el("section", { className: "card" }, options.more)),
    el("div", { className: "column" }, stage),
    el("div", { className: "column" }, curves, components, moves));
  const nothing = emptyState("No table yet", "A fit needs rows: open a table first.",
    el("button", { type: "button", className: "main", onclick: () => app.show("data") }, "Open a table"));

  let written = null;
  store.on(["session"], ({ session }) => {
    if (!session) return;
    const { fit } = session;
    const ready = Boolean(session.chosen);
    if (ready !== split.isConnected || !panel.childElementCount) put(panel, ready ? split : nothing);
    panel.dataset.state = ready ? fit.state : "empty";
    panel.dataset.frames = fit.frames;
    panel.dataset.source = fit.source;
    if (fit.options && JSON.stringify(fit.options) !== written) {
      written = JSON.stringify(fit.options);
      options.write(fit.options);
    }
  });

  const follow = perFrame(({ session, frame, trace, progress }) => {
    if (!session?.chosen) return;
    const { fit } = session;
    const shown = frame ? { ...fit, shown: frame.position, frames: Math.max(fit.frames, frame.position + 1) } : fit;
    const given = options.read();
    controls.show(shown, frame, Boolean(fit.options && given && JSON.stringify({ ...fit.options, ...given }) !== JSON.stringify(fit.options)));
    controls.say(sentence(fit, frame, progress));
    panel.dataset.frame = frame?.position ?? "";
    panel.dataset.half = frame?.phase ?? "";
    panel.dataset.components = frame?.weights.length ?? "";
    curves.show(trace, frame?.position);
    components.show(session, frame);
  });
  store.on(["session", "frame", "trace", "progress"], follow);
  options.onChange(() => follow({ session: store.get("session"), frame: store.get("frame"), trace: store.get("trace") }));
  store.on(["moves"], ({ moves: all }) => moves.show(all));
}

const capitalised = (words) => `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}`;

function sentence(fit, frame, progress) {
  if (fit.state === "none") return "Run shows EM as it goes. Step does an E-step, then an M-step.";
  if (fit.state === "failed") return `The fit failed: ${fit.words}`;
  if (fit.state === "done" && frame?.position === fit.frames - 1) {
    const end = Number.isFinite(fit.bic) ? ` Log-likelihood ${fixed(fit.log_likelihood, 2)}, BIC ${fixed(fit.bic, 2)}.` : "";
    return `${capitalised(fit.words)}.${end}`;
  }
  const what = frame ? capitalised(describe(frame)) : "Starting";
  const more = progress?.job === "fit" && progress.words ? ` · ${progress.words}` : "";
  return frame && Number.isFinite(frame.logLikelihood) ? `${what} · ${number(frame.logLikelihood, 7)} nats per row${more}` : `${what}${more}`;
}
