"""Plots of fewer columns than the mixture has: a note says so, unless the columns were chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gaussmix import (
    GaussianMixture,
    Mixture,
    MixtureClassifier,
    MixtureRegressor,
    datasets,
    inference,
    modal_clustering,
    plots,
)

MIXTURE = datasets.random_mixture(3, 8, random_state=1)
X = MIXTURE.sample(200, random_state=0)[0]
Y = MIXTURE.predict(X)


def note(ax: Any) -> str:
    return str(ax.get_title(loc="right"))


PLANES: dict[str, Callable[..., Any]] = {
    "points": lambda **options: plots.points(MIXTURE, X, **options),
    "points alone": lambda **options: plots.points(None, X, **options),
    "ellipses": lambda **options: plots.ellipses(MIXTURE, **options),
    "density": lambda **options: plots.density(MIXTURE, X, **options),
    "uncertainty": lambda **options: plots.uncertainty(MIXTURE, X, **options),
    "classification": lambda **options: plots.classification(MIXTURE, X, **options),
    "decision map": lambda **options: plots.decision_map(
        MixtureClassifier(1, random_state=0).fit(X, Y), X, Y, **options
    ),
    "modes": lambda **options: plots.modes(modal_clustering(MIXTURE, X), X, **options),
    "surface": lambda **options: plots.surface(
        MIXTURE, pixels=20, ax=plt.figure().add_subplot(projection="3d"), **options
    ),
}


@pytest.mark.parametrize("name", PLANES)
def test_a_note_says_that_the_first_two_columns_are_shown(name: str) -> None:
    ax = PLANES[name]()
    assert note(ax) == "first 2 of 8 columns"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("column 0", "column 1")
    chosen = PLANES[name](columns=[0, 1])
    assert note(chosen) == ""
    assert PLANES[name](columns=[5, 2]).get_xlabel() == "column 5"


def test_one_column() -> None:
    assert note(plots.density_1d(MIXTURE)) == "first of 8 columns"
    assert note(plots.density_1d(MIXTURE, columns=0)) == ""
    model = MixtureRegressor(GaussianMixture(1, random_state=0)).fit(X[:, :3], X[:, 3])
    assert note(plots.regression(model)) == "first of 3 columns"


def test_notes_of_columns_and_of_rows_stand_side_by_side() -> None:
    many = MIXTURE.sample(12_000, random_state=0)[0]
    ax = plots.density_2d(MIXTURE, many)
    assert note(ax) == note(plots.ellipses(MIXTURE, ax=ax)) == "first 2 of 8 columns; 2,000 of 12,000 rows"
    plots.uncertainty(MIXTURE, many, ax=ax)
    assert note(ax) == "first 2 of 8 columns; 10,000 of 12,000 rows"


def test_figures() -> None:
    surface = plots.surface(MIXTURE, pixels=20)
    assert surface.get_figure(root=True).get_suptitle() == "first 2 of 8 columns"
    assert [note(ax) for ax in plots.overview(MIXTURE, X)[:3]] == ["2 of 8 columns", "", ""]
    assert note(plots.overview(MIXTURE, X, columns=[0, 1])[0]) == ""
    live = plots.LivePlot(X)
    assert note(live.figure.axes[0]) == "first 2 of 8 columns"


@pytest.mark.parametrize(("parameter", "told"), [("means", True), ("variances", True), ("weights", False)])
def test_intervals(parameter: str, told: bool) -> None:
    model = GaussianMixture(2, covariance_type="diag", random_state=0).fit(X)
    resampled = inference.bootstrap(model, X, n_replicates=10, random_state=0)
    axes = plots.intervals(resampled, parameter=parameter)
    assert axes[0, 0].figure.get_suptitle() == ("first 6 of 8 columns" if told else "")
    if told:
        chosen = plots.intervals(resampled, parameter=parameter, columns=range(8))
        assert chosen.shape == (2, 8)
        assert chosen[0, 0].figure.get_suptitle() == ""


def test_without_more_columns_there_is_no_note() -> None:
    narrow = Mixture([1.0], [[0.0, 0.0]], np.eye(2))
    for ax in (plots.ellipses(narrow), plots.density(narrow), plots.density(narrow, columns=1)):
        assert note(ax) == ""
