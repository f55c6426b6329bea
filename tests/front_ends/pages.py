"""A notebook in a browser, and the widgets in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat

from .servers import TOKEN

DONE = '.em-view[data-state="ready"][data-fitting="false"][data-phase="result"]:not([data-pending])'
WAIT = 30_000
"""Milliseconds until a state that does not come is a failure."""

SETUP = """
import gaussmix
X = gaussmix.datasets.load_faithful().data
def model(**options):
    return gaussmix.GaussianMixture(2, search="off", acceleration="off", random_state=0, **options)
"""
GATE = """
import time, pathlib
def gate(step):
    while step.iteration > 3 and not pathlib.Path("go").exists():
        time.sleep(0.02)
"""


def write(folder: Path, *cells: str) -> Path:
    """Write a notebook with these cells after the first one."""
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in (SETUP, *cells)]
    )
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "watch.ipynb"
    folder.mkdir(exist_ok=True)
    nbformat.write(book, path)
    return path


class NotebookPage:
    """A notebook in JupyterLab or in Jupyter Notebook.

    Parameters
    ----------
    page : playwright's Page
    address : str
        Of the server.
    place : str
        Where the front end opens notebooks.
    """

    def __init__(self, page: Any, address: str, place: str) -> None:
        self.page, self._address, self._place = page, address, place
        self.errors: list[str] = []
        page.set_default_timeout(WAIT)
        page.on("pageerror", self._note)

    def _note(self, error: Any) -> None:
        # The module of a widget has the address of a blob; other errors are the front end's own.
        if "blob:" in (error.stack or ""):
            self.errors.append(error.stack)

    def open(self, path: str) -> NotebookPage:
        self.page.goto(f"{self._address}/{self._place}/{path}?token={TOKEN}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        self.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext")
        return self

    def run(self) -> NotebookPage:
        """Run all cells, and do not wait for them."""
        self.page.evaluate(
            """async () => {
              const { sessionContext } = jupyterapp.shell.currentWidget;
              await sessionContext.ready;
              await sessionContext.session.kernel.info;
              jupyterapp.commands.execute("notebook:run-all-cells");
            }"""
        )
        return self

    def command(self, name: str, **options: Any) -> None:
        """Execute a command of the front end to its end."""
        self.page.evaluate("([name, options]) => jupyterapp.commands.execute(name, options)", [name, options])

    def has(self, selector: str, count: int = 1) -> NotebookPage:
        """Wait until so many elements match a selector."""
        self.page.wait_for_function(
            "([selector, count]) => document.querySelectorAll(selector).length === count",
            arg=[selector, count],
        )
        return self

    def position(self, value: int) -> None:
        """Wait until the first player is at a step."""
        self.page.wait_for_selector(f'.em-player[data-position="{value}"]', state="attached")

    def last(self) -> int:
        """Return the last step of the first player."""
        return int(re.sub(r"\D", "", str(self.page.locator(".em-slider").first.get_attribute("max"))))
