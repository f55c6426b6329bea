// The fit in words: how EM ended, what the search compared, how sure the choice is.
import { el, put } from "../lib/dom.js";

const PARTS = [["words", ""], ["search", "What the search compared"], ["choice", "How sure the choice is"], ["notes", "Take care"]];

export function fitWords() {
  const body = el("div", { className: "stack" });
  const root = el("section", { className: "card", id: "fit-words" }, el("h2", {}, "The fit in words"), body);
  root.show = (found) => {
    put(body, PARTS.filter(([name]) => found[name].length).map(([name, title]) => el("div", {},
      title ? el("h3", {}, title) : null, el("ul", { className: "words" }, found[name].map((text) => el("li", {}, text))))),
    found.runs ? el("details", {}, el("summary", {}, "The runs of the search"), el("pre", { className: "code", tabindex: 0 }, found.runs)) : null);
  };
  return root;
}
