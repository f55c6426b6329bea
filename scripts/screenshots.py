"""Pictures of every panel of the studio, light and dark, 1280 and 1920 wide.

`python scripts/screenshots.py FOLDER` writes them all; `--docs` writes the few that the README and the documentation
show into `docs/_static`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SIZES = {"1280": (1280, 800), "1920": (1920, 1080)}
MOST_BYTES = 200_000


@contextmanager
def studio() -> Iterator[str]:
    """Run a studio, and give its address."""
    command = [sys.executable, "-m", "gaussmix.cli", "studio", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        finally:
            process.terminate()


class Tour:
    """A walk through the panels of a page, with a picture at each stop.

    Parameters
    ----------
    page : playwright's Page
        The page.
    keep : callable
        Takes the name of a stop when the page shows it.
    """

    def __init__(self, page: Any, keep: Callable[[str], None]) -> None:
        self.page, self.keep = page, keep

    def has(self, selector: str) -> None:
        """Wait for an element, and until nothing is left to be drawn."""
        self.page.wait_for_selector(selector, state="attached")
        self.page.wait_for_function(
            "() => !document.querySelector('section:not([hidden]) .em-view[data-pending]:not([hidden])') || true"
        )
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def tab(self, name: str) -> None:
        """Show a panel."""
        self.page.get_by_role("tab", name=name, exact=True).click()

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def fill(self, name: str, value: str) -> None:
        """Give a value to a field."""
        field = self.page.locator(f'[name="{name}"]:visible')
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
            field.dispatch_event("change")

    def fit(self, components: str, family: str = "full") -> None:
        """Fit a mixture to the end."""
        self.tab("Fit")
        self.fill("K", components)
        self.fill("family", family)
        self.fill("pace", "0")
        self.page.locator("#run").click()
        self.has('#fit[data-state="done"]')

    def everything(self) -> None:
        """Stop at every panel."""
        self.keep("empty")
        self.page.locator('[data-table="penguins"]').click()
        self.has('#data[data-rows="344"]')
        self.fill("label", "species")
        self.has('#columns[data-label="species"] ~ #preview[data-first="0"]')
        self.keep("data")
        self.tab("Fit")
        self.keep("fit-before")
        self.fit("3")
        self.keep("fit")
        self.tab("Choose")
        self.keep("choose-empty")
        self.fill("k-to", "5")
        self.page.locator("#sweep").click()
        self.has('#choose[data-state="done"]')
        self.keep("choose")
        self.looks()
        self.tab("Explain")
        self.fill("row", "17")
        self.has('#explain[data-state="ready"][data-row="17"]')
        self.keep("explain")
        self.tab("Take away")
        self.has('#take[data-state="ready"]')
        self.keep("take")
        self.one_column()

    def looks(self) -> None:
        """Stop at every look."""
        self.tab("Look")
        self.has('#look[data-state="ready"]')
        self.keep("look-columns")
        for name, ready in {
            "All pairs": '.pairs[data-state="ready"]',
            "Uncertainty": '#look[data-look="uncertainty"][data-state="ready"]',
            "Outliers": "#look [data-outliers]",
            "Conditional slice": "#look [data-weights]",
        }.items():
            self.press(name)
            self.has(ready)
            self.keep(f"look-{name.lower().replace(' ', '-')}")
        self.press("Decision map")
        self.page.locator("#classify").click()
        self.has('#look .look > [data-state="ready"]')
        self.keep("look-map")

    def one_column(self) -> None:
        """Stop at EM in one column, and at a search of many rows."""
        self.tab("Data")
        self.fill("random-columns", "1")
        self.fill("random-components", "4")
        self.page.locator("#draw").click()
        self.has("#columns[data-chosen='[\"x1\"]']")
        self.fit("4")
        self.keep("fit-one-column")
        self.tab("Data")
        self.fill("random-columns", "3")
        self.fill("random-rows", "5")
        self.fill("random-components", "6")
        self.page.locator("#draw").click()
        self.has('#data[data-rows="100000"]')
        self.fit("6")
        self.keep("fit-many-rows")


def shrink(path: Path) -> None:
    """Reduce a picture to 256 colours."""
    from PIL import Image

    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
    if path.stat().st_size > MOST_BYTES:
        print(f"{path.name} has {path.stat().st_size:,} bytes: more than {MOST_BYTES:,}.")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "screenshots")
    parser.add_argument("--docs", action="store_true", help="write those of the documentation")
    parser.add_argument(
        "--only", nargs=2, metavar=("WIDTH", "SCHEME"), help="one of the four, such as 1280 dark"
    )
    arguments = parser.parse_args()
    folder = ROOT / "docs" / "_static" if arguments.docs else arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"fit", "choose", "look-all-pairs", "explain"} if arguments.docs else None
    from playwright.sync_api import sync_playwright

    with studio() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=which("chromium") or which("google-chrome"), args=["--no-sandbox"]
        )
        for width, (w, h) in SIZES.items():
            for scheme in ("light", "dark"):
                if arguments.only and arguments.only != [width, scheme]:
                    continue
                if arguments.docs and width != "1280":
                    continue
                context = browser.new_context(
                    viewport={"width": w, "height": h}, color_scheme=scheme, reduced_motion="reduce"
                )
                page = context.new_page()
                page.on("console", lambda message: print(message.type, message.text))
                page.on("pageerror", lambda error: print("error", error))

                def keep(name: str, page: Any = page, width: str = width, scheme: str = scheme) -> None:
                    if wanted is not None and name not in wanted:
                        return
                    ending = (
                        ("" if scheme == "light" else "-dark") if arguments.docs else f"-{width}-{scheme}"
                    )
                    path = folder / (
                        f"studio-{name}{ending}.png" if arguments.docs else f"{name}{ending}.png"
                    )
                    page.screenshot(path=path)
                    if arguments.docs:
                        shrink(path)

                page.goto(address)
                page.wait_for_selector('body[data-state="ready"]')
                Tour(page, keep).everything()
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
