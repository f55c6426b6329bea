"""Divergences: closed forms of single Gaussians, quadrature, inequalities, metrics, and equivariance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from gaussmix import GaussianMixture, Mixture, TMixture, datasets
from gaussmix.divergences import (
    cauchy_schwarz_divergence,
    hellinger_distance,
    jensen_shannon_divergence,
    kl_bounds,
    kl_divergence,
    l2_distance,
    total_variation,
    wasserstein_distance,
)
from gaussmix.errors import InputError, InputTypeError
from gaussmix.uniform import Uniform

P1 = Mixture([0.4, 0.6], [[-1.0], [2.0]], [1.0, 0.5])
Q1 = Mixture([0.7, 0.3], [[0.0], [3.0]], [2.0, 0.3])
P2, P5 = datasets.random_mixture(3, 2, random_state=0), datasets.random_mixture(4, 5, random_state=2)
Q2, Q5 = (
    (1.1 * np.eye(p.n_features) @ p.take(range(p.n_components - 1))) + 0.5 * np.sqrt(np.diag(p.covariance()))
    for p in (P2, P5)
)
PAIRS = [(P1, Q1), (P2, Q2), (P5, Q5)]
SIMULATED = [kl_divergence, jensen_shannon_divergence, hellinger_distance, total_variation]


def gaussians(D, seed=0):
    rng = np.random.default_rng(seed)
    covariances = [(A @ A.T + 0.3 * np.eye(D)) for A in rng.normal(size=(2, D, D))]
    means = rng.normal(size=(2, D))
    return [
        Mixture([1.0], mean[None], covariance[None])
        for mean, covariance in zip(means, covariances, strict=True)
    ]


def integral(function):
    return integrate.quad(function, -30, 30, points=[-1, 0, 2, 3], limit=500, epsabs=1e-12)[0]


@pytest.mark.parametrize("D", [1, 2, 4, 8])
def test_single_gaussians(D):
    p, q = gaussians(D, D)
    S, T, d = p.covariances.dense()[0], q.covariances.dense()[0], p.means[0] - q.means[0]
    logs = np.linalg.slogdet(T)[1] - np.linalg.slogdet(S)[1]
    exact = 0.5 * (np.trace(np.linalg.solve(T, S)) + d @ np.linalg.solve(T, d) - D + logs)
    bounds = kl_bounds(p, q)
    for value in (bounds.upper, bounds.variational, bounds.matched):
        assert value == pytest.approx(exact, rel=1e-10)
    found = kl_divergence(p, q)
    assert abs(found.value - exact) < 6 * found.standard_error + 1e-9
    overlap = np.sqrt(
        np.linalg.det(S) ** 0.5 * np.linalg.det(T) ** 0.5 / np.linalg.det((S + T) / 2)
    ) * np.exp(-d @ np.linalg.solve((S + T) / 2, d) / 8)
    found = hellinger_distance(p, q)
    assert abs(found.value - np.sqrt(1 - overlap)) < 6 * found.standard_error + 1e-9


def test_one_column_by_quadrature():
    p, q = (lambda x, m=m: float(m.pdf([x])[0]) for m in (P1, Q1))
    assert float(kl_divergence(P1, Q1)) == pytest.approx(
        integral(lambda x: p(x) * np.log(p(x) / q(x))), abs=1e-9
    )
    assert float(total_variation(P1, Q1)) == pytest.approx(integral(lambda x: abs(p(x) - q(x)) / 2), abs=1e-4)
    exact = np.sqrt(1 - integral(lambda x: np.sqrt(p(x) * q(x))))
    assert float(hellinger_distance(P1, Q1)) == pytest.approx(exact, abs=1e-8)
    assert l2_distance(P1, Q1) == pytest.approx(np.sqrt(integral(lambda x: (p(x) - q(x)) ** 2)), abs=1e-8)


@pytest.mark.parametrize(("p", "q"), PAIRS)
@pytest.mark.parametrize("distance", SIMULATED)
def test_standard_errors_are_those_of_repetitions(p, q, distance):
    found = [distance(p, q, draws=512, random_state=seed) for seed in range(12)]
    values, errors = np.array([f.value for f in found]), np.array([f.standard_error for f in found])
    assert values.std() <= 2.0 * errors.mean() + 1e-12
    assert abs(values.mean() - float(distance(p, q))) <= 5 * errors.mean() + 1e-9


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_inequalities(p, q):
    kl, js = float(kl_divergence(p, q)), float(jensen_shannon_divergence(p, q))
    tv, h = float(total_variation(p, q)), float(hellinger_distance(p, q))
    assert 0 <= js <= np.log(2)
    assert h**2 <= tv <= np.sqrt(2) * h
    assert tv <= np.sqrt(kl / 2)
    assert 2 * h**2 <= kl
    bounds = kl_bounds(p, q)
    assert bounds.lower <= kl <= bounds.upper
    assert bounds.lower <= bounds.variational <= bounds.upper


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.integers(0, 10_000))
def test_bounds_hold_for_any_two(K, L, D, seed):
    p, q = (
        datasets.random_mixture(K, D, random_state=seed),
        datasets.random_mixture(L, D, random_state=seed + 1),
    )
    bounds = kl_bounds(p, q)
    found = kl_divergence(p, q, draws=1024)
    margin = 6 * found.standard_error + 1e-6
    assert bounds.lower - margin <= found.value <= bounds.upper + margin


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_equal_mixtures_have_no_distance(p, q):
    turned = p.take(np.arange(p.n_components)[::-1])
    for distance in SIMULATED:
        assert float(distance(p, turned, draws=256)) == pytest.approx(0.0, abs=1e-6)
    assert l2_distance(p, turned) == pytest.approx(0.0, abs=1e-7)
    assert cauchy_schwarz_divergence(p, turned) == pytest.approx(0.0, abs=1e-12)
    # The costs have rounding errors of 1e-16, and the distance is their root.
    assert float(wasserstein_distance(p, turned)) == pytest.approx(0.0, abs=1e-6 * np.abs(p.means).max())
    assert kl_bounds(p, turned).lower == 0.0


@pytest.mark.parametrize(("p", "q"), PAIRS)
@pytest.mark.parametrize("distance", [*SIMULATED, cauchy_schwarz_divergence])
def test_units_do_not_matter(p, q, distance):
    D = p.n_features
    A = np.diag(10.0 ** np.arange(D)) + 0.1 * np.tri(D, k=-1)
    assert float(distance(A @ p, A @ q)) == pytest.approx(float(distance(p, q)), rel=0.02)


@pytest.mark.parametrize(("p", "q"), PAIRS)
@pytest.mark.parametrize(
    "distance",
    [
        jensen_shannon_divergence,
        hellinger_distance,
        total_variation,
        l2_distance,
        cauchy_schwarz_divergence,
        wasserstein_distance,
    ],
)
def test_symmetry(p, q, distance):
    assert float(distance(p, q)) == pytest.approx(float(distance(q, p)), rel=0.01)


@pytest.mark.parametrize("D", [1, 2, 5])
def test_wasserstein_of_single_gaussians(D):
    from scipy.linalg import sqrtm

    p, q = gaussians(D, 10 + D)
    S, T = p.covariances.dense()[0], q.covariances.dense()[0]
    root = sqrtm(S)
    exact = ((p.means - q.means) ** 2).sum() + np.trace(S + T - 2 * np.real(sqrtm(root @ T @ root)))
    assert float(wasserstein_distance(p, q)) == pytest.approx(np.sqrt(exact), rel=1e-8)


def test_wasserstein_in_one_column_is_at_least_the_exact_one():
    levels = (np.arange(20_000) + 0.5) / 20_000
    exact = np.sqrt(((P1.quantile(levels) - Q1.quantile(levels)) ** 2).mean())
    assert exact <= float(wasserstein_distance(P1, Q1))


def test_the_plan_has_the_weights_as_margins():
    transport = wasserstein_distance(P5, Q5)
    np.testing.assert_allclose(transport.plan.sum(axis=1), P5.weights, atol=1e-9)
    np.testing.assert_allclose(transport.plan.sum(axis=0), Q5.weights, atol=1e-9)
    assert (transport.plan >= 0).all()


def test_wasserstein_is_a_metric():
    third = datasets.random_mixture(4, 2, random_state=9)
    a, b, c = (float(wasserstein_distance(*pair)) for pair in ((P2, Q2), (Q2, third), (P2, third)))
    assert c <= a + b + 1e-9


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_distance_of_a_mixture_is_the_function(p, q):
    assert p.distance(q) == p.distance(q, metric="wasserstein") == float(wasserstein_distance(p, q))
    assert p.distance(q, metric="l2") == l2_distance(p, q)


def test_distance_of_a_refit_to_the_mixture_of_the_rows():
    true = datasets.random_mixture(3, 2, random_state=1)
    fits = [
        GaussianMixture(3, random_state=0).fit(true.sample(n, random_state=0)[0]).mixture_
        for n in (300, 30_000)
    ]
    for metric in ("wasserstein", "l2"):
        few, many = (each.distance(true, metric=metric) for each in fits)
        assert many < few / 3


@pytest.mark.parametrize(
    ("p", "q", "metric", "message"),
    [
        (P1, Q1, "euclidean", "metric is 'euclidean': give one of 'l2', 'wasserstein'"),
        (P1, P2, "l2", "have 1 and 2 columns"),
        (P1, TMixture([1.0], [[0.0]], [1.0], 4.0), "wasserstein", "t distributions has no .* distances here"),
        (P1.named(("a",)), P1.named(("b",)), "l2", "have the columns 'a' and 'b'"),
        (
            P1,
            Mixture(
                [0.9], [[0.0]], [1.0], uniform=Uniform(0.1, np.array([-5.0]), np.array([5.0]), np.log(10.0))
            ),
            "wasserstein",
            "Gaussian components only",
        ),
        (
            P1,
            Mixture([1.0], [[1.0]], np.zeros((1, 1, 1)), allow_singular=True),
            "l2",
            "densities in all columns",
        ),
    ],
)
def test_distances_that_do_not_exist(p, q, metric, message):
    with pytest.raises(InputError, match=message):
        p.distance(q, metric=metric)


def test_wasserstein_of_points():
    p = Mixture([0.5, 0.5], [[0.0], [4.0]], np.zeros((2, 1, 1)), allow_singular=True)
    q = Mixture([1.0], [[1.0]], np.zeros((1, 1, 1)), allow_singular=True)
    assert float(wasserstein_distance(p, q)) == pytest.approx(np.sqrt((1 + 9) / 2))


def test_noise_has_simulated_divergences_only():
    box = Uniform(0.2, np.array([-6.0]), np.array([6.0]), np.log(12.0))
    noisy = Mixture([0.8], [[0.0]], [1.0], uniform=box)
    clean = Mixture([1.0], [[0.0]], [1.0])

    def density(x):
        return 0.8 * stats.norm.pdf(x) + (0.2 / 12 if abs(x) <= 6 else 0.0)

    exact = integral(lambda x: stats.norm.pdf(x) * np.log(stats.norm.pdf(x) / density(x)))
    assert float(kl_divergence(clean, noisy)) == pytest.approx(exact, abs=1e-6)
    for distance in (kl_bounds, l2_distance, cauchy_schwarz_divergence, wasserstein_distance):
        with pytest.raises(InputError, match="uniform component"):
            distance(clean, noisy)


def test_estimators_of_both_libraries_are_taken():
    from sklearn.mixture import GaussianMixture as Theirs

    X = datasets.load_faithful().data
    ours, theirs = GaussianMixture(2, random_state=0).fit(X), Theirs(2, random_state=0).fit(X)
    assert float(kl_divergence(ours, theirs)) < 1e-3


@pytest.mark.parametrize("distance", [kl_divergence, kl_bounds, l2_distance, wasserstein_distance])
@pytest.mark.parametrize(
    ("p", "q", "error", "message"),
    [
        (P1, Q2, InputError, "1 and 2 columns"),
        (P1, "mixture", InputTypeError, "this is of type str"),
        (GaussianMixture(2), Q1, InputError, "call its fit first"),
    ],
)
def test_faults(distance, p, q, error, message):
    with pytest.raises(error, match=message):
        distance(p, q)


def test_other_names_of_columns():
    with pytest.raises(InputError, match="columns 'a', 'b' and 'b', 'a'"):
        kl_divergence(P2.named(("a", "b")), Q2.named(("b", "a")))


def test_singular_covariances_have_no_density():
    flat = Mixture([1.0], [[0.0, 0.0]], np.ones((1, 2, 2)), allow_singular=True)
    with pytest.raises(InputError, match="singular"):
        kl_divergence(flat, flat)
