"""Exchange: bad starts are mended, and nothing is ever lost."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.search.local_em import LocalEM
from gaussmix.search.predicted_moves.split_merge import split_merge
from gaussmix.search.recorder import SearchRecorder

from ..support import NAMES, clusters, random_mixture
from .tables import CENTRES, FAMILY, four_clusters, misplaced, table_of

all_names = pytest.mark.parametrize("name", NAMES)


def exchanged(data, start, seed=0, watcher=None, known=()):
    local_em = LocalEM(data)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes, watcher)
    recorder.reached("start", start, local_em.expectation(start).objective)
    return local_em, split_merge(local_em, start, np.random.default_rng(seed), recorder, known), recorder


@all_names
def test_two_components_on_one_cluster_and_one_on_two(name):
    data = table_of(four_clusters()[0], FAMILY[name])
    local_em, end, _ = exchanged(data, misplaced(FAMILY[name]))
    from_centres = Mixture.of(
        np.full(4, 0.25),
        CENTRES,
        FAMILY[name].from_dense(np.tile(np.eye(2), (4, 1, 1)), np.full(4, 0.25)),
    )
    best = local_em.expectation(local_em.run(from_centres, 60)[0]).objective
    assert end.objective > best - 0.5
    assert end.nondegenerate


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_the_objective_never_falls(name, seed):
    rng = np.random.default_rng(seed)
    data = table_of(clusters(rng, 300, 4, 2), FAMILY[name])
    local_em, end, recorder = exchanged(data, random_mixture(rng, 4, 2, FAMILY[name]), seed)
    taken = [event for event in recorder.events if event.taken]
    values = [event.log_likelihood for event in taken]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(values))
    changes = [event for event in taken if event.kind in ("split_merge", "refit", "combined")]
    assert all(event.gain > 0 for event in changes)
    assert end.objective == pytest.approx(data.weights @ end.mixture.log_prob(data.X), rel=1e-9)
    last = recorder.events[-1].log_likelihood if recorder.events else None
    assert last is None or last * data.total_weight <= end.objective + 1e-6
    assert local_em.expectation(end.mixture).objective == pytest.approx(end.objective, rel=1e-12)


@all_names
def test_an_optimum_stays(name):
    data = table_of(four_clusters()[0], FAMILY[name])
    _, end, _ = exchanged(data, misplaced(FAMILY[name]))
    _, again, _ = exchanged(data, end.mixture, seed=1)
    assert again.objective >= end.objective - 1e-6
    assert again.objective < end.objective + 1.0


def test_a_heap_of_near_duplicates_is_not_taken():
    rng = np.random.default_rng(0)
    X, _ = four_clusters(400)
    data = table_of(np.concatenate([X, X[:1] + 1e-9 * rng.standard_normal((12, 2))]))
    start = Mixture(np.full(4, 0.25), CENTRES, [np.eye(2)] * 4)
    _, end, _ = exchanged(data, start)
    assert end.nondegenerate
    assert np.linalg.norm(end.mixture.means[:, None] - CENTRES, axis=2).min(axis=0).max() < 0.4


def test_a_collapsed_start_may_become_sound():
    X, _ = four_clusters(400)
    data = table_of(np.concatenate([X, np.tile(X[:1], (12, 1))]))
    means = np.concatenate([X[:1], CENTRES[1:]])
    dense = np.array([1e-7 * np.eye(2), np.eye(2), np.eye(2), np.diag([1.0, 1.0])])
    start = Mixture([0.03, 0.3, 0.3, 0.37], means, dense)
    assert not data.nondegenerate(LocalEM(data).run(start, 30)[0])
    _, end, recorder = exchanged(data, start)
    nondegenerate = [
        data.nondegenerate(event.mixture) for event in recorder.events if event.taken and event.mixture
    ]
    assert nondegenerate == sorted(nondegenerate)  # once sound, always sound
    assert end.nondegenerate == data.nondegenerate(end.mixture)


def test_a_watcher_ends_it():
    data = table_of(four_clusters()[0])
    seen = []

    def watcher(event):
        seen.append(event)
        return True

    _, end, recorder = exchanged(data, misplaced(), watcher=watcher)
    assert len(seen) == 1
    assert recorder.stopped
    assert end.mixture.n_components == 4


def test_the_same_numbers_make_the_same_exchange():
    data = table_of(four_clusters()[0])
    ends = [exchanged(data, misplaced(), seed=3)[1] for _ in range(2)]
    assert ends[0].mixture == ends[1].mixture


def test_a_run_that_comes_where_another_ended_ends_there():
    data = table_of(four_clusters(1200)[0])
    local_em, end, _ = exchanged(data, misplaced())
    other, again, _ = exchanged(data, end.mixture.take([2, 0, 3, 1]), known=[end])
    assert again is end
    assert other.passes < local_em.passes


def test_a_run_that_ends_elsewhere_says_so():
    data = table_of(four_clusters(1200)[0])
    _, end, _ = exchanged(data, misplaced())
    wrong = replace(end, mixture=misplaced())
    _, again, _ = exchanged(data, misplaced(), known=[wrong])
    assert again is not wrong
    assert again.objective == pytest.approx(end.objective, abs=1.0)


def test_moves_are_not_proposed_when_time_is_over():
    data = table_of(four_clusters()[0])
    local_em = LocalEM(data)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes, seconds=1e-9)
    end = split_merge(local_em, misplaced(), np.random.default_rng(0), recorder)
    assert end.best_remaining_gain == -np.inf
    assert not recorder.events
