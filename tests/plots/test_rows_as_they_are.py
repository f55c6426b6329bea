"""Plots and reports of rows with missing values and measurement errors, and of a uniform noise component."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture
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
    is_noise, holed = model.predict(X) < 0, np.isnan(X[:, :2]).any(axis=1)
    expected = model.impute(X)[:, :2]
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


def test_live_plot_and_animation_take_missing_values(fitted):
    _, X, _ = fitted
    live = plots.LivePlot(X)
    GaussianMixture(2, noise_component=True, search="off", max_iter=3, tol=0, callbacks=live).fit(X)


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
