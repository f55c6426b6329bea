"""Starts: k-means++ seeding, Lloyd's iterations, the order of the rows, and the mixtures made of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gaussmix import Full, Spherical
from gaussmix.engines import SerialEngine
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.starts import (
    START_METHODS,
    draw_start_rows,
    mixture_of_responsibilities,
    mixture_with_means,
    most_rows,
)
from gaussmix.starts.kmeans import lloyd, nearest, plus_plus
from gaussmix.starts.methods import one_hot

from ..support import FAMILIES, NAMES, assert_close, clusters

RNG = np.random.default_rng


def rows_of(X, weights=None, family=None, K=2):
    mean, covariance = np.average(X, axis=0, weights=weights), np.cov(X.T, bias=True, aweights=weights)
    family = family or Full()
    covariance = family.frame.of_dense(np.atleast_2d(covariance))
    return draw_start_rows(
        ArraySource(X, weights), most_rows(K), family, mean, covariance, RNG(0), SerialEngine()
    )


def test_seeds_are_rows_far_from_each_other():
    Z = np.concatenate([RNG(0).standard_normal((50, 2)) + c for c in ([0, 0], [50, 0], [0, 50], [50, 50])])
    for seed in range(10):
        centres = plus_plus(Z, np.ones(200), 4, RNG(seed))
        assert all((c == Z).all(axis=1).any() for c in centres)
        assert set(nearest(centres, np.array([[0, 0], [50, 0], [0, 50], [50, 50.0]]))) == {0, 1, 2, 3}


def test_seeds_are_drawn_by_weight():
    Z = np.arange(4.0)[:, None]
    firsts = [plus_plus(Z, np.array([0.0, 3.0, 1.0, 0.0]), 1, RNG(s))[0, 0] for s in range(400)]
    assert set(firsts) == {1.0, 2.0}
    assert np.mean(np.equal(firsts, 1.0)) == pytest.approx(0.75, abs=0.1)


@pytest.mark.parametrize("K", [1, 3, 5])
def test_seeds_of_rows_that_are_all_equal(K):
    assert plus_plus(np.ones((5, 2)), np.ones(5), K, RNG(0)).tolist() == [[1.0, 1.0]] * K


def test_nearest_is_the_least_distance():
    rng = RNG(1)
    Z, centres = rng.standard_normal((500, 3)), rng.standard_normal((7, 3))
    expected = ((Z[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert np.array_equal(nearest(Z, centres), expected)


def test_lloyd_never_raises_the_within_sum_of_squares_and_ends_at_rest():
    rng = RNG(2)
    Z, w = rng.standard_normal((300, 2)), rng.uniform(0, 2, 300)

    def within(labels):
        return sum(
            w[labels == k]
            @ ((Z[labels == k] - np.average(Z[labels == k], axis=0, weights=w[labels == k])) ** 2).sum(1)
            for k in np.unique(labels)
        )

    sums = [within(lloyd(Z, w, Z[:5], max_iter=m)) for m in range(12)]
    assert all(b <= a * (1 + 1e-12) for a, b in pairwise(sums))
    labels = lloyd(Z, w, Z[:5], max_iter=300)
    centres = np.stack([np.average(Z[labels == k], axis=0, weights=w[labels == k]) for k in range(5)])
    assert np.array_equal(nearest(Z, centres), labels)


def test_lloyd_leaves_an_empty_cluster_where_it_is():
    labels = lloyd(np.array([[0.0], [1.0]]), np.ones(2), np.array([[0.5], [100.0]]))
    assert labels.tolist() == [0, 0]


@pytest.mark.parametrize("method", START_METHODS)
@pytest.mark.parametrize("K", [1, 2, 7])
def test_methods_give_responsibilities(method, K):
    rows = rows_of(clusters(RNG(3), 60, 2, 2), K=K)
    shares = START_METHODS[method](rows, K, RNG(0))
    assert shares.shape == (len(rows.X), K)
    assert (shares >= 0).all()
    assert_close(shares.sum(axis=1), np.ones(len(rows.X)), rtol=1e-12)
    assert np.array_equal(shares, START_METHODS[method](rows, K, RNG(0)))


def test_rows_without_weight_are_left_out_and_equal_rows_joined():
    X = np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 0.0], [5.0, 5.0], [2.0, 1.0]])
    rows = rows_of(X, np.array([1.0, 1.0, 2.5, 0.0, 1.0]))
    shares = rows.weights * (5.5 / 3)  # they have a mean of one
    found = {tuple(row): weight for row, weight in zip(rows.X.tolist(), shares.tolist(), strict=True)}
    assert found == pytest.approx({(0.0, 0.0): 3.5, (1.0, 2.0): 1.0, (2.0, 1.0): 1.0})


def test_standardised_rows_have_unit_covariance():
    rows = rows_of(clusters(RNG(4), 500, 3, 3) * [1.0, 100.0, 1e-3] + 50)
    assert_close(np.cov(rows.Z.T, bias=True), np.eye(3), rtol=1e-9)
    assert_close(rows.Z.mean(axis=0), np.zeros(3), atol=1e-9)


def test_a_large_table_is_sampled():
    n = most_rows(2) + 5_000
    X = RNG(5).standard_normal((n, 2))
    rows = rows_of(X)
    assert len(rows.X) == most_rows(2)
    assert len(np.unique(rows.X, axis=0)) == len(rows.X)
    assert most_rows(1000) > most_rows(2) > 1000


def test_a_sample_has_the_far_rows_and_unbiased_sums():
    rng = np.random.default_rng(5)
    X = np.concatenate([rng.standard_normal((5_000, 2)), rng.normal([50.0, 0.0], 1.0, (6, 2))])
    rows = rows_of(X)
    parts = [rows.part(500, np.random.default_rng(seed)) for seed in range(200)]
    far = [part.X[:, 0] > 40.0 for part in parts]
    assert {int(those.sum()) for those in far} == {6}
    assert {len(part.X) for part in parts} == {500}
    means = np.array([np.average(part.X, axis=0, weights=part.weights) for part in parts])
    error = means.std(axis=0) / np.sqrt(len(parts))
    assert (np.abs(means.mean(axis=0) - X.mean(axis=0)) < 5.0 * error).all()


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_the_mixture_of_labels(family):
    X = clusters(RNG(6), 100, 2, 2)
    rows = rows_of(X, family=family)
    labels = (rows.X[:, 0] > rows.X[:, 0].mean()).astype(int)
    mixture = mixture_of_responsibilities(rows, one_hot(labels, 3), Model(family))
    assert_close(mixture.means[0], rows.X[labels == 0].mean(axis=0), rtol=1e-9)
    # A component without rows gets the pooled shape, the mean of all, and a share above zero.
    assert_close(mixture.means[2], X.mean(axis=0), rtol=1e-9)
    assert (mixture.weights > 0).all()
    assert mixture.weights.sum() == pytest.approx(1.0)
    assert np.isfinite(mixture.covariances.factors).all()


def test_a_component_of_one_row_is_as_wide_as_the_others():
    X = np.concatenate([RNG(7).standard_normal((50, 2)), [[30.0, 30.0]]])
    rows = rows_of(X)
    labels = (rows.X[:, 0] > 20).astype(int)
    mixture = mixture_of_responsibilities(rows, one_hot(labels, 2), Model(Full()))
    spread = np.linalg.eigvalsh(mixture.covariances.dense())
    assert spread[1].min() > 0.1


def test_the_mixture_of_given_means():
    X = clusters(RNG(8), 100, 2, 2)
    means = X[:3].copy()
    mixture = mixture_with_means(rows_of(X), means, Model(Spherical()))
    assert np.array_equal(mixture.means, means)
    assert mixture.family == Spherical()
