"""The page in a real browser: EM step by step, by hand, and to the end that the library finds."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets

from .browser import StudioPage, in_browser

pytestmark = in_browser


def shown_weights(page: StudioPage) -> list[float]:
    cells = page.page.locator("#components tbody tr td:nth-child(2)").all_inner_texts()
    return sorted(float(cell.removesuffix(" %")) / 100 for cell in cells)


@pytest.mark.parametrize(
    ("options", "same"),
    [
        ({"K": 2}, {}),
        ({"K": 3, "family": "diag", "seed": 4}, {"covariance_type": "diag", "random_state": 4}),
        ({"K": 2, "search": "off", "start": "k-means++"}, {"search": "off", "init_params": "k-means++"}),
    ],
)
def test_run_ends_where_the_library_does(page: StudioPage, options: dict, same: dict) -> None:
    X = datasets.load_faithful().data
    page.built_in("faithful", 272)
    page.run(**options)
    model = GaussianMixture(options["K"], **{"random_state": 0, **same}).fit(X)
    assert shown_weights(page) == pytest.approx(sorted(model.weights_), abs=6e-4)
    assert f"{model.bic(X):,.0f}".replace(",", "")[:4] in page.page.locator(
        "#fit-status"
    ).inner_text().replace(",", "")


def test_step_goes_half_by_half_and_the_slider_goes_back(page: StudioPage) -> None:
    page.built_in("faithful", 272)
    page.tab("Fit")
    page.open_details()
    page.field("search", "off")
    page.field("start", "random_from_data")
    page.page.locator("#step").click()
    page.has('#fit[data-state="paused"][data-frame="0"]')
    for frame, half in enumerate("EMEM", start=1):
        page.page.locator("#step").click()
        page.has(f'#fit[data-frame="{frame}"][data-half="{half}"]')
    before = shown_weights(page)
    page.field("frame", 0)
    page.has('#fit[data-frame="0"]')
    assert shown_weights(page) != before
    page.page.locator("body").press("ArrowRight")
    page.has('#fit[data-frame="1"]')
    page.field("frame", 4)
    page.has('#fit[data-frame="4"]')
    assert shown_weights(page) == before


def test_the_answer_to_a_request_that_comes_late_changes_nothing(page: StudioPage) -> None:
    answers = 0

    def late(route: Any) -> None:
        nonlocal answers
        page.state("#fit", "done")
        session = route.fetch().json()
        session["fit"]["state"], session["revision"] = "running", session["revision"] - 1
        route.fulfill(json=session)
        answers += 1

    page.built_in("faithful", 272)
    page.page.route(re.compile(r"/api/sessions/[^/]+$"), late)
    page.run(K=2)
    assert answers == 1
    assert page.data("#fit", "state") == "done"


def test_pause_and_go_on(page: StudioPage) -> None:
    page.random(components=5, separation=3)
    page.tab("Fit")
    page.open_details()
    page.field("K", 5)
    page.field("search", "off")
    page.field("start", "random")
    page.page.locator('[name="pace"]').select_option("0.1")
    page.page.locator("#run").click()
    page.state("#fit", "running")
    page.has('#fit[data-half="M"]')
    page.press("Pause")
    page.state("#fit", "paused")
    page.page.locator('[name="pace"]').select_option("0")
    page.press("Go on")
    page.state("#fit", "done")


def test_drag_a_mean_add_and_remove(page: StudioPage) -> None:
    page.built_in("faithful", 272)
    page.run(K=2)
    mean = page.page.locator("#fit .em-mean[data-component='0']")
    page.page.evaluate("() => scrollTo(0, 0)")
    page.has("#fit .em-view:not([data-pending])")
    box = mean.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 60, y - 40, steps=4)
    page.page.mouse.up()
    page.state("#fit", "edited")
    page.press("Add a component")
    page.has('#fit[data-state="edited"][data-components="3"]')
    page.press("Remove component 2")
    page.has('#fit[data-state="edited"][data-components="2"]')
    # EM from there comes to the same maximum: two components of Old Faithful have one.
    page.press("Go on from here")
    page.state("#fit", "done")
    model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
    assert shown_weights(page) == pytest.approx(sorted(model.weights_), abs=2e-3)


def test_a_mean_is_moved_by_keys(page: StudioPage) -> None:
    page.built_in("faithful", 272)
    page.run(K=2)
    mean = page.page.locator("#fit .em-mean[data-component='1']")
    before = mean.get_attribute("aria-label")
    mean.focus()
    mean.press("Shift+ArrowRight")
    page.state("#fit", "edited")
    # The frame comes after the state.
    page.has(f"#fit .em-mean[data-component='1']:not([aria-label='{before}'])")


def test_the_moves_of_a_search_are_listed(page: StudioPage) -> None:
    page.random(components=6, separation=4, seed=3)
    page.run(K=6)
    assert int(page.data("#moves", "moves")) >= 1
    assert page.page.locator("#moves .badge").count() >= 1
    assert np.isfinite(float(page.data("#fit", "frames")))
