"""Exchange: bad starts are mended, and nothing is ever lost."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.search.climb import Climber
from gaussmix.search.exchange import exchange
from gaussmix.search.story import Storyteller

from ..support import NAMES, clusters, random_mixture
from .tables import CENTRES, FAMILY, four_clusters, misplaced, table_of

all_names = pytest.mark.parametrize("name", NAMES)


def exchanged(table, start, seed=0, watcher=None, known=()):
    climber = Climber(table)
    story = Storyteller(table.total_weight, lambda: climber.passes, watcher)
    story.reached("start", start, climber.view(start).objective)
    return climber, exchange(climber, start, np.random.default_rng(seed), story, known), story


@all_names
def test_two_components_on_one_cluster_and_one_on_two(name):
    table = table_of(four_clusters()[0], FAMILY[name])
    climber, end, _ = exchanged(table, misplaced(FAMILY[name]))
    from_centres = Mixture.of(
        np.full(4, 0.25),
        CENTRES,
        FAMILY[name].from_dense(np.tile(np.eye(2), (4, 1, 1)), np.full(4, 0.25)),
    )
    best = climber.view(climber.climb(from_centres, 60)[0]).objective
    assert end.objective > best - 0.5
    assert end.sound


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_the_objective_never_falls(name, seed):
    rng = np.random.default_rng(seed)
    table = table_of(clusters(rng, 300, 4, 2), FAMILY[name])
    climber, end, story = exchanged(table, random_mixture(rng, 4, 2, FAMILY[name]), seed)
    taken = [event for event in story.events if event.taken]
    values = [event.log_likelihood for event in taken]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(values))
    changes = [event for event in taken if event.kind in ("exchange", "refit", "several")]
    assert all(event.gain > 0 for event in changes)
    assert end.objective == pytest.approx(table.weights @ end.mixture.log_prob(table.X), rel=1e-9)
    last = story.events[-1].log_likelihood if story.events else None
    assert last is None or last * table.total_weight <= end.objective + 1e-6
    assert climber.view(end.mixture).objective == pytest.approx(end.objective, rel=1e-12)


@all_names
def test_an_optimum_stays(name):
    table = table_of(four_clusters()[0], FAMILY[name])
    _, end, _ = exchanged(table, misplaced(FAMILY[name]))
    _, again, _ = exchanged(table, end.mixture, seed=1)
    assert again.objective >= end.objective - 1e-6
    assert again.objective < end.objective + 1.0


def test_a_heap_of_near_duplicates_is_not_taken():
    rng = np.random.default_rng(0)
    X, _ = four_clusters(400)
    table = table_of(np.concatenate([X, X[:1] + 1e-9 * rng.standard_normal((12, 2))]))
    start = Mixture(np.full(4, 0.25), CENTRES, [np.eye(2)] * 4)
    _, end, _ = exchanged(table, start)
    assert end.sound
    assert np.linalg.norm(end.mixture.means[:, None] - CENTRES, axis=2).min(axis=0).max() < 0.4


def test_a_collapsed_start_may_become_sound():
    X, _ = four_clusters(400)
    table = table_of(np.concatenate([X, np.tile(X[:1], (12, 1))]))
    means = np.concatenate([X[:1], CENTRES[1:]])
    dense = np.array([1e-7 * np.eye(2), np.eye(2), np.eye(2), np.diag([1.0, 1.0])])
    start = Mixture([0.03, 0.3, 0.3, 0.37], means, dense)
    assert not table.sound(Climber(table).climb(start, 30)[0])
    _, end, story = exchanged(table, start)
    sound = [table.sound(event.mixture) for event in story.events if event.taken and event.mixture]
    assert sound == sorted(sound)  # once sound, always sound
    assert end.sound == table.sound(end.mixture)


def test_a_watcher_ends_it():
    table = table_of(four_clusters()[0])
    seen = []

    def watcher(event):
        seen.append(event)
        return True

    _, end, story = exchanged(table, misplaced(), watcher=watcher)
    assert len(seen) == 1
    assert story.stopped
    assert end.mixture.n_components == 4


def test_the_same_numbers_make_the_same_exchange():
    table = table_of(four_clusters()[0])
    ends = [exchanged(table, misplaced(), seed=3)[1] for _ in range(2)]
    assert ends[0].mixture == ends[1].mixture


def test_a_run_that_comes_where_another_ended_ends_there():
    table = table_of(four_clusters(1200)[0])
    climber, end, _ = exchanged(table, misplaced())
    other, again, _ = exchanged(table, end.mixture.take([2, 0, 3, 1]), known=[end])
    assert again is end
    assert other.passes < climber.passes


def test_a_run_that_ends_elsewhere_says_so():
    table = table_of(four_clusters(1200)[0])
    _, end, _ = exchanged(table, misplaced())
    wrong = replace(end, mixture=misplaced())
    _, again, _ = exchanged(table, misplaced(), known=[wrong])
    assert again is not wrong
    assert again.objective == pytest.approx(end.objective, abs=1.0)
