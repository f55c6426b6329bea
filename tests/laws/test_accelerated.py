"""Laws of accelerated EM, where it climbs as soon as it can: it never falls, and does not see the units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix.fitting import Aitken, accelerated

from ..support import FAMILIES, NAMES, assert_close, clusters, fit
from .test_equivariance import rotation
from .test_monotone import KINDS, assert_never_falls

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(autouse=True, scope="module")
def _eager():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accelerated, "_LEAST_PASSES", 0.0)
        patch.setattr(accelerated, "_OVERHEAD", 0.0)
        patch.setattr(accelerated, "_SLOW", 0.3)
        yield


def climbs(model, plain):
    """Whether a run was accelerated."""
    return not np.array_equal(model.lower_bounds_, plain.lower_bounds_[: model.n_iter_])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=25)
@given(SEEDS, st.sampled_from(FAMILIES), st.integers(1, 5), st.integers(1, 5), st.integers(5, 60))
def test_the_objective_never_falls(kind, seed, family, K, D, n):
    X = kind(np.random.default_rng(seed), n, D)
    assert_never_falls(fit(X, min(K, len(X)), covariance_type=family, acceleration="auto", max_iter=100))


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@settings(max_examples=10)
@given(seed=SEEDS)
def test_it_never_falls_with_weights(family, seed):
    rng = np.random.default_rng(seed)
    X, w = clusters(rng, 60, 3, 2), rng.integers(0, 5, 60) * 10.0 ** rng.integers(-3, 4)
    w[:4] = 1.0
    assert_never_falls(fit(X, 3, covariance_type=family, acceleration="auto", sample_weight=w))


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@settings(max_examples=10)
@given(seed=SEEDS)
def test_it_ends_no_lower_than_where_plain_em_goes_from_its_end(family, seed):
    X = clusters(np.random.default_rng(seed), 300, 3, 2, spread=2.0)
    model = fit(X, 3, covariance_type=family, acceleration="auto", max_iter=20_000)
    further = fit(X, 3, covariance_type=family, init_params=model.mixture_, tol=0, max_iter=1000)
    assert model.converged_
    assert -1e-9 <= further.lower_bound_ - model.lower_bound_ < 1e-4


def assert_moves_along(X, K, family, A, b):
    """Compare accelerated fits of rows A x + b and x at their ends, and the first passes one by one."""
    options = {"covariance_type": family, "acceleration": "auto", "max_iter": 20_000, "tol": Aitken(1e-9)}
    base, model = fit(X, K, **options), fit(X @ A.T + b, K, **options)
    shift = np.linalg.slogdet(A)[1]
    assert_close(model.lower_bound_, base.lower_bound_ - shift, atol=1e-8)
    assert_close(model.predict_proba(X @ A.T + b), base.predict_proba(X), atol=1e-2)
    first = min(15, model.n_iter_, base.n_iter_)
    assert_close(model.lower_bounds_[:first], np.array(base.lower_bounds_[:first]) - shift, atol=1e-6)
    return base


@pytest.mark.parametrize("family", ["full", "tied"])
@settings(max_examples=15)
@given(seed=st.integers(0, 50), log_condition=st.floats(0, 3), power=st.integers(-6, 6))
def test_any_affine_map(family, seed, log_condition, power):
    rng = np.random.default_rng(seed)
    X = clusters(rng, 300, 2, 2, spread=2.0)
    A = rotation(rng, 2) @ np.diag([1.0, 10.0**-log_condition]) @ rotation(rng, 2) * 10.0**power
    assert_moves_along(X, 2, family, A, 10.0**power * np.ones(2))


@pytest.mark.parametrize("family", ["diag", "tied-diag"])
@settings(max_examples=15)
@given(seed=st.integers(0, 50), first=st.floats(-6, 6), second=st.floats(-6, 6))
def test_scales_of_columns(family, seed, first, second):
    X = clusters(np.random.default_rng(seed), 300, 2, 2, spread=2.0)
    assert_moves_along(X, 2, family, np.diag([10.0**first, -(10.0**second)]), np.zeros(2))


@pytest.mark.parametrize("family", ["spherical", "tied-spherical"])
@settings(max_examples=15)
@given(seed=st.integers(0, 50), power=st.floats(-6, 6))
def test_rotation_and_a_common_scale(family, seed, power):
    rng = np.random.default_rng(seed)
    X = clusters(rng, 300, 2, 2, spread=2.0)
    assert_moves_along(X, 2, family, rotation(rng, 2) * 10.0**power, np.zeros(2))


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_these_runs_are_accelerated(family):
    # Else the laws above would be those of plain EM.
    runs = 0
    for seed in range(10):
        X = clusters(np.random.default_rng(seed), 300, 2, 2, spread=2.0)
        plain = fit(X, 2, covariance_type=family, max_iter=20_000)
        runs += climbs(fit(X, 2, covariance_type=family, acceleration="auto", max_iter=20_000), plain)
    assert runs >= 3
