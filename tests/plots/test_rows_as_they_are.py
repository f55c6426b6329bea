"""Plots and reports of rows with missing values and measurement errors, and of a uniform noise component."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from gaussmix import GaussianMixture, Mixture, MixtureClassifier
from gaussmix.classify import ClassMixtures
from gaussmix.errors import InputError
from gaussmix.report import write_report

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from gaussmix import plots  # noqa: E402


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    groups = [rng.normal(0.0, 1.0, (60, 3)), rng.normal([7.0, 4.0, 2.0], 1.0, (60, 3))]
    X = np.vstack([*groups, rng.uniform(-15.0, 20.0, (12, 3))])
    X[rng.random(X.shape) < 0.15] = np.nan
    noise = np.full(X.shape, 0.09)
    return (
        GaussianMixture(2, noise_component=True, search="off", random_state=0).fit(X, noise=noise),
        X,
        noise,
    )


def marks(ax):
    """The points of each collection of marks."""
    return [np.asarray(c.get_offsets()) for c in ax.collections if hasattr(c, "get_sizes")]


@pytest.fixture(autouse=True)
def _closed():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_holed_rows_are_hollow_at_their_conditional_means_and_noise_is_crosses(fitted):
    model, X, noise = fitted
    ax = plots.points(model, X, noise=noise)
    crosses, hollow, solid = marks(ax)
    is_noise, holed = model.predict(X, noise) < 0, np.isnan(X[:, :2]).any(axis=1)
    expected = model.impute(X, noise=noise)[:, :2]
    for found, chosen in ((crosses, is_noise), (hollow, holed & ~is_noise), (solid, ~holed & ~is_noise)):
        np.testing.assert_allclose(np.sort(found, axis=0), np.sort(expected[chosen], axis=0))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["noise", "with a missing value"]
    (rings,) = [c for c in ax.collections if not hasattr(c, "get_sizes")]
    assert len(rings.get_segments()) == (~holed).sum()


def test_errors_of_many_rows_are_not_drawn():
    mixture = Mixture([1.0], [[0.0, 0.0]], [1.0])
    X = mixture.sample(501, random_state=0)[0]
    ax = plots.points(mixture, X, noise=np.ones((501, 2)))
    assert all(hasattr(c, "get_sizes") for c in ax.collections)


def test_the_label_of_noise_is_grey(fitted):
    model, X, _ = fitted
    ax = plots.points(model, X, labels=model.predict(X))
    assert len(marks(ax)[0]) == (model.predict(X) < 0).sum()


@pytest.mark.parametrize("D", [1, 2, 3])
def test_every_plot_draws_a_uniform_component_and_missing_values(fitted, D):
    _, X, _ = fitted
    X = X[:, :D]
    model = GaussianMixture(2, noise_component=True, search="off", random_state=0).fit(X)
    plots.density_1d(model, X)
    plots.overview(model, X)
    plots.trace(model)
    if D > 1:
        for how in ("marks", "bins"):
            for by in ("responsibilities", "component", "nothing"):
                plots.points(model, X, by=by, how=how)
        for kind in ("image", "filled", "lines"):
            plots.density_2d(model, X, kind=kind, pixels=40)
        plots.uncertainty(model, X, pixels=40)
        plots.ellipses(model)
        plots.pairs(model, X)


def test_colours_account_for_errors():
    mixture = Mixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], [1.0, 9.0])
    X, errors = np.array([[-1.0, 0.0], [0.9, 0.0]]), np.array([[0.0, 0.0], [400.0, 400.0]])
    for noise in (None, errors):
        ax = plots.points(mixture, X, noise=noise, by="component")
        (solid,) = [c for c in ax.collections if hasattr(c, "get_sizes")]
        found = {
            tuple(place): tuple(colour)
            for place, colour in zip(solid.get_offsets(), solid.get_facecolors(), strict=True)
        }
        expected = plots.palette(2)[mixture.predict(X, noise)]
        for place, colour in zip(X, expected, strict=True):
            np.testing.assert_allclose(found[tuple(place)][:3], colour, atol=0.02)


@pytest.mark.parametrize("errors", ["variances", "matrices"])
def test_pairs_draw_errors_of_complete_rows_in_each_panel_below_the_diagonal(fitted, errors):
    model, X, noise = fitted
    given = noise if errors == "variances" else noise[:, :, None] * np.eye(3)
    axes = plots.pairs(model, X, noise=given)
    for line in range(1, 3):
        for column in range(line):
            rings = [c for c in axes[line, column].collections if c.get_alpha() == 0.5]
            complete = ~np.isnan(X[:, [column, line]]).any(axis=1)
            segments = np.concatenate([np.array(c.get_segments()) for c in rings])
            assert len(segments) == complete.sum()
            # 0.3 is the standard deviation of the errors.
            np.testing.assert_allclose(np.ptp(segments, axis=1), 0.6, rtol=1e-3)
            centres = (segments.min(axis=1) + segments.max(axis=1)) / 2
            expected = X[complete][:, [column, line]]
            np.testing.assert_allclose(np.sort(centres, axis=0), np.sort(expected, axis=0), atol=1e-6)


def test_errors_of_any_plot_are_those_of_its_rows(fitted):
    model, X, noise = fitted
    for draw in (plots.overview, plots.pairs, plots.uncertainty, plots.classification):
        draw(model, X, noise=noise)
        with pytest.raises(InputError, match="noise"):
            draw(model, X, noise=noise[:-1])
    for draw in (plots.pairs, plots.uncertainty, plots.classification):
        with pytest.raises(InputError, match="noise is given without X"):
            draw(model, noise=noise)


@pytest.mark.parametrize("columns", [None, (2, 0), (0, 1)])
def test_a_live_plot_moves_rows_with_missing_values_to_their_conditional_means(fitted, columns):
    _, X, _ = fitted
    live = plots.LivePlot(X, columns=columns)
    chosen, seen = list(columns or (0, 1)), []
    holed = np.isnan(X[:, chosen]).any(axis=1)

    def compare(step):
        hollow = marks(live.figure.axes[0])[-1]
        np.testing.assert_allclose(hollow, step.mixture.impute(X[holed])[:, chosen])
        seen.append(hollow)

    options = {"search": "off", "max_iter": 3, "tol": 0, "random_state": 0}
    GaussianMixture(2, noise_component=True, callbacks=[live, compare], **options).fit(X)
    assert len(marks(live.figure.axes[0])[0]) == (~holed).sum()
    assert len(seen) == 3
    assert (seen[0] != seen[-1]).any()


@pytest.mark.parametrize("columns", [(0, 1), 0])
def test_a_live_plot_of_rows_that_are_never_complete(columns, fitted):
    X = fitted[1][:120].copy()
    X[::2, 0], X[1::2, 1] = np.nan, np.nan
    live = plots.LivePlot(X, columns=columns)
    GaussianMixture(2, search="off", max_iter=2, tol=0, random_state=0, callbacks=live).fit(X)
    low, high = live.figure.axes[0].get_xlim()
    assert low < np.nanmin(X[:, 0]) < np.nanmax(X[:, 0]) < high


def test_an_animation_draws_rows_with_missing_values_where_each_mixture_puts_them(fitted, tmp_path):
    _, X, _ = fitted
    recorder = plots.Recorder()
    GaussianMixture(2, search="off", max_iter=3, tol=0, random_state=0, callbacks=recorder).fit(X)
    path = plots.animate(X, recorder, tmp_path / "fit.gif", columns=(0, 2), pictures=tmp_path)
    assert path.stat().st_size > 5_000
    assert len(list(tmp_path.glob("*.png"))) == 3


@pytest.fixture(scope="module")
def classes():
    """A classifier of rows with missing values, some of unknown class."""
    rng = np.random.default_rng(1)
    y = np.repeat([0, 1, 2], 40)
    X = np.array([[0.0, 0.0, 0.0], [6.0, 1.0, 3.0], [1.0, 7.0, -3.0]])[y] + rng.normal(size=(120, 3))
    X[rng.random(X.shape) < 0.2] = np.nan
    X[5] = np.nan
    y[::7] = -1
    return MixtureClassifier(1, unknown_label=-1, random_state=0).fit(X, y), X, y


@pytest.mark.parametrize("columns", [(0, 1), (2, 0)])
def test_a_decision_map_draws_missing_values_at_the_conditional_means_of_the_class(classes, columns):
    model, X, y = classes
    ax = plots.decision_map(model, X, y, columns=columns, pixels=30)
    holed = np.isnan(X[:, columns]).any(axis=1)
    whole = ClassMixtures(model.priors_, model.mixtures_).marginal()[0]
    expected = whole.impute(X)
    for c, mixture in enumerate(model.mixtures_):
        expected[y == c] = mixture.impute(X[y == c])
    hollow, solid = marks(ax)
    for found, chosen in ((hollow, holed), (solid, ~holed)):
        np.testing.assert_allclose(np.sort(found, axis=0), np.sort(expected[chosen][:, columns], axis=0))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "with a missing value",
        "of unknown class",
    ]
    assert ax.get_xlim()[0] < expected[:, columns[0]].min()
    assert ax.get_xlim()[1] > expected[:, columns[0]].max()


def test_a_decision_map_without_classes_uses_the_mixture_of_all(classes):
    model, X, _ = classes
    hollow, _ = marks(plots.decision_map(model, X, pixels=30))
    whole = ClassMixtures(model.priors_, model.mixtures_).marginal()[0]
    expected = whole.impute(X)[np.isnan(X[:, :2]).any(axis=1), :2]
    np.testing.assert_allclose(np.sort(hollow, axis=0), np.sort(expected, axis=0))


def test_other_classifiers_draw_rows_that_are_complete_in_the_columns(classes):
    _, X, y = classes
    model = HistGradientBoostingClassifier(max_iter=5).fit(X, y)
    complete = ~np.isnan(X[:, :2]).any(axis=1)
    ax = plots.decision_map(model, X[complete], y[complete], pixels=20)
    assert sum(len(found) for found in marks(ax)) == complete.sum()
    with pytest.raises(
        InputError, match=r"is missing, and a HistGradientBoostingClassifier gives no conditional mean"
    ):
        plots.decision_map(model, X, y, pixels=20)


def test_a_report_tells_of_missing_values(fitted):
    model, X, noise = fitted
    names = ["<b>a</b>", "$x_$", '=1+1, "']
    weights = np.r_[np.zeros(3), np.ones(len(X) - 3)]
    page = write_report(model, X, noise=noise, sample_weight=weights, feature_names=names)
    assert "Missing values by column" in page
    assert "Patterns of missing values" in page
    assert "noise (uniform)" in page
    assert "<b>a</b>" not in page
    text = re.sub(r"<[^>]*>|\u200b", " ", page)
    for count in np.isnan(X).sum(axis=0):
        assert f" {count} " in text
    assert "Missing values by column" not in write_report(model, np.nan_to_num(X))
