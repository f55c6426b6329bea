"""The rows of a search: blocks, seeds and limits."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.search.search_data import most_rows

from .tables import FAMILY, table_of

RNG = np.random.default_rng(0)
X = RNG.standard_normal((1001, 3))
WEIGHTS = RNG.uniform(0.1, 2.0, len(X))


def test_more_components_make_more_blocks():
    data = table_of(np.random.default_rng(1).standard_normal((20_000, 2)))
    counts = [len(data.source(K).parts()) for K in (1, 10, 50, 1000)]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (1, 8)


def test_what_a_table_knows_of_its_rows():
    data = table_of(X, weights=WEIGHTS)
    # Weights of mean one: another scale of them means the same.
    assert data.total_weight == pytest.approx(len(X), rel=1e-9)
    assert data.least_rows == 4
    assert (np.sort(data.X, axis=0) == np.sort(X, axis=0)).all()


def test_rows_without_weight_are_left_out_and_equal_ones_are_joined():
    rows = np.concatenate([X[:50], X[:10]])
    weights = np.concatenate([np.arange(50.0), np.ones(10)])
    data = table_of(rows, weights=weights)
    assert len(data.X) == 50  # row 0 has its weight from the second copy
    assert data.weights.min() > 0
    assert data.total_weight == pytest.approx(weights.sum(), rel=1e-9)
    assert data.weights.max() == 49  # row 9 has 10


def test_the_bound_follows_the_layout():
    full, diagonal = table_of(X, FAMILY["full"]).rule, table_of(X, FAMILY["diag"]).rule
    assert full.added is None
    assert diagonal.added is None
    assert full.least.shape == (3, 3)
    assert diagonal.least.shape == (3,)


def test_seeds_are_all_rows_of_a_small_table():
    data = table_of(X)
    assert data.seeds(5, np.random.default_rng(0)) is data.rows


def test_seeds_are_a_part_of_a_large_table():
    rows = np.random.default_rng(2).standard_normal((12_000, 1))
    data = table_of(rows)
    seeds = [data.seeds(3, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert 1000 < len(seeds[0].X) < 12_000
    assert np.isin(seeds[0].X, rows).all()
    assert len(np.unique(seeds[0].X)) == len(seeds[0].X) == len(seeds[0].weights)
    assert np.array_equal(seeds[0].X, seeds[1].X)
    assert not np.array_equal(seeds[0].X, seeds[2].X)


def test_more_and_wider_components_need_more_rows():
    assert most_rows(2, 1) >= 20_000
    assert most_rows(1000, 2) > most_rows(500, 2)
    assert most_rows(500, 20) > most_rows(500, 2)


@pytest.mark.parametrize("predicted", [True, False])
def test_a_sample_has_three_rows_for_each_parameter_within_memory(predicted):
    assert most_rows(10, 50, 13_269, predicted) == 3 * 13_269
    assert most_rows(4, 100, 10**9, predicted) == (1 << 23) // 100
