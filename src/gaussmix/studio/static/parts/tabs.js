// The tabs above: arrow keys move between them, and the address remembers the one that is shown.

/** Bind the tabs of a list to their panels; `show(id)` chooses one, `onShow(id)` hears of it. */
export function bindTabs(list, onShow) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const ids = tabs.map((tab) => tab.getAttribute("aria-controls"));

  function show(id, { focus = false } = {}) {
    const chosen = ids.includes(id) ? id : ids[0];
    tabs.forEach((tab, index) => {
      const here = ids[index] === chosen;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      document.getElementById(ids[index]).hidden = !here;
      if (here && focus) tab.focus();
    });
    if (location.hash !== `#${chosen}`) scrollTo(0, 0);
    history.replaceState(null, "", `#${chosen}`);
    onShow(chosen);
  }

  const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -ids.length, End: ids.length };
  list.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const now = tabs.indexOf(document.activeElement);
    const next = Math.abs(step) === 1 ? (now + step + ids.length) % ids.length : step < 0 ? 0 : ids.length - 1;
    show(ids[next], { focus: true });
  });
  tabs.forEach((tab, index) => tab.addEventListener("click", () => show(ids[index])));
  return { show };
}
