"""Patterns of missing values against a grouping by tuples."""

import numpy as np
import pytest

from gaussmix.kernels.patterns import patterns


@pytest.mark.parametrize("D", [1, 5, 9, 64, 65, 130])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_each_row_is_in_the_pattern_of_its_own(D, share):
    rng = np.random.default_rng(0)
    missing = rng.random((300, D)) < share
    missing[rng.integers(300, size=100)] = missing[0]
    found = [(tuple(columns), rows) for columns, rows in patterns(missing)]
    expected = {}
    for n, row in enumerate(missing):
        expected.setdefault(tuple(np.flatnonzero(~row)), []).append(n)
    assert {columns: rows.tolist() for columns, rows in found} == expected


def test_no_rows_have_no_pattern():
    assert list(patterns(np.zeros((0, 3), dtype=bool))) == []


@pytest.mark.parametrize("D", [3, 8, 9, 40, 64, 70])
def test_the_order_in_memory_does_not_matter(D):
    """A data frame gives columns that are contiguous."""
    missing = np.random.default_rng(D).random((30, D)) < 0.2
    missing[5:9] = missing[0]
    for (columns, rows), (of_columns, of_rows) in zip(
        patterns(missing), patterns(np.asfortranarray(missing)), strict=True
    ):
        assert columns.tolist() == of_columns.tolist()
        assert rows.tolist() == of_rows.tolist()
