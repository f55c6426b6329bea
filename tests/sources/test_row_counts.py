"""Weights as numbers of rows: copies and whole multiples count, and a factor of all weights has no effect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix.sources import ArraySource, distinct_rows
from gaussmix.sources.row_counts import row_counts

COPIES = st.lists(st.integers(1, 50), min_size=1, max_size=30).map(lambda copies: np.array([1, *copies]))


@given(COPIES, st.floats(1e-100, 1e100))
def test_whole_multiples_of_the_smallest_weight_are_copies(copies, factor):
    assert row_counts(copies * factor).tolist() == copies.tolist()


@given(COPIES, st.floats(1e-3, 1e3))
def test_a_weight_counts_as_so_many_equal_rows(copies, factor):
    X = np.arange(len(copies), dtype=float)[:, None]
    repeated, weighted = ArraySource(np.repeat(X, copies, axis=0)), ArraySource(X, copies * factor)
    assert distinct_rows(repeated, 100).count == distinct_rows(weighted, 100).count == copies.sum()


@pytest.mark.parametrize("weights", [[1.0, 2.5, 0.3], [1e-310, 1.0], [1.0, 1e20]])
def test_other_weights_are_relative(weights):
    assert row_counts(np.array(weights)).sum() == pytest.approx(len(weights))


def test_no_rows():
    assert len(row_counts(np.empty(0))) == 0
