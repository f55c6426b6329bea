// What the buttons and keys of a fit do.
import { hushWarnings } from "../parts/messages.js";

/** Return `act(name, value)`: run, step, anew, cancel, seek, turn, pace. */
export function fitActions({ store, command, refresh }, panel, options, controls) {
  let started = 0;
  let seeking = false;
  let wanted = null;
  const state = () => store.get("session").fit.state;

  async function start(paused) {
    const given = options.read();
    if (!given) return;
    store.set({ moves: [] });
    hushWarnings();
    await command("pace", { seconds: controls.pace() });
    await command("start", { options: given, paused });
    // What is shown from now on is the new fit.
    await refresh();
    started += 1;
    panel.dataset.started = started;
  }

  /** Only the newest place of a slider that moves is asked for. */
  async function seek(frame) {
    wanted = frame;
    if (seeking) return;
    seeking = true;
    while (wanted !== null) {
      const next = wanted;
      wanted = null;
      await command("seek", { frame: next });
    }
    seeking = false;
  }

  const actions = {
    run() {
      const now = state();
      if (now === "running") command("pause");
      else if (now === "paused" || now === "edited") command("resume");
      else start(false);
    },
    step() {
      const now = state();
      if (now === "running") return;
      if (now === "none") start(true);
      else command("step", { half: true });
    },
    anew: () => start(true),
    cancel: () => command("cancel"),
    pace: (seconds) => command("pace", { seconds }),
    seek,
    turn(by) {
      const { fit } = store.get("session");
      const frame = (store.get("frame")?.position ?? fit.shown) + by;
      if (frame >= fit.first && frame < fit.frames) seek(frame);
    },
  };
  return (name, value) => {
    if (store.get("session")?.chosen) actions[name](value);
  };
}
