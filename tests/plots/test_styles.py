"""Every picture is legible in every style: no text and no line is lost on what lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from numpy.typing import NDArray

from gaussmix import (
    GaussianMixture,
    Mixture,
    MixtureClassifier,
    MixtureRegressor,
    combine,
    datasets,
    inference,
    modal_clustering,
    plots,
    reduce_dimension,
)
from gaussmix.plots.colours import contrast
from gaussmix.plots.style import Style

CLEAR: dict[str, Any] = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), "#dddddd"
    ),
}
STYLES: dict[str, Any] = {
    "default": [],
    "dark": ["dark_background"],
    "clear": [CLEAR],
    "ggplot": ["ggplot"],
    "Solarize_Light2": ["Solarize_Light2"],
    "grayscale": ["grayscale"],
}
DRAWN = datasets.random_mixture(3, 2, random_state=0)
X, LABELS = DRAWN.sample(300, random_state=0)
LINE = datasets.random_mixture(3, 1, random_state=0)
RESAMPLED = inference.bootstrap(GaussianMixture(2, random_state=0).fit(X), X, n_replicates=20, random_state=0)
REGRESSOR = MixtureRegressor(GaussianMixture(3, random_state=0)).fit(X[:, :1], X[:, 1])
TEST = inference.LikelihoodRatioTest((inference.LikelihoodRatio(1, 9.0, np.arange(30.0)),), 0.05, ())


@pytest.fixture(scope="module")
def model() -> GaussianMixture:
    rows, _ = datasets.random_mixture(6, 2, random_state=4).sample(600, random_state=0)
    return GaussianMixture(6, random_state=0).fit(rows)


@pytest.fixture(scope="module")
def classifier() -> MixtureClassifier:
    return MixtureClassifier(1, random_state=0).fit(X, LABELS)


PICTURES: dict[str, Callable[[Any, Any], Any]] = {
    "points": lambda model, classifier: plots.points(DRAWN, X),
    "points with labels": lambda model, classifier: plots.points(None, X, labels=LABELS),
    "points in bins": lambda model, classifier: plots.points(DRAWN, X, how="bins"),
    "ellipses": lambda model, classifier: plots.ellipses(DRAWN),
    "density_1d": lambda model, classifier: plots.density_1d(LINE, LINE.sample(100, random_state=0)[0]),
    "density_2d": lambda model, classifier: plots.density_2d(DRAWN, pixels=40),
    "filled": lambda model, classifier: plots.density_2d(DRAWN, kind="filled", pixels=40),
    "lines": lambda model, classifier: plots.density_2d(DRAWN, kind="lines", pixels=40),
    "uncertainty": lambda model, classifier: plots.uncertainty(DRAWN, X, pixels=40),
    "decision_map": lambda model, classifier: plots.decision_map(classifier, X, LABELS, pixels=40),
    "regression": lambda model, classifier: plots.regression(REGRESSOR, X[:, :1], X[:, 1]),
    "conditional density": lambda model, classifier: plots.regression(REGRESSOR, kind="image", pixels=40),
    "trace": lambda model, classifier: plots.trace([[-4.0, -3.0, -2.9, -2.8, -2.79, -2.789, -2.788]]),
    "named traces": lambda model, classifier: plots.trace({"one": [-4.0, -3.0], "two": [-5.0, -2.0]}),
    "search": lambda model, classifier: plots.search(model),
    "gains": lambda model, classifier: plots.gains(model),
    "entropy": lambda model, classifier: plots.entropy(combine(DRAWN, X)),
    "dendrogram": lambda model, classifier: plots.dendrogram(combine(model, X)),
    "modes": lambda model, classifier: plots.modes(modal_clustering(DRAWN, X), X),
    "intervals": lambda model, classifier: plots.intervals(RESAMPLED)[0, 0],
    "likelihood_ratios": lambda model, classifier: plots.likelihood_ratios(TEST)[0],
    "eigenvalues": lambda model, classifier: plots.eigenvalues(reduce_dimension(DRAWN, X, means_share=0.5)),
    "directions": lambda model, classifier: plots.directions(reduce_dimension(DRAWN, X), X),
    "projection": lambda model, classifier: plots.projection(DRAWN, X),
    "classification": lambda model, classifier: plots.classification(DRAWN, X, labels=LABELS),
    "classification of one column": lambda model, classifier: plots.classification(LINE, X[:, :1]),
    "uncertainty of one column": lambda model, classifier: plots.uncertainty(LINE, X[:, :1]),
}


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> Iterator[str]:
    with mpl.style.context(["default", *STYLES[request.param]]):
        yield request.param


def written(figure: Any) -> list[Text]:
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and not isinstance(text, mpl.offsetbox.TextArea)
    ]


@pytest.mark.parametrize("name", PICTURES)
def test_text_and_lines_are_seen_on_what_lies_behind(
    name: str, style: str, model: GaussianMixture, classifier: MixtureClassifier
) -> None:
    ax = PICTURES[name](model, classifier)
    figure = ax.figure
    figure.canvas.draw()
    inside, around = Style.of(ax).background, Style.around(ax).background
    assert written(figure)
    for text in written(figure):
        ink = np.array(to_rgb(text.get_color()))
        # A number on the mark of a mean lies on the colour of its component.
        papers = [inside, around, *([tuple(c) for c in Style.of(ax).components(6)] if text.axes else [])]
        assert max(contrast(ink, np.asarray(paper)) for paper in papers) >= 4.4, text.get_text()
    for side in ("left", "bottom"):
        assert contrast(np.array(to_rgb(ax.spines[side].get_edgecolor())), around) > 2.2
    for line in ax.lines:
        if line.get_linestyle() != "None" and line.get_zorder() >= 3:
            assert contrast(np.array(to_rgb(line.get_color())), inside) > 1.8


def test_the_floor_of_a_density_is_the_background(style: str) -> None:
    ax = plots.density_2d(DRAWN, limits=((200.0, 201.0), (200.0, 201.0)), pixels=4)
    image = ax.images[0]
    shown = image.to_rgba(np.asarray(image.get_array()))[..., :3]
    np.testing.assert_allclose(shown, np.broadcast_to(Style.of(ax).background, shown.shape), atol=1e-6)


@pytest.mark.parametrize(("name", "opacity"), [("clear", 0.0), ("dark", 1.0), ("default", 1.0)])
def test_the_floor_is_clear_where_the_background_is(name: str, opacity: float) -> None:
    with mpl.style.context(["default", *STYLES[name]]):
        for ax in (plots.density_2d(DRAWN, pixels=20), plots.uncertainty(DRAWN, pixels=20)):
            image = ax.images[0]
            shown = image.to_rgba(np.array([[0.0, 1e9]]))[0, :, 3]
            assert shown.tolist() == [opacity, 1.0]


def test_a_style_holds_beyond_its_context() -> None:
    with mpl.style.context("dark_background"):
        ax = plots.points(DRAWN, X)
    plots.ellipses(DRAWN, ax=ax)
    assert Style.of(ax).dark
    edge = np.array(ax.patches[0].get_edgecolor()[:3])
    np.testing.assert_allclose(edge, plots.palette(3, background="black")[0], atol=1e-6)


@pytest.mark.parametrize("background", ["#000000", "#0b1021", "#333333", "white", "#fafad2"])
def test_axes_of_another_colour_than_the_figure(background: str) -> None:
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    ax.set_facecolor(background)
    plots.density_1d(LINE, ax=ax)
    total = next(line for line in ax.lines if line.get_label() == "density")
    assert contrast(np.array(to_rgb(total.get_color())), np.array(to_rgb(background))) > 4.5
    assert contrast(np.array(to_rgb(ax.xaxis.label.get_color())), np.ones(3)) > 4.5


def pixels(path: Any) -> NDArray[np.uint8]:
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("name", ["dark", "clear", "default"])
def test_a_film_has_the_background_of_its_style(name: str, tmp_path: Any) -> None:
    mixtures = [DRAWN, Mixture(DRAWN.weights, DRAWN.means + 1.0, DRAWN.covariances)]
    with mpl.style.context(["default", *STYLES[name]]):
        plots.animate(X, mixtures, tmp_path / "a.gif", pictures=tmp_path, dpi=50)
    corner = pixels(tmp_path / "001.png")[2, 2].astype(int)
    expected = {"dark": 0, "clear": 18, "default": 255}[name]
    assert np.abs(corner - expected).max() <= 1


@pytest.mark.parametrize("size", [6.0, 10.0, 16.0])
def test_letters_follow_the_settings(size: float) -> None:
    with mpl.rc_context({"font.size": size}):
        ax = plots.points(DRAWN, X)
        assert ax.xaxis.get_ticklabels()[0].get_fontsize() == pytest.approx(0.9 * size)
