"""The best of several k-means partitions finds clusters that stand apart in many columns."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from gaussmix import Diagonal
from gaussmix.starts.best_k_means import ROWS_OF_A_PART, best_k_means, halved

from .test_partitions import blobs, truth_of
from .test_starts import rows_of

RNG = np.random.default_rng


def parts_of(X, K, seed=0, weights=None):
    """The rows of a start, and their parts."""
    rows = rows_of(np.asarray(X, dtype=float), weights, Diagonal())
    return rows, best_k_means(rows, K, RNG(seed))


@pytest.mark.parametrize("per_part", [ROWS_OF_A_PART // 2, 3 * ROWS_OF_A_PART])
@pytest.mark.parametrize("seed", range(3))
def test_all_of_twenty_clusters_are_found(seed, per_part):
    X, labels = blobs(20, 80, n=per_part, apart=2.0, seed=seed)
    rows, shares = parts_of(X, 20, seed)
    assert adjusted_rand_score(truth_of(X, labels, rows), shares.argmax(axis=1)) == 1.0


def test_parts_are_responsibilities_of_one():
    _, shares = parts_of(blobs(4, 70, n=3 * ROWS_OF_A_PART)[0], 4)
    assert shares.shape == (12 * ROWS_OF_A_PART, 4)
    assert set(np.unique(shares)) == {0.0, 1.0}
    assert (shares.sum(axis=1) == 1.0).all()


def test_the_units_of_columns_change_nothing():
    X, _ = blobs(5, 70, apart=0.5)
    scale = 10.0 ** RNG(1).uniform(-3, 3, size=70)
    assert np.array_equal(parts_of(X, 5)[1], parts_of(X * scale + scale, 5)[1])


def test_equal_rows_make_no_more_parts_than_there_are_places():
    X = np.repeat(np.eye(70)[:3], 40, axis=0)
    _, shares = parts_of(X + 1e-9 * RNG(0).standard_normal(X.shape), 6)
    assert np.isfinite(shares).all()
    assert (shares.sum(axis=1) == 1.0).all()


def test_a_generator_of_the_same_state_gives_the_same_parts():
    X, _ = blobs(8, 70, n=2 * ROWS_OF_A_PART, apart=0.3)
    assert np.array_equal(parts_of(X, 8, seed=3)[1], parts_of(X, 8, seed=3)[1])


@pytest.mark.parametrize("per_cluster", [20, 3 * ROWS_OF_A_PART])
def test_parts_of_two_clusters_are_halved_into_these(per_cluster):
    X, labels = blobs(6, 70, n=per_cluster, apart=2.0)
    rows = rows_of(X, None, Diagonal())
    truth = np.array(truth_of(X, labels, rows))
    halves = halved(rows, truth % 3, 3, RNG(0))
    assert adjusted_rand_score(truth, halves) == 1.0
    assert np.array_equal(halves % 3, truth % 3)


def test_equal_rows_and_parts_of_one_row_or_none_are_not_halved():
    rows = rows_of(np.repeat(RNG(0).standard_normal((2, 70)), [9, 1], axis=0), None, Diagonal())
    labels = (rows.X[:, 0] > rows.X[:, 0].mean()).astype(int)
    assert np.array_equal(halved(rows, labels, 3, RNG(0)), labels)
