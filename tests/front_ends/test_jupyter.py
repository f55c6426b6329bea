"""The widget in JupyterLab and in Jupyter Notebook, as a user sees it in Chromium."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: make test-front-ends")
pytest.importorskip("anywidget", reason="anywidget is not installed: make test-front-ends")

from .pages import DONE, GATE, write
from .servers import run

pytestmark = pytest.mark.slow
RUNNING = '.em-view[data-fitting="true"][data-iteration="3"]'


@pytest.mark.parametrize("place", ["lab/tree", "notebooks"])
def test_em_is_seen_while_it_runs_and_can_be_gone_through_afterwards(notebook: Any, place: str) -> None:
    cell = "seen = gaussmix.watch(model(callbacks=gate), X, pause=0.11)"
    book = notebook(GATE, cell, "seen.position = 2", place=place).run().has(RUNNING)
    page = book.page
    assert page.locator(".em-title").inner_text().startswith("Iteration 3, M-step")
    page.get_by_role("button", name="To the start").click()
    book.position(0)
    page.get_by_role("button", name="To the end").click()
    (notebook.folder / "go").touch()
    # The next cell moves the player from Python.
    book.has('.em-view[data-fitting="false"]').position(2)
    page.get_by_role("button", name="To the next E-step").click()
    book.position(3)
    page.get_by_role("button", name="To the end").click()
    book.has(DONE)
    page.get_by_role("button", name="To the start").click()
    page.get_by_role("button", name="Play", exact=True).click()
    book.has('.em-player[data-state="playing"]')
    page.get_by_role("button", name="Pause", exact=True).click()
    book.has('.em-player[data-state="paused"]')


def test_the_keys_of_the_player_are_not_those_of_the_notebook(notebook: Any) -> None:
    book = notebook("gaussmix.watch(model(), X)").run().has(DONE)
    keys = book.page.keyboard
    book.page.locator(".em-slider").focus()
    # X cuts a cell, B adds one, and arrows choose one.
    for key in ("Home", "ArrowRight", "x", "b", "ArrowRight"):
        keys.press(key)
    book.position(2)
    book.page.get_by_role("button", name="One step on").focus()
    for key in ("ArrowRight", "x", "b", "End", "ArrowLeft"):
        keys.press(key)
    book.position(book.last() - 1)
    book.has(".jp-Notebook .jp-CodeCell", 2)


def test_two_widgets_share_a_page_and_the_theme_of_the_notebook(notebook: Any) -> None:
    book = notebook("gaussmix.watch(model(), X)", "gaussmix.watch(model(), X[:, :1])").run().has(DONE, 2)
    book.page.get_by_role("button", name="To the start").first.click()
    book.has(DONE).has('.em-player[data-position="0"]')
    try:
        book.command("apputils:change-theme", theme="JupyterLab Dark")
        book.has('.em-view[data-theme="dark"]:not([data-pending])', 2)
    finally:
        book.command("apputils:change-theme", theme="JupyterLab Light")
    book.has('.em-view[data-theme="light"]:not([data-pending])', 2)


def test_the_widget_outlives_its_kernel(notebook: Any) -> None:
    book = notebook("gaussmix.watch(model(), X)").run().has(DONE)
    book.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    book.page.get_by_role("button", name="To the start").click()
    book.position(0)
    book.run().has(DONE)


def test_a_saved_notebook_shows_the_fit_without_a_kernel(notebook: Any) -> None:
    book = notebook("gaussmix.watch(model(), X)").run().has(DONE)
    book.command("docmanager:save")
    notebook.stop()
    again = notebook()
    again.has(DONE).page.get_by_role("button", name="To the start").click()
    again.position(0)


def test_a_page_of_nbconvert_holds_the_whole_fit(tmp_path: Path) -> None:
    pytest.importorskip("nbconvert", reason="nbconvert is not installed: make test-front-ends")
    book = write(tmp_path / "book", "gaussmix.watch(model(), X)")
    run(["nbconvert", "--execute", "--to", "html", str(book)], tmp_path)
    text = book.with_suffix(".html").read_text(encoding="utf-8")
    found = re.search(
        r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>', text, re.DOTALL
    )
    assert found
    (state,) = [each["state"] for each in json.loads(found[1])["state"].values() if "frames" in each["state"]]
    assert (len(state["frames"]), state["fitting"], state["position"]) == (5, False, -1)
    assert state["_esm"].endswith("export default { render: renderWidget };\n")
