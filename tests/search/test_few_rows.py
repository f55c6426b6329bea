"""Small tables on which searches, ours or others', ended at an optimum that is not the best one known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_blobs
from sklearn.metrics import adjusted_rand_score

from gaussmix import GaussianMixture, datasets
from gaussmix.search import Budget

from ..support import NAMES, quiet
from .tables import SHARED

SEEDS = range(5)


def fitted(X, K, family, seed=0, **options):
    with quiet():
        return GaussianMixture(K, covariance_type=family, random_state=seed, **options).fit(X)


def log_likelihood(model, X):
    return model.score(X) * len(X)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("family", ["full", "tied"])
def test_two_blobs_in_thirty_columns(family, seed):
    X, labels = make_blobs(300, n_features=30, centers=2, random_state=0)
    assert adjusted_rand_score(labels, fitted(X, 2, family, seed).predict(X)) == 1.0


@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize(("K", "D"), [(2, 10), (3, 30), (5, 20)])
def test_blobs_in_many_columns(family, K, D):
    X, labels = make_blobs(400, n_features=D, centers=K, random_state=K)
    assert adjusted_rand_score(labels, fitted(X, K, family).predict(X)) == 1.0


@pytest.mark.parametrize("seed", SEEDS)
def test_two_formants_of_vowels_with_diagonal_covariances(seed):
    X = datasets.load_vowels().data[:, 1:3]
    assert log_likelihood(fitted(X, 2, "diag", seed), X) >= -21_989.5


@pytest.mark.parametrize("seed", SEEDS)
def test_three_irises(seed):
    X = load_iris().data
    assert log_likelihood(fitted(X, 3, "full", seed), X) >= -180.19  # what mclust and scikit-learn report
    assert log_likelihood(fitted(X, 3, "tied", seed), X) >= -256.36


@pytest.mark.parametrize("family", SHARED)
@pytest.mark.parametrize("seed", SEEDS)
def test_one_far_row_has_a_component_of_its_own_under_a_shared_covariance(family, seed):
    rng = np.random.default_rng(seed)
    X = np.concatenate([rng.standard_normal((150, 2)), [[60.0, -50.0]]])
    model = fitted(X, 2, family, seed)
    labels = model.predict(X)
    assert (labels == labels[-1]).sum() == 1
    assert model.weights_.min() == pytest.approx(1 / 151, rel=1e-6)


@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_integers_with_ties(family, seed):
    rng = np.random.default_rng(seed)
    n, D, K, most = (
        int(rng.integers(12, 90)),
        int(rng.integers(1, 7)),
        int(rng.integers(2, 5)),
        int(rng.integers(2, 6)),
    )
    X = rng.integers(0, most, (n, D)).astype(float)
    model = fitted(X, K, family)
    assert np.isfinite(model.score(X))
    assert model.predict(X).shape == (n,)


@pytest.mark.parametrize("family", [name for name in NAMES if name not in SHARED])
@pytest.mark.parametrize("n", [900, 2500])
def test_a_weight_is_a_number_of_copies_on_either_side_of_few(family, n):
    X = datasets.random_mixture(5, 2, random_state=3).sample(n, random_state=0)[0]
    with quiet():
        weighted = GaussianMixture(5, covariance_type=family, random_state=0)
        weighted.fit(X, sample_weight=np.full(len(X), 2.0))
    repeated = fitted(np.repeat(X, 2, axis=0), 5, family)
    assert weighted.trace_.search.n_rows == repeated.trace_.search.n_rows
    assert weighted.score(X) == pytest.approx(repeated.score(X), abs=1e-6)


@pytest.mark.parametrize("family", NAMES)
def test_the_likelihood_alone_may_be_asked_for(family):
    X = datasets.load_faithful().data
    plain, alone = (fitted(X, 3, family, search=search) for search in ("auto", Budget(likelihood=True)))
    ends = (model.trace_.search.runs[0].log_likelihood for model in (alone, plain))
    assert next(ends) == pytest.approx(next(ends), abs=1e-9)


@pytest.mark.parametrize(("D", "n"), [(20, 100), (50, 200)])
def test_groups_are_found_where_the_rows_are_too_few_for_a_search(D, n):
    X, labels = make_blobs(n, n_features=D, centers=5, random_state=1)
    model = fitted(X, 5, "full")
    assert model.trace_.search is None
    assert adjusted_rand_score(labels, model.predict(X)) == 1.0


@pytest.mark.parametrize("search", ["auto", "likelihood"])
@pytest.mark.parametrize("family", ["diag", "spherical"])
@pytest.mark.parametrize(("D", "n"), [(20, 100), (50, 200), (60, 120)])
def test_variances_need_fewer_rows_than_columns(D, n, family, search):
    X, labels = make_blobs(n, n_features=D, centers=5, random_state=1)
    fit = fitted(X, 5, family, search=search)
    assert fit.trace_.search is not None
    assert adjusted_rand_score(labels, fit.predict(X)) == 1.0
