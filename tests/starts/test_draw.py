"""The rows of a start are those of the smallest hashes, found with memory for the sample alone."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Full
from gaussmix.engines import ThreadEngine
from gaussmix.sources import ArraySource, distinct_rows
from gaussmix.starts import WhiteningTransform
from gaussmix.starts.draw import draw_distinct
from gaussmix.starts.order import canonical_order


def rows_of_sample(X, weights=None, most=500, seed=0, rows_per_block=None):
    source = ArraySource(X, weights, rows_per_block)
    whitening = WhiteningTransform(np.zeros(X.shape[1]), np.eye(X.shape[1]), Full().frame)
    rng = np.random.default_rng(seed)
    drawn, whole = draw_distinct(source, ThreadEngine(2), whitening, most, rng)
    return drawn, whole, rng.integers(1 << 30)


@pytest.mark.parametrize("rows_per_block", [None, 700, 4999])
def test_neither_order_nor_copies_nor_blocks_decide_on_a_sample(rows_per_block):
    rng = np.random.default_rng(1)
    X = rng.normal([1.0, 0.0, 0.0], 1.0, (5000, 3))
    first, whole, _ = rows_of_sample(X)
    assert first.n_rows == 500
    assert not whole
    twice = np.concatenate([X, X])[rng.permutation(10_000)]
    again, _, _ = rows_of_sample(twice, rows_per_block=rows_per_block)
    assert again.total_weight == 1000
    assert np.array_equal(np.unique(first.X, axis=0), np.unique(again.X, axis=0))
    other, _, _ = rows_of_sample(X, seed=1)
    assert not np.array_equal(np.unique(first.X, axis=0), np.unique(other.X, axis=0))


def test_few_distinct_rows_in_many_draw_nothing():
    X = np.random.default_rng(2).standard_normal((40, 2))
    copies = np.repeat(X, 100, axis=0)
    rows, whole, drawn = rows_of_sample(copies)
    assert whole
    assert rows.total_weight == 4000
    assert drawn == rows_of_sample(X)[2]


def test_rows_without_weight_are_not_drawn():
    X = np.random.default_rng(3).standard_normal((3000, 2))
    weights = np.where(X[:, 0] > 0, 1.0, 0.0)
    rows, whole, _ = rows_of_sample(X, weights)
    assert rows.n_rows == 500
    assert not whole
    assert (rows.X[:, 0] > 0).all()


@pytest.mark.parametrize("n", [1, 1000, 65_536])
def test_the_number_of_distinct_rows_is_exact_up_to_a_limit(n):
    X = np.arange(n, dtype=np.float64)[:, None]
    source = ArraySource(np.repeat(X, 2, axis=0), rows_per_block=997)
    assert len(distinct_rows(source, 65_536)) == n
    assert len(distinct_rows(source, 500)) == min(n, 500)
    # All weights have a factor of two.
    assert distinct_rows(source, 65_536).count == n


@pytest.mark.parametrize("D", [1, 3])
def test_values_break_ties_of_distance_and_side_from_the_last_column_on(D):
    values = np.random.default_rng(0).integers(0, 3, (40, D)).astype(np.float64)
    Z = np.repeat(np.random.default_rng(1).standard_normal((8, 2)), 5, axis=0)
    order = canonical_order(Z, np.ones(40), values)
    places = [order[i : i + 5] for i in range(0, 40, 5)]
    assert all(len({*(place // 5)}) == 1 for place in places)
    for place in places:
        reversed_rows = values[place][:, ::-1].tolist()
        assert reversed_rows == sorted(reversed_rows)


@pytest.mark.parametrize("far", [1.0, 1e200])
def test_rows_are_ordered_by_distance_and_then_by_side(far):
    Z = np.random.default_rng(0).standard_normal((50, 2)) * [1.0, 1e-3]
    Z = np.concatenate([Z, -Z, far * Z[:5]])
    with np.errstate(over="ignore", invalid="ignore"):
        order = canonical_order(Z, np.ones(len(Z)), Z)
        distance = np.einsum("nd,nd->n", Z, Z).astype(np.float32)[order]
    assert sorted(order) == list(range(len(Z)))
    assert distance.tolist() == sorted(distance.tolist())
    if far == 1.0:  # of a row and its opposite, the same one is first in any order of the rows
        shuffled = np.random.default_rng(1).permutation(len(Z))
        again = canonical_order(Z[shuffled], np.ones(len(Z)), Z[shuffled])
        assert np.array_equal(Z[shuffled][again], Z[order])


@pytest.mark.parametrize("far", [1e8, 1e12])
@pytest.mark.parametrize("D", [1, 3])
def test_a_remote_row_makes_no_sample_larger(D, far):
    """Beside it all other rows have nearly the same standardised distance and side."""
    X = np.random.default_rng(0).standard_normal((20_000, D))
    X[77] = far
    mean, scale = X.mean(axis=0), X.std(axis=0)
    whitening = WhiteningTransform(mean, np.diag(1.0 / scale), Full().frame)
    source = ArraySource(X, rows_per_block=3_000)
    drawn, whole = draw_distinct(source, ThreadEngine(2), whitening, 500, np.random.default_rng(0))
    assert drawn.n_rows == 500
    assert not whole
