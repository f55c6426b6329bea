"""The view in a real browser: geometry, colours, player, pointer and keyboard."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gaussmix
from gaussmix import GaussianMixture, Mixture, TMixture, datasets, plots
from gaussmix.plots.colours import component_colours, mixed
from gaussmix.uniform import Uniform
from gaussmix.view.content import recorded_view
from gaussmix.view.frames import frame_of, frames_of, rows_in_json

pytestmark = pytest.mark.slow

X = datasets.load_faithful().data
START = Mixture([0.5, 0.5], [[3.0, 62.0], [3.6, 78.0]], np.tile(np.diag([0.8, 120.0]), (2, 1, 1)))
DARK = {"dark": True}


@pytest.fixture(scope="module")
def recording() -> dict[str, Any]:
    recorder = plots.Recorder(START)
    GaussianMixture(
        2, search="off", acceleration="off", init_params=START, max_iter=6, tol=0, callbacks=recorder
    ).fit(X)
    return {
        "rows": rows_in_json(X, ["eruptions", "waiting"]),
        "frames": frames_of(recorder),
        "columns": [0, 1],
    }


def still(mixture: Mixture, rows: Any, columns: list[int]) -> dict[str, Any]:
    names = [f"column {d}" for d in range(mixture.n_features)]
    return {
        "rows": rows_in_json(rows, names),
        "frames": [frame_of(mixture, phase="search")],
        "columns": columns,
    }


def colours_in(tab: Any, mixture: Mixture, rows: Any, dark: bool) -> Any:
    """The colours that the page computes for rows, in [0, 1]."""
    found = tab.page.evaluate(
        """async ({ frame, columns, dark }) => {
          const { sharesOf, coloursOf } = await import("/points.js");
          const rows = { columns: columns.map((c) => Float64Array.from(c, (v) => v ?? NaN)), n: columns[0].length };
          const theme = { dark, line: [0.6, 0, 0], plain: [0.6, 0, 0] };
          return [...coloursOf(rows, frame, sharesOf(frame, rows), theme).colours];
        }""",
        {
            "frame": frame_of(mixture),
            "columns": [[None if np.isnan(v) else float(v) for v in column] for column in np.transpose(rows)],
            "dark": dark,
        },
    )
    return np.array(found).reshape(-1, 3) / 255


@pytest.mark.parametrize(("K", "D", "dark"), [(2, 1, False), (3, 2, True), (5, 4, False), (11, 3, True)])
def test_colours_are_those_of_the_plots(tab: Any, static_server: str, K: int, D: int, dark: bool) -> None:
    mixture = datasets.random_mixture(K, D, random_state=K)
    rows, _ = mixture.sample(200, random_state=0)
    if D > 1:
        rows[::7, 0], rows[::11, D - 1] = np.nan, np.nan
    expected = mixed(mixture.responsibilities(rows), component_colours(K, dark))
    np.testing.assert_allclose(
        colours_in(tab.open(static_server), mixture, rows, dark), expected, atol=0.0041
    )


def test_responsibilities_know_the_noise_component(tab: Any, static_server: str) -> None:
    uniform = Uniform(0.3, np.zeros(2), np.array([10.0, 20.0]), float(np.log(150.0)))
    mixture = Mixture([0.4, 0.3], [[2.0, 3.0], [7.0, 12.0]], [1.0, 2.0], uniform=uniform)
    rows, _ = mixture.sample(100, random_state=0)
    rows[::9, 1] = np.nan
    found = tab.open(static_server).page.evaluate(
        """async ({ frame, columns }) => {
          const { responsibilities } = await import("/mixture.js");
          return [...responsibilities(frame, columns.map((c) => Float64Array.from(c, (v) => v ?? NaN)))];
        }""",
        {"frame": frame_of(mixture), "columns": rows_in_json(rows, ["a", "b"])["columns"]},
    )
    expected = mixture.responsibilities(rows)
    np.testing.assert_allclose(np.array(found).reshape(expected.shape), expected, atol=1e-4)


@pytest.mark.parametrize(("K", "D", "dark"), [(2, 1, False), (3, 2, True), (4, 5, False)])
@pytest.mark.parametrize("degrees", [1.0, 3.5, 1e6])
def test_t_distributions_have_their_colours_and_curves(
    tab: Any, static_server: str, K: int, D: int, dark: bool, degrees: float
) -> None:
    plain = datasets.random_mixture(K, D, random_state=K)
    mixture = TMixture(plain.weights, plain.means, plain.covariances, degrees * np.linspace(1.0, 2.0, K))
    rows, _ = mixture.sample(200, random_state=0)
    if D > 1:
        rows[::7, 0], rows[::11, D - 1] = np.nan, np.nan
    expected = mixed(mixture.responsibilities(rows), component_colours(K, dark))
    found = colours_in(tab.open(static_server), mixture, rows, dark)
    np.testing.assert_allclose(found, expected, atol=0.0041)
    grid = np.linspace(-30.0, 30.0, 41)
    curve = tab.page.evaluate(
        """async ({ frame, column, values }) => {
          const { marginalCurves } = await import("/mixture.js");
          return [...marginalCurves(frame, column, Float64Array.from(values)).total];
        }""",
        {"frame": frame_of(mixture), "column": D - 1, "values": grid.tolist()},
    )
    np.testing.assert_allclose(curve, mixture.marginal([D - 1]).pdf(grid), rtol=1e-6, atol=1e-300)


def test_missing_values_lie_at_their_conditional_means(tab: Any, static_server: str) -> None:
    mixture = datasets.random_mixture(3, 3, random_state=2)
    rows, _ = mixture.sample(60, random_state=0)
    rows[::3, 0], rows[::5, 2] = np.nan, np.nan
    found = tab.open(static_server).page.evaluate(
        """async ({ frame, columns }) => {
          const { sharesOf, placed } = await import("/points.js");
          const rows = { columns: columns.map((c) => Float64Array.from(c, (v) => v ?? NaN)), n: columns[0].length };
          const { places, hollow } = placed(rows, [0, 2], frame, sharesOf(frame, rows));
          return { x: [...places[0]], y: [...places[1]], hollow: [...hollow] };
        }""",
        {"frame": frame_of(mixture), "columns": rows_in_json(rows, ["a", "b", "c"])["columns"]},
    )
    completed = mixture.impute(rows)
    np.testing.assert_allclose(found["x"], completed[:, 0], atol=1e-3)
    np.testing.assert_allclose(found["y"], completed[:, 2], atol=1e-3)
    np.testing.assert_array_equal(found["hollow"], np.isnan(rows[:, [0, 2]]).any(axis=1))


def units(tab: Any, axis: str) -> tuple[float, float]:
    """Pixels for each data unit along an axis, and the pixel of zero, from the numbers at its ticks."""
    ticks = tab.page.evaluate(
        """() => [...document.querySelectorAll(".em-svg > .em-number")].map((each) =>
          [each.getAttribute("text-anchor"), Number(each.getAttribute("x")), Number(each.getAttribute("y")),
           each.textContent.replace("−", "-")])"""
    )
    anchor, at, shift = ("middle", 1, 0.0) if axis == "x" else ("end", 2, -4.0)
    places = [(float(each[3]), each[at] + shift) for each in ticks if each[0] == anchor]
    (v0, p0), (v1, p1) = places[0], places[-1]
    slope = (p1 - p0) / (v1 - v0)
    return slope, p0 - slope * v0


@pytest.mark.parametrize(("seed", "columns"), [(0, [0, 1]), (1, [2, 0]), (2, [1, 2])])
def test_ellipses_agree_with_the_covariances(
    tab: Any, static_server: str, seed: int, columns: list[int]
) -> None:
    mixture = datasets.random_mixture(3, 3, random_state=seed)
    rows, _ = mixture.sample(300, random_state=0)
    tab.open(static_server).mount(still(mixture, rows, columns))
    (sx, x0), (sy, y0) = units(tab, "x"), units(tab, "y")
    boxes = tab.page.evaluate(
        """() => [...document.querySelectorAll(".em-ellipse")].map((path) => {
          const { x, y, width, height } = path.getBBox();
          return [Number(path.parentNode.dataset.component), Number(path.dataset.radius), x, y, width, height];
        })"""
    )
    assert len(boxes) == 6
    dense = mixture.covariances.dense()
    for k, radius, x, y, width, height in boxes:
        deviations = np.sqrt(np.diagonal(dense[int(k)]))[columns]
        mean = mixture.means[int(k)][columns]
        assert width == pytest.approx(2 * radius * deviations[0] * abs(sx), rel=0.01, abs=0.3)
        assert height == pytest.approx(2 * radius * deviations[1] * abs(sy), rel=0.01, abs=0.3)
        assert x + width / 2 == pytest.approx(x0 + sx * mean[0], abs=1.0)
        assert y + height / 2 == pytest.approx(y0 + sy * mean[1], abs=1.0)


def test_the_player_steps_through_e_and_m(tab: Any, static_server: str, recording: dict[str, Any]) -> None:
    tab.open(static_server).mount(recording)
    page, view = tab.page, tab.page.locator(".em-view")

    def now() -> tuple[str, str, str]:
        tab.settled()
        place = page.locator(".em-player").get_attribute("data-position")
        return place, view.get_attribute("data-iteration"), view.get_attribute("data-phase")

    assert now() == ("0", "0", "start")
    page.get_by_role("button", name="To the next E-step").click()
    assert now() == ("1", "1", "E")
    page.get_by_role("button", name="To the next M-step").click()
    assert now() == ("2", "1", "M")
    page.get_by_role("button", name="To the next M-step").click()
    assert now() == ("4", "2", "M")
    page.keyboard.press("ArrowLeft")
    assert now() == ("3", "2", "E")
    page.keyboard.press("End")
    assert now() == ("13", "6", "result")
    assert page.locator(".em-player").get_attribute("data-state") == "ended"
    page.get_by_role("slider", name="Step of the fit").fill("5")
    assert now() == ("5", "3", "E")
    assert page.locator(".em-title").inner_text().startswith("Iteration 3, E-step")


def test_the_m_step_moves_components_and_leaves_colours(
    tab: Any, static_server: str, recording: dict[str, Any]
) -> None:
    tab.open(static_server).mount(recording)

    def drawn(position: int) -> tuple[str, str]:
        tab.page.evaluate("(position) => { player.go(position); view.draw(); }", position)
        path = tab.page.locator(".em-ellipse").first.get_attribute("d")
        pixels = tab.page.evaluate("() => document.querySelector('.em-canvas').toDataURL()")
        return path, pixels

    start, e_step, m_step, next_e = (drawn(i) for i in range(4))
    assert start[0] == e_step[0] != m_step[0] == next_e[0]
    assert start[1] != e_step[1] == m_step[1] != next_e[1]


@pytest.mark.parametrize("speed", ["16", "8"])
def test_it_plays_to_the_end(tab: Any, static_server: str, recording: dict[str, Any], speed: str) -> None:
    tab.open(static_server).mount(recording)
    tab.page.get_by_role("combobox", name="Speed").select_option(speed)
    tab.page.locator(".em-view").click(position={"x": 5, "y": 5})
    tab.page.get_by_role("slider", name="Step of the fit").evaluate("(slider) => slider.blur()")
    tab.page.get_by_role("button", name="Play").click()
    tab.page.wait_for_selector(".em-player[data-state=playing]")
    tab.page.get_by_role("button", name="Pause").click()
    tab.page.wait_for_selector(".em-player[data-state=paused]")
    tab.page.get_by_role("button", name="Play").click()
    tab.page.wait_for_selector(".em-player[data-state=ended][data-position='13']")


@pytest.mark.parametrize("tab", [{}, DARK], indirect=True)
def test_a_point_has_the_mixed_colour(tab: Any, static_server: str, request: Any) -> None:
    dark = request.node.callspec.params["tab"] == DARK
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [4.0, 4.0]], [1.0, 1.0])
    rows = np.array([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]])
    tab.open(static_server).mount(still(mixture, rows, [0, 1]))
    (sx, x0), (sy, y0) = units(tab, "x"), units(tab, "y")
    pixel = tab.page.evaluate(
        "([x, y]) => [...document.querySelector('.em-canvas').getContext('2d').getImageData(x, y, 1, 1).data]",
        [round(x0 + 2 * sx), round(y0 + 2 * sy)],
    )
    expected = 255 * mixed(np.array([[0.5, 0.5]]), component_colours(2, dark))[0]
    np.testing.assert_allclose(pixel[:3], expected, atol=3)


@pytest.mark.parametrize("tab", [{}, DARK], indirect=True)
def test_light_and_dark(tab: Any, static_server: str, recording: dict[str, Any], request: Any) -> None:
    dark = request.node.callspec.params["tab"] == DARK
    tab.open(static_server).mount(recording)

    def paper() -> str:
        return tab.page.evaluate("() => getComputedStyle(view.root).backgroundColor")

    colours = {False: "rgb(255, 255, 255)", True: "rgb(20, 24, 30)"}
    assert paper() == colours[dark]
    for theme, is_dark in (("light", False), ("dark", True), ("auto", dark)):
        tab.page.evaluate("(theme) => view.setTheme(theme).draw()", theme)
        assert paper() == colours[is_dark]
        dot = tab.page.locator(".em-dot").first.evaluate("(dot) => getComputedStyle(dot).backgroundColor")
        expected = np.round(255 * component_colours(1, is_dark)[0]).astype(int)
        assert dot == f"rgb({', '.join(map(str, expected))})"


def test_one_column_has_curves(tab: Any, static_server: str) -> None:
    mixture = Mixture([0.25, 0.75], [[-3.0], [3.0]], [1.0, 2.0])
    rows, _ = mixture.sample(200, random_state=0)
    tab.open(static_server).mount(still(mixture, rows, [0]))
    assert tab.page.locator(".em-ellipse").count() == 0
    assert tab.page.locator(".em-inside .em-curve").count() == 2
    (sx, _), (sy, y0) = units(tab, "x"), units(tab, "y")
    box = tab.page.locator(".em-inside .em-total").evaluate("(path) => path.getBBox().y")
    top = mixture.pdf(np.linspace(-6, 8, 2000)).max()
    assert box == pytest.approx(y0 + sy * top, abs=1.5)
    assert sx > 0


def test_means_are_moved_by_pointer_and_keyboard(
    tab: Any, static_server: str, recording: dict[str, Any]
) -> None:
    tab.open(static_server).mount(recording, trace=False)
    tab.page.evaluate("() => { window.moves = []; view.onDragMean((move) => moves.push(move)).draw(); }")
    (sx, x0), (sy, y0) = units(tab, "x"), units(tab, "y")
    handle = tab.page.locator(".em-mean[data-component='1'] circle")
    box = handle.bounding_box()
    frame = tab.page.locator(".em-svg").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 40, y - 30, steps=3)
    tab.page.mouse.up()
    moves = tab.page.evaluate("() => moves")
    assert [move["done"] for move in moves[:-1]] == [False] * (len(moves) - 1)
    assert moves[-1]["done"]
    assert moves[-1]["component"] == 1
    place = [float(moves[-1]["values"][d]) for d in "01"]
    assert place[0] == pytest.approx((x + 40 - frame["x"] - x0) / sx, rel=1e-3)
    assert place[1] == pytest.approx((y - 30 - frame["y"] - y0) / sy, rel=1e-3)
    tab.settled()
    tab.page.locator(".em-mean[data-component='1']").focus()
    tab.page.keyboard.press("ArrowRight")
    after = tab.page.evaluate("() => moves.at(-1)")
    assert after["values"]["0"] > place[0]
    assert tab.page.evaluate("() => document.activeElement.dataset.component") == "1"


def test_a_row_is_picked(tab: Any, static_server: str, recording: dict[str, Any]) -> None:
    tab.open(static_server).mount(recording)
    tab.page.evaluate("() => { window.picked = []; view.onPickRow((row) => picked.push(row)); }")
    (sx, x0), (sy, y0) = units(tab, "x"), units(tab, "y")
    row = int(np.argmax(X[:, 0]))
    tab.page.locator(".em-svg").click(position={"x": x0 + sx * X[row, 0], "y": y0 + sy * X[row, 1]})
    tab.page.locator(".em-svg").click(position={"x": x0 + sx * 3.2, "y": y0 + sy * 92})
    assert tab.page.evaluate("() => picked") == [row, None]
    tab.page.evaluate("(row) => view.selectRow(row).draw()", row)
    assert tab.page.locator(".em-selected").count() == 1


def test_a_density_image_lies_beneath(tab: Any, static_server: str, recording: dict[str, Any]) -> None:
    tab.open(static_server).mount({**recording, "rows": rows_in_json(X[:0], ["a", "b"])})
    pixel = tab.page.evaluate(
        """() => {
          view.setImage({ values: [0, 0, 0, 9], width: 2, height: 2, extent: [0, 2, 0, 2] }).setFrame(null).draw();
          const canvas = document.querySelector(".em-canvas");
          const box = document.querySelector(".em-svg .em-spine").getBBox();
          const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const at = (u, v) => {
            const [x, y] = [Math.round(box.x + u * box.width), Math.round(box.y + v * box.height)];
            return [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 4)];
          };
          return { high: at(0.9, 0.1), low: at(0.1, 0.9) };
        }"""
    )
    assert pixel["high"][3] > 200
    assert pixel["low"][3] < 40


def test_other_columns_are_chosen(tab: Any, static_server: str) -> None:
    mixture = datasets.random_mixture(2, 3, random_state=0)
    rows, _ = mixture.sample(100, random_state=0)
    tab.open(static_server).mount(still(mixture, rows, [0, 1]))
    tab.page.get_by_role("combobox", name="Vertical").select_option("2")
    assert tab.settled().page.locator(".em-svg > .em-name").all_text_contents() == ["column 0", "column 2"]
    tab.page.get_by_role("combobox", name="Vertical").select_option("")
    assert tab.settled().page.locator(".em-svg > .em-name").all_text_contents() == ["column 0", "density"]


def test_the_legend_has_the_marks_of_rows_apart(tab: Any, static_server: str) -> None:
    rows = datasets.load_faithful().data.copy()
    rows[3, 1] = np.nan
    model = GaussianMixture(2, trim=0.05, noise_component=True, random_state=0).fit(rows)
    tab.open(static_server).mount(recorded_view(model, rows))
    tab.page.get_by_role("button", name="End").click()
    words = tab.settled().page.locator(".em-legend .em-chip").all_text_contents()[2:]
    assert [word.split()[0] for word in words] == ["×noise", "×trimmed", "○missing"]


def test_it_is_redrawn_when_its_size_changes(tab: Any, static_server: str, recording: dict[str, Any]) -> None:
    tab.open(static_server).mount(recording)
    tab.page.set_viewport_size({"width": 420, "height": 700})
    tab.page.wait_for_function("() => document.querySelector('.em-svg').viewBox.baseVal.width < 420")
    tab.settled()
    assert tab.page.evaluate("() => document.documentElement.scrollWidth") <= 420
    tab.page.evaluate("() => { player.destroy(); view.destroy(); }")
    assert tab.page.locator(".em-view").count() == 0


NAMES = [
    "</script><script>alert(1)</script>",
    'a "quoted" <b>&amp;',
    "line\u2028end \u2029 \u202e",
    "x" * 300,
    "µ ☃",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tab", [DARK], indirect=True)
def test_a_replay_needs_no_server_and_takes_any_name(tab: Any, tmp_path: Path, name: str) -> None:
    model = GaussianMixture(2, random_state=0).fit(X)
    path = tmp_path / "replay.html"
    gaussmix.replay(model, X, path, feature_names=[name, "b"], columns=[0, 1], title=name)
    tab.open(path.as_uri()).settled()
    assert tab.page.locator("h1").inner_text().split() == name.split()
    assert (
        tab.page.get_by_role("combobox", name="Horizontal").evaluate("(menu) => menu.options[0].textContent")
        == name
    )
    tab.page.locator("[data-action=last]").click()
    assert tab.settled().page.locator(".em-player").get_attribute("data-state") == "ended"
    assert tab.requests == [path.as_uri()]


def test_the_policy_of_a_replay_allows_no_other_script(tab: Any, tmp_path: Path) -> None:
    page = gaussmix.replay(GaussianMixture(2, random_state=0).fit(X), X)
    path = tmp_path / "changed.html"
    path.write_text(page.replace("</main>", "<script>window.ran = 1</script></main>"), encoding="utf-8")
    tab.open(path.as_uri()).settled()
    assert tab.page.evaluate("() => window.ran") is None
    assert len(tab.complaints) == 1
    assert "Content Security Policy" in tab.complaints.pop()


def test_controls_have_names(tab: Any, static_server: str, recording: dict[str, Any]) -> None:
    tab.open(static_server).mount(recording)
    tab.page.evaluate("() => view.onDragMean(() => {}).draw()")
    tree = tab.page.locator("main").aria_snapshot()
    assert not re.findall(r"^\s*- (?:button|slider|combobox)(?:$|:)", tree, re.MULTILINE)
    assert 'slider "Step of the fit"' in tree


def test_a_replay_of_many_columns_brings_its_responsibilities(tab: Any, tmp_path: Path) -> None:
    mixture = datasets.random_mixture(3, 9, random_state=0)
    rows, _ = mixture.sample(1000, random_state=0)
    model = GaussianMixture(3, random_state=0, search="off").fit(rows)
    content = recorded_view(model, rows, max_rows=200)
    assert len(content["rows"]["names"]) == 6
    assert all(len(frame["responsibilities"]) >= 4 * 200 for frame in content["frames"])
    path = tmp_path / "replay.html"
    gaussmix.replay(model, rows, path)
    tab.open(path.as_uri()).settled()
    assert tab.page.locator(".em-ellipse").count() == 6


@pytest.mark.parametrize("tab", [{}, DARK], indirect=True)
def test_a_report_plays_em(tab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    path = tmp_path / "report.html"
    model = GaussianMixture(3, random_state=0).fit(X)
    gaussmix.write_report(model, X, path, feature_names=["</script>", "b"])
    tab.open(path.as_uri()).settled()
    tab.page.get_by_role("button", name="To the next M-step").click()
    assert tab.settled().page.locator(".em-view").get_attribute("data-phase") == "M"
    assert tab.requests == [path.as_uri()]


@pytest.mark.parametrize("tab", [{}, DARK], indirect=True)
def test_a_replay_in_a_frame_has_the_theme_of_the_page_around_it(tab: Any, static_server: str) -> None:
    page = gaussmix.replay(Mixture([1.0], [[3.0, 70.0]], [4.0]), X)
    around = '<!DOCTYPE html><html lang="en" data-theme="dark"><body><iframe src="/replay.html"></iframe></body></html>'
    texts = {"around": around, "replay": page}

    def answer(route: Any) -> None:
        route.fulfill(body=texts[Path(route.request.url).stem], content_type="text/html")

    tab.page.route("**/*.html", answer)
    tab.open(f"{static_server}around.html")
    body = tab.page.frame_locator("iframe").locator("body")
    body.locator(".em-view[data-state=ready]:not([data-pending])").wait_for()
    for theme, colour in (("dark", "rgb(20, 24, 30)"), ("light", "rgb(255, 255, 255)")):
        tab.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        body.locator(f".em-view[data-theme={theme}]:not([data-pending])").wait_for()
        for each in (body, body.locator(".em-view")):
            assert each.evaluate("(e) => getComputedStyle(e).backgroundColor") == colour


def test_components_glide_to_the_next_step(tab: Any, static_server: str, recording: dict[str, Any]) -> None:
    tab.open(static_server).mount(recording, at=1)
    way = tab.page.evaluate(
        """async () => {
          const path = () => document.querySelector(".em-ellipse").getAttribute("d");
          const seen = [path()];
          player.step(1);
          while ("pending" in view.root.dataset) {
            await new Promise((done) => requestAnimationFrame(done));
            seen.push(path());
          }
          player.go(2);
          view.draw();
          return { seen, end: path() };
        }"""
    )
    assert len(set(way["seen"])) > 2
    assert way["seen"][-1] == way["end"]
    tab.page.emulate_media(reduced_motion="reduce")
    jump = tab.page.evaluate(
        """async () => {
          player.go(1);
          view.draw();
          player.step(1);
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          return document.querySelector(".em-ellipse").getAttribute("d");
        }"""
    )
    assert jump == way["end"]


AXE = Path(__file__).parents[1] / "studio" / "vendor" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("tab", [{}, DARK], indirect=True)
def test_the_view_is_accessible(tab: Any, static_server: str, recording: dict[str, Any]) -> None:
    tab.open(static_server).mount({**recording, "columns": [0, 1]}, at=3)
    tab.page.evaluate("() => view.onDragMean(() => {}).draw()")
    tab.page.evaluate(AXE.read_text(encoding="utf-8"))
    faults = tab.page.evaluate(
        """async () => (await axe.run(".em-view")).violations.map(({ id, nodes }) =>
          [id, nodes.map((node) => node.html + " " + node.failureSummary)])"""
    )
    assert faults == []
