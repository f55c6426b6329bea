"""Conditional mixtures of many rows: row by row those of `condition`, whatever the family, holes and noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gaussmix import FactorAnalysers, Full, GaussianMixture, Mixture, datasets
from gaussmix.covariances import standard_families
from gaussmix.errors import InputError
from gaussmix.uniform import Uniform

RNG = np.random.default_rng(3)
X = datasets.random_mixture(3, 4, random_state=1).sample(300, random_state=2)[0]
FITS = {
    family.mclust_name: GaussianMixture(3, covariance_type=family, search="off", random_state=0)
    .fit(X)
    .mixture_
    for family in standard_families
    if family.mclust_name in ("EII", "VVI", "EEE", "VEV", "VVV")
}
FITS["factors"] = (
    GaussianMixture(2, covariance_type=FactorAnalysers(1), search="off", random_state=0).fit(X).mixture_
)
FITS["noise"] = GaussianMixture(2, noise_component=True, search="off", random_state=0).fit(X).mixture_


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("columns", [[0], [2, 0], [3, 1, 2]])
def test_each_row_is_a_condition(name, columns):
    mixture = FITS[name]
    rows = X[:7, columns]
    many = mixture.conditionals(columns, rows)
    mean, covariance, variance = many.mean(), many.covariance(), many.variance()
    for i, row in enumerate(rows):
        one = mixture.condition(columns, row)
        np.testing.assert_allclose(many[i].weights, one.weights, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(many[i].means, one.means, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(mean[i], one.mean(), rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(covariance[i], one.covariance(), rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(variance[i], np.diag(one.covariance()), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", FITS)
def test_missing_values_are_integrated_out(name):
    mixture = FITS[name]
    rows = np.array(X[:6, :3])
    rows[0, 0] = rows[1, 1] = rows[2, [0, 2]] = rows[3] = np.nan
    many = mixture.conditionals([0, 1, 2], rows)
    for i, row in enumerate(rows):
        seen = np.flatnonzero(~np.isnan(row))
        one = mixture.marginal([*seen, 3])
        if len(seen):
            one = one.condition(range(len(seen)), row[seen])
        np.testing.assert_allclose(many.mean()[i], one.mean(), rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(many.variance()[i], one.covariance()[0], rtol=1e-9)


@pytest.mark.parametrize("name", FITS)
def test_density_is_joint_over_marginal(name):
    mixture = FITS[name]
    log_prob = mixture.conditionals([0, 3], X[:9][:, [0, 3]]).log_prob(X[:9][:, [1, 2]])
    expected = mixture.log_prob(X[:9]) - mixture.marginal([0, 3]).log_prob(X[:9][:, [0, 3]])
    np.testing.assert_allclose(log_prob, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", FITS)
def test_quantiles_invert_the_distribution_function(name):
    many = FITS[name].conditionals([0, 1, 2], X[:20, :3])
    levels = np.array([1e-9, 0.025, 0.5, 0.9, 1 - 1e-6])
    quantiles = many.quantile(levels)
    assert quantiles.shape == (20, 5)
    for level, column in zip(levels, quantiles.T, strict=True):
        np.testing.assert_allclose(many.cdf(column), level, rtol=1e-9)
        np.testing.assert_array_equal(many.quantile(level), column)


@pytest.mark.parametrize("name", FITS)
def test_draws_have_the_moments(name):
    many = FITS[name].conditionals([0, 1], X[:3, :2])
    draws = many.sample(10_000, random_state=0)
    assert draws.shape == (10_000, 3, 2)
    error = np.sqrt(many.variance() / len(draws))
    assert (np.abs(draws.mean(axis=0) - many.mean()) < 5 * error).all()
    np.testing.assert_allclose(draws.var(axis=0), many.variance(), rtol=0.08)


def test_names_and_iteration():
    mixture = FITS["VVV"].named(("a", "b", "c", "d"))
    many = mixture.conditionals(["d", "a"], X[:4][:, [3, 0]])
    assert many[-1].feature_names == ("b", "c")
    assert [one.n_features for one in many] == [2] * 4
    assert repr(many) == "<ConditionalMixtures: 4 rows, 3 components, 2 columns>"
    assert len(mixture.conditionals("a", np.zeros((0, 1)))) == 0


def test_far_columns_cost_no_digits():
    far = Mixture([0.5, 0.5], [[1e9, 0.0], [1e9 + 3.0, 5.0]], np.tile([[1.0, 0.7], [0.7, 1.0]], (2, 1, 1)))
    near = Mixture([0.5, 0.5], [[0.0, 0.0], [3.0, 5.0]], np.tile([[1.0, 0.7], [0.7, 1.0]], (2, 1, 1)))
    x = np.array([[-1.0], [1.0], [4.0]])
    np.testing.assert_allclose(far.conditionals(0, x + 1e9).mean(), near.conditionals(0, x).mean(), atol=1e-6)


def test_singular_covariances():
    mixture = Mixture([1.0], [[0.0, 0.0, 0.0]], [np.ones((3, 3)) + np.diag([0, 0, 1.0])], allow_singular=True)
    many = mixture.conditionals([0], [[2.0], [-1.0]])
    np.testing.assert_allclose(many.mean(), [[2.0, 2.0], [-1.0, -1.0]], atol=1e-9)
    flat = Mixture([1.0], [[0.0, 0.0]], [[[0.0, 0.0], [0.0, 1.0]]], allow_singular=True)
    with pytest.raises(InputError, match=r"values\[1\] are outside the support"):
        flat.conditionals([0], [[0.0], [1.0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.conditionals([0, 1, 2, 3], X), "columns names all columns"),
        (lambda m: m.conditionals("height", X), "'height' is not known"),
        (lambda m: m.conditionals([0], [[np.inf]]), "infinity"),
        (lambda m: m.conditionals([0, 1], X), "X has 4 features"),
        (lambda m: m.conditionals([0], X[:3, :1]).quantile(0.5), "quantile needs mixtures of one column"),
        (lambda m: m.conditionals([0, 1, 2], X[:3, :3]).quantile(1.5), "level holds 1.5"),
        (lambda m: m.conditionals([0, 1, 2], X[:3, :3]).cdf([0.0, 1.0]), "one value for each of the 3"),
        (lambda m: m.conditionals([0, 1, 2], X[:3, :3]).log_prob([0.0]), "one for each of the 3"),
    ],
)
def test_faults(call, message):
    with pytest.raises(InputError, match=message):
        call(FITS["VVV"])


def test_index_out_of_range():
    with pytest.raises(IndexError, match="row 3 is out of range"):
        FITS["VVV"].conditionals([0], X[:3, :1])[3]


def test_quantile_of_skewed_mixture_agrees_with_scipy():
    from scipy.optimize import brentq

    mixture = Mixture(
        [0.9, 0.09, 0.01], [[0.0, 0.0], [0.0, 50.0], [0.0, -1e4]], np.tile(np.eye(2), (3, 1, 1))
    )
    many = mixture.conditionals([0], [[0.0]])
    one = mixture.marginal([1])
    for level in (0.001, 0.0099, 0.3, 0.95, 0.999):

        def excess(x, level=level):
            return float(one.weights @ stats.norm.cdf(x - one.means[:, 0])) - level

        expected = brentq(excess, -2e4, 200.0, xtol=1e-13, rtol=1e-14)
        assert many.quantile(level)[0] == pytest.approx(expected, rel=1e-10)


def test_a_uniform_interval_alone():
    box = Uniform(1.0 - 1e-12, np.zeros(2), np.array([1.0, 4.0]), np.log(4.0))
    mixture = Mixture([1e-12], [[50.0, 50.0]], np.eye(2)[None], uniform=box, family=Full())
    np.testing.assert_allclose(
        mixture.conditionals(0, [[0.5]]).quantile([0.25, 0.5]), [[1.0, 2.0]], rtol=1e-9
    )
