// Moves means and picks rows, by pointer and by keyboard.

const NEAR = 14; // pixels

export function press(state, event) {
  const mean = event.target.closest?.(".em-mean");
  if (mean && state.dragged) drag(state, event, Number(mean.dataset.component));
  else if (state.picked && state.drawn?.x) state.picked(nearest(state.drawn, place(state, event)));
}

export function moveByKey(state, event) {
  const mean = event.target.closest?.(".em-mean");
  const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] }[event.key];
  if (!mean || !way || !state.dragged) return;
  event.preventDefault();
  event.stopPropagation();
  const [at, sign] = [Math.min(way[0], state.shown.length - 1), way[1]];
  const [d, component] = [state.shown[at], Number(mean.dataset.component)];
  const [low, high] = state.limits[at];
  const step = ((high - low) / (event.shiftKey ? 20 : 100)) * sign;
  move(state, component, { [d]: state.frame.means[component][d] + step }, true);
  state.drawNow();
  state.parts.svg.querySelector(`.em-mean[data-component="${component}"]`)?.focus();
}

function drag(state, event, component) {
  event.preventDefault();
  const { svg } = state.parts;
  svg.setPointerCapture(event.pointerId);
  state.dragging = true; // the scales stay while a mean follows the pointer
  const moved = (done) => (next) => {
    if (done) stop();
    state.dragging = !done;
    const [x, y] = place(state, next);
    const { sx, sy } = state.drawn;
    const values = { [state.shown[0]]: sx.inverse(x) };
    if (sy) values[state.shown[1]] = sy.inverse(y);
    move(state, component, values, done);
  };
  const listeners = { pointermove: moved(false), pointerup: moved(true), pointercancel: moved(true) };
  const stop = () => Object.entries(listeners).forEach(([name, each]) => svg.removeEventListener(name, each));
  Object.entries(listeners).forEach(([name, each]) => svg.addEventListener(name, each));
}

// The mean follows at once; what the owner makes of it comes with the next frame.
function move(state, component, values, done) {
  const means = state.frame.means.map((mean) => [...mean]);
  for (const [d, value] of Object.entries(values)) means[component][d] = value;
  state.frame = { ...state.frame, means, colouredBy: undefined, responsibilities: undefined };
  state.redraw();
  state.dragged({ component, values, done });
}

function place({ parts }, event) {
  const box = parts.svg.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function nearest({ x, y }, [px, py]) {
  let [best, least] = [null, NEAR ** 2];
  for (let i = 0; i < x.length; i++) {
    const distance = (x[i] - px) ** 2 + (y[i] - py) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}
