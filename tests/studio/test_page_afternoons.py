"""Two afternoons on the page, as the documentation tells them: a lesson on EM, and an analysis of 50,000 cells."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets

from .browser import StudioPage, in_browser

pytestmark = in_browser

DOCS = Path(__file__).resolve().parents[2] / "docs"


def shown_weights(page: StudioPage) -> list[float]:
    page.has("#fit .em-view:not([data-pending])")
    cells = page.page.locator("#components tbody tr td:nth-child(2)").all_inner_texts()
    return sorted(float(cell.removesuffix(" %")) / 100 for cell in cells)


def shown_bic(page: StudioPage) -> float:
    found = re.search(r"BIC ([\d.,]+)\.", page.page.locator("#fit-status").inner_text())
    assert found is not None
    return float(found[1].replace(",", ""))


@pytest.mark.parametrize("columns", [1, 2])
def test_a_lesson_on_a_random_mixture(page: StudioPage, columns: int) -> None:
    page.random(components=5, columns=columns, seed=23)
    page.field("label", "component")
    page.has('#columns[data-label="component"]')
    page.tab("Fit")
    page.press("Labels")
    page.press("Components")
    page.open_details()
    page.field("K", 5)
    page.field("search", "off")
    page.field("acceleration", "off")
    page.field("start", "random_from_data")
    page.page.locator("#step").click()
    page.has('#fit[data-state="paused"][data-frame="0"]')
    for frame, half in enumerate("EMEMEM", start=1):
        page.page.locator("#step").click()
        page.has(f'#fit[data-frame="{frame}"][data-half="{half}"]')
    page.page.locator('[name="pace"]').select_option("0")
    page.press("Go on")
    page.state("#fit", "done")
    X, _ = datasets.random_mixture(5, columns, 6.0, random_state=23).sample(1000, random_state=23)
    model = GaussianMixture(
        5, search="off", acceleration="off", init_params="random_from_data", random_state=0
    ).fit(X)
    assert shown_weights(page) == pytest.approx(sorted(model.weights_), abs=6e-4)
    page.field("frame", 0)
    page.has('#fit[data-frame="0"]')
    assert shown_weights(page) != pytest.approx(sorted(model.weights_), abs=6e-4)


def test_a_lesson_on_a_vowel(page: StudioPage) -> None:
    page.built_in("vowels", 1520)
    for name in ("F0", "F3"):
        page.page.locator(f'#columns input[name="{name}"]').uncheck()
    page.has('#columns[data-chosen=\'["F1","F2"]\']')
    page.field("label", "vowel")
    page.has('#columns[data-label="vowel"]')
    page.field("only", "iy")
    page.has('#data[data-rows="152"]')
    vowels = datasets.load_vowels()
    heed = vowels.data[vowels.target == "iy"][:, 1:3]
    found = []
    for K in (3, 6):
        page.run(K=K, family="diag", search="off", start="random_from_data", seed=1)
        model = GaussianMixture(
            K, covariance_type="diag", search="off", init_params="random_from_data", random_state=1
        ).fit(heed)
        assert shown_weights(page) == pytest.approx(sorted(model.weights_), abs=6e-4)
        assert shown_bic(page) == pytest.approx(model.bic(heed), abs=0.1)
        found.append(shown_bic(page))
    assert found[0] < found[1]
    page.tab("Data")
    page.field("only", "")
    page.has('#data[data-rows="1520"]')


def write_cells(folder: Path) -> Path:
    """Run the block of the documentation that makes the table."""
    text = (DOCS / "studio_analysis.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert block is not None
    subprocess.run([sys.executable, "-c", block[1]], check=True, cwd=folder)
    return folder / "cells.csv"


def test_an_analysis_of_cells(page: StudioPage, tmp_path: Path) -> None:
    page.upload(write_cells(tmp_path))
    page.has('#data[data-state="ready"][data-rows="50000"]')
    assert "rows with holes are kept" in page.page.locator("#columns header").inner_text()
    page.tab("Choose")
    page.field("k-from", 3)
    page.field("k-to", 5)
    page.field("sweep-search", "off")
    for box in page.page.locator('#choose [name^="family-"]').all():
        box.set_checked(box.get_attribute("name") in ("family-full", "family-diag"))
    page.page.locator("#sweep").click()
    page.page.wait_for_selector('#choose[data-state="done"][data-models="6"]', timeout=120_000)
    # The fifth is wide and light: the debris, which is noise.
    assert page.data("#choose", "best") == "VVI,5"
    page.page.locator("#models tr.best button").click()
    page.has('#fit[data-source="sweep"][data-components="5"]')
    wide = shown_bic(page)
    page.open_details()
    page.page.locator('[name="noise"]').check()
    page.run(K=4, family="diag", search="off")
    assert shown_bic(page) < wide
    page.tab("Look")
    page.press("Outliers")
    page.has("#look [data-outliers]")
    page.field("threshold", 0.999)
    page.has('#look [data-outliers][data-threshold="0.999"]')
    marked = int(page.data("#look [data-outliers]", "outliers"))
    assert 200 < marked < 260
    page.tab("Take away")
    page.state("#take", "ready")
    for name in ("rows.csv", "code.py"):
        with page.page.expect_download() as file:
            page.page.locator(f'#take a[download="{name}"]').click()
        file.value.save_as(tmp_path / name)
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as rows:
        taken = list(csv.DictReader(rows))
    labels = np.array([int(row["component"]) for row in taken])
    assert sum(row["outlier"] in ("True", "true", "1") for row in taken) == marked
    # The code that the page wrote, run beside the file, gives the same labels.
    code = (tmp_path / "code.py").read_text(encoding="utf-8")
    program = code + "\nnp.save('labels.npy', labels)\n"
    program = program if "import numpy as np" in program else "import numpy as np\n" + program
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)
    assert (np.load(tmp_path / "labels.npy") == labels).all()
