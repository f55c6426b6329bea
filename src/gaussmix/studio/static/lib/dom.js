// Elements of the page. Text is always text: nothing is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set(["value", "checked", "disabled", "hidden", "selected", "indeterminate", "tabIndex", "htmlFor", "className", "open"]);

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false && !AS_PROPERTY.has(name)) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (AS_PROPERTY.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Return an element: `el("p", {className: "note"}, "text", child)`. */
export function el(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Return an element of SVG. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** Replace the children of a node, and return it. */
export function put(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

let count = 0;

/** Return an id that no other element has. */
export function newId(prefix = "id") {
  count += 1;
  return `${prefix}-${count}`;
}

/** Call a function at most once a frame of the screen, with the last arguments. */
export function perFrame(call) {
  let pending = 0;
  let last = [];
  return (...args) => {
    last = args;
    if (!pending) pending = requestAnimationFrame(() => { pending = 0; call(...last); });
  };
}

/** Call a function after a pause of its calls, with the last arguments. */
export function settled(call, milliseconds = 200) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), milliseconds);
  };
}
