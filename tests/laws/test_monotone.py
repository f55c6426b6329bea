"""The objective never falls by more than 1e-9 of itself, on data fair and ugly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ..support import FAMILIES, NAMES, clusters, fit

SEEDS = st.integers(0, 2**32 - 1)


def fair(rng, n, D):
    return clusters(rng, n, 3, D)


def ties(rng, n, D):
    return np.round(fair(rng, n, D))


def duplicates(rng, n, D):
    return np.repeat(fair(rng, max(2, n // 5), D), 5, axis=0)


def constant_column(rng, n, D):
    X = fair(rng, n, D)
    X[:, 0] = rng.choice([0.0, 3.0, 1e6])
    return X


def fewer_rows_than_columns(rng, n, D):
    return rng.standard_normal((int(rng.integers(2, D + 3)), D + 2))


def heavy_tails(rng, n, D):
    return rng.standard_t(1, (n, D))


def tiny_clusters(rng, n, D):
    X = fair(rng, n, D)
    X[-2:] = 100 + 1e-3 * rng.standard_normal((2, D))
    return X


def a_sum_of_others(rng, n, D):
    X = fair(rng, n, D + 1)
    X[:, -1] = X[:, :-1].sum(axis=1)
    return X


def equal_rows(rng, n, D):
    return np.tile(rng.standard_normal(D), (n, 1))


def scales(rng, n, D):
    return fair(rng, n, D) * 10.0 ** rng.integers(-8, 9, D)


def offset(rng, n, D):
    return fair(rng, n, D) + 1e6


def nearly_on_a_line(rng, n, D, width=1e-4):
    return np.outer(rng.standard_normal(n), np.ones(D)) + width * rng.standard_normal((n, D))


KINDS = (
    fair, ties, duplicates, constant_column, fewer_rows_than_columns, heavy_tails, tiny_clusters,
    a_sum_of_others, equal_rows, scales, offset, nearly_on_a_line,
)  # fmt: skip


def assert_never_falls(model):
    for run in model.trace_.runs:
        values = run.log_likelihood
        assert np.isfinite(values).all()
        falls = -np.diff(values) / np.maximum(1.0, np.abs(values[:-1]))
        assert falls.max(initial=0.0) <= 1e-9, (run.status, falls.max())
        assert run.status != "fell", run.message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=30)
@given(SEEDS, st.sampled_from(FAMILIES), st.integers(1, 5), st.integers(1, 5), st.integers(5, 60))
def test_plain_em(kind, seed, family, K, D, n):
    X = kind(np.random.default_rng(seed), n, D)
    K = min(K, len(X))
    assert_never_falls(fit(X, K, covariance_type=family, tol=0, max_iter=40))


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@example(seed=0, method="random")
@settings(max_examples=10)
@given(seed=SEEDS, method=st.sampled_from(["random", "random_from_data", "k-means++"]))
def test_from_poor_starts(family, seed, method):
    X = clusters(np.random.default_rng(seed), 80, 3, 2)
    assert_never_falls(fit(X, 4, covariance_type=family, tol=0, max_iter=40, init_params=method))


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@settings(max_examples=10)
@given(seed=SEEDS)
def test_with_weights(family, seed):
    rng = np.random.default_rng(seed)
    X, w = clusters(rng, 60, 3, 2), rng.integers(0, 5, 60) * 10.0 ** rng.integers(-3, 4)
    w[:4] = 1.0
    assert_never_falls(fit(X, 3, covariance_type=family, tol=0, max_iter=30, sample_weight=w))


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_by_default(family):
    X = clusters(np.random.default_rng(1), 300, 4, 2)
    model = fit(X, 4, covariance_type=family, search="auto", acceleration="auto", n_init=3)
    assert_never_falls(model)
    assert model.converged_


@pytest.mark.xfail(
    strict=True, reason="a matrix of condition 1e12 holds its least eigenvalue to 1e-4: falls by 3e-9"
)
def test_almost_exactly_on_a_line():
    for seed in range(40):
        X = nearly_on_a_line(np.random.default_rng(seed), 12, 2, width=1e-6)
        assert_never_falls(fit(X, 1, tol=0, max_iter=40))


def test_a_numeric_reg_covar_is_exempt_and_known_to_fall():
    # Adding a constant after the M-step is no ascent step: on the iris it falls by 2e-5 and more of itself.
    from ..oracles.tables import measurements

    X, _ = measurements("iris")
    runs = [
        fit(X, 3, reg_covar=1e-2, tol=0, max_iter=100, init_params="random", random_state=s) for s in range(3)
    ]
    falls = [-np.diff(model.lower_bounds_).min() for model in runs]
    assert max(falls) > 1e-9
    assert all(model.n_iter_ == 100 for model in runs)
