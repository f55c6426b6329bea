"""Times of the studio with 1,000,000 rows of five columns, in Chromium.

`python scripts/studio_times.py` prints the time from the choice of a file to the first picture, the time and processor
time of an iteration while it is shown, and the time from an action to its picture, with the load of the machine.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import psutil

ROWS, COLUMNS, ITERATIONS = 1_000_000, 5, 40

PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

ACT = """async ([selector, value, answers]) => {
  const node = document.querySelector(selector);
  const began = performance.now();
  performance.clearResourceTimings();
  node.value = value;
  node.dispatchEvent(new Event("input", {bubbles: true}));
  node.dispatchEvent(new Event("change", {bubbles: true}));
  const paint = () => new Promise(done => requestAnimationFrame(done));
  const count = () => performance.getEntriesByType("resource").filter(({name}) => name.includes(answers)).length;
  const view = document.querySelector("#fit .em-view");
  await paint();
  const first = performance.now() - began;
  while (!count()) await paint();
  while ("pending" in view.dataset) await paint();
  return [first, performance.now() - began];
}"""
"""Changes a field; returns the milliseconds until the page answers, and until the new picture is there."""

WATCH = """() => {
  window.seen = new Set(); window.longest = 0;
  let last = performance.now();
  const look = (now) => {
    seen.add(document.querySelector("#fit").dataset.frame);
    longest = Math.max(longest, now - last); last = now;
    window.looking = requestAnimationFrame(look);
  };
  look(last);
}"""


def write_table(path: Path) -> None:
    """Write rows of a mixture of five components as CSV."""
    from gaussmix import datasets

    X = datasets.random_mixture(5, COLUMNS, 4.0, random_state=0).sample(ROWS, random_state=0)[0]
    np.savetxt(path, X, delimiter=",", fmt="%.5f", header="a,b,c,d,e", comments="")


@contextmanager
def studio() -> Iterator[tuple[str, psutil.Process]]:
    """Run a studio, and give its address and its process."""
    command = [sys.executable, "-m", "gaussmix.cli", "studio", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = next(w for line in process.stdout for w in line.split() if w.startswith("http://"))
            yield address, psutil.Process(process.pid)
        finally:
            process.terminate()


class Clock:
    """The wall time and the processor times of the server and of the browser.

    Parameters
    ----------
    server : psutil.Process
        The server.
    """

    def __init__(self, server: psutil.Process) -> None:
        self._server, self._own = server, psutil.Process()
        self._began = self._now()

    def _now(self) -> tuple[float, float, float]:
        browser = [p for p in self._own.children(recursive=True) if "chrom" in p.name()]
        used = [sum(p.cpu_times()[:2]) for p in (self._server, *browser)]
        return time.perf_counter(), used[0], sum(used[1:])

    def __str__(self) -> str:
        wall, server, browser = (now - then for now, then in zip(self._now(), self._began, strict=True))
        return f"{wall:6.2f} s; processor time of the server {server:.2f} s, of the browser {browser:.2f} s"


def first_picture(page: Any, path: Path, clock: Callable[[], Clock]) -> None:
    """Time a file from its choice to its picture."""
    page.get_by_role("tab", name="Fit", exact=True).click()
    began = clock()
    with page.expect_response("**/counts*", timeout=600_000):
        page.locator("#file").set_input_files(str(path))
    page.wait_for_selector("#fit .em-view:not([data-pending])", state="attached")
    page.evaluate(PAINTED)
    print(f"file of {path.stat().st_size / 1e6:.0f} MB, from its choice to the picture: {began}")


def iterations(page: Any, components: int, clock: Callable[[], Clock]) -> None:
    """Time the iterations of EM while they are shown."""
    fields = {
        "K": components,
        "search": "off",
        "acceleration": "off",
        "start": "random_from_data",
        "pace": "0",
    }
    fields |= {"tol": "0", "max-iter": ITERATIONS}
    for name, value in fields.items():
        field = page.locator(f'#fit [name="{name}"]')
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))
            field.dispatch_event("change")
    page.locator("#run").click()
    page.wait_for_selector('#fit[data-state="running"]', state="attached")
    page.evaluate(WATCH)
    began, start = clock(), time.perf_counter()
    page.wait_for_selector('#fit[data-state="done"]', state="attached", timeout=600_000)
    seconds = time.perf_counter() - start
    seen = page.evaluate("() => { cancelAnimationFrame(looking); return [seen.size, longest]; }")
    print(f"K = {components}, {ITERATIONS - 1} iterations, {seen[0]} seen: {began}")
    print(f"  {seen[0] / seconds:.1f} frames a second; the longest pause of the page {seen[1]:.0f} ms")


def actions(page: Any, clock: Callable[[], Clock]) -> None:
    """Time what a reader does with a fit."""
    last = int(page.locator("#fit").get_attribute("data-frames")) - 1
    turns = {
        "back through the frames": (
            '#fit [name="frame"]',
            [str(n) for n in range(last - 1, last - 9, -1)],
            "shares",
        ),
        "another column across": ('#fit [name="x"]', ["c", "d", "e", "a"] * 2, "points"),
    }
    for name, (selector, values, answers) in turns.items():
        began = clock()
        times = [page.evaluate(ACT, [selector, value, answers]) for value in values]
        page.wait_for_load_state("networkidle")
        used = str(began)
        answer, picture = (statistics.median(each) for each in zip(*times, strict=True))
        print(f"{name}: the page answers in {answer:.0f} ms, the picture in {picture:.0f} ms")
        print(f"  all {len(values)}: {used}")
    page.wait_for_selector("#fit .em-mean", state="visible")
    page.evaluate(WATCH)
    box = page.locator("#fit .em-mean").first.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    for step in range(40):
        page.mouse.move(box["x"] + 5 + step, box["y"] + 5 + step)
    longest = page.evaluate("() => { cancelAnimationFrame(looking); return longest; }")
    print(f"a mean is dragged: the longest pause of the page {longest:.0f} ms")
    page.mouse.up()


def main() -> None:
    """Measure."""
    from playwright.sync_api import sync_playwright

    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} processors, load {load} before")
    with (
        tempfile.TemporaryDirectory() as folder,
        studio() as (address, server),
        sync_playwright() as playwright,
    ):
        path = Path(folder) / "rows.csv"
        write_table(path)
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.goto(address)
        page.wait_for_selector('body[data-state="ready"]')
        clock = lambda: Clock(server)  # noqa: E731
        first_picture(page, path, clock)
        page.locator("#fit details summary").click()
        for components in (3, 5, 10):
            iterations(page, components, clock)
        actions(page, clock)
        browser.close()
    print("load after: " + ", ".join(f"{value:.1f}" for value in os.getloadavg()))


if __name__ == "__main__":
    main()
