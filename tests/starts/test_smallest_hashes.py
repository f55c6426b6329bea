"""The rows of a start are those of the smallest hashes, found with memory for the sample alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Full
from gaussmix.sources import ArraySource, distinct_rows
from gaussmix.sources.distinct import SmallestHashes
from gaussmix.starts import WhiteningTransform
from gaussmix.starts.order import sampled_rows


@given(
    st.lists(st.lists(st.integers(0, 30) | st.integers(0, 2**64 - 1), max_size=40), max_size=8),
    st.integers(1, 25),
)
def test_pieces_give_what_a_sort_of_all_hashes_gives(pieces, most):
    smallest, start = SmallestHashes(most), 0
    for piece in pieces:
        smallest.add(np.array(piece, dtype=np.uint64), np.arange(start, start + len(piece)))
        start += len(piece)
    if not pieces:
        return
    hashes = np.array([h for piece in pieces for h in piece], dtype=np.uint64)
    kept = np.unique(hashes)[:most]
    assert smallest.distinct().tolist() == kept.tolist()
    assert smallest.rows().tolist() == np.flatnonzero(np.isin(hashes, kept)).tolist()
    assert smallest.whole == (len(np.unique(hashes)) <= most)


def rows_of_sample(X, weights=None, most=500, seed=0, rows_per_block=None):
    source = ArraySource(X, weights, rows_per_block)
    whitening = WhiteningTransform(np.zeros(X.shape[1]), np.eye(X.shape[1]), Full().frame)
    rng = np.random.default_rng(seed)
    chosen, whole = sampled_rows(source, whitening, most, rng)
    return X[chosen], whole, rng.integers(1 << 30)


@pytest.mark.parametrize("rows_per_block", [None, 700, 4999])
def test_neither_order_nor_copies_nor_blocks_decide_on_a_sample(rows_per_block):
    rng = np.random.default_rng(1)
    X = rng.normal([1.0, 0.0, 0.0], 1.0, (5000, 3))
    first, whole, _ = rows_of_sample(X)
    assert len(first) == 500
    assert not whole
    twice = np.concatenate([X, X])[rng.permutation(10_000)]
    again, _, _ = rows_of_sample(twice, rows_per_block=rows_per_block)
    assert len(again) == 1000
    assert np.array_equal(np.unique(first, axis=0), np.unique(again, axis=0))
    other, _, _ = rows_of_sample(X, seed=1)
    assert not np.array_equal(np.unique(first, axis=0), np.unique(other, axis=0))


def test_few_distinct_rows_in_many_draw_nothing():
    X = np.random.default_rng(2).standard_normal((40, 2))
    copies = np.repeat(X, 100, axis=0)
    rows, whole, drawn = rows_of_sample(copies)
    assert whole
    assert len(rows) == 4000
    assert drawn == rows_of_sample(X)[2]


def test_rows_without_weight_are_not_drawn():
    X = np.random.default_rng(3).standard_normal((3000, 2))
    weights = np.where(X[:, 0] > 0, 1.0, 0.0)
    rows, whole, _ = rows_of_sample(X, weights)
    assert len(rows) == 500
    assert not whole
    assert (rows[:, 0] > 0).all()


@pytest.mark.parametrize("n", [1, 1000, 65_536])
def test_the_number_of_distinct_rows_is_exact_up_to_65536(n):
    X = np.arange(n, dtype=np.float64)[:, None]
    assert distinct_rows(ArraySource(np.repeat(X, 2, axis=0), rows_per_block=997)) == n


@pytest.mark.parametrize("n", [70_000, 300_000])
def test_the_number_of_many_distinct_rows_is_estimated(n):
    X = np.arange(n, dtype=np.float64)[:, None]
    found = distinct_rows(ArraySource(np.concatenate([X, X])))
    assert found == pytest.approx(n, rel=0.02)
    assert found == distinct_rows(ArraySource(X[::-1].copy(), np.linspace(0.5, 3.0, n)))
