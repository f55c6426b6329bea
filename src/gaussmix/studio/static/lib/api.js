// What the page asks of the server. Addresses are relative to that of the page, which holds the token.

/** A refusal of the server: the message is a sentence for the reader. */
export class Refusal extends Error {
  constructor(message, { status = 0, lost = false } = {}) {
    super(message);
    this.status = status;
    this.lost = lost;
  }
}

const LOST = "The server does not answer. Is gaussmix studio still running?";

function query(values) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== null) search.append(name, one);
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

async function refused(response) {
  const text = await response.text();
  try {
    return new Refusal(JSON.parse(text).error ?? text, { status: response.status });
  } catch {
    return new Refusal(text.slice(0, 300) || `The server refused (status ${response.status}).`, { status: response.status });
  }
}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refusal(LOST);
  }
  if (!response.ok) throw await refused(response);
  return response;
}

function asJson(body) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** Send a file, with the share that is sent so far. */
function send(path, file, onShare, signal) {
  return new Promise((resolve, reject) => {
    const http = new XMLHttpRequest();
    http.open("POST", path);
    http.responseType = "text";
    http.setRequestHeader("Content-Type", "application/octet-stream");
    http.upload.addEventListener("progress", (event) => { if (event.lengthComputable) onShare?.(event.loaded / event.total); });
    http.addEventListener("load", () => {
      let answer = {};
      try {
        answer = JSON.parse(http.responseText);
      } catch { /* an answer that is not JSON is a refusal without a sentence */ }
      if (http.status < 400) resolve(answer);
      else reject(new Refusal(answer.error ?? `The server refused the file (status ${http.status}).`, { status: http.status }));
    });
    http.addEventListener("error", () => reject(new Refusal("The server closed the connection while the file was sent.")));
    http.addEventListener("abort", () => reject(new DOMException("Cancelled", "AbortError")));
    signal?.addEventListener("abort", () => http.abort());
    http.send(file);
  });
}

export const serverFacts = async () => (await request("api/server")).json();
export const openSession = async () => (await request("api/sessions", { method: "POST" })).json();
export const sessionState = async (id) => (await request(`api/sessions/${encodeURIComponent(id)}`)).json();

/** The routes of a session. */
export function sessionApi(id) {
  const base = `api/sessions/${encodeURIComponent(id)}`;
  const get = async (path, values = {}, options = {}) => request(`${base}/${path}${query(values)}`, options);
  const json = async (...args) => (await get(...args)).json();
  const post = async (path, body) => (await request(`${base}/${path}`, body === undefined ? { method: "POST" } : asJson(body))).json();
  return {
    id,
    socket: `${base}/socket`,
    builtIn: (name) => post("builtin", { name }),
    random: (options) => post("random", options),
    commandLineFile: () => post("file"),
    upload: (file, onShare, signal) => send(`${base}/upload${query({ name: file.name })}`, file, onShare, signal),
    loadModel: (file) => send(`${base}/model${query({ name: file.name })}`, file),
    rows: (first, count) => json("rows", { first, count }),
    columns: (choice) => post("columns", choice),
    only: (column, value) => post("only", { column, value }),
    points: (columns) => json("points", { columns }),
    frames: (first, count, columns) => json("frames", { first, count, columns }),
    trace: () => json("trace"),
    assessment: (threshold, signal) => json("assessment", { threshold }, { signal }),
    slice: (columns, given) => post("slice", { columns, given }),
    explainRow: (row) => json(`explain/rows/${row}`),
    explainFit: (signal) => json("explain/fit", {}, { signal }),
    code: async () => (await get("code")).text(),
    exportAddress: (what, values = {}) => `${base}/export/${what}${query(values)}`,
    async counts(view, signal) {
      const response = await get("counts", view, { signal });
      return new Uint32Array(await response.arrayBuffer());
    },
    async shares(view, signal) {
      const response = await get("shares", view, { signal });
      return { count: Number(response.headers.get("X-Components")), values: new Uint8Array(await response.arrayBuffer()) };
    },
    decision: async (view, signal) => new Uint8Array(await (await get("decision", view, { signal })).arrayBuffer()),
  };
}
