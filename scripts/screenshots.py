"""Pictures of every panel of the studio, light and dark, 1280 and 1920 wide.

`python scripts/screenshots.py FOLDER` writes them all; `--docs` writes the few that the README and the documentation
show into `docs/_static`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
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
            "() => ![...document.querySelectorAll('.em-view[data-pending]')].some(view => view.checkVisibility())"
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
        before = self.page.locator("#fit").get_attribute("data-started") or "0"
        self.page.locator("#run").click()
        self.has(f'#fit[data-state="done"][data-started="{int(before) + 1}"]')

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

    def lesson(self) -> None:
        """Stop where the page about a lesson does."""
        self.page.locator('[data-table="vowels"]').click()
        self.has('#data[data-rows="1520"]')
        for values in (
            {"random-components": "5", "random-columns": "2", "random-seed": "23"},
            {"random-columns": "1"},
        ):
            self.tab("Data")
            for name, value in values.items():
                self.fill(name, value)
            self.page.locator("#draw").click()
            self.has(f'#columns[data-chosen*="x{values["random-columns"]}"]:not([data-chosen*="F1"])')
            if values["random-columns"] == "2":
                self.coloured_rows()
        self.has("#columns[data-chosen='[\"x1\"]']")
        self.fit("5")
        self.keep("lesson-line")
        self.vowel()

    def coloured_rows(self) -> None:
        """Stop at labels and at a half step."""
        self.fill("label", "component")
        self.has('#columns[data-label="component"]')
        self.tab("Fit")
        self.press("Labels")
        self.keep("lesson-labels")
        self.press("Components")
        self.page.locator("#fit details summary").click()
        for name, value in {"K": "5", "search": "off", "start": "random_from_data"}.items():
            self.fill(name, value)
        self.page.evaluate("() => scrollTo(0, 0)")
        self.page.locator("#step").click()
        self.has('#fit[data-frame="0"]')
        for frame in range(1, 6):
            self.page.locator("#step").click()
            self.has(f'#fit[data-frame="{frame}"]')
        self.keep("lesson-step")
        self.fill("search", "auto")
        self.page.locator("#fit details summary").click()

    def vowel(self) -> None:
        """Stop at the formants of a vowel."""
        self.tab("Data")
        self.page.locator('[data-table="vowels"]').click()
        self.has('#data[data-rows="1520"]')
        for name in ("F0", "F3"):
            self.page.locator(f'#columns input[name="{name}"]').uncheck()
        self.has('#columns[data-chosen=\'["F1","F2"]\']')
        self.fill("label", "vowel")
        self.has('#columns[data-label="vowel"]')
        self.fill("only", "iy")
        self.has('#data[data-rows="152"]')
        for K in ("3", "6"):
            self.fit(K, "diag")
            self.keep(f"lesson-vowel-{K}")

    def unusual(self, folder: Path) -> None:
        """Stop at tables and mixtures of unusual sizes, and at rows that a fit leaves out."""
        self.page.locator('[data-table="chevron"]').click()
        self.has('#data[data-state="ready"]')
        self.tab("Fit")
        self.page.locator("#fit details summary").click()
        self.page.locator('[name="noise"]').check()
        self.fit("2")
        self.keep("unusual-noise")
        self.page.locator('[name="noise"]').uncheck()
        self.fill("trim", "0.3")
        self.fit("2")
        self.keep("unusual-trimmed")
        self.fill("trim", "0")
        for name, components in {"names": "3", "few": "2", "wide": "20", "one": "2"}.items():
            self.tab("Data")
            self.page.locator("#file").set_input_files(str(folder / f"{name}.csv"))
            self.has(f'#data[data-table="{name}.csv"] #preview[data-first="0"]')
            self.keep(f"unusual-{name}-data")
            self.fit(components, "diag" if name == "wide" else "full")
            self.keep(f"unusual-{name}-fit")
            self.tab("Look")
            self.press("All pairs")
            self.has('.pairs[data-state="ready"]')
            self.keep(f"unusual-{name}-pairs")
            self.press("Conditional slice")
            self.has("#look [data-weights]")
            self.keep(f"unusual-{name}-slice")
            self.tab("Explain")
            self.has('#explain[data-state="ready"]')
            self.keep(f"unusual-{name}-explain")
            self.tab("Take away")
            self.has('#take[data-state="ready"]')
            self.keep(f"unusual-{name}-take")

    def analysis(self, table: Path) -> None:
        """Stop where the page about an analysis does."""
        self.page.locator("#file").set_input_files(str(table))
        self.has('#data[data-rows="50000"] #preview[data-first="0"]')
        self.keep("analysis-data")
        self.tab("Choose")
        for name, value in {"k-from": "3", "k-to": "6", "sweep-search": "off"}.items():
            self.fill(name, value)
        for box in self.page.locator('#choose [name^="family-"]').all():
            box.set_checked(box.get_attribute("name") in ("family-full", "family-diag"))
        self.page.locator("#sweep").click()
        self.page.wait_for_selector('#choose[data-state="done"]', timeout=180_000)
        self.keep("analysis-choose")
        self.page.locator("#models tr.best button").click()
        self.has('#fit[data-source="sweep"][data-components="5"] .em-view:not([data-pending])')
        self.page.wait_for_load_state("networkidle")
        self.keep("analysis-fit")
        self.page.locator("#fit details summary").click()
        self.page.locator('[name="noise"]').check()
        self.page.evaluate("() => scrollTo(0, 0)")
        self.fit("4", "diag")
        self.tab("Look")
        self.press("Outliers")
        self.has("#look [data-outliers]")
        self.fill("threshold", "0.999")
        self.has('#look [data-threshold="0.999"]')
        self.keep("analysis-outliers")
        self.tab("Take away")
        self.has('#take[data-state="ready"]')
        self.keep("analysis-take")


def cells(folder: Path) -> Path:
    """Run the code of the documentation that makes the table of the analysis."""
    text = (ROOT / "docs" / "studio_analysis.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
    return folder / "cells.csv"


def unusual_tables(folder: Path) -> None:
    """Write a table with long names, one of five rows, one of thirty columns and one of a single column."""
    import numpy as np

    rng = np.random.default_rng(0)
    long = [f"Länge des Blütenblatts nahe der Spitze in Millimetern, Messung {i} 🌸" for i in (1, 2, 3)]
    tables = {
        "names": (long, rng.normal(size=(300, 3)) + rng.integers(3, size=(300, 1)) * 5),
        "few": (["a", "b"], [[1.0, 2.0], [1.1, 2.3], [5.0, 6.1], [5.2, 6.0], [5.1, 6.3]]),
        "wide": (
            [f"column {i}" for i in range(30)],
            rng.normal(size=(2000, 30)) + 3 * rng.integers(20, size=(2000, 1)),
        ),
        "one": (["length"], rng.normal(size=(200, 1)) + 6 * rng.integers(2, size=(200, 1))),
    }
    for name, (names, rows) in tables.items():
        lines = [
            ",".join(f'"{column}"' for column in names),
            *(",".join(f"{v:.4f}" for v in row) for row in rows),
        ]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def shrink(path: Path) -> None:
    """Reduce a picture to 256 colours."""
    from PIL import Image

    with Image.open(path) as picture:
        # The colours that cover all of the picture: small marks keep theirs.
        few = picture.convert("RGB").quantize(
            256, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE
        )
        few.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        print(f"{path.name} has {path.stat().st_size:,} bytes: more than {MOST_BYTES:,}.")


DOCUMENTED = ("fit", "choose", "look-all-pairs", "explain", "lesson-", "analysis-")
IN_DARK = ("fit", "choose")


class Camera:
    """Keeps pictures of a page.

    Parameters
    ----------
    page : playwright's Page
        The page.
    folder : pathlib.Path
        Where the pictures go.
    width, scheme : str
        Parts of their names.
    docs : bool
        Whether they are for the documentation: only those that it shows.
    """

    def __init__(self, page: Any, folder: Path, width: str, scheme: str, docs: bool) -> None:
        self.page, self.folder, self.width, self.scheme, self.docs = page, folder, width, scheme, docs

    def __call__(self, name: str) -> None:
        """Keep a picture."""
        if not self.docs:
            self.page.screenshot(path=self.folder / f"{name}-{self.width}-{self.scheme}.png")
            return
        dark = self.scheme == "dark"
        if name in IN_DARK if dark else name in DOCUMENTED or name.startswith(DOCUMENTED[-2:]):
            path = self.folder / f"studio-{name}{'-dark' * dark}.png"
            self.page.screenshot(path=path)
            shrink(path)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "screenshots")
    parser.add_argument("--docs", action="store_true", help="write those of the documentation")
    parser.add_argument(
        "--only", nargs=2, metavar=("WIDTH", "SCHEME"), help="one of the four, such as 1280 dark"
    )
    parser.add_argument(
        "--tours", nargs="+", default=["everything", "lesson", "analysis", "unusual"], help="some of the four"
    )
    arguments = parser.parse_args()
    folder = ROOT / "docs" / "_static" if arguments.docs else arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place, studio() as address, sync_playwright() as playwright:
        table = cells(Path(place))
        unusual_tables(Path(place))
        chromium = which("chromium") or which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width, scheme in [(width, scheme) for width in SIZES for scheme in ("light", "dark")]:
            if (arguments.docs and width != "1280") or (arguments.only and arguments.only != [width, scheme]):
                continue
            size = dict(zip(("width", "height"), SIZES[width], strict=True))
            for tour in arguments.tours:
                context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
                page = context.new_page()
                page.set_default_timeout(60_000)
                page.on("console", lambda message: print(message.type, message.text))
                page.on("pageerror", lambda error: print("error", error))
                page.goto(address)
                page.wait_for_selector('body[data-state="ready"]')
                walk = Tour(page, Camera(page, folder, width, scheme, arguments.docs))
                if tour == "analysis":
                    walk.analysis(table)
                elif tour == "unusual":
                    walk.unusual(table.parent)
                else:
                    getattr(walk, tour)()
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
