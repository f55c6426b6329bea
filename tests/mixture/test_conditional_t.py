"""Conditional t distributions of many rows: those of single rows, of draws, and a robust regression."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from gaussmix import GaussianMixture, MixtureRegressor, StudentMixture, TMixture
from gaussmix.datasets import load_faithful
from gaussmix.errors import InputError

from ..support import quiet

NAN = np.nan
KNOWN = [2, 0]
ROWS = np.array([[0.5, -1.0], [9.0, 4.0], [0.0, 0.0], [NAN, 1.0], [-2.0, NAN], [NAN, NAN]])


def mixture(family="full", degrees=(3.0, 8.0)):
    rng = np.random.default_rng(0)
    A, means = rng.normal(size=(2, 3, 3)), 2.0 * rng.normal(size=(2, 3))
    dense = A @ A.swapaxes(1, 2) + np.eye(3)
    return TMixture([0.4, 0.6], means, dense if family == "full" else dense[:, [0, 1, 2], [0, 1, 2]], degrees)


def of_single_rows(whole):
    """The conditional distribution of column 1 for each row, by the method for one row."""
    for row in ROWS:
        seen = [(column, value) for column, value in zip(KNOWN, row, strict=True) if not np.isnan(value)]
        one = whole.condition(*zip(*seen, strict=True)) if seen else whole
        kept = [column for column in range(3) if column not in dict(seen)]
        yield one.marginal([kept.index(1)])


@pytest.mark.parametrize("family", ["full", "diag"])
def test_many_rows_have_the_distributions_of_single_rows(family):
    whole = mixture(family)
    many, y = whole.conditionals(KNOWN, ROWS), 0.7
    told = many.mean(), many.variance(), many.covariance(), many.log_prob(np.full(6, y)), many.cdf(y)
    quantiles = many.quantile([0.01, 0.5, 0.999])
    for i, one in enumerate(of_single_rows(whole)):
        expected = (
            one.mean(),
            np.diag(one.covariance()),
            one.covariance(),
            one.log_prob([y])[0],
            one.cdf([y])[0],
        )
        for found, value in zip(told, expected, strict=True):
            np.testing.assert_allclose(found[i], value, rtol=1e-10)
        np.testing.assert_allclose(quantiles[i], one.quantile([0.01, 0.5, 0.999]), rtol=1e-9)
        np.testing.assert_allclose(many[i].covariances.dense(), one.covariances.dense(), rtol=1e-10)
        np.testing.assert_allclose(many[i].weights, one.weights, rtol=1e-10)
        np.testing.assert_allclose(many[i].degrees_of_freedom, one.degrees_of_freedom)


def test_joint_densities_are_products_with_missing_values_integrated_out():
    whole = mixture()
    many = whole.conditionals([1], [[0.3], [-5.0]])
    Y = np.array([[1.0, 2.0], [NAN, 0.5]])
    inputs = whole.marginal([1]).log_prob([0.3, -5.0])
    joint = whole.log_prob([[1.0, 0.3, 2.0], [NAN, -5.0, 0.5]])
    np.testing.assert_allclose(many.log_prob(Y), joint - inputs, rtol=1e-11)


def test_densities_integrate_to_distribution_functions():
    many = mixture().conditionals(KNOWN, ROWS[:2])
    for i in range(2):
        area = quad(lambda y, i=i: many[i].pdf([y])[0], -np.inf, 1.5, epsabs=1e-11)[0]
        assert many.cdf(1.5)[i] == pytest.approx(area, abs=1e-9)


def test_draws_have_the_moments_and_quantiles():
    many = mixture(degrees=(6.0, 9.0)).conditionals(KNOWN, ROWS)
    draws = many.sample(100_000, random_state=0)
    deviation = np.sqrt(many.variance())
    np.testing.assert_allclose((draws.mean(axis=0) - many.mean()) / deviation, 0.0, atol=0.02)
    np.testing.assert_allclose(draws.var(axis=0) / many.variance(), 1.0, atol=0.06)
    below = np.mean(draws[:, :, 0] < many.quantile(0.9), axis=0)
    np.testing.assert_allclose(below, 0.9, atol=0.004)


def test_a_uniform_component_is_a_part_of_the_distribution():
    X = load_faithful().data
    model = StudentMixture(2, degrees_of_freedom=4.0, noise_component=True, random_state=0).fit(X)
    many = model.mixture_.conditionals([0], [[2.0], [3.3]])
    for i, value in enumerate((2.0, 3.3)):
        one = model.mixture_.condition([0], [value])
        np.testing.assert_allclose(many.mean()[i], one.mean(), rtol=1e-10)
        np.testing.assert_allclose(many.quantile(0.3)[i], one.quantile(0.3), rtol=1e-9)
        assert many[i].uniform.weight == pytest.approx(one.uniform.weight)


def test_tails_without_moments_are_told():
    cauchy = TMixture([1.0], [[0.0, 0.0]], [1.0], 0.5)
    many = cauchy.conditionals([0], [[1.0], [NAN]])
    assert np.isfinite(many.quantile(0.9)).all()
    with pytest.raises(
        InputError, match=r"0\.5 degrees of freedom given row 1, and .* no mean with 1 or fewer"
    ):
        many.mean()
    one = cauchy.conditionals([0], [[1.0]])
    assert one.mean().tolist() == [[0.0]]
    with pytest.raises(InputError, match="no covariance with 2 or fewer: take quantiles"):
        one.variance()


def test_a_regression_of_t_distributions_is_that_of_gaussians_without_outliers():
    X, y = load_faithful().data[:, :1], load_faithful().data[:, 1]
    spoiled = y.copy()
    spoiled[::30] += 400.0
    with quiet():
        plain, robust = (
            MixtureRegressor(mixture).fit(X, spoiled)
            for mixture in (GaussianMixture(2, random_state=0), StudentMixture(2, random_state=0))
        )
    assert plain.score(X, y) < 0
    assert robust.score(X, y) > 0.8
    normal = MixtureRegressor(StudentMixture(2, degrees_of_freedom=1e8, random_state=0)).fit(X, y)
    same = MixtureRegressor(GaussianMixture(2, random_state=0)).fit(X, y)
    for found, expected in zip(
        normal.predict(X, return_std=True), same.predict(X, return_std=True), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5)
