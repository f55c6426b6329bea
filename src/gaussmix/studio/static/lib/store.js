// What the page knows: named values, and who wants to hear when one changes.

/** Return a store of values; `on(names, call)` calls at once and at each change of one of the names. */
export function createStore(initial) {
  const values = { ...initial };
  const listeners = new Map();

  return {
    get: (name) => values[name],
    set(changes) {
      const calls = new Set();
      for (const [name, value] of Object.entries(changes)) {
        if (Object.is(values[name], value)) continue;
        values[name] = value;
        for (const call of listeners.get(name) ?? []) calls.add(call);
      }
      for (const call of calls) call(values);
    },
    on(names, call) {
      for (const name of names) listeners.set(name, [...(listeners.get(name) ?? []), call]);
      call(values);
    },
  };
}
