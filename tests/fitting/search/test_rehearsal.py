"""Rehearsals: a change with its neighbours foretells from below what EM on all rows makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.fitting.search.candidates import Trials, after
from gaussmix.fitting.search.climb import Climber
from gaussmix.fitting.search.memory import Identities
from gaussmix.fitting.search.rehearsal import rehearse

from ...support import assert_close
from .tables import FAMILY, OWN, SHARED, table_of

GRID = np.array([[10.0 * i, 10.0 * j] for i in range(4) for j in range(4)])


def sixteen(family, n=4800):
    """Rows of sixteen clusters, and a mixture with two components on the first and one on the two last."""
    rng = np.random.default_rng(0)
    X = GRID[rng.integers(0, 16, n)] + rng.standard_normal((n, 2))
    means = np.concatenate([GRID[:1] - 0.4, GRID[:1] + 0.4, GRID[1:14], [(GRID[14] + GRID[15]) / 2]])
    weights = np.array([1 / 32, 1 / 32, *[1 / 16] * 13, 1 / 8])
    dense = np.array([*[np.eye(2)] * 15, np.diag([1.0, 26.0])])
    table = table_of(X, family, K=16)
    climber = Climber(table)
    mixture, _ = climber.climb(Mixture.of(weights, means, family.from_dense(dense, weights)), 20)
    return table, climber, climber.view(mixture)


@pytest.mark.parametrize("name", OWN)
def test_all_rows_gain_no_less_than_the_rehearsal(name):
    table, climber, view = sixteen(FAMILY[name])
    best = Trials(table, Identities(16), np.random.default_rng(0)).candidates(view)[0]
    told = rehearse(table, view, best)
    assert told is not None
    assert told.gain >= told.early - 1e-9
    assert told.gain > 100
    assert (
        climber.climb(told.mixture, 20)[1] >= view.objective + told.gain - 0.1
    )  # rows that were hardly touched move too


def test_components_that_stay_keep_their_order():
    table, _, view = sixteen(FAMILY["full"])
    best = Trials(table, Identities(16), np.random.default_rng(0)).candidates(view)[0]
    told = rehearse(table, view, best)
    plain = after(table, view.mixture, [best])
    assert_close(told.mixture.means, plain.means, rtol=0, atol=0.5)
    assert_close(told.mixture.weights.sum(), 1.0, rtol=1e-12)
    kept = 16 - len(best.removed)
    far = [k for k in range(kept) if np.linalg.norm(plain.means[k] - plain.means[kept:], axis=1).min() > 15]
    assert far
    assert np.array_equal(told.mixture.means[far], plain.means[far])


def test_what_touches_most_rows_is_not_rehearsed():
    rng = np.random.default_rng(0)
    table = table_of(rng.standard_normal((4000, 2)), K=4)
    means = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    view = Climber(table).view(Mixture(np.full(4, 0.25), means, [np.eye(2)] * 4))
    found = Trials(table, Identities(4), rng).candidates(view)
    assert all(rehearse(table, view, candidate) is None for candidate in found[:3])


@pytest.mark.parametrize("name", SHARED)
def test_what_is_shared_moves_with_all_rows(name):
    table, _, view = sixteen(FAMILY[name])
    for candidate in Trials(table, Identities(16), np.random.default_rng(0)).candidates(view)[:2]:
        assert rehearse(table, view, candidate) is None
