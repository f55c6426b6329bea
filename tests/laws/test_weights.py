"""Weights are frequencies of no scale, and neither the order of rows nor of columns nor of components matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_sample_weight_equivalence_on_dense_data

from gaussmix import GaussianMixture, Mixture, MixtureClassifier
from gaussmix.engines import SerialEngine
from gaussmix.errors import DataWarning, InputError
from gaussmix.sources import ArraySource
from gaussmix.starts import draw_start_rows

from ..support import FAMILIES, NAMES, assert_close, clusters, fit, quiet, random_mixture

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


MISSING, ERRORS = st.sampled_from([0.0, 0.15]), st.sampled_from([False, True])


class Rows:
    """Rows with missing values and measurement errors, and copies, weights and permutations of them."""

    def __init__(self, seed, missing=0.0, errors=False, n=70):
        X, self.K, self.rng = table(seed, n)
        self.X = np.round(X, 1) if seed % 2 else X  # some rows are equal
        holes = self.rng.random(X.shape) < missing
        holes[:5] = False
        self.X[holes] = np.nan
        self.noise = self.rng.uniform(0.01, 0.3, X.shape) if errors else None

    def objective(self, rows=slice(None), weights=None, unit=1.0, offset=0.0, **options):
        """The mean log-likelihood of a default fit, in the first units."""
        X = self.X[rows] * unit + offset
        noise = None if self.noise is None else self.noise[rows] * unit**2
        with quiet():
            model = GaussianMixture(self.K + 1, random_state=0, **options)
            model.fit(X, sample_weight=weights, noise=noise)
        seen = ~np.isnan(X)
        share = (
            seen.mean(axis=1).mean() if weights is None else np.average(seen.mean(axis=1), weights=weights)
        )
        return model.lower_bound_ + share * X.shape[1] * np.log(unit)


def same(*values, atol):
    assert list(values[1:]) == pytest.approx([values[0]] * (len(values) - 1), abs=atol)


@settings(max_examples=5)
@given(SEEDS, FAMILY)
def test_a_whole_fit_of_plain_rows_to_rounding(seed, family):
    rows = Rows(seed)
    copies = rows.rng.integers(0, 4, len(rows.X))
    copies[: rows.K + 2] = 2
    repeated = np.repeat(np.arange(len(rows.X)), copies)
    fractions = rows.rng.random(len(rows.X))
    fractions[-9:] = 0.0
    options = {"covariance_type": family}
    same(
        *(rows.objective(weights=copies * scale, **options) for scale in (1.0, 8.0, 0.3)),
        rows.objective(repeated, **options),
        rows.objective(rows.rng.permutation(repeated), **options),
        rows.objective(weights=copies, unit=2.0**20, **options),
        atol=1e-10,
    )
    # Units that are no powers of two round the rows, and break ties of distances.
    same(
        rows.objective(weights=copies, **options),
        rows.objective(weights=copies, unit=0.3, offset=1e3, **options),
        atol=1e-7,
    )
    same(
        *(rows.objective(weights=fractions * scale, **options) for scale in (1.0, 1e-3, 1e3)),
        rows.objective(slice(-9), fractions[:-9], **options),
        atol=1e-10,
    )


@settings(max_examples=5)
@given(SEEDS, MISSING, ERRORS)
def test_a_whole_fit_of_rows_as_they_are(seed, missing, errors):
    rows = Rows(seed, missing, errors, n=40)
    copies = rows.rng.integers(0, 3, len(rows.X))
    copies[:9] = 2
    repeated = rows.rng.permutation(np.repeat(np.arange(len(rows.X)), copies))
    same(
        *(rows.objective(weights=copies * scale, max_iter=40) for scale in (1.0, 0.3)),
        rows.objective(repeated, max_iter=40),
        atol=1e-10,
    )
    same(*(rows.objective(weights=copies, unit=unit, max_iter=40) for unit in (1.0, 0.25)), atol=1e-5)


@settings(max_examples=5)
@given(
    SEEDS, MISSING, ERRORS, st.sampled_from(["noise component", "labels", "search off", "float32", "diag"])
)
def test_copies_beside_every_other_option(seed, missing, errors, option):
    rows = Rows(seed, missing, errors, n=40)
    copies = rows.rng.integers(0, 3, len(rows.X))
    copies[:9] = 2
    repeated = rows.rng.permutation(np.repeat(np.arange(len(rows.X)), copies))
    options = {
        "noise component": {"noise_component": True},
        "search off": {"search": "off"},
        "diag": {"covariance_type": "diag"},
    }.get(option, {})
    labels = np.where(np.arange(len(rows.X)) < 9, np.arange(len(rows.X)) % (rows.K + 1), -1)
    X = rows.X.astype(np.float32) if option == "float32" else rows.X
    fitted = []
    for chosen, weights in ((np.arange(len(X)), copies), (np.arange(len(X)), copies * 0.3), (repeated, None)):
        known = {"labels": labels[chosen]} if option == "labels" else {}
        noise = None if rows.noise is None else rows.noise[chosen]
        with quiet():
            model = GaussianMixture(rows.K + 1, random_state=0, max_iter=60, **options)
            fitted.append(model.fit(X[chosen], sample_weight=weights, noise=noise, **known))
    if missing or errors or option in ("noise component", "labels"):
        for model in fitted[1:]:
            assert_same_fit(model, fitted[0], rtol=1e-12)
    same(*(model.lower_bound_ for model in fitted), atol=1e-10)


@pytest.mark.parametrize("K", [2, 5])
def test_copies_of_a_table_larger_than_the_sample(K):
    rng = np.random.default_rng(K)
    X = clusters(rng, 3_000, K, 2)
    weights = rng.integers(1, 20, len(X))
    repeated = rng.permutation(np.repeat(X, weights, axis=0))
    with quiet():
        weighted = GaussianMixture(K, random_state=0).fit(X, sample_weight=weights)
        plain = GaussianMixture(K, random_state=0).fit(repeated)
    assert plain.lower_bound_ == pytest.approx(weighted.lower_bound_, abs=1e-10)
    assert_close(plain.means_, weighted.means_, rtol=1e-7)


def test_the_sample_of_a_large_table_does_not_depend_on_its_order():
    rng = np.random.default_rng(1)
    X = clusters(rng, 30_000, 5, 2)
    family = FAMILIES[0]
    drawn = []
    for rows in (X, X[rng.permutation(len(X))], X * 2.0**9, np.repeat(X, 2, axis=0)):
        mean, covariance = rows.mean(axis=0), np.cov(rows.T, bias=True)
        start = draw_start_rows(
            ArraySource(rows), 5_000, family, mean, covariance, np.random.default_rng(0), SerialEngine()
        )
        drawn.append(start.X / (512.0 if rows.max() > 1000 else 1.0))
    assert len(drawn[0]) == 5_000
    for other in drawn[1:]:
        assert_close(other, drawn[0], rtol=0)


def test_a_warning_counts_copies_and_no_rows_without_weight():
    X = np.random.default_rng(0).standard_normal((40, 2)).repeat(2, axis=0)
    few = np.concatenate([X, X + 1.0])
    cases = [(few[:40], None), (few[:20], np.full(20, 2.0)), (few, np.where(np.arange(160) < 40, 1.0, 0.0))]
    for rows, weights in cases:
        with pytest.warns(DataWarning, match="^40 rows for 11 free parameters"):
            GaussianMixture(2, random_state=0).fit(rows, sample_weight=weights)


@pytest.mark.parametrize(("copies", "K"), [(2, 2), (3, 2), (5, 4)])
def test_a_row_of_large_weight_is_as_many_rows(copies, K):
    X = np.array([[0.0, 0.0], [1.0, 3.0]])
    y = np.array(["a", "b"])
    with quiet():
        weighted = MixtureClassifier(K, random_state=0).fit(X, y, sample_weight=[copies] * 2)
        repeated = MixtureClassifier(K, random_state=0).fit(X.repeat(copies, axis=0), y.repeat(copies))
    assert_close(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-7)
    with pytest.raises(InputError, match="fewer than n_components"):
        MixtureClassifier(K).fit(X, y, sample_weight=[K - 1] * 2)


@pytest.mark.parametrize("factor", [1e-3, 3.0, 64.0])
def test_a_start_from_labels_has_no_scale_of_weights(factor):
    X, _, rng = table(5, 40)
    labels = np.arange(len(X)) % 3
    weights = rng.random(len(X)) + 0.1
    plan = {"init_params": labels, "tol": 0, "max_iter": 1}
    assert_same_fit(
        fit(X, 3, sample_weight=weights * factor, **plan), fit(X, 3, sample_weight=weights, **plan), 1e-10
    )


@pytest.mark.parametrize(
    "estimator",
    [
        GaussianMixture(),
        GaussianMixture(3, covariance_type="diag"),
        GaussianMixture(3, search="off"),
        GaussianMixture(2, noise_component=True),
        GaussianMixture(3, covariance_type="spherical", noise_component=True),
        MixtureClassifier(),
        MixtureClassifier(2),
        MixtureClassifier(3, covariance_type="diag"),
        MixtureClassifier(covariance_type="spherical"),
    ],
    ids=repr,
)
def test_the_weight_equivalence_of_scikit_learn(estimator):
    with quiet():
        check_sample_weight_equivalence_on_dense_data(type(estimator).__name__, clone(estimator))
