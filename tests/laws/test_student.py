"""EM of t distributed components: the library's steps against sums written row by row, and the ascent."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.special import digamma
from scipy.stats import multivariate_t

from gaussmix import ConjugatePrior, Diagonal, Full, Mixture, Spherical, StudentMixture, Tied, TMixture
from gaussmix.blocks import Block
from gaussmix.covariances.constraints import NoConstraint
from gaussmix.degrees_of_freedom import DegreesOfFreedom
from gaussmix.em import e_step, m_step
from gaussmix.fitting.normal_coordinates import coordinates_about
from gaussmix.model import Model
from gaussmix.uniform import Uniform

from ..support import DECOMPOSED, quiet, random_dense

OPTIONS = list(itertools.product([False, True], repeat=4))
RULES = ("fixed", "common", "each")


def problem(weights, holes, labels, uniform, seed=0, n=60, K=2, D=3):
    """A mixture and a block of rows with some of what a fit may know of each."""
    rng = np.random.default_rng(seed)
    noise = Uniform(0.1, np.full(D, -9.0), np.full(D, 9.0), float(D * np.log(18.0))) if uniform else None
    p = np.array([0.3, 0.7]) * (0.9 if uniform else 1.0)
    mixture = TMixture(
        [0.3, 0.7], rng.normal(size=(K, D)), random_dense(rng, K, D), [3.0, 12.0], estimated="each"
    )
    mixture = mixture.like(p, mixture.means, mixture.covariances, uniform=noise)
    X = mixture.sample(n, rng)[0]
    if holes:
        X[rng.random(X.shape) < 0.3] = np.nan
    allowed = None
    if labels:
        allowed = np.ones((n, K + uniform), dtype=bool)
        allowed[: n // 3] = np.eye(K + uniform, dtype=bool)[rng.integers(0, K + uniform, n // 3)]
    w = rng.uniform(0.2, 3.0, n) if weights else None
    return mixture, Block(X, w, allowed=allowed, holes=holes)


def row_by_row(mixture, block):
    """Return the sums of an E-step: r, ru, first, second, scales, log-likelihood, by one row after the other."""
    K, D = mixture.means.shape
    dense, nu = mixture.covariances.dense(), mixture.degrees_of_freedom
    members, counts, scales = np.zeros((3, K))
    first, second, total = np.zeros((K, D)), np.zeros((K, D, D)), 0.0
    for i, x in enumerate(block.X):
        w = 1.0 if block.weights is None else block.weights[i]
        o = np.flatnonzero(~np.isnan(x))
        log_joint, given = np.full(K + 1, -np.inf), []
        for k in range(K):
            seen, shift = dense[k][np.ix_(o, o)], x[o] - mixture.means[k][o]
            density = multivariate_t(mixture.means[k][o], seen, nu[k]).logpdf(x[o]) if len(o) else 0.0
            log_joint[k] = np.log(mixture.weights[k]) + density
            solved = np.linalg.solve(seen, dense[k][o]) if len(o) else np.zeros((0, D))
            square = shift @ np.linalg.solve(seen, shift) if len(o) else 0.0
            u, half = (nu[k] + len(o)) / (nu[k] + square), (nu[k] + len(o)) / 2.0
            expected = mixture.means[k] + shift @ solved
            rest = dense[k] - dense[k][:, o] @ solved
            given.append((u, np.log(u) + digamma(half) - np.log(half) - u, expected, rest))
        if mixture.uniform is not None:
            log_joint[K] = mixture.uniform.log_density(x[None])[0]
        if block.allowed is not None:
            log_joint[: block.allowed.shape[1]][~block.allowed[i]] = -np.inf
        log_density = np.logaddexp.reduce(log_joint)
        total += w * log_density
        for k, (u, scale, expected, rest) in enumerate(given):
            r = w * np.exp(log_joint[k] - log_density)
            members[k] += r
            counts[k] += r * u
            scales[k] += r * scale
            first[k] += r * u * expected
            second[k] += r * (u * np.outer(expected, expected) + rest)
    return members, counts, scales, first, second, total


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_sums_are_those_of_the_rows_one_by_one(options):
    mixture, block = problem(*options)
    members, counts, scales, first, second, total = row_by_row(mixture, block)
    found = e_step(mixture.densities, block).recentre(np.zeros_like(mixture.means))
    np.testing.assert_allclose(found.members, members, rtol=1e-11)
    np.testing.assert_allclose(found.counts, counts, rtol=1e-11)
    np.testing.assert_allclose(found.scales.log_scales, scales, rtol=1e-10)
    np.testing.assert_allclose(found.first, first, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.second, second, rtol=1e-9, atol=1e-9)
    assert abs(found.log_likelihood - total) < 1e-10 * abs(total)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_likelihood_never_falls(options, rule):
    mixture, block = problem(*options, seed=1)
    model = Model(Full(), uniform=mixture.uniform, tails=DegreesOfFreedom(rule))
    mixture = TMixture.with_tails(mixture, np.array([5.0, 5.0]), rule)
    values = []
    for _ in range(40):
        moments = e_step(mixture.densities, block)
        values.append(moments.log_likelihood)
        mixture = m_step(moments, model, mixture)
    assert np.diff(values).min() > -1e-9 * abs(values[-1])
    assert values[-1] > values[0] + 0.1
    assert len(set(mixture.degrees_of_freedom)) == (2 if rule == "each" else 1)


@pytest.mark.parametrize(
    "family",
    [Full(), Diagonal(), Spherical(), Tied(Full()), Tied(Diagonal()), Tied(Spherical()), *DECOMPOSED],
    ids=lambda family: family.name,
)
def test_the_likelihood_never_falls_in_any_family(family):
    mixture, block = problem(False, True, False, False, seed=2, n=200)
    covariances = family.from_dense(mixture.covariances.dense(), mixture.weights)
    plain = Mixture.of(mixture.weights, mixture.means, covariances)
    mixture = TMixture.with_tails(plain, np.array([6.0, 6.0]), "common")
    values = []
    for _ in range(25):
        moments = e_step(mixture.densities, block)
        values.append(moments.log_likelihood)
        mixture = m_step(moments, Model(family, tails=DegreesOfFreedom("common")), mixture)
    assert np.diff(values).min() > -1e-9 * abs(values[-1])
    assert mixture.family == family


@pytest.mark.parametrize("nu", [0.3, 1.0, 2.5, 39.9, 40.1, 1e3, 1e6])
@pytest.mark.parametrize("D", [1, 2, 7, 50])
def test_the_densities_are_those_of_scipy(nu, D):
    rng = np.random.default_rng(D)
    dense = random_dense(rng, 1, D)
    mixture = TMixture([1.0], rng.normal(size=(1, D)), dense, nu)
    X = mixture.sample(50, rng)[0]
    expected = multivariate_t(mixture.means[0], dense[0], nu).logpdf(X)
    np.testing.assert_allclose(mixture.log_prob(X), expected, rtol=1e-10, atol=2e-8 if nu > 1e5 else 1e-11)


def test_the_limit_of_many_degrees_of_freedom_is_the_gaussian_to_rounding():
    rng = np.random.default_rng(0)
    gaussian = Mixture([0.4, 0.6], rng.normal(size=(2, 5)), random_dense(rng, 2, 5))
    X = gaussian.sample(300, rng)[0]
    found = TMixture.with_tails(gaussian, np.full(2, 1e12), "fixed")
    np.testing.assert_allclose(found.log_prob(X), gaussian.log_prob(X), atol=1e-9)


@pytest.mark.parametrize("far", [1e8, 1e60, 1e120, 1e153])
@pytest.mark.parametrize("D", [1, 3])
def test_the_moments_of_far_rows_are_finite(far, D):
    mixture = TMixture([0.5, 0.5], np.array([[0.0] * D, [3.0] * D]), np.tile(np.eye(D), (2, 1, 1)), 2.0)
    rows = np.vstack([mixture.sample(20, 0)[0], np.full((1, D), far)])
    with np.errstate(over="ignore"):
        moments = e_step(mixture.densities, Block(rows))
    near = e_step(mixture.densities, Block(rows[:-1]))
    assert np.isfinite(moments.log_likelihood)
    np.testing.assert_allclose(moments.first, near.first, atol=1e-2 * D)
    # A far row adds (ν + D) times the matrix of its direction, at any distance.
    added = (moments.second - near.second).sum(axis=0)
    np.testing.assert_allclose(added, np.full((D, D), (2.0 + D) / D), rtol=1e-5)


@pytest.mark.parametrize("rule", RULES)
def test_normal_coordinates_hold_the_degrees_of_freedom(rule):
    mixture, block = problem(False, False, False, False, seed=3)
    mixture = TMixture.with_tails(mixture, np.array([4.0, 4.0]), rule)
    after = m_step(e_step(mixture.densities, block), Model(Full(), tails=DegreesOfFreedom(rule)), mixture)
    origin = coordinates_about(mixture)
    vector = origin.coordinates(after)
    back = origin.retract(vector, NoConstraint()).mixture
    np.testing.assert_allclose(back.degrees_of_freedom, after.degrees_of_freedom, rtol=1e-12)
    np.testing.assert_allclose(back.covariances.dense(), after.covariances.dense(), atol=0.01)
    gaussian = coordinates_about(Mixture.of(mixture.weights, mixture.means, mixture.covariances))
    assert len(vector) - len(gaussian.coordinates(after)) == {"fixed": 0, "common": 1, "each": 2}[rule]


def test_the_update_of_the_degrees_of_freedom_is_a_root():
    rng = np.random.default_rng(4)
    mixture = TMixture([1.0], [[0.0]], [1.0], 5.0)
    moments = e_step(mixture.densities, Block(rng.standard_t(3.0, size=(500, 1))))
    (nu,) = DegreesOfFreedom("each").update(moments.scales, mixture.degrees_of_freedom)
    mean = moments.scales.log_scales[0] / moments.scales.members[0]
    assert abs(np.log(nu / 2) - digamma(nu / 2) + 1.0 + mean) < 1e-10
    expected = DegreesOfFreedom("each").expected(np.array([5.0]), np.array([10.0]))
    assert abs(DegreesOfFreedom("each").update(expected, np.array([9.0]))[0] - 5.0) < 1e-9


@pytest.mark.parametrize("prior", [None, "mclust", "conjugate"])
@pytest.mark.parametrize("fix", [None, "means", "weights", "ratio"])
def test_a_prior_and_fixed_parameters_keep_the_objective_from_falling(prior, fix):
    _, block = problem(True, True, False, False, seed=5, n=150)
    options = {"prior": ConjugatePrior(weight_concentration=2.0) if prior == "conjugate" else prior}
    if fix == "means":
        options |= {"fix": {"means": [0]}, "means_init": [[0.0] * 3, [np.nan] * 3]}
    elif fix == "weights":
        options["fix"] = {"weights": "equal"}
    elif fix == "ratio":
        options["max_eigenvalue_ratio"] = 3.0
    model = StudentMixture(2, tol=0, max_iter=25, search="off", random_state=0, **options)
    with quiet():
        model.fit(block.X, sample_weight=block.weights)
    assert len(model.lower_bounds_) == 25
    assert np.diff(model.lower_bounds_).min() > -1e-9
    if fix == "means":
        np.testing.assert_array_equal(model.means_[0], 0.0)
    elif fix == "weights":
        np.testing.assert_allclose(model.weights_, 0.5)
    elif fix == "ratio":
        values = np.linalg.eigvalsh(model.covariances_)
        assert values.max() / values.min() < 3.0 * (1 + 1e-6)
