"""Populations with more components at first: what is merged from them, and how it joins an earlier population."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Mixture
from gaussmix.search.costs import most_passes
from gaussmix.search.local_em import LocalEM
from gaussmix.search.population import overfitted as module
from gaussmix.search.population.effort import Effort
from gaussmix.search.population.evolution import Earlier, evolved, local_maximum
from gaussmix.search.population.starts import Starts
from gaussmix.search.predicted_moves.split_merge import LocalOptimum
from gaussmix.search.recorder import SearchRecorder
from gaussmix.starts import START_METHODS, mixture_of_responsibilities

from ..support import NAMES, assert_close, random_mixture
from .tables import CENTRES, FAMILY, four_clusters, misplaced, table_of

all_names = pytest.mark.parametrize("name", NAMES)


def effort_for(data, K):
    return Effort.within(most_passes(data, K, 40.0, 7), data, K)


def merged(data, K, n_more, seed=0):
    """The mixtures merged from a population of more components."""
    local_em = LocalEM(data)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes, None)
    rng = np.random.default_rng(seed)
    return module.reduced_from_more(local_em, K, n_more, effort_for(data, K), rng, recorder), recorder


def after(data, K, best, seed=0):
    """The end of a population after another one, and the local maxima of both."""
    local_em, rng = LocalEM(data), np.random.default_rng(seed)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes, None)
    start = mixture_of_responsibilities(data.rows, START_METHODS["kmeans"](data.rows, K, rng), data.model)
    first = evolved(local_em, local_maximum(local_em, start), effort_for(data, K), rng, recorder)
    best = replace(first.end, objective=first.end.objective + best)
    more = replace(effort_for(data, K), passes=10 * local_em.passes + 10_000)
    return (
        first,
        evolved(local_em, local_maximum(local_em, start), more, rng, recorder, Earlier(first.runs, best, 2)),
        recorder,
    )


@given(
    st.integers(2, 14), st.integers(1, 4), st.sampled_from(["full", "diag", "spherical"]), st.integers(0, 99)
)
def test_mergers_keep_the_moments_and_what_is_left_out_is_shared(K, D, name, seed):
    mixture = random_mixture(np.random.default_rng(seed), K, D, FAMILY[name])
    left_out, pairs = module._without_one(mixture, mixture.covariances.factors)
    assert len(left_out[0]) == K
    assert left_out[0].shape[1] == pairs[0].shape[1] == K - 1
    assert_close(left_out[0].sum(axis=1), np.ones(K))
    for k, weights in enumerate(left_out[0]):
        others = np.delete(mixture.weights, k)
        assert_close(weights, others / others.sum())
        assert np.array_equal(left_out[1][k], np.delete(mixture.means, k, axis=0))
    for weights, means, framed in zip(*pairs, strict=True):
        assert_close(weights @ means, mixture.mean())
        dense = framed if framed.ndim == 3 else framed[:, :, None] * np.eye(D)
        shifts = means - mixture.mean()
        total = np.einsum("k,kde->de", weights, dense) + (weights[:, None] * shifts).T @ shifts
        expected = mixture.covariance()
        if framed.ndim == 2:
            total, expected = np.diag(total), np.diag(expected)
        assert_close(total, expected, rtol=1e-9, atol=1e-12)


@all_names
@pytest.mark.parametrize("n_more", [1, 3])
def test_the_mixtures_have_the_number_of_components_asked_for(name, n_more):
    data = table_of(four_clusters(400)[0], FAMILY[name], K=4)
    runs, recorder = merged(data, 4, n_more)
    assert runs.means.shape[1] == 4
    assert (np.diff(data.flaws(runs.weights, runs.factors)) >= 0).all()
    assert not recorder.events
    assert np.linalg.norm(runs.means[0][:, None] - CENTRES, axis=2).min(axis=0).max() < 0.4


@all_names
def test_where_no_mixture_of_more_components_is_left_there_are_new_starts(name, monkeypatch):
    data, plain = table_of(four_clusters(400)[0], FAMILY[name], K=4), Starts.runs

    def fails(self, *given):
        runs = plain(self, *given)
        return runs if self.n_components == 4 else runs.take(np.empty(0, dtype=int))

    monkeypatch.setattr(Starts, "runs", fails)
    runs, _ = merged(data, 4, 2)
    assert runs.means.shape[1] == 4
    assert len(runs)


@all_names
def test_where_every_new_start_fails_the_end_is_that_of_the_given_start(name, monkeypatch):
    data, plain = table_of(four_clusters(400)[0], FAMILY[name], K=4), Starts.runs
    local_em, rng = LocalEM(data), np.random.default_rng(0)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes, None)
    start = mixture_of_responsibilities(data.rows, START_METHODS["kmeans"](data.rows, 4, rng), data.model)
    first = evolved(local_em, local_maximum(local_em, start), effort_for(data, 4), rng, recorder)

    def fails(*given):
        runs = plain(*given)
        runs.objectives[:] = -np.inf
        return runs

    monkeypatch.setattr(Starts, "runs", fails)
    monkeypatch.setattr(
        module, "_with_one_fewer", lambda local_em, runs, size, recorder: runs.take(np.empty(0, dtype=int))
    )
    earlier = Earlier(first.runs, first.end, 1)
    second = evolved(
        local_em,
        local_maximum(local_em, start),
        replace(effort_for(data, 4), passes=0),
        rng,
        recorder,
        earlier,
    )
    assert second.end.objective == pytest.approx(first.end.objective, abs=0.1)
    assert second.independent


@all_names
def test_the_end_is_independent_unless_crossovers_with_earlier_mixtures_improve_both(name):
    data = table_of(np.random.default_rng(5).uniform(size=(200, 2)), FAMILY[name], K=5)
    first, second, recorder = after(data, 5, best=1e3)
    assert second.independent
    assert second.end.objective < first.end.objective + 1e3
    assert not second.end.decided
    assert second.words == "7 components merged to 5"
    assert {event.mixture.n_components for event in recorder.events} == {5}
    first, second, _ = after(data, 5, best=-1e3)
    assert not second.independent
    assert second.end.objective > first.end.objective - 1e-6
    # The EM of runs is in single precision.
    assert second.runs.objectives[0] >= first.runs.objectives.max() - 1e-6 * data.total_weight


def test_an_end_that_is_not_degenerate_improves_a_degenerate_one():
    data, mixture = table_of(four_clusters(400)[0], K=4), misplaced()
    ends = [LocalOptimum(mixture, *rank, -np.inf) for rank in ((10.0, True), (10.1, True), (11.0, True))]
    spurious = LocalOptimum(mixture, 1e3, False, -np.inf)
    runs = merged(data, 4, 1)[0]
    assert not Earlier(runs, ends[0], 1).improved(ends[1], data)
    assert Earlier(runs, ends[0], 1).improved(ends[2], data)
    assert Earlier(runs, spurious, 1).improved(ends[0], data)
    assert not Earlier(runs, ends[0], 1).improved(spurious, data)


def test_of_two_components_one_is_left():
    weights = np.array([0.3, 0.7])
    covariances = FAMILY["full"].from_dense(np.ones((2, 1, 1)), weights)
    mixture = Mixture.of(weights, np.array([[0.0], [1.0]]), covariances)
    left_out, pairs = module._without_one(mixture, covariances.factors)
    assert_close(left_out[0], [[1.0], [1.0]])
    assert_close(pairs[1], [[[0.7]]])
    assert_close(pairs[2], [[[[1.21]]]])


def test_one_of_twelve_components_may_be_singular():
    X = np.concatenate([np.random.default_rng(6).standard_normal((300, 2)), np.zeros((20, 2))])
    data = table_of(X, K=12)
    runs = Starts(data, 12, 20).runs(4, np.random.default_rng(7)).best(data, 2)
    runs.covariances[:, 0] = 0.0
    local_em = LocalEM(data)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes, None)
    fewer = module._with_one_fewer(local_em, runs, 3, recorder)
    assert fewer.means.shape[1] == 11
    assert np.isfinite(fewer.objectives).all()
