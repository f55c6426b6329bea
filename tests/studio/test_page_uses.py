"""The page in a real browser: compare models, look, explain, take away, and use it by keys, in light and dark."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gaussmix
from gaussmix import datasets

from .browser import StudioPage, in_browser

pytestmark = in_browser

PANELS = {
    "Data": "data",
    "Fit": "fit",
    "Choose": "choose",
    "Look": "look",
    "Explain": "explain",
    "Take away": "take",
}
LONG = {
    "assessment": ("Look", '[data-value="uncertainty"]', "#look"),
    "explain/fit": ("Explain", "", "#explain"),
    "export/rows.csv": ("Take away", '[download="rows.csv"]', "#take"),
    "export/rows.parquet": ("Take away", '[download="rows.parquet"]', "#take"),
    "export/report.html": ("Take away", '[download="report.html"]', "#take"),
}
"""Answers that take seconds for 1e6 rows: where the page asks for them."""


def sweep(page: StudioPage, most: int, *families: str) -> None:
    page.tab("Choose")
    page.field("k-to", most)
    page.field("sweep-search", "off")
    for box in page.page.locator('#choose [name^="family-"]').all():
        box.set_checked(str(box.get_attribute("name")).removeprefix("family-") in families)
    page.page.locator("#sweep").click()


def take(page: StudioPage, name: str, folder: Path) -> Path:
    page.tab("Take away")
    page.state("#take", "ready")
    with page.page.expect_download() as found:
        page.page.locator(f'#take a[download="{name}"]').click()
    found.value.save_as(folder / name)
    return folder / name


def test_sweep_fills_and_a_model_is_shown(page: StudioPage) -> None:
    page.built_in("faithful", 272)
    sweep(page, 4, "full", "diag", "tied")
    page.has('#choose[data-state="done"][data-models="12"]')
    best = gaussmix.select(
        datasets.load_faithful().data, range(1, 5), ["full", "diag", "tied"], search="off", random_state=0
    )
    assert page.data("#choose", "best") == best.best.name
    assert page.page.locator("#models tbody tr").count() == 12
    assert page.page.locator("#models tr.best td").first.inner_text() == best.best.name
    page.page.locator("#models tr.best button").click()
    page.has(f'#fit[data-state="done"][data-source="sweep"][data-components="{best.best.n_components}"]')


def test_a_bad_family_does_not_squeeze_the_curves_of_the_others(page: StudioPage) -> None:
    page.built_in("penguins", 344)
    sweep(page, 4, "full", "tied", "spherical")
    page.state("#choose", "done")
    hint = page.page.locator("#choose .hint-above")
    assert hint.is_visible()
    assert hint.inner_text().startswith("spherical (VII) is far above")
    shown = page.data("#choose .chart", "top")
    values = [
        float(text.replace(",", ""))
        for text in page.page.locator("#models td:nth-child(6)").all_inner_texts()
    ]
    assert sum(value > float(shown) + 0.1 for value in values) == 4
    page.press("Show all")
    page.has('#choose .chart[data-top=""]')
    page.press("Show the lowest")
    page.has(f'#choose .chart[data-top="{shown}"]')
    page.page.locator("#choose .legend button", has_text="spherical").click()
    page.page.wait_for_selector("#choose .hint-above", state="hidden")


def test_a_point_of_the_curves_shows_its_model(page: StudioPage) -> None:
    page.built_in("faithful", 272)
    sweep(page, 3, "full")
    page.state("#choose", "done")
    plot = page.page.locator("#choose .u-over")
    box = plot.bounding_box()
    plot.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
    plot.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.has('#fit[data-source="sweep"][data-components="2"]')


def test_a_long_sweep_is_cancelled(page: StudioPage) -> None:
    page.random(components=8, columns=6, rows=4.5)
    sweep(page, 30, "full", "diag", "spherical", "tied")
    page.state("#choose", "running")
    page.page.locator("#choose .progress").get_by_role("button", name="Cancel").click()
    page.state("#choose", "done", "failed", "none")
    assert int(page.data("#choose", "models")) < 120


def test_a_fit_is_cancelled(page: StudioPage) -> None:
    page.random(components=8, rows=5.0)
    page.tab("Fit")
    page.field("K", 12)
    page.page.locator('[name="pace"]').select_option("0")
    page.page.locator("#run").click()
    page.state("#fit", "running")
    page.page.locator("#cancel").click()
    page.state("#fit", "done", "paused", "failed")


def test_every_look(page: StudioPage) -> None:
    page.built_in("penguins", 344)
    page.field("label", "species")
    page.has('#columns[data-label="species"]')
    page.run(K=3)
    page.tab("Look")
    page.state("#look", "ready")
    page.press("All pairs")
    page.has('.pairs[data-state="ready"]')
    size = len(json.loads(page.data("#columns", "chosen")))
    assert page.page.locator(".pair-cell").count() == size**2
    page.press("Uncertainty")
    page.has('#look[data-look="uncertainty"][data-state="ready"]')
    assert "above 80 %" in page.page.locator("#look .lead:visible").inner_text()
    page.press("Outliers")
    page.has("#look [data-outliers]")
    few = int(page.data("#look [data-outliers]", "outliers"))
    page.field("threshold", 0.8)
    page.page.wait_for_function(
        "few => Number(document.querySelector('#look [data-outliers]').dataset.outliers) > few", arg=few
    )
    page.press("Conditional slice")
    page.has("#look [data-weights]")
    before = page.data("#look [data-weights]", "weights")
    slider = page.page.locator("#look .given:visible input[type=range]").first
    slider.focus()
    slider.press("End")
    page.page.wait_for_function(
        "before => document.querySelector('#look [data-weights]').dataset.weights !== before", arg=before
    )
    page.press("Decision map")
    page.page.locator("#classify").click()
    page.has('#look .grow > .grow[data-state="ready"], #look .look [data-state="ready"]')
    assert page.page.locator("#look .legend:visible li").count() == 3


def test_a_row_is_explained_in_its_numbers(page: StudioPage) -> None:
    X = datasets.load_faithful().data
    page.built_in("faithful", 272)
    page.run(K=2)
    model = gaussmix.GaussianMixture(2, random_state=0).fit(X)
    for row in (0, 57, 271):
        page.tab("Explain")
        page.field("row", row)
        page.has(f'#explain[data-state="ready"][data-row="{row}"]')
        cells = page.page.locator("#row-card tbody tr td:last-child").all_inner_texts()
        shares = [float(cell.removeprefix("< ").removesuffix(" %")) / 100 for cell in cells]
        assert sorted(shares) == pytest.approx(sorted(model.predict_proba(X[[row]])[0]), abs=1.1e-3)
    assert page.page.locator("#row-card math").count() == 4
    assert page.page.locator("#fit-words li").count() >= 3


def test_a_click_on_a_row_explains_it(page: StudioPage) -> None:
    page.built_in("faithful", 272)
    page.run(K=2)
    page.tab("Explain")
    page.state("#explain", "ready")
    plot = page.page.locator("#explain .em-svg")
    plot.scroll_into_view_if_needed()
    ring = page.page.locator("#explain .em-selected").bounding_box()
    page.field("row", 100)
    page.has('#explain[data-state="ready"][data-row="100"]')
    page.page.mouse.click(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    page.page.wait_for_function("() => document.querySelector('#explain').dataset.row !== '100'")


def test_files_are_taken_away_and_the_model_comes_back(page: StudioPage, tmp_path: Path) -> None:
    X = datasets.load_faithful().data
    page.built_in("faithful", 272)
    page.run(K=2)
    model = gaussmix.GaussianMixture(2, random_state=0).fit(X)
    saved = gaussmix.load(take(page, "model.safetensors", tmp_path))
    np.testing.assert_allclose(saved.means_, model.means_)
    with take(page, "rows.csv", tmp_path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["component"]) for row in rows] == model.predict(X).tolist()
    assert "<html" in take(page, "report.html", tmp_path).read_text(encoding="utf-8")
    assert take(page, "figure.png", tmp_path).read_bytes().startswith(b"\x89PNG")
    page.run(K=4)
    page.tab("Take away")
    page.page.locator("#model-file").set_input_files(str(tmp_path / "model.safetensors"))
    page.has('#take[data-loaded="model.safetensors"]')
    page.tab("Fit")
    page.has('#fit[data-source="file"][data-components="2"]')


def test_a_file_that_is_no_model_is_refused(page: StudioPage, tmp_path: Path) -> None:
    page.built_in("faithful", 272)
    (tmp_path / "no.safetensors").write_bytes(b"no model at all")
    page.tab("Take away")
    page.page.locator("#model-file").set_input_files(str(tmp_path / "no.safetensors"))
    assert len(page.message()) > 10


def test_the_code_repeats_the_fit(page: StudioPage, tmp_path: Path) -> None:
    page.built_in("faithful", 272)
    page.run(K=3, family="diag")
    code = take(page, "code.py", tmp_path).read_text(encoding="utf-8")
    shown = page.page.locator("#take pre code").inner_text()
    assert shown.strip() == code.strip()
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.page.locator("#copy").click()
    page.page.get_by_text("Copied.").wait_for()
    assert page.page.evaluate("() => navigator.clipboard.readText()").strip() == code.strip()
    program = code + "\nprint(sorted(float(w) for w in model.weights_))\n"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    model = gaussmix.GaussianMixture(3, covariance_type="diag", random_state=0).fit(
        datasets.load_faithful().data
    )
    assert json.loads(done.stdout.splitlines()[-1]) == pytest.approx(sorted(model.weights_))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(open_page: Callable[..., StudioPage], scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    assert page.axe() == []
    page.built_in("penguins", 344)
    page.field("label", "species")
    page.has('#columns[data-label="species"]')
    page.run(K=3)
    sweep(page, 2, "full", "tied")
    page.state("#choose", "done")
    for name, panel in PANELS.items():
        page.tab(name)
        page.state(f"#{panel}", "ready", "done")
        assert page.axe() == [], name
    page.tab("Look")
    for look in ("All pairs", "Outliers", "Conditional slice", "Decision map"):
        page.press(look)
        assert page.axe() == [], look


def test_keys_alone(page: StudioPage) -> None:
    page.built_in("faithful", 272)
    page.page.locator("#tab-data").focus()
    page.page.keyboard.press("ArrowRight")
    page.state("#fit", "none")
    assert page.page.evaluate("() => document.activeElement.id") == "tab-fit"
    page.page.locator("#panels").focus()
    page.page.keyboard.press("s")
    page.has('#fit[data-state="paused"]')
    page.page.locator('[name="pace"]').select_option("0")
    page.page.locator("#panels").focus()
    page.page.keyboard.press("Space")
    page.state("#fit", "done")
    last = int(page.data("#fit", "frames")) - 1
    page.page.keyboard.press("ArrowLeft")
    page.has(f'#fit[data-frame="{last - 1}"]')
    # Each stop of the tabulator shows where the focus is.
    shown = (
        "() => { const a = document.activeElement; return [a.outerHTML, getComputedStyle(a).outlineStyle]; }"
    )
    for _ in range(25):
        page.page.keyboard.press("Tab")
        element, outline = page.page.evaluate(shown)
        assert element.startswith(("<body", "<g")) or outline != "none", element


def test_the_theme_is_remembered(page: StudioPage) -> None:
    page.page.locator("#theme").select_option("dark")
    page.page.reload()
    page.state("body", "ready")
    assert page.page.evaluate("() => document.documentElement.dataset.theme") == "dark"
    assert page.page.evaluate("() => getComputedStyle(document.body).colorScheme") == "dark"


@pytest.mark.parametrize("address", LONG)
def test_a_long_answer_is_cancelled(page: StudioPage, address: str) -> None:
    tab, choice, panel = LONG[address]
    page.built_in("faithful", 272)
    page.run(K=2)
    page.page.route(f"**/{address}*", lambda route: None)
    page.tab(tab)
    if choice:
        page.page.locator(choice).click()
    page.has(f"{panel} .progress[data-state=busy]")
    page.page.locator(f"{panel} .progress[data-state=busy]").get_by_role("button", name="Cancel").click()
    page.page.wait_for_selector(f"{panel} .progress[data-state=busy]", state="detached")
    assert page.page.locator("#messages .bad").count() == 0
