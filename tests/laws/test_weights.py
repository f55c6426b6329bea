"""Weights are frequencies, and neither the order of rows nor of columns nor of components matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import Mixture

from ..support import FAMILIES, NAMES, assert_close, clusters, fit, random_mixture

SEEDS = st.integers(0, 2**32 - 1)
FAMILY = st.sampled_from(FAMILIES)
METHODS = st.sampled_from(["kmeans", "k-means++", "random", "random_from_data"])
PLAN = {"tol": 0, "max_iter": 12}


def table(seed, n=60):
    rng = np.random.default_rng(seed)
    K, D = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    return clusters(rng, n, K, D), K, rng


def assert_same_fit(a, b, rtol=1e-6):
    assert_close(a.weights_, b.weights_, rtol=rtol)
    assert_close(a.means_, b.means_, rtol=rtol)
    assert_close(a.covariances_, b.covariances_, rtol=rtol)
    assert_close(a.lower_bounds_, b.lower_bounds_, rtol=rtol)


@given(SEEDS, FAMILY, METHODS)
def test_a_weight_is_a_number_of_copies(seed, family, method):
    X, K, rng = table(seed)
    copies = rng.integers(0, 4, len(X))
    copies[: K + 1] = 2
    repeated, w = np.repeat(X, copies, axis=0), copies.astype(float)
    a = fit(X, K, covariance_type=family, init_params=method, sample_weight=w, **PLAN)
    b = fit(repeated, K, covariance_type=family, init_params=method, **PLAN)
    assert_same_fit(a, b)
    for name in ("bic", "icl", "score", "aic"):
        weighted, plain = getattr(a, name)(X, sample_weight=w), getattr(a, name)(repeated)
        assert weighted == pytest.approx(plain, rel=1e-9, abs=1e-9), name


@given(SEEDS, FAMILY, METHODS)
def test_weight_zero_is_no_row(seed, family, method):
    X, K, _ = table(seed)
    w = np.ones(len(X))
    w[::3] = 0.0
    rows = X.copy()
    rows[::3] += 1e3
    a = fit(rows, K, covariance_type=family, init_params=method, sample_weight=w, **PLAN)
    b = fit(X[w > 0], K, covariance_type=family, init_params=method, **PLAN)
    assert_same_fit(a, b)


@given(SEEDS, FAMILY)
def test_weights_of_one_are_no_weights(seed, family):
    X, K, _ = table(seed)
    a = fit(X, K, covariance_type=family, sample_weight=np.ones(len(X)), **PLAN)
    assert_same_fit(a, fit(X, K, covariance_type=family, **PLAN), rtol=1e-9)
    b = fit(X, K, covariance_type=family, sample_weight=1, **PLAN)
    assert_same_fit(a, b, rtol=1e-12)


@given(SEEDS, FAMILY, METHODS)
def test_order_of_the_rows(seed, family, method):
    X, K, rng = table(seed)
    order = rng.permutation(len(X))
    a = fit(X, K, covariance_type=family, init_params=method, **PLAN)
    b = fit(X[order], K, covariance_type=family, init_params=method, **PLAN)
    assert_same_fit(a, b)
    assert_close(b.predict_proba(X), a.predict_proba(X), rtol=1e-5)


@settings(max_examples=12)
@given(SEEDS, FAMILY)
def test_a_search_follows_the_same_laws(seed, family):
    X, K, rng = table(seed)
    options = {"covariance_type": family, "search": "auto", "acceleration": "auto"}
    copies = rng.integers(0, 4, len(X))
    copies[: K + 2] = 2
    repeated = np.repeat(X, copies, axis=0)
    found = [
        fit(X, K + 1, sample_weight=copies.astype(float), **options),
        fit(repeated, K + 1, **options),
        fit(rng.permutation(repeated), K + 1, **options),
    ]
    scores = [model.score(repeated) for model in found]
    assert scores[1:] == pytest.approx([scores[0]] * 2, abs=1e-6)


@given(SEEDS, FAMILY)
def test_order_of_the_columns(seed, family):
    X, K, rng = table(seed)
    order = rng.permutation(X.shape[1])
    a = fit(X, K, covariance_type=family, **PLAN)
    b = fit(X[:, order], K, covariance_type=family, **PLAN)
    assert_close(b.means_, a.means_[:, order], rtol=1e-6)
    dense = a.mixture_.covariances.dense()
    assert_close(b.mixture_.covariances.dense(), dense[:, order][:, :, order], rtol=1e-6)


@given(SEEDS, FAMILY)
def test_order_of_the_components(seed, family):
    X, _, rng = table(seed)
    start = random_mixture(rng, 3, X.shape[1], family)
    order = rng.permutation(3)
    fits = []
    for mixture in (start, start.take(order)):
        given_start = {
            "weights_init": mixture.weights,
            "means_init": mixture.means,
            "precisions_init": mixture.covariances.precisions(),
        }
        fits.append(fit(X, 3, covariance_type=family, **given_start, **PLAN))
    a, b = fits
    assert_close(b.weights_, a.weights_[order], rtol=1e-6)
    assert_close(b.means_, a.means_[order], rtol=1e-6)
    assert_close(b.mixture_.covariances.dense(), a.mixture_.covariances.dense()[order], rtol=1e-6)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_criteria_by_their_formulas(family):
    X, _, _ = table(3)
    w = np.arange(len(X)) % 3 + 0.5
    model = fit(X, 2, covariance_type=family, sample_weight=w, tol=1e-8)
    total, nu = w @ model.score_samples(X), model.mixture_.n_parameters
    assert model.score(X, sample_weight=w) == pytest.approx(total / w.sum(), rel=1e-12)
    assert model.aic(X, sample_weight=w) == pytest.approx(-2 * total + 2 * nu, rel=1e-12)
    assert model.bic(X, sample_weight=w) == pytest.approx(-2 * total + nu * np.log(w.sum()), rel=1e-12)
    map_entropy = w @ np.log(model.predict_proba(X).max(axis=1))
    bic = model.bic(X, sample_weight=w)
    assert model.icl(X, sample_weight=w) == pytest.approx(bic - 2 * map_entropy, rel=1e-9)
    assert model.icl(X, sample_weight=w) >= bic


@settings(max_examples=20)
@given(SEEDS, FAMILY, st.floats(0.1, 10))
def test_the_rule_of_stopping_is_for_a_unit_of_weight(seed, family, factor):
    X, K, rng = table(seed)
    start = random_mixture(rng, K, X.shape[1], family)
    options = {
        "weights_init": start.weights,
        "means_init": start.means,
        "precisions_init": start.covariances.precisions(),
    }
    a = fit(X, K, covariance_type=family, tol=1e-4, sample_weight=np.ones(len(X)), **options)
    b = fit(X, K, covariance_type=family, tol=1e-4, sample_weight=np.full(len(X), factor), **options)
    assert a.n_iter_ == b.n_iter_
    assert isinstance(a.mixture_, Mixture)
    assert_same_fit(a, b, rtol=1e-7)
