"""Pictures of the widget in JupyterLab, light and dark, for the documentation.

`.venv-front_ends/bin/python scripts/notebook_pictures.py` writes them into `docs/_static`, or into the folder that is
given; `make test-front-ends` makes the environment.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from shutil import which

from screenshots import ROOT, shrink

CELL = """names = gaussmix.datasets.load_faithful().feature_names
gaussmix.watch(model(), X, feature_names=names)"""


def main() -> None:
    """Take the pictures."""
    sys.path.insert(0, str(ROOT))
    from playwright.sync_api import sync_playwright
    from tests.front_ends.pages import DONE, NotebookPage, write
    from tests.front_ends.servers import jupyter

    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "_static"
    with tempfile.TemporaryDirectory() as place, jupyter(Path(place)) as address, sync_playwright() as driver:
        write(Path(place) / "book", CELL)
        browser = driver.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 900}, reduced_motion="reduce")
        book = NotebookPage(page, address, "lab/tree").open("book/watch.ipynb")
        book.command("application:toggle-left-area")
        book.run().has(DONE)
        page.get_by_role("button", name="To the start").click()
        for _ in range(3):
            page.get_by_role("button", name="To the next M-step").click()
        for theme, suffix in {"Light": "", "Dark": "-dark"}.items():
            book.command("apputils:change-theme", theme=f"JupyterLab {theme}")
            book.has(f'.em-view[data-theme="{theme.lower()}"]:not([data-pending])')
            page.wait_for_load_state("networkidle")
            path = target / f"watch-jupyterlab{suffix}.png"
            page.screenshot(path=path)
            shrink(path)
        browser.close()


if __name__ == "__main__":
    main()
