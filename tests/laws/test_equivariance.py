"""The clusters found do not depend on the units, as far as the family is blind to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import MixtureClassifier

from ..support import NAMES, assert_close, clusters, fit, quiet

SEEDS = st.integers(0, 2**32 - 1)
METHODS = st.sampled_from(["kmeans", "k-means++", "random", "random_from_data"])
OFFSETS = st.sampled_from([0.0, 1e6])
PLAN = {"tol": 0, "max_iter": 10}


def table(seed, n=80):
    rng = np.random.default_rng(seed)
    K, D = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    return clusters(rng, n, K, D), K, rng


def rotation(rng, D):
    return np.linalg.qr(rng.standard_normal((D, D)))[0]


def assert_moved(model, base, A, b, X, rtol):
    """Compare a fit of rows A x + b with the fit of rows x."""
    assert_close(model.predict_proba(X @ A.T + b), base.predict_proba(X), atol=rtol)
    expected = A @ base.mixture_ + b
    assert_close(model.weights_, expected.weights, rtol=rtol)
    spread = np.sqrt(np.diagonal(np.cov((X @ A.T).T).reshape(A.shape)).max())
    assert_close(model.means_, expected.means, rtol=rtol, scale=spread)
    assert_close(model.mixture_.covariances.dense(), expected.covariances.dense(), rtol=rtol)
    shift = np.linalg.slogdet(A)[1]
    assert_close(model.lower_bounds_, np.array(base.lower_bounds_) - shift, atol=rtol, rtol=rtol)
    assert model.n_iter_ == base.n_iter_


def compare(covariance_type, X, K, A, b, method, rtol):
    options = {"covariance_type": covariance_type, "init_params": method, **PLAN}
    assert_moved(fit(X @ A.T + b, K, **options), fit(X, K, **options), A, b, X, rtol)


@given(SEEDS, st.sampled_from(["full", "tied"]), METHODS, OFFSETS, st.floats(0, 3), st.integers(-6, 6))
def test_full_and_tied_under_any_affine_map(seed, covariance_type, method, offset, log_condition, power):
    X, K, rng = table(seed)
    D = X.shape[1]
    singular = 10.0 ** (log_condition * np.linspace(0, -1, D) if D > 1 else np.zeros(1))
    A = rotation(rng, D) @ np.diag(singular) @ rotation(rng, D) * 10.0**power
    b = offset * 10.0**power * np.ones(D)
    # 1e6 beside a spread of 1e-3 leaves seven digits of a row.
    compare(covariance_type, X, K, A, b, method, rtol=1e-4 if offset else 1e-6)


@given(SEEDS, st.sampled_from(["diag", "tied-diag"]), METHODS, OFFSETS)
def test_diagonal_under_scales_of_columns(seed, covariance_type, method, offset):
    X, K, rng = table(seed)
    scales = 10.0 ** rng.uniform(-6, 6, X.shape[1]) * rng.choice([-1.0, 1.0], X.shape[1])
    compare(covariance_type, X, K, np.diag(scales), offset * scales, method, rtol=1e-5 if offset else 1e-7)


@given(SEEDS, st.sampled_from(["spherical", "tied-spherical"]), METHODS, OFFSETS, st.floats(-6, 6))
def test_spherical_under_rotation_and_a_common_scale(seed, covariance_type, method, offset, power):
    X, K, rng = table(seed)
    A = rotation(rng, X.shape[1]) * 10.0**power
    b = offset * 10.0**power * np.ones(len(A))
    compare(covariance_type, X, K, A, b, method, rtol=1e-5 if offset else 1e-6)


def with_far_rows(X, rng, size, share):
    """Rows of which a share lies ``size`` spreads away, in all directions."""
    rows = X.copy()
    m = max(1, int(share * len(X)))
    rows[:m] += size * X.std(axis=0).max() * rng.standard_normal((m, X.shape[1]))
    return rows


def map_of(covariance_type, rng, D):
    """A random map that a family is blind to."""
    if "diag" in covariance_type:
        return np.diag(10.0 ** rng.uniform(-4, 4, D) * rng.choice([-1.0, 1.0], D))
    if "spherical" in covariance_type:
        return rotation(rng, D) * 10.0 ** rng.uniform(-4, 4)
    return rotation(rng, D) @ np.diag(10.0 ** rng.uniform(-1.5, 1.5, D)) @ rotation(rng, D)


@given(SEEDS, st.sampled_from(NAMES), METHODS, OFFSETS, st.floats(1, 4), st.sampled_from([0.0, 0.03, 0.08]))
def test_clusters_beside_far_rows(seed, covariance_type, method, offset, log_size, share):
    X, K, rng = table(seed, n=150)
    rows = with_far_rows(X, rng, 10.0**log_size, share)
    A = map_of(covariance_type, rng, X.shape[1])
    b = offset * np.abs(np.diagonal(A)) if "diag" in covariance_type else offset * np.linalg.norm(A, 2)
    options = {"covariance_type": covariance_type, "init_params": method, **PLAN}
    base, model = fit(rows, K + 1, **options), fit(rows @ A.T + b, K + 1, **options)
    # 1e6 beside a narrow direction leaves seven digits of a row.
    assert_close(model.predict_proba(rows @ A.T + b), base.predict_proba(rows), atol=1e-3 if offset else 1e-5)


@settings(max_examples=25)
@given(SEEDS, st.sampled_from(["full", "tied"]), st.floats(0, 3))
def test_a_fit_of_a_collapsing_component_moves_too(seed, covariance_type, log_condition):
    # The floor is εS, which moves with the data: a spike of three equal rows keeps its shape against S.
    rng = np.random.default_rng(seed)
    X = np.concatenate([rng.standard_normal((60, 2)), np.tile([9.0, 9.0], (3, 1))])
    A = rotation(rng, 2) @ np.diag([1.0, 10.0**-log_condition]) @ rotation(rng, 2)
    options = {"covariance_type": covariance_type, **PLAN}
    base, model = fit(X, 2, **options), fit(X @ A.T, 2, **options)
    assert_close(model.predict_proba(X @ A.T), base.predict_proba(X), atol=1e-6)
    moved = (A @ base.mixture_).covariances.dense()
    root = np.linalg.cholesky(moved)
    whitened = np.linalg.solve(root, model.mixture_.covariances.dense())
    unit = np.linalg.solve(root, whitened.swapaxes(1, 2))
    assert_close(unit, np.tile(np.eye(2), (2, 1, 1)), atol=1e-3)


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("offset", [1e6, 1e8, -1e8])
def test_an_offset_moves_the_means_alone(covariance_type, offset):
    X = clusters(np.random.default_rng(2), 300, 3, 3)
    base = fit(X, 3, covariance_type=covariance_type, **PLAN)
    model = fit(X + offset, 3, covariance_type=covariance_type, **PLAN)
    # A value near 1e8 is itself rounded by up to 7.5e-9.
    assert_close(model.means_ - offset, base.means_, rtol=0, atol=3e-8)
    assert_close(model.covariances_, base.covariances_, rtol=1e-6)
    assert_close(model.predict_proba(X + offset), base.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize(("scale", "offset"), [(1.0, 1e8), (1e-3, 1e8), (1e-3, 1e10), (1.0, 1e12)])
def test_a_spread_far_below_the_offset(covariance_type, scale, offset):
    # The rows as rounded by the offset are what there is; a mean that is rounded too must not add to their spread.
    rows = clusters(np.random.default_rng(3), 200, 1, 2) * scale + offset
    base = fit(rows - offset, 1, covariance_type=covariance_type, **PLAN)
    model = fit(rows, 1, covariance_type=covariance_type, **PLAN)
    assert_close(model.mixture_.covariances.dense(), base.mixture_.covariances.dense(), rtol=1e-9)


@settings(max_examples=20)
@given(SEEDS, st.floats(0, 3))
def test_the_classifier(seed, log_condition):
    X, _, rng = table(seed)
    y = np.arange(len(X)) % 3
    X[y == 1] += 2.0
    D = X.shape[1]
    A = rotation(rng, D) * 10.0 ** (-log_condition * np.arange(D) / max(1, D - 1))
    with quiet():
        base, model = (
            MixtureClassifier(2, tol=0, max_iter=8, random_state=0).fit(rows, y)
            for rows in (X, X @ A.T + 5.0)
        )
    assert_close(model.predict_proba(X @ A.T + 5.0), base.predict_proba(X), atol=1e-5)
