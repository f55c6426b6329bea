"""The posterior as a value: its predictive distribution, intervals and draws agree with one another and with scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_t, t

from gaussmix import BayesianGaussianMixture, Spherical, Tied
from gaussmix.datasets import load_faithful
from gaussmix.errors import InputError
from gaussmix.variational import Prior

X = load_faithful().data
FAMILIES = ["full", "tied", "diag", "spherical", "tied-diag", "tied-spherical"]
TYPES = ["dirichlet_process", "dirichlet_distribution"]


def fitted(family="full", weights=TYPES[0], rows=X[::4], **options):
    model = BayesianGaussianMixture(
        2, covariance_type=family, weight_concentration_prior_type=weights, random_state=0, **options
    )
    return model.fit(rows)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_predictive_density_is_the_mean_over_draws(family):
    posterior = fitted(family).posterior_
    rng = np.random.default_rng(0)
    rows = X[:6]
    mean = np.mean([posterior.draw(rng).pdf(rows) for _ in range(3000)], axis=0)
    np.testing.assert_allclose(np.exp(posterior.predictive.score_samples(rows)), mean, rtol=0.06)


@pytest.mark.parametrize("weights", TYPES)
@pytest.mark.parametrize("family", FAMILIES)
def test_intervals_are_quantiles_of_draws(family, weights):
    posterior = fitted(family, weights).posterior_
    rng = np.random.default_rng(0)
    draws = [posterior.draw(rng) for _ in range(4000)]
    intervals = posterior.intervals(0.8)
    tails = [0.1, 0.9]
    for found, values in (
        (intervals.weights, np.array([mixture.weights for mixture in draws])),
        (intervals.means, np.array([mixture.means for mixture in draws])),
        (intervals.variances, np.array([mixture.covariances.variances() for mixture in draws])),
    ):
        expected = np.moveaxis(np.quantile(values, tails, axis=0), 0, -1)
        width = (expected[..., 1] - expected[..., 0])[..., None]
        assert (np.abs(found - expected) < 0.1 * width).all()


def test_one_component_is_a_t_distribution():
    model = BayesianGaussianMixture(1, weight_concentration_prior_type=TYPES[1]).fit(X)
    nu, beta = model.degrees_of_freedom_[0], model.mean_precision_[0]
    scale = model.covariances_[0] * nu * (beta + 1) / (beta * (nu - 1))
    expected = multivariate_t(model.means_[0], scale, nu - 1).logpdf(X)
    np.testing.assert_allclose(model.posterior_.predictive.score_samples(X), expected, rtol=1e-10)
    column = np.where([True, False], X, np.nan)
    expected = t(nu - 1, model.means_[0, 0], np.sqrt(scale[0, 0])).logpdf(X[:, 0])
    np.testing.assert_allclose(model.posterior_.predictive.score_samples(column), expected, rtol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_samples_have_the_predictive_distribution(family):
    predictive = fitted(family, rows=X).posterior_.predictive
    rows, labels = predictive.sample(40_000, random_state=0)
    np.testing.assert_allclose(np.bincount(labels) / 40_000, predictive.weights, atol=0.01)
    np.testing.assert_allclose(np.median(rows[labels == 0], axis=0), predictive.means[0], rtol=0.02)
    # The integral of the density over a box is the share of the draws in it.
    lower, upper = X.min(axis=0), X.max(axis=0)
    inside = ((rows > lower) & (rows < upper)).all(axis=1).mean()
    grid = np.stack(np.meshgrid(*np.linspace(lower, upper, 200).T), axis=-1).reshape(-1, 2)
    integral = np.exp(predictive.score_samples(grid)).mean() * np.prod(upper - lower)
    assert integral == pytest.approx(inside, abs=0.02)


def test_many_rows_leave_the_plug_in_density():
    rows = np.tile(X, (40, 1)) + np.random.default_rng(0).normal(0, [0.05, 1.0], (40 * len(X), 2))
    model = BayesianGaussianMixture(2, random_state=0).fit(rows)
    difference = model.posterior_.predictive.score_samples(X) - model.mixture_.log_prob(X)
    assert np.abs(difference).max() < 0.02


def test_a_noise_component_is_in_all_of_them():
    model = fitted(noise_component=True, rows=X)
    posterior = model.posterior_
    drawn = posterior.draw(0)
    assert 0.0 < drawn.uniform.weight < 1.0
    assert drawn.weights.sum() + drawn.uniform.weight == pytest.approx(1.0)
    labels = posterior.predictive.sample(20_000, random_state=1)[1]
    assert (labels == -1).mean() == pytest.approx(posterior.uniform.weight, abs=0.01)
    middle = posterior.intervals(0.5).weights.mean(axis=1)
    np.testing.assert_allclose(middle, model.weights_, atol=0.02)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 95, float("nan")])
def test_a_level_is_a_probability(level):
    with pytest.raises(InputError, match="level"):
        fitted().posterior_.intervals(level)


@pytest.mark.parametrize("family", [Spherical(), Tied(Spherical())], ids=lambda family: family.name)
def test_a_scale_of_unequal_variances_is_none_of_spherical_covariances(family):
    def given(variances):
        return Prior(family, TYPES[0], 0.5, np.zeros(2), 1.0, 2.0, np.array(variances))

    assert given([3.0, 3.0]).log_determinant == pytest.approx(2.0 * np.log(1.5))
    with pytest.raises(InputError, match=r"variances from 1 to 2, but those of .* are equal: give D equal"):
        given([1.0, 2.0])
