"""Starting partitions: every kind divides the rows in K, follows weights, and finds clusters that stand apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from gaussmix import Diagonal
from gaussmix.starts import partitions as module
from gaussmix.starts.partitions import CUTS, KINDS, Coordinates, partitions

from ..support import clusters
from .test_starts import rows_of

RNG = np.random.default_rng
NUMBERS = range(len(KINDS))
METHODS = [kind[0] for kind in KINDS]
each_number = pytest.mark.parametrize("number", NUMBERS, ids=lambda number: "-".join(KINDS[number]))


def coordinates(X, weights=None, family=None):
    return Coordinates(rows_of(np.asarray(X, dtype=float), weights, family))


def blobs(K, D, n=60, apart=30.0, seed=0):
    """Rows in an order of their own, K clusters of n rows each, and their labels."""
    rng = RNG(seed)
    labels = np.repeat(np.arange(K), n)
    return rng.permutation(apart * rng.standard_normal((K, D)))[labels] + rng.standard_normal(
        (n * K, D)
    ), labels


def truth_of(X, labels, rows):
    """The labels of rows that a start has put into its own order."""
    found = {tuple(row): label for row, label in zip(X, labels, strict=True)}
    return [found[tuple(row)] for row in rows.X]


@pytest.mark.parametrize("K", [2, 3, 7])
@each_number
def test_rows_that_differ_get_all_labels(number, K):
    source = coordinates(clusters(RNG(0), 200, 4, 3))
    labels = partitions(source, K, [number] * 10, RNG(1))
    assert labels.shape == (10, len(source.rows.X))
    assert labels.min() >= 0
    assert labels.max() < K
    filled = [len(np.unique(line)) == K for line in labels]
    # Random rows and random quantiles can be too near to each other; those starts do not run.
    assert all(filled) if METHODS[number] in ("k-means", "farthest") else sum(filled) >= 5


@pytest.mark.parametrize("X", [np.zeros((6, 2)), np.repeat([[0.0, 1.0], [1.0, 0.0]], 4, axis=0), np.eye(3)])
@each_number
def test_fewer_rows_than_parts(number, X):
    weights = np.ones(len(X))
    rows = replace(rows_of(clusters(RNG(0), 30, 2, X.shape[1])), X=X, weights=weights)
    labels = partitions(Coordinates(rows), 4, [number], RNG(0))
    assert labels.shape == (1, len(X))
    assert set(labels.ravel()) <= set(range(4))


@each_number
def test_a_weight_is_a_number_of_copies_up_to_the_draw(number):
    rows = rows_of(clusters(RNG(3), 90, 3, 3))
    copies = RNG(4).integers(1, 4, len(rows.X))
    weighted = Coordinates(replace(rows, weights=copies.astype(float)))
    repeated = Coordinates(
        replace(rows, X=np.repeat(rows.X, copies, axis=0), weights=np.ones(int(copies.sum())))
    )
    one, other = (partitions(source, 3, [number] * 6, RNG(5)) for source in (weighted, repeated))
    # A quantile may cut between copies: the last one is where the row of that weight is.
    assert np.array_equal(other[:, np.cumsum(copies) - 1], one)
    if METHODS[number] not in ("projection", "axis"):
        assert np.array_equal(other, np.repeat(one, copies, axis=1))
    plain = partitions(Coordinates(rows), 3, [number] * 6, RNG(5))
    assert METHODS[number] == "farthest" or not np.array_equal(plain, one)


@pytest.mark.parametrize("D", [1, 2, 30, 80])
@pytest.mark.parametrize("K", [2, 3])
def test_clusters_that_stand_apart_are_found_in_many_columns(K, D):
    X, labels = blobs(K, D, apart=300.0 if D == 1 else 30.0)
    source = coordinates(X)
    truth = truth_of(X, labels, source.rows)
    agree = [adjusted_rand_score(truth, line) == 1.0 for line in partitions(source, K, NUMBERS, RNG(0))]
    by = {method: any(a for a, m in zip(agree, METHODS, strict=True) if m == method) for method in METHODS}
    assert by["k-means"]
    assert sum(agree) >= 3


def test_a_far_row_has_a_part_of_its_own():
    X = np.concatenate([RNG(0).standard_normal((80, 2)), [[400.0, -300.0]]])
    source = coordinates(X)
    far = int(np.argmax(np.abs(source.rows.X).sum(axis=1)))
    labels = partitions(source, 2, [METHODS.index("farthest")], RNG(0))[0]
    assert (labels == labels[far]).sum() == 1


@each_number
def test_the_same_numbers_make_the_same_partitions(number):
    source = coordinates(clusters(RNG(0), 120, 3, 2))
    numbers = [number, number + len(KINDS)]
    a, b = (partitions(source, 4, numbers, RNG(7)) for _ in range(2))
    assert np.array_equal(a, b)
    assert np.array_equal(partitions(source, 4, [number] * 2, RNG(7)), a)  # kinds are taken in turn


@pytest.mark.parametrize("K", [2, 3])
def test_further_partitions_into_few_parts_are_cuts(K):
    source, count = coordinates(clusters(RNG(0), 120, 3, 2)), len(KINDS)
    numbers = range(count, count + 12)
    labels = partitions(source, K, numbers, RNG(0))
    assert len(np.unique(labels, axis=0)) > 8
    for number, line in zip(numbers, labels, strict=True):
        if CUTS[number % len(CUTS)] == ("axis", "columns"):
            changes = [
                np.count_nonzero(np.diff(line[np.argsort(z, kind="stable")])) for z in source.columns.T
            ]
            assert min(changes) == len(np.unique(line)) - 1


def test_further_partitions_of_many_columns_are_of_all_kinds():
    source, count = coordinates(clusters(RNG(0), 120, 3, 12)), len(KINDS)
    first, again = (partitions(source, 3, [number], RNG(5)) for number in (0, count))
    assert np.array_equal(first, again)


@each_number
def test_no_unit_of_a_column_matters(number):
    rows, scale = rows_of(clusters(RNG(1), 150, 3, 3), family=Diagonal()), np.array([1e5, 1e-4, 1.0])
    plain = partitions(Coordinates(rows), 3, [number] * 3, RNG(2))
    scaled = partitions(coordinates(rows.X * scale + 7.0 * scale, family=Diagonal()), 3, [number] * 3, RNG(2))
    assert sorted(map(tuple, scaled)) == sorted(map(tuple, plain))


def test_the_coordinates_are_what_they_are_called():
    mixing = np.array([[3.0, 0.0, 0.0], [5.0, 0.1, 0.0], [0.0, 2.0, 40.0]])
    source = coordinates(RNG(0).standard_normal((4000, 3)) @ mixing.T)
    assert np.allclose(source.raw.std(axis=0), 1.0)
    assert np.allclose(source.columns.std(axis=0), 1.0, atol=0.1)
    assert np.allclose(np.cov(source.sphered.T), np.eye(3), atol=0.1)
    variances = np.cov(source.principal.T)
    assert np.allclose(variances, np.diag(np.diag(variances)), atol=1e-8)
    assert (np.diff(np.diag(variances)) <= 1e-12).all()


def test_few_rows_or_many_columns_are_not_sphered():
    for n, D in ((20, 12), (400, module.MOST_SPHERED + 1)):
        source = coordinates(RNG(0).standard_normal((n, D)), family=Diagonal())
        assert source.sphered is source.columns
