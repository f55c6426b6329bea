"""Texts have room: none covers another, and none is cut, whatever the names, the units and the size of the figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axis import Axis
from matplotlib.text import Text

from gaussmix import (
    Full,
    GaussianMixture,
    Mixture,
    MixtureClassifier,
    combine,
    datasets,
    inference,
    modal_clustering,
    plots,
    reduce_dimension,
)
from gaussmix.covariances import standard_families
from gaussmix.model_sweep import FittedModel
from gaussmix.plots.text import fitted

LONG = (
    "Overall satisfaction of customers (1 to 5)",
    "mean_annual_precipitation_at_station_in_mm",
    "Household income before taxes [EUR per year]",
    "sepal.length.of.the.first.flower.measured",
)
CLASSES = (
    "people who answered very soon and often xx",
    "people who answered late and never again x",
    "those_without_any_answer_at_all_in_the_end",
)
PLAIN = ("time (s)", "pressure (Pa)", "energy (J)", "mass (kg)")
DRAWN = datasets.random_mixture(3, 2, random_state=1)
X, LABELS = DRAWN.sample(400, random_state=0)


def texts_of(artist: Any) -> Iterator[Text]:
    """The texts that are seen: of ticks, those in the range of their axis."""
    if not artist.get_visible():
        return
    if isinstance(artist, Axis):
        if artist.axes.axison:
            ticks = artist._update_ticks()  # type: ignore[attr-defined]
            yield from (tick.label1 for tick in ticks if tick.label1.get_visible())
            yield from (tick.label2 for tick in ticks if tick.label2.get_visible())
            yield from (artist.label, artist.offsetText)
        return
    if isinstance(artist, Text):
        yield artist
    for child in artist.get_children():
        yield from texts_of(child)


def boxes_of(figure: Any) -> dict[str, Any]:
    """The extents of the texts of a drawn figure, by a name for each."""
    figure.canvas.draw()
    seen = [text for text in texts_of(figure) if text.get_visible() and text.get_text().strip()]
    return {f"{number} {text.get_text()!r}": text.get_window_extent() for number, text in enumerate(seen)}


def overlaps(boxes: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (one, other)
        for (one, a), (other, b) in combinations(boxes.items(), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]


def cut(figure: Any, boxes: dict[str, Any]) -> list[str]:
    width, height = figure.bbox.size
    return [
        name
        for name, box in boxes.items()
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]


def assert_room(figure: Any) -> None:
    boxes = boxes_of(figure)
    assert overlaps(boxes) == []
    assert cut(figure, boxes) == []


def in_units(scale: float, shift: float, names: tuple[str, ...], D: int = 2) -> tuple[Mixture, Any, Any]:
    """A mixture, its rows and their labels in other units, with names of columns."""
    drawn = DRAWN if D == 2 else datasets.random_mixture(3, D, random_state=3)
    moved = Mixture(
        drawn.weights,
        scale * drawn.means + shift,
        scale**2 * drawn.covariances.dense(),
        feature_names=names[:D],
    )
    rows, labels = moved.sample(400, random_state=0)
    return moved, rows, np.array(CLASSES)[labels]


UNITS = {
    "long names": (1.0, 0.0, LONG),
    "about 1e6": (0.1, 1e6, PLAIN),
    "about 3e5": (2e4, 3e5, PLAIN),
    "about 1e-4": (1e-4, 0.0, PLAIN),
    "about 1e-9": (1e-10, 0.0, PLAIN),
}
PANELS: dict[str, Callable[..., Any]] = {
    "points": lambda m, X, y, ax: plots.points(m, X, labels=y, ax=ax),
    "density": lambda m, X, y, ax: plots.density(m, X, ax=ax),
    "uncertainty": lambda m, X, y, ax: plots.uncertainty(m, X, ax=ax),
    "projection": lambda m, X, y, ax: plots.projection(m, X, ax=ax),
    "decision map": lambda m, X, y, ax: plots.decision_map(
        MixtureClassifier(1, random_state=0).fit(X, y), X, y, pixels=60, ax=ax
    ),
    "directions": lambda m, X, y, ax: plots.directions(reduce_dimension(m, X), X, y, ax=ax),
    "named traces": lambda m, X, y, ax: plots.trace(
        {CLASSES[0]: [-4.0, -3.0], CLASSES[1]: [-5.0, -2.0]}, ax=ax
    ),
}


@pytest.mark.parametrize("size", [(3.0, 2.0), (6.0, 4.5), (16.0, 10.0)], ids=str)
@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("panel", PANELS)
def test_texts_of_a_panel_have_room(panel: str, units: str, size: tuple[float, float]) -> None:
    ax = plt.subplots(figsize=size, layout="constrained")[1]
    PANELS[panel](*in_units(*UNITS[units]), ax)
    assert_room(ax.figure)


def _live(m: Mixture, X: Any, y: Any) -> Any:
    live = plots.LivePlot(X, feature_names=m.feature_names)
    GaussianMixture(3, search="off", max_iter=3, tol=0, random_state=0, callbacks=live).fit(X)
    return live.figure


FIGURES: dict[str, Callable[..., Any]] = {
    "pairs": lambda m, X, y: plots.pairs(m, X)[0, 0].figure,
    "overview": lambda m, X, y: plots.overview(m, X)[0].figure,
    "live": _live,
    "classifier": lambda m, X, y: plots.plot(MixtureClassifier(1, random_state=0).fit(X, y), X, y),
}


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("name", FIGURES)
def test_texts_of_a_figure_have_room(name: str, units: str) -> None:
    figure = FIGURES[name](*in_units(*UNITS[units], D=4))
    boxes = boxes_of(figure)
    # The numbered discs of components whose means are close lie over each other.
    named = [
        pair for pair in overlaps(boxes) if not all(one.split("'")[1] in {"0", "1", "2"} for one in pair)
    ]
    assert named == []
    assert cut(figure, boxes) == []


@pytest.mark.parametrize("units", ["about 1e6", "about 1e-4"])
def test_texts_of_intervals_have_room(units: str) -> None:
    _, rows, _ = in_units(*UNITS[units], D=4)
    model = GaussianMixture(3, covariance_type="diag", random_state=0).fit(rows)
    assert_room(
        plots.intervals(inference.bootstrap(model, rows, n_replicates=20, random_state=0))[0, 0].figure
    )


def test_intervals_say_that_lines_are_components() -> None:
    model = GaussianMixture(2, random_state=0).fit(X)
    tied = GaussianMixture(2, covariance_type="tied", random_state=0).fit(X)
    for fit, parameter, told in ((model, "means", "component"), (tied, "variances", "")):
        resampled = inference.bootstrap(fit, X, n_replicates=20, random_state=0)
        assert plots.intervals(resampled, parameter=parameter)[0, 0].figure.get_supylabel() == told


def test_numbers_of_neighbouring_panels_are_apart() -> None:
    drawn = datasets.random_mixture(3, 6, spread=1000.0, random_state=1)
    axes = plots.pairs(drawn, drawn.sample(100, random_state=0)[0])
    axes[0, 0].figure.canvas.draw()
    lines = [[tick.label1.get_window_extent() for tick in ax.xaxis._update_ticks()] for ax in axes[-1]]
    assert min(map(len, lines)) > 1
    letter = lines[0][0].height / 1.5
    assert min(right[0].x0 - left[-1].x1 for left, right in pairwise(lines)) > 1.5 * letter  # four spaces


def test_brackets_and_words_are_not_broken() -> None:
    for points in (80.0, 100.0, 120.0, 160.0):
        lines = fitted(LONG[0], points, 10.0, lines=4).split("\n")
        assert "(1 to 5)" in lines[-1]
        assert " ".join(lines) == LONG[0]
    assert fitted("precipitation", 30.0, 10.0) == "precip\nitatio\nn"
    long = "income (in thousands of euros per year)"
    assert " ".join(fitted(long, 100.0, 10.0).split("\n")) == long


@pytest.mark.parametrize("span", [1.0, 13.7, 0.00123, 3.3e5, 1e-9])
@pytest.mark.parametrize("shift", [0.0, -0.5, 7.0, 1e6])  # in spans
@pytest.mark.parametrize("width", [0.9, 1.4, 3.0, 8.0])
def test_numbers_at_ticks_are_apart_and_two_where_there_is_room(
    width: float, shift: float, span: float
) -> None:
    ax = plt.subplots(figsize=(width, 1.5))[1]
    low = shift * span
    plots.density_1d(Mixture([1.0], [[low]], [span**2]), ax=ax, components=False)
    for limits in ((low - span, low + 2.0 * span), (low + span, low - span)):
        ax.set_xlim(limits)
        ax.figure.canvas.draw()
        ticks = [tick.label1.get_window_extent() for tick in ax.xaxis._update_ticks()]  # type: ignore[attr-defined]
        ticks.sort(key=lambda box: box.x0)
        assert len(ticks) >= (2 if width > 2.0 else 1)
        assert all(right.x0 > left.x1 for left, right in pairwise(ticks))


def test_a_locator_of_the_caller_stays() -> None:
    ax = plt.subplots()[1]
    ax.set_xscale("log")
    before = ax.xaxis.get_major_locator()
    plots.density_1d(Mixture([1.0], [[5.0]], [1.0]), ax=ax)
    assert ax.xaxis.get_major_locator() is before


def grid_of_classes(count: int, name: str) -> tuple[MixtureClassifier, Any, Any]:
    side = int(np.ceil(np.sqrt(count)))
    centres = np.array([(c % side, c // side) for c in range(count)], dtype=float)
    y = np.repeat(np.arange(count), 12)
    rows = centres[y] + 0.25 * np.random.default_rng(0).normal(size=(len(y), 2))
    names = np.array([name.format(c) for c in range(count)])[y]
    return MixtureClassifier(1, random_state=0).fit(rows, names), rows, names


@pytest.mark.parametrize(
    ("count", "name"), [(30, "{}"), (9, "class {}"), (3, "the class with the number {} of three")]
)
@pytest.mark.parametrize("size", [(3.0, 2.0), (6.0, 4.5)], ids=str)
def test_names_in_regions_are_apart_and_inside(count: int, name: str, size: tuple[float, float]) -> None:
    ax = plt.subplots(figsize=size, layout="constrained")[1]
    plots.decision_map(*grid_of_classes(count, name), pixels=60, ax=ax)
    ax.figure.canvas.draw()
    boxes = {text.get_text(): text.get_window_extent() for text in ax.texts}
    assert len(boxes) == count or (not boxes and ax.get_legend() is not None)
    assert overlaps(boxes) == []
    for box in boxes.values():
        assert ax.bbox.x0 <= box.x0
        assert box.x1 <= ax.bbox.x1
        assert ax.bbox.y0 <= box.y0
        assert box.y1 <= ax.bbox.y1


def test_names_without_room_in_the_plot_are_beside_it() -> None:
    ax = plt.subplots(figsize=(4.0, 3.0), layout="constrained")[1]
    plots.decision_map(*grid_of_classes(30, "class number {:02}"), pixels=60, ax=ax)
    legend = ax.get_legend()
    assert not ax.texts
    assert legend is not None
    assert legend.get_texts()


@pytest.fixture(scope="module")
def many() -> tuple[GaussianMixture, Any]:
    rows, _ = datasets.random_mixture(30, 2, random_state=1).sample(3000, random_state=0)
    return GaussianMixture(30, search="off", random_state=0).fit(rows), rows


def test_numbers_of_clusters_and_modes_are_apart(many: tuple[GaussianMixture, Any]) -> None:
    model, rows = many
    for ax in (
        plots.entropy(combine(model, rows), normalized=True),
        plots.modes(modal_clustering(model, rows), rows),
    ):
        ax.figure.canvas.draw()
        numbers = {text.get_text(): text.get_window_extent() for text in ax.texts}
        assert len(numbers) > 15
        assert overlaps(numbers) == []


def test_discs_of_a_dendrogram_are_apart(many: tuple[GaussianMixture, Any]) -> None:
    model, rows = many
    ax = plots.dendrogram(combine(model, rows), ax=plt.subplots(figsize=(5.0, 4.0), layout="constrained")[1])
    boxes = boxes_of(ax.figure)
    assert overlaps({name: box for name, box in boxes.items() if box.y0 > ax.bbox.y0}) == []
    discs = [line for line in ax.lines if line.get_marker() == "o"]
    places = np.sort(ax.transData.transform([line.get_xydata()[0] for line in discs])[:, 0])
    assert np.diff(places).min() >= 0.95 * max(line.get_markersize() for line in discs) * ax.figure.dpi / 72.0


def test_many_strips_are_named_by_a_legend() -> None:
    line, labels = X[:, :1], np.arange(400) % 25
    mixture = DRAWN.marginal([0])
    few = plots.classification(mixture, line, labels=labels % 3)
    assert few.get_legend() is None
    assert {"0", "1", "2"} <= {text.get_text() for text in few.texts}
    ax = plots.classification(mixture, line, labels=labels)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [str(label) for label in range(25)]


def test_stars_of_modes_are_on_the_curve_and_inside() -> None:
    narrow = Mixture([0.5, 0.5], [[0.0], [5.0]], [1e-8, 1.0])
    ax = plots.modes(modal_clustering(narrow))
    curve = next(line for line in ax.lines if line.get_label() == "density")
    for star in (line for line in ax.lines if line.get_marker() == "*"):
        x, y = np.asarray(star.get_xydata())[0]
        assert y == pytest.approx(np.interp(x, *curve.get_data()))
        assert y < ax.get_ylim()[1]


def of_bic(*values: float) -> list[FittedModel]:
    return [FittedModel(K, Full(), 2, "fitted", bic=bic) for K, bic in enumerate(values, 1)]


def test_values_a_little_above_the_others_are_not_cut() -> None:
    ax = plots.criterion_curves(of_bic(4450.0, 4200.0, 2000.0, 1800.0, 1790.0, 1700.0, 1650.0, 1600.0))
    assert ax.get_ylim()[1] > 4450.0
    far = plots.criterion_curves(of_bic(99_000.0, 4200.0, 2000.0, 1800.0, 1790.0, 1700.0, 1650.0, 1600.0))
    assert far.get_ylim()[1] < 99_000.0


@pytest.mark.parametrize(
    ("values", "ticks"), [((1.0, 4.0, 2001.0), [0, 10, 100, 1000]), ((1.0, 4.0), [0, 1])]
)
def test_a_map_has_a_colour_bar_in_units_of_the_criterion(
    values: tuple[float, ...], ticks: list[float]
) -> None:
    figure = plots.criterion_map(of_bic(*values)).figure
    bar = figure.axes[-1]
    assert bar.get_ylabel().split() == ["BIC", "above", "the", "best"]
    np.testing.assert_allclose(bar.get_yticks(), ticks)


def test_names_of_families_fit_a_small_map() -> None:
    ax = plt.subplots(figsize=(3.0, 2.0), layout="constrained")[1]
    models = [FittedModel(K, each, 2, "fitted", bic=float(K)) for K in (1, 2) for each in standard_families]
    plots.criterion_map(models, ax=ax)
    assert_room(ax.figure)


def test_a_legend_of_eigenvalues_covers_no_line() -> None:
    model = GaussianMixture(3, random_state=0).fit(X)
    ax = plots.eigenvalues(reduce_dimension(model, X, means_share=0.5))
    ax.figure.canvas.draw()
    legend = ax.get_legend()
    assert legend is not None
    box = legend.get_window_extent()
    for line in ax.lines:
        ends = ax.transData.transform(np.asarray(line.get_xydata()))
        assert not any(box.contains(*place) for place in np.linspace(ends[0], ends[-1], 200))


def test_notes_above_a_small_plot_are_in_two_lines() -> None:
    wide = datasets.random_mixture(3, 12, random_state=1)
    ax = plt.subplots(figsize=(3.0, 2.0), layout="constrained")[1]
    plots.density_2d(wide, wide.sample(3000, random_state=0)[0], ax=ax)
    plots.ellipses(wide, ax=ax)
    assert ax.get_title(loc="right") == "first 2 of 12 columns;\n2,000 of 3,000 rows"
    assert cut(ax.figure, boxes_of(ax.figure)) == []
