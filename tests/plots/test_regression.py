"""The picture of a regression: its curve, its bands and its image are those of the conditional distribution."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureRegressor, datasets, plots
from gaussmix.errors import InputError, InputTypeError

AIR = datasets.load_airquality(as_frame=True).data
INPUTS, OZONE = AIR[["Solar.R", "Wind", "Temp"]], AIR["Ozone"]


@pytest.fixture(scope="module")
def model() -> MixtureRegressor:
    return MixtureRegressor(GaussianMixture(2, random_state=0)).fit(INPUTS, OZONE)


def test_the_curve_is_the_mean_and_bands_are_quantiles(model: Any) -> None:
    ax = plots.regression(model, INPUTS, OZONE, columns="Wind", probabilities=0.8)
    (curve,) = ax.get_lines()
    x, mean = curve.get_data()
    rows = INPUTS[:0].reindex(range(len(x))).assign(Wind=x)
    conditional = model.conditional(rows)
    np.testing.assert_allclose(mean, conditional.mean()[:, 0])
    (band,) = [each for each in ax.collections if each.get_label() == "80 %"]
    low, high = conditional.quantile([0.1, 0.9])[[0]].T
    edges = band.get_paths()[0].vertices
    at = edges[np.isclose(edges[:, 0], x[0]), 1]
    np.testing.assert_allclose([at.min(), at.max()], [low[0], high[0]], rtol=1e-6)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Wind", "Ozone")
    complete = AIR[["Wind", "Ozone"]].dropna()
    assert len(ax.collections[-1].get_offsets()) == len(complete)
    plt.close(ax.figure)


def test_the_image_is_the_conditional_density(model: Any) -> None:
    ax = plots.regression(model, columns=2, kind="image", pixels=30)
    (image,) = ax.get_images()
    left, right, bottom, top = image.get_extent()
    height = (top - bottom) / 30
    y = bottom + height * (np.arange(30) + 0.5)
    x = left + (right - left) / 30 * 7.5
    expected = model.mixture_.marginal(["Temp", "Ozone"]).condition(["Temp"], [x])
    np.testing.assert_allclose(
        np.asarray(image.get_array())[:, 7], np.exp(expected.log_prob(y[:, None])), rtol=1e-6
    )
    plt.close(ax.figure)


def test_several_targets_without_names() -> None:
    X = np.random.default_rng(0).standard_normal((100, 4))
    model = MixtureRegressor(GaussianMixture(1)).fit(X[:, :2], X[:, 2:])
    ax = plots.regression(model, X[:, :2], X[:, 2:], columns=1, target=1)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("input 1", "target 1")
    figure = plots.plot(model, X[:, :2], X[:, 2:])
    assert [each.get_xlabel() for each in figure.axes] == ["input 0", "input 1"]
    plt.close("all")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columns": "Rain"}, "Rain"),
        ({"columns": 3}, "3"),
        ({"target": 1}, "target is 1, and the model has 1"),
        ({"kind": "curve"}, "kind is 'curve'"),
        ({"probabilities": [0.5, 1.5]}, "probabilities holds 1.5"),
        ({"X": INPUTS}, "give both, or none"),
        ({"X": INPUTS, "y": OZONE[:10]}, "X has 153 rows and y has 10"),
        ({"pixels": 1}, "pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
def test_bad_options(model: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        plots.regression(model, **options)
    plt.close("all")


def test_other_models_are_refused() -> None:
    with pytest.raises(InputTypeError, match="give a fitted MixtureRegressor"):
        plots.regression(GaussianMixture(1).fit(AIR[["Wind"]]))
