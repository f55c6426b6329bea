"""A race of mixtures: nothing that leads is lost, and copies do not crowd out others."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.search.population.batched_em import Runs
from gaussmix.search.proposals import Heats, finalists, race

from ..support import NAMES, assert_close
from .tables import FAMILY, four_clusters, misplaced, table_of
from .test_start_runs import started

all_names = pytest.mark.parametrize("name", NAMES)
HEATS = Heats(5, ((4, 10), (2, 15)))


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_what_leads_is_not_lost(name, seed):
    data, runs = started(name, seed=seed)
    ends = race(runs, data, HEATS)
    assert 1 <= len(ends) <= 2
    assert ends.objectives.max() >= runs.best(data, 1).objectives[0] - 1e-9


@all_names
def test_copies_do_not_crowd_out_others(name):
    data, runs = started(name)
    once, thrice = (race(r, data, HEATS) for r in (runs, Runs.joined([runs, runs, runs])))
    assert_close(thrice.objectives, once.objectives, 1e-12)


def test_a_race_that_nobody_ends_has_no_winner():
    data, runs = started()
    runs.objectives[:] = -np.inf
    assert len(race(runs, data, HEATS)) == 0


@all_names
def test_proposals_of_another_family_are_starts(name):
    data = table_of(four_clusters(400)[0], FAMILY[name], K=4)
    ends = finalists(data, [misplaced(), misplaced(FAMILY["spherical"])])
    assert ends
    assert all(end.mixture.family == FAMILY[name] for end in ends)
    assert [end.rank for end in ends] == sorted((end.rank for end in ends), reverse=True)


def test_without_proposals_there_is_no_race():
    assert finalists(table_of(four_clusters(100)[0]), []) == []
