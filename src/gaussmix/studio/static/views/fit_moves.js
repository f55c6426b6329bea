// The moves that a search tried, and which it took.
import { el, put } from "../lib/dom.js";
import { counted, number } from "../lib/format.js";

const MOST = 100;

export function movesCard() {
  const summary = el("span", { className: "note" });
  const list = el("ol", { className: "moves", tabindex: 0, "aria-label": "Moves of the search, the newest first" });
  const root = el("section", { className: "card", id: "moves", hidden: true }, el("header", {}, el("h2", {}, "Search"), summary), list);

  function item({ title, taken, predicted, kind }) {
    const isMove = kind !== "start" && kind !== "converged";
    const gains = isMove && predicted !== null ? `predicted gain ${number(predicted, 3)} nats` : "";
    return el("li", { data: { taken: isMove ? String(taken) : "" } },
      isMove ? el("span", { className: taken ? "badge good" : "badge" }, taken ? "taken" : "not taken") : el("span", { className: "badge" }, "run"),
      el("span", {}, title.replace(/, rejected$/, "")), gains ? el("span", { className: "note" }, gains) : null);
  }

  root.show = (moves) => {
    root.hidden = !moves.length;
    const tried = moves.filter(({ kind }) => kind !== "start" && kind !== "converged");
    summary.textContent = `${counted(tried.length, "move")} tried, ${tried.filter((move) => move.taken).length} taken`;
    root.dataset.moves = tried.length;
    put(list, moves.slice(-MOST).reverse().map(item));
  };
  return root;
}
