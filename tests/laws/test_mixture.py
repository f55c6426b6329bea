"""Marginals, conditionals, affine maps and samples of a mixture agree with its density."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from gaussmix import Mixture

from ..support import FAMILIES, NAMES, assert_close, random_mixture

SEEDS = st.integers(0, 2**32 - 1)
FAMILY = st.sampled_from(FAMILIES)


def draw(seed, family, least=1, most=4, condition=10.0):
    rng = np.random.default_rng(seed)
    mixture = random_mixture(
        rng, int(rng.integers(1, 5)), int(rng.integers(least, most + 1)), family, condition
    )
    return mixture, mixture.sample(10, rng)[0], rng


@settings(max_examples=15)
@given(SEEDS, FAMILY)
def test_a_marginal_is_the_joint_integrated(seed, family):
    mixture, X, _ = draw(seed, family, least=2, most=2)
    for kept in (0, 1):
        x = X[:3, kept]
        other = mixture.marginal([1 - kept])
        reach = 10 * np.sqrt(other.covariance()[0, 0])
        # The trapezoidal rule is exact to rounding for functions as smooth as this.
        grid = np.linspace(other.mean()[0] - reach, other.mean()[0] + reach, 4001)
        points = np.empty((3, len(grid), 2))
        points[:, :, kept], points[:, :, 1 - kept] = x[:, None], grid
        density = mixture.pdf(points.reshape(-1, 2)).reshape(3, -1)
        assert_close(mixture.marginal([kept]).pdf(x), integrate.trapezoid(density, grid, axis=1), rtol=1e-9)


@given(SEEDS, FAMILY)
def test_conditional_times_marginal_is_the_joint(seed, family):
    mixture, X, rng = draw(seed, family, least=2)
    D = mixture.n_features
    order = rng.permutation(D)
    given_columns = sorted(order[: rng.integers(1, D)])
    kept = [d for d in range(D) if d not in given_columns]
    for x in X:
        conditional = mixture.condition(given_columns, x[given_columns])
        assert conditional.weights.sum() == pytest.approx(1.0, abs=1e-12)
        joint = conditional.log_prob(x[kept][None]) + mixture.marginal(given_columns).log_prob(
            x[given_columns][None]
        )
        assert_close(joint, mixture.log_prob(x[None]), rtol=1e-9, atol=1e-9)


@given(SEEDS, FAMILY)
def test_conditioning_twice_is_conditioning_once(seed, family):
    mixture, X, _ = draw(seed, family, least=3)
    x = X[0]
    once = mixture.condition([0, 1], x[:2])
    twice = mixture.condition([0], x[:1]).condition([0], x[1:2])
    assert_close(twice.log_prob(X[:, 2:]), once.log_prob(X[:, 2:]), rtol=1e-8, atol=1e-8)


@given(SEEDS, FAMILY)
def test_a_marginal_of_a_marginal(seed, family):
    mixture, X, _ = draw(seed, family, least=3)
    direct = mixture.marginal([2, 0])
    assert_close(
        mixture.marginal([0, 2]).marginal([1, 0]).log_prob(X[:, [2, 0]]), direct.log_prob(X[:, [2, 0]])
    )
    assert_close(direct.mean(), mixture.mean()[[2, 0]], rtol=1e-14)
    assert_close(direct.covariance(), mixture.covariance()[np.ix_([2, 0], [2, 0])], rtol=1e-12)
    assert_close(mixture.marginal(range(mixture.n_features)).log_prob(X), mixture.log_prob(X), rtol=1e-12)


@given(SEEDS, FAMILY, st.floats(-3, 3))
def test_change_of_variables(seed, family, power):
    mixture, X, rng = draw(seed, family)
    D = mixture.n_features
    A = rng.standard_normal((D, D)) + 3 * np.eye(D)
    A, b = A * 10.0**power, rng.standard_normal(D)
    moved = A @ mixture + b
    log_volume = np.linalg.slogdet(A)[1]
    assert_close(moved.log_prob(X @ A.T + b), mixture.log_prob(X) - log_volume, rtol=1e-8, atol=1e-8)
    assert_close(moved.responsibilities(X @ A.T + b), mixture.responsibilities(X), atol=1e-7)
    assert_close(moved.mean(), A @ mixture.mean() + b, rtol=1e-10, scale=1 + np.abs(A).max() * 10)
    assert_close(moved.covariance(), A @ mixture.covariance() @ A.T, rtol=1e-10)


@given(SEEDS, FAMILY)
def test_maps_compose(seed, family):
    mixture, X, rng = draw(seed, family)
    D = mixture.n_features
    A, B = (rng.standard_normal((D, D)) + 3 * np.eye(D) for _ in range(2))
    assert_close((A @ (B @ mixture)).covariances.dense(), ((A @ B) @ mixture).covariances.dense(), rtol=1e-10)
    assert_close((mixture + 1.5 - 1.5).log_prob(X), mixture.log_prob(X), rtol=1e-9, atol=1e-9)
    assert 2.0 + mixture == mixture + 2.0
    assert_close((np.eye(D) @ mixture).log_prob(X), mixture.log_prob(X), rtol=1e-12)


@given(SEEDS, FAMILY)
def test_a_projection_is_a_marginal(seed, family):
    mixture, X, _ = draw(seed, family, least=2)
    P = np.eye(mixture.n_features)[[1]]
    assert_close((P @ mixture).log_prob(X[:, [1]]), mixture.marginal([1]).log_prob(X[:, [1]]), rtol=1e-10)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_families_stay_where_they_can(family):
    mixture = random_mixture(np.random.default_rng(0), 2, 2, family)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    assert (mixture + 1.0).family == family
    assert mixture.marginal([0]).family == family
    assert (2.0 * np.eye(2) @ mixture).family == family
    stays = "spherical" in family.name or family.name in ("full", "tied")
    assert ((turn @ mixture).family == family) == stays
    assert ((np.diag([1.0, 2.0]) @ mixture).family == family) == ("spherical" not in family.name)


@settings(max_examples=8)
@given(SEEDS, FAMILY)
def test_samples_have_the_moments(seed, family):
    mixture, _, rng = draw(seed, family, most=3)
    n = 40_000
    X, labels = mixture.sample(n, rng)
    shares = np.bincount(labels, minlength=mixture.n_components) / n
    # Six standard errors everywhere.
    assert np.all(np.abs(shares - mixture.weights) < 6 * np.sqrt(0.25 / n))
    covariance = mixture.covariance()
    assert np.all(np.abs(X.mean(axis=0) - mixture.mean()) < 6 * np.sqrt(np.diagonal(covariance) / n))
    root = np.linalg.cholesky(covariance)
    unit = np.linalg.solve(root, (X - mixture.mean()).T)
    assert_close(unit @ unit.T / n, np.eye(mixture.n_features), atol=0.08)
    for k in range(mixture.n_components):
        rows = X[labels == k]
        root = np.linalg.cholesky(mixture.covariances.dense()[k])
        unit = np.linalg.solve(root, (rows - mixture.means[k]).T)
        assert_close(unit @ unit.T / len(rows), np.eye(mixture.n_features), atol=10 / np.sqrt(len(rows)))


@given(SEEDS, FAMILY)
def test_responsibilities_are_bayes_rule(seed, family):
    mixture, X, _ = draw(seed, family, condition=100.0)
    joint, shares = mixture.joint(X), mixture.responsibilities(X)
    assert_close(joint.sum(axis=1), mixture.pdf(X), rtol=1e-9)
    assert_close(shares.sum(axis=1), np.ones(len(X)), rtol=1e-12)
    assert_close(shares * mixture.pdf(X)[:, None], joint, rtol=1e-9)
    assert np.array_equal(mixture.predict(X), mixture.log_joint(X).argmax(axis=1))


@given(SEEDS, FAMILY)
def test_order_of_components(seed, family):
    mixture, X, rng = draw(seed, family)
    order = rng.permutation(mixture.n_components)
    moved = mixture.take(order)
    assert_close(moved.log_prob(X), mixture.log_prob(X), rtol=1e-11)
    assert_close(moved.responsibilities(X), mixture.responsibilities(X)[:, order], atol=1e-11)
    back = moved.take(np.argsort(order))
    assert np.array_equal(back.means, mixture.means)
    assert back.covariances == mixture.covariances
    assert_close(back.weights, mixture.weights, rtol=1e-15)


@given(SEEDS, FAMILY)
def test_a_component_twice_with_half_the_weight_changes_nothing(seed, family):
    mixture, X, _ = draw(seed, family)
    K = mixture.n_components
    double = [*range(K), 0]
    weights = mixture.weights[double].copy()
    weights[[0, K]] /= 2
    other = Mixture(weights, mixture.means[double], mixture.covariances.take(double))
    assert_close(other.log_prob(X), mixture.log_prob(X), rtol=1e-11)


def test_one_dimension_takes_a_vector():
    mixture = Mixture([0.5, 0.5], [[0.0], [2.0]], [1.0, 2.0])
    x = np.linspace(-3, 3, 7)
    assert np.array_equal(mixture.pdf(x), mixture.pdf(x[:, None]))
    assert integrate.trapezoid(mixture.pdf(np.linspace(-20, 20, 2001)), dx=0.02) == pytest.approx(
        1.0, abs=1e-9
    )
