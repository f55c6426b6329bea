"""A race of starts: nothing that leads is lost, copies do not crowd out others, and clusters are found."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import kernels
from gaussmix.search.raced_moves import race as module
from gaussmix.search.raced_moves.batched_em import Runs
from gaussmix.search.raced_moves.race import Heats, race, start_runs
from gaussmix.starts.partitions import Coordinates

from ..support import NAMES, assert_close, clusters
from .tables import CENTRES, FAMILY, four_clusters, table_of

all_names = pytest.mark.parametrize("name", NAMES)
HEATS = Heats(5, ((4, 10), (2, 15)))


def started(name="full", n=200, K=4, D=2, count=12, seed=0, X=None):
    X = clusters(np.random.default_rng(seed), n, K, D) if X is None else X
    data = table_of(X, FAMILY[name], K=K)
    rng = np.random.default_rng(seed)
    return data, start_runs(data, Coordinates(data.rows), K, range(count), HEATS.first, rng)


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_what_leads_is_not_lost(name, seed):
    data, runs = started(name, seed=seed)
    finalists = race(runs, data, HEATS)
    assert 1 <= len(finalists) <= 2
    assert finalists.objectives.max() >= runs.best(data, 1).objectives[0] - 1e-9
    # The leader of the first heat cannot fall behind itself.
    alone = race(runs.best(data, 1), data, Heats(5, ((1, 10),)))
    assert race(runs, data, Heats(5, ((4, 10),))).objectives.max() >= alone.objectives[0] - 1e-9


@all_names
def test_finalists_are_in_order_and_differ(name):
    data, runs = started(name)
    finalists = race(runs, data, Heats(5, ((6, 3),)))
    assert len(finalists) <= 6
    enough = finalists.weights.min(axis=1) * data.total_weight >= data.least_rows
    assert enough.tolist() == sorted(enough, reverse=True)  # those with rows enough come first
    for some in (enough, ~enough):
        assert (np.diff(finalists.objectives[some]) < -1e-3).all()
    assert set(finalists.numbers) <= set(runs.numbers)


@all_names
def test_copies_do_not_crowd_out_others(name):
    data, runs = started(name)
    once, thrice = (race(r, data, HEATS) for r in (runs, Runs.joined([runs, runs, runs])))
    assert_close(thrice.objectives, once.objectives, 1e-12)


def test_no_heats_keep_all_that_differ():
    data, runs = started()
    assert len(race(runs, data, Heats(5, ()))) == len(runs.best(data, len(runs)))


def test_a_race_that_nobody_ends_has_no_winner():
    data, runs = started()
    runs.objectives[:] = -np.inf
    assert len(race(runs, data, HEATS)) == 0


@all_names
def test_clusters_are_found_after_the_first_heat(name):
    data, runs = started(name, X=four_clusters(300)[0])
    best = runs.best(data, 1)
    assert np.linalg.norm(best.means[0][:, None] - CENTRES, axis=2).min(axis=0).max() < 0.4
    near = (runs.objectives > best.objectives[0] - 0.5).sum()
    assert near >= 4  # starts of several kinds agree


@pytest.mark.parametrize("D", [2, 7])
@all_names
def test_starts_are_mixtures_of_all_components(name, D):
    data, runs = started(name, D=D, n=240)
    assert 6 <= len(runs) <= 12
    alive = runs.take(np.flatnonzero(np.isfinite(runs.objectives)))
    assert len(alive)
    assert (alive.weights > 0).all()
    assert_close(alive.weights.sum(axis=1), np.ones(len(alive)))
    for s in range(len(alive)):
        mixture = alive.mixture(data, s)
        assert mixture.family == FAMILY[name]
        # One of the iterations came after.
        assert data.weights @ mixture.log_prob(data.X) >= alive.objectives[s] - 1e-9 * abs(
            alive.objectives[s]
        )


def test_the_same_numbers_make_the_same_race():
    results = [race(started(seed=4)[1], started(seed=4)[0], HEATS) for _ in range(2)]
    assert np.array_equal(results[0].means, results[1].means)


@pytest.mark.skipif(kernels.em_runs is None, reason="the compiled kernel is not in use")
@all_names
def test_numpy_makes_the_same_race(name, monkeypatch):
    data, runs = started(name)
    compiled = race(runs, data, HEATS)
    monkeypatch.setattr(kernels, "em_runs", None)
    data, runs = started(name)
    in_numpy = race(runs, data, HEATS)
    assert_close(in_numpy.objectives[0], compiled.objectives[0], 1e-8)


@all_names
def test_a_part_of_the_starts_is_merged_down(name, monkeypatch):
    seen = []
    plain = module.agglomerated
    monkeypatch.setattr(
        module, "agglomerated", lambda *given: (seen.append(len(given[1].counts)), plain(*given))[1]
    )
    started(name, count=9)
    assert len(seen) == 3
    assert all(4 < count <= 12 for count in seen)


def test_integers_with_few_values_do_not_stop_a_race():
    X = np.random.default_rng(0).integers(0, 3, (60, 2)).astype(float)
    for name in NAMES:
        data, runs = started(name, X=X, K=3)
        assert len(race(runs, data, HEATS)) <= 2
