// A player of recorded frames: it steps through the E-steps and M-steps of a fit.

import { html, icon } from "./axes.js";

const GLIDE = 300; // milliseconds
const SPEEDS = [0.5, 1, 2, 4, 8, 16]; // steps each second
const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2.5v11L13.5 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
};

// The steps of a recording. An iteration has two: E colours the rows by the components before it, M moves the
// components. A last step colours the rows by the result, if the fit has ended. A move of a search is one step.
export function stepsOf(frames, ended = true) {
  const steps = [];
  frames.forEach((frame, i) => {
    const before = frames[i - 1];
    if (frame.phase === "M" && follows(frame, before)) {
      steps.push({ ...before, ...said(frame), phase: "E", words: "", colouredBy: before, at: i });
      steps.push({ ...frame, colouredBy: before, at: i });
    } else {
      steps.push({ ...frame, colouredBy: frame.phase === "start" ? null : frame, at: i });
    }
  });
  const last = frames.at(-1);
  const result = { phase: "result", words: "The result", colouredBy: last, at: frames.length - 1 };
  if (ended && last?.phase === "M") steps.push({ ...last, ...result });
  return steps;
}

// Whether an iteration begins at the mixture of the frame before it.
function follows(frame, before) {
  return before && before.phase !== "search" && before.run === frame.run && before.iteration < frame.iteration;
}

function said({ iteration, logLikelihood, run, stage }) {
  return { iteration, logLikelihood, run, stage };
}

// The curve of the log-likelihood by iteration; by step if the frames are not one run of EM. A gap divides runs.
function curveOf(frames) {
  const plain = frames.every((frame, i) => i === 0 || frame.iteration > frames[i - 1].iteration);
  const x = (frame, i) => (plain ? frame.iteration : i);
  const points = [];
  frames.forEach((frame, i) => {
    const before = frames[i - 1];
    if (before && (frame.run !== before.run || frame.phase !== before.phase)) points.push([x(frame, i), NaN]);
    if (Number.isFinite(frame.logLikelihood)) points.push([x(frame, i), frame.logLikelihood]);
  });
  return { points, x, unit: plain ? "iteration" : "step" };
}

export function createPlayer(view, frames, options = {}) {
  return new Player(view, frames, options);
}

class Player {
  #view; #steps = []; #position = 0; #curve; #root; #parts = {}; #timer = 0; #options; #frames;

  constructor(view, frames, options) {
    this.#view = view;
    this.#options = { speed: 2, onStep: null, ended: true, ...options };
    this.#build();
    this.setFrames(frames, this.#options.at ?? 0, this.#options.ended);
  }

  get root() {
    return this.#root;
  }

  get position() {
    return this.#position;
  }

  get steps() {
    return this.#steps;
  }

  get playing() {
    return this.#timer !== 0;
  }

  // Other frames.
  setFrames(frames, position = this.#position, ended = true) {
    this.#frames = frames;
    this.#steps = stepsOf(frames, ended);
    this.#curve = curveOf(frames);
    this.reserve();
    this.#parts.slider.max = String(Math.max(0, this.#steps.length - 1));
    return this.go(position);
  }

  // More frames while a fit runs, and its end: the position stays, or follows the last step.
  extend(frames, ended) {
    return this.setFrames(frames, this.#position < this.#steps.length - 1 ? this.#position : Infinity, ended);
  }

  // Limits that hold in all frames; after other columns were chosen.
  reserve() {
    this.#view.reserve(this.#frames);
    return this;
  }

  go(position, glide = 0) {
    this.#position = Math.min(this.#steps.length - 1, Math.max(0, position));
    const step = this.#steps[this.#position];
    if (!step) return this;
    this.#view.setFrame(step, { glide });
    this.#view.setTrace(this.#curve.points, this.#curve.x(this.#frames[step.at], step.at), this.#curve.unit);
    this.#tell(step);
    this.#options.onStep?.(this.#position, step);
    return this;
  }

  step(count = 1) {
    return this.pause().go(this.#position + count, GLIDE);
  }

  // To the next step of a phase: "E" or "M".
  stepTo(phase) {
    const next = this.#steps.findIndex((step, i) => i > this.#position && step.phase === phase);
    return next < 0 ? this.step(this.#steps.length) : this.pause().go(next, GLIDE);
  }

  play() {
    if (this.#position >= this.#steps.length - 1) this.go(0);
    this.pause();
    const tick = () => {
      this.go(this.#position + 1, Math.min(GLIDE, 600 / this.#options.speed));
      if (this.#position >= this.#steps.length - 1) this.pause();
    };
    this.#timer = setInterval(tick, 1000 / this.#options.speed);
    this.#state("playing");
    return this;
  }

  pause() {
    const played = this.playing;
    clearInterval(this.#timer);
    this.#timer = 0;
    if (played) this.#options.onStep?.(this.#position, this.#steps[this.#position]);
    this.#state(this.#position >= this.#steps.length - 1 ? "ended" : "paused");
    return this;
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  setSpeed(speed) {
    this.#options.speed = speed;
    return this.playing ? this.play() : this;
  }

  destroy() {
    this.pause();
    this.#root.remove();
  }

  #build() {
    const root = html("div", "em-player", this.#view.root);
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Player of the fit");
    const first = this.#button(root, "first", "To the start", () => this.pause().go(0));
    const back = this.#button(root, "back", "One step back", () => this.step(-1));
    const play = this.#button(root, "play", "Play", () => this.toggle());
    const next = this.#button(root, "next", "One step on", () => this.step(1));
    const last = this.#button(root, "last", "To the end", () => this.pause().go(Infinity));
    const stepE = this.#button(root, "E", "To the next E-step", () => this.stepTo("E"));
    const stepM = this.#button(root, "M", "To the next M-step", () => this.stepTo("M"));
    const slider = html("input", "em-slider", root);
    Object.assign(slider, { type: "range", min: "0", step: "1", value: "0" });
    slider.setAttribute("aria-label", "Step of the fit");
    slider.addEventListener("input", () => this.pause().go(Number(slider.value)));
    const speed = this.#speeds(root);
    play.classList.add("em-play");
    this.#view.root.addEventListener("keydown", (event) => this.#key(event));
    this.#root = root;
    this.#parts = { first, back, play, next, last, stepE, stepM, slider, speed };
  }

  #button(parent, name, label, action) {
    const button = html("button", "em-button", parent);
    if (name in ICONS) icon(button, ICONS[name]);
    else button.append(name, html("span", "em-more", null, "-step"));
    Object.assign(button, { type: "button", title: label });
    button.dataset.action = name;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", action);
    return button;
  }

  #speeds(parent) {
    const speed = html("select", "em-speed", parent);
    speed.setAttribute("aria-label", "Speed");
    SPEEDS.forEach((each) => {
      const option = html("option", "", speed, `${each} steps/s`);
      option.value = String(each);
      option.selected = each === this.#options.speed;
    });
    speed.addEventListener("change", () => this.setSpeed(Number(speed.value)));
    return speed;
  }

  #key(event) {
    if (event.target.closest("input, select, .em-mean") || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target.closest("button");
    const actions = {
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      Home: () => this.pause().go(0),
      End: () => this.pause().go(Infinity),
      ...(onButton ? {} : { " ": () => this.toggle() }),
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  #tell(step) {
    const { slider, first, back, play, next, stepE, stepM, last } = this.#parts;
    const focused = this.#root.querySelector(":focus");
    slider.value = String(this.#position);
    slider.setAttribute("aria-valuetext", this.#view.words);
    const [begins, ends] = [this.#position === 0, this.#position >= this.#steps.length - 1];
    first.disabled = back.disabled = begins;
    next.disabled = last.disabled = ends;
    const left = new Set(this.#steps.slice(this.#position + 1).map(({ phase }) => phase));
    [stepE.disabled, stepM.disabled] = [!left.has("E"), !left.has("M")];
    if (focused?.disabled) play.focus(); // a disabled button would lose the keys
    Object.assign(this.#root.dataset, { position: this.#position, phase: step.phase, iteration: step.iteration });
    if (!this.playing) this.#state(ends ? "ended" : "paused");
  }

  #state(state) {
    this.#root.dataset.state = state;
    const playing = state === "playing";
    const { play } = this.#parts;
    const label = playing ? "Pause" : "Play";
    play.querySelector("path").setAttribute("d", playing ? ICONS.pause : ICONS.play);
    play.setAttribute("aria-label", label);
    play.title = label;
  }
}
