"""The widget in marimo, as a user sees it in Chromium."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("marimo", reason="marimo is not installed: make test-front-ends")
pytest.importorskip("anywidget", reason="anywidget is not installed: make test-front-ends")

from .servers import marimo, run

pytestmark = pytest.mark.slow
WAIT = 60_000
NOTEBOOK = """
import marimo
app = marimo.App()

@app.cell
def _():
    import pathlib, time
    import gaussmix
    def gate(step):
        while step.iteration > 3 and not pathlib.Path("go").exists():
            time.sleep(0.02)
    model = gaussmix.GaussianMixture(2, search="off", acceleration="off", random_state=0, callbacks=gate)
    return gaussmix, model

@app.cell
def _(gaussmix, model):
    gaussmix.watch(model, gaussmix.datasets.load_faithful().data, pause=0.11)
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_em_is_seen_while_it_runs_in_the_theme_of_marimo(browser: Any, tmp_path: Path, theme: str) -> None:
    settings = tmp_path / "config" / "marimo" / "marimo.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[display]\ntheme = "{theme}"\n')
    (tmp_path / "watch.py").write_text(NOTEBOOK)
    with marimo(tmp_path / "watch.py") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page.set_default_timeout(WAIT)
        page.goto(address)
        page.wait_for_selector(f'.em-view[data-fitting="true"][data-iteration="3"][data-theme="{theme}"]')
        (tmp_path / "go").touch()
        page.wait_for_selector('.em-view[data-fitting="false"][data-phase="result"]')
        page.get_by_role("button", name="To the start").click()
        page.wait_for_selector('.em-player[data-position="0"]')
        page.locator(".em-slider").press("ArrowRight")
        page.wait_for_selector('.em-player[data-position="1"]')
        page.close()


def test_a_page_exported_from_marimo_replays_the_fit_without_a_server(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "watch.py").write_text(NOTEBOOK)
    (tmp_path / "go").touch()
    run(["marimo", "-y", "export", "html", "watch.py", "-o", "watch.html"], tmp_path)
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(WAIT)
    page.route(re.compile("^https:"), _from_marimo)
    page.goto((tmp_path / "watch.html").as_uri())
    page.wait_for_selector('.em-view[data-fitting="false"][data-phase="result"]')
    page.get_by_role("button", name="To the start").click()
    page.wait_for_selector('.em-player[data-position="0"]')
    page.close()


def _from_marimo(route: Any) -> None:
    """Answer for the network that an exported page loads marimo's own files from."""
    import marimo

    name = route.request.url.rpartition("/dist/")[2]
    path = Path(marimo.__file__).parent / "_static" / name
    kind = {".js": "text/javascript", ".css": "text/css"}.get(path.suffix, "application/octet-stream")
    if path.is_file():
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": kind}
        route.fulfill(path=str(path), headers=headers)
    else:
        route.abort()
