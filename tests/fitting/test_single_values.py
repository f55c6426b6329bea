"""Components of single values are degenerate: their density has no bound but the variance floor."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture, select
from gaussmix.engines import SerialEngine
from gaussmix.fitting.degeneracy import Nondegenerate, variances_of_rounding
from gaussmix.model_sweep.candidate import Rows
from gaussmix.sources import ArraySource


def survey(n, seed, of_answers=(1.5, 4.0)):
    """Two groups: a measured value, and an answer from 1 to 5."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(2, size=n)
    answers = np.clip(np.rint(rng.normal(np.take(of_answers, groups), 0.8)), 1, 5)
    return np.column_stack([rng.normal(3.0 * groups, 1.0), answers])


def narrowest(mixture, X):
    least = variances_of_rounding(X, X.var(axis=0))
    return (mixture.covariances.variances() / least).min()


@pytest.mark.parametrize(("deviation", "expected"), [(0.19, False), (0.21, True)])
def test_the_distance_between_values_sets_the_scale(deviation, expected):
    X = np.array([0.0, 0.5, 0.5, 2.0, np.nan])[:, None]
    least = variances_of_rounding(X, np.nanvar(X, axis=0))
    test = Nondegenerate(0.0, 5.0, None, rounding=least)
    assert test(Mixture([0.5, 0.5], [[1.0], [0.5]], [1.0, deviation**2])) is expected


def test_neither_continuous_nor_constant_columns_are_rounded():
    X = np.column_stack([np.random.default_rng(0).normal(size=50), np.ones(50)])
    assert variances_of_rounding(X, X.var(axis=0)).max() < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_a_selection_does_not_choose_single_answers(seed):
    X = survey(500, seed, of_answers=(2.0, 4.0))
    chosen = select(X, [1, 2, 3, 4, 5, 6, 7, 8], ["EEE", "VEI", "VVI", "VVV"], random_state=0)
    assert narrowest(chosen.best.mixture, X) >= 1.0
    assert chosen.best.n_components <= 4
    assert "degenerate" in {model.status for model in chosen.models}
    assert "degenerate: a component describes single values of column 1." in chosen.summary()


def test_a_rare_value_does_not_make_every_model_degenerate():
    X = survey(500, 1)
    X[:, 1] = np.random.default_rng(2).random(500) < 0.05
    chosen = select(X, [1, 2, 3], ["EII", "EEI", "EEE"], random_state=0)
    assert [model.status for model in chosen.models].count("degenerate") < 4
    assert chosen.best.n_components == 2


def test_columns_of_single_values_are_named():
    X = survey(300, 3)
    with pytest.warns(UserWarning, match="a component collapsed in column 1, where many values are equal"):
        select(X, [1, 5, 6], ["EEE", "VVV"], random_state=0)


def test_copies_of_rows_have_the_rounding_of_weighted_ones():
    X = survey(60, 6)
    weights = np.arange(60) % 3 + 1.0
    copied, weighted = ArraySource(np.repeat(X, weights.astype(int), axis=0)), ArraySource(X, weights)
    np.testing.assert_allclose(
        Rows(copied, SerialEngine()).rounding, Rows(weighted, SerialEngine()).rounding, rtol=1e-12
    )


def test_rows_with_measurement_errors_have_no_rounding():
    X = survey(60, 6)
    assert Rows(ArraySource(X, noise=np.full((60, 2), 0.1)), SerialEngine()).rounding is None


def test_measured_values_are_left_in_peace():
    rng = np.random.default_rng(3)
    X = np.round(np.concatenate([rng.normal(0.0, 1.0, (80, 2)), rng.normal(6.0, 1.0, (80, 2))]), 1)
    chosen = select(X, [1, 2, 3], ["VVI", "EEE"], random_state=0)
    assert all(model.status == "fitted" for model in chosen.models)
