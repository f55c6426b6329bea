"""The pilot fit: whether gains of moves can be predicted."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.search.budget import MANY
from gaussmix.search.pilot import Pilot

from .tables import CENTRES, FAMILY, OWN, four_clusters, table_of


def pilot_of(X, name="full", K=4, seed=0):
    data = table_of(X, FAMILY[name], K=K)
    return Pilot.of(data.rows, data.model, K, np.random.default_rng(seed))


def test_gains_of_separate_components_are_predictable():
    pilot = pilot_of(four_clusters(4_000)[0])
    assert pilot.predictable
    assert pilot.iterations >= 1


@pytest.mark.parametrize("name", OWN)
def test_separate_components_need_not_be_normal(name):
    heavy = CENTRES[np.arange(4_000) % 4] + 0.3 * np.random.default_rng(1).standard_t(3, (4_000, 2))
    assert pilot_of(heavy, name).predictable


def test_gains_of_components_that_overlap_are_not():
    assert not pilot_of(np.random.default_rng(0).standard_normal((4_000, 2))).predictable


def test_gains_of_many_components_are_always_predicted():
    X = np.random.default_rng(0).uniform(size=(4_000, 2))
    assert not pilot_of(X, K=MANY).predictable
    assert pilot_of(X, K=MANY + 1).predictable


def test_maps_of_the_rows_change_nothing():
    X = four_clusters(4_000)[0]
    moved = 1e3 + 1e-2 * X @ [[0.8, 0.6], [-0.6, 0.8]]
    assert pilot_of(moved).predictable == pilot_of(X).predictable
    assert pilot_of(moved).iterations == pilot_of(X).iterations
