"""What the search finds depends neither on threads nor on units, and is never worse than EM alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix.engines import ThreadEngine
from gaussmix.estimation import fit_mixture
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.options import plan_of
from gaussmix.sources import ArraySource

from ..support import FAMILIES, NAMES, assert_close, clusters, fit, quiet

SEEDS = st.integers(0, 2**32 - 1)
FAMILY = st.sampled_from(FAMILIES)
few = settings(max_examples=6)


def table(seed, n=200, spread=12.0):
    rng = np.random.default_rng(seed)
    K, D = int(rng.integers(2, 5)), int(rng.integers(1, 4))
    return clusters(rng, n, K, D, spread), K, rng


def found(X, K, **options):
    return fit(X, K, **{"search": "auto", "acceleration": "auto", **options})


def assert_same_clusters(a, b, X, Y, shift=0.0):
    """Compare fits of rows X and Y, which are the same but for their units and order of components."""
    assert b.score(Y) == pytest.approx(a.score(X) - shift, abs=1e-4)
    if a.trace_.search.clear and b.trace_.search.clear:
        first, second = a.predict_proba(X), b.predict_proba(Y)
        order = [int(np.argmin(((second.T - column) ** 2).sum(axis=1))) for column in first.T]
        assert sorted(order) == list(range(len(order)))
        assert_close(second[:, order], first, atol=0.05)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_threads_change_no_bit(family):
    X, K, _ = table(1, 400)
    plan = plan_of(vars(GaussianMixture(K, covariance_type=family, n_init=3)), X.shape[1])
    results = []
    for threads in (1, 2, 3):
        with ThreadEngine(threads) as engine, quiet():
            results.append(fit_mixture(ArraySource(X), plan, np.random.default_rng(0), engine))
    (first, trace), *others = results
    for other, told in others:
        assert other.mixture == first.mixture
        assert told.search.verdict == trace.search.verdict
        assert [run.log_likelihood for run in told.search.runs] == [
            run.log_likelihood for run in trace.search.runs
        ]


@few
@given(SEEDS, FAMILY)
def test_a_random_state_gives_the_same_twice(seed, family):
    X, K, _ = table(seed)
    a, b = (found(X, K, covariance_type=family, random_state=seed) for _ in range(2))
    assert a.mixture_ == b.mixture_
    assert a.trace_.search.verdict == b.trace_.search.verdict


@few
@given(SEEDS, FAMILY)
def test_the_order_of_rows_does_not_matter(seed, family):
    X, K, rng = table(seed)
    order = rng.permutation(len(X))
    a, b = found(X, K, covariance_type=family), found(X[order], K, covariance_type=family)
    assert_same_clusters(a, b, X, X)


@few
@given(SEEDS, FAMILY)
def test_a_weight_is_a_number_of_copies(seed, family):
    X, K, rng = table(seed)
    copies = rng.integers(0, 3, len(X))
    a = found(X, K, covariance_type=family, sample_weight=copies.astype(float))
    repeated = np.repeat(X, copies, axis=0)
    b = found(repeated, K, covariance_type=family)
    assert_same_clusters(a, b, repeated, repeated)


def map_of(name, rng, D):
    """A random map that a family is blind to."""
    rotations = [np.linalg.qr(rng.standard_normal((D, D)))[0] for _ in range(2)]
    if "diag" in name:
        return np.diag(10.0 ** rng.uniform(-4, 4, D) * rng.choice([-1.0, 1.0], D))
    if "spherical" in name:
        return rotations[0] * 10.0 ** rng.uniform(-4, 4)
    return rotations[0] @ np.diag(10.0 ** rng.uniform(-1.5, 1.5, D)) @ rotations[1]


@few
@given(SEEDS, st.sampled_from(NAMES), st.sampled_from([0.0, 1e6]))
def test_units_do_not_matter(seed, name, offset):
    X, K, rng = table(seed)
    A = map_of(name, rng, X.shape[1])
    Y = X @ A.T + offset * np.abs(A).max(axis=1)
    a, b = found(X, K, covariance_type=name), found(Y, K, covariance_type=name)
    assert_same_clusters(a, b, X, Y, np.linalg.slogdet(A)[1])


@settings(max_examples=12)
@given(SEEDS, FAMILY)
def test_it_is_no_worse_than_em_alone(seed, family):
    X, K, _ = table(seed, spread=5.0)
    alone = fit(X, K, covariance_type=family, acceleration="auto")
    model = found(X, K, covariance_type=family)
    fewest = alone.weights_.min() * len(X)
    if fewest > 5 * (X.shape[1] + 1):  # one that lives on a few rows is none that a search would want
        assert model.score(X) >= alone.score(X) - 1e-6
