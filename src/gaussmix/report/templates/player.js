"use strict";
// A player shows the pictures of an animation one at a time, for a light or a dark page as the reader's setting asks.
(() => {
  document.documentElement.classList.add("scripted");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const players = [...document.querySelectorAll(".player")].map(setUp);
  let current = players[0];
  dark.addEventListener("change", () => players.forEach((player) => player.redraw()));

  function setUp(figure) {
    const frames = JSON.parse(figure.dataset.frames);
    const image = figure.querySelector(".film");
    const slider = figure.querySelector("input");
    const told = figure.querySelector("output");
    const play = figure.querySelector(".play");
    const player = { figure, show, step, toggle, redraw, last: frames.length - 1 };
    let at = 0, timer = null, loaded = false;

    function load() {
      if (loaded) return;
      loaded = true;
      frames.forEach((_, i) => { new Image().src = source(i); });
    }
    function source(i) {
      return figure.dataset.path + (dark.matches ? "-dark/" : "/") + String(i).padStart(3, "0") + ".png";
    }
    function redraw() {
      image.src = source(at);
    }
    function show(i) {
      load();
      at = Math.max(0, Math.min(player.last, i));
      redraw();
      slider.value = at;
      const [iteration, value] = frames[at];
      told.textContent = iteration === 0 ? "Start" :
        `Iteration ${iteration}: log-likelihood ${value.toFixed(4).replace("-", "\u2212")} nats per row`;
    }
    function step(by) {
      stop();
      show(at + by);
    }
    function stop() {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
      play.setAttribute("aria-label", "Play");
    }
    function toggle() {
      if (timer) { stop(); return; }
      play.textContent = "Pause";
      play.setAttribute("aria-label", "Pause");
      show(at === player.last ? 0 : at);
      timer = setInterval(() => { if (at === player.last) stop(); else show(at + 1); }, 220);
    }
    function touch() {
      current = player;
      players.forEach((other) => other.figure.classList.toggle("touched", other === player));
    }
    figure.addEventListener("pointerdown", touch);
    figure.addEventListener("focusin", touch);
    figure.querySelector(".back").addEventListener("click", () => step(-1));
    figure.querySelector(".on").addEventListener("click", () => step(1));
    play.addEventListener("click", toggle);
    slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
    redraw();
    return player;
  }

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey || !current) return;
    // A slider and a button have keys of their own, which do the same.
    if (target.matches("summary, a, .scroll") || (target.matches("button") && event.key === " ")) return;
    const action = {
      ArrowLeft: () => current.step(-1), ArrowRight: () => current.step(1), " ": () => current.toggle(),
      Home: () => current.show(0), End: () => current.show(current.last),
    }[event.key];
    if (!action || !current.figure.matches(".touched")) return;
    event.preventDefault();
    action();
  });
})();
