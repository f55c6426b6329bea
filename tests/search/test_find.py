"""The search: runs, budgets, verdicts, and what it leaves behind."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from gaussmix.search import search_data as module
from gaussmix.search.budget import Budget
from gaussmix.search.find import find
from gaussmix.search.local_em import LocalEM
from gaussmix.search.pilot import Pilot
from gaussmix.search.predicted_moves.initial import overfit_and_merge, split_and_merge
from gaussmix.search.predicted_moves.split_merge import LocalOptimum
from gaussmix.search.search_data import FEW_ROWS, predicts
from gaussmix.search.stopping import RunEnd, verdict

from ..support import FAMILIES, NAMES, clusters
from .tables import CENTRES, FAMILY, four_clusters, misplaced, table_of


@pytest.fixture(params=["population", "exchanged"])
def chooses(request, monkeypatch):
    """How moves of small tables are chosen: by races, or by predicted gains."""
    if request.param == "exchanged":
        monkeypatch.setattr(module, "FEW_ROWS", 100)
    return request.param


both = pytest.mark.usefixtures("chooses")


def found(data, K=4, budget=None, seed=0, watcher=None):
    rng, pilot = np.random.default_rng(seed), None
    if predicts(data.total_weight, K, data.model):
        pilot = replace(Pilot.of(data.rows, data.model, K, rng), predictable=True)
    return find(data, K, budget or Budget(), rng, watcher, pilot)


def overlapping(n=200, family="full"):
    """Rows without clusters: every answer is in doubt."""
    return table_of(np.random.default_rng(5).uniform(size=(n, 2)), FAMILY[family], K=6)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_the_clusters_are_found_beyond_doubt(family):
    data = table_of(four_clusters(1200)[0], family)
    answer = found(data)
    means = answer.mixtures[0].means
    assert np.linalg.norm(means[:, None] - CENTRES, axis=2).min(axis=0).max() < 0.3
    assert answer.trace.clear
    assert answer.trace.verdict.startswith("clear")
    assert not answer.stopped
    assert all(mixture.family == family and mixture.n_components == 4 for mixture in answer.mixtures)


@both
@pytest.mark.parametrize("name", NAMES)
def test_the_trace_tells_what_happened(name):
    data = table_of(clusters(np.random.default_rng(1), 300, 5, 2), FAMILY[name])
    trace = found(data, 5).trace
    assert trace.n_rows == 300
    assert len(trace.runs) == trace.events[-1].run + 1
    assert sum(event.kind == "start" for event in trace.events) == len(trace.runs)
    # Runs may go side by side: each has an order of its own.
    for _, named in itertools.groupby(trace.events, key=lambda event: event.run):
        events = list(named)
        for what, most in (("passes", trace.passes), ("seconds", trace.seconds)):
            values = [getattr(event, what) for event in events]
            assert values == sorted(values)
            assert 0 <= values[0] <= values[-1] <= most
    best = max(trace.runs, key=lambda run: (not run.degenerate, run.log_likelihood))
    assert trace.runs[trace.best] == best


@both
@pytest.mark.parametrize("name", NAMES)
def test_taken_events_rise_in_each_run(name):
    data = table_of(clusters(np.random.default_rng(2), 300, 5, 2), FAMILY[name])
    trace = found(data, 5).trace
    for _, events in itertools.groupby(trace.events, key=lambda event: event.run):
        values = [event.log_likelihood for event in events if event.taken]
        assert all(b >= a - 1e-9 for a, b in itertools.pairwise(values))


@both
def test_the_best_is_the_best_of_the_runs():
    data = overlapping()
    answer = found(data, 6, Budget(runs=5, least_runs=5))
    objective = LocalEM(data).expectation(answer.mixtures[0]).objective / data.total_weight
    assert objective == pytest.approx(answer.trace.runs[answer.trace.best].log_likelihood, abs=1e-9)
    scores = [LocalEM(data).expectation(mixture).objective for mixture in answer.mixtures]
    nondegenerate = [data.nondegenerate(mixture) for mixture in answer.mixtures]
    ranks = list(zip(nondegenerate, scores, strict=True))
    assert ranks == sorted(ranks, reverse=True)


@both
@pytest.mark.parametrize("runs", [1, 2, 4])
def test_no_more_runs_than_the_budget(runs):
    answer = found(overlapping(), 6, Budget(runs=runs))
    assert len(answer.trace.runs) <= runs


@both
@pytest.mark.parametrize("least", [1, 3, 5])
def test_at_least_so_many_runs(least):
    answer = found(table_of(four_clusters(2000)[0]), 4, Budget(least_runs=least))
    assert len(answer.trace.runs) >= least
    assert len(found(table_of(four_clusters()[0]), 4, Budget(runs=1, least_runs=least)).trace.runs) == least


def test_a_population_at_the_likelihood_of_a_known_fit_is_the_last():
    data = overlapping()
    known = found(data, 6, Budget(populations=1)).mixtures[0]
    answer = found(data, 6, Budget(least_runs=3, populations=3, known=known))
    assert len(answer.trace.runs) == 1
    assert answer.mixtures[0] == known


@pytest.mark.parametrize("K", [3, 9])
def test_a_known_fit_of_another_likelihood_ends_no_search(K):
    data = overlapping()
    known = found(data, K, Budget(populations=1)).mixtures[0]
    answer = found(data, 6, Budget(least_runs=3, populations=3, known=known))
    assert len(answer.trace.runs) == 3


@both
def test_a_search_that_may_take_no_time_still_answers():
    answer = found(overlapping(), 6, Budget(seconds=1e-9))
    assert len(answer.trace.runs) == 1
    assert np.isfinite(answer.mixtures[0].means).all()
    assert "in doubt" in answer.trace.verdict or answer.trace.clear


@both
def test_doubt_is_said_in_words():
    trace = found(overlapping(), 6, Budget(runs=1)).trace
    assert not trace.clear
    assert trace.verdict.startswith("in doubt")
    assert "one run" in trace.verdict


def test_runs_that_agree_are_no_evidence_where_one_more_component_fits_better():
    X = np.random.default_rng(3).random((5_000, 2))
    trace = found(table_of(X, K=4), budget=Budget(runs=4)).trace
    assert not trace.clear
    assert len(trace.runs) == 4
    assert trace.verdict.endswith("but one more component fits better; compare a fit of 5 components by BIC")


def test_a_population_follows_where_one_more_component_fits_better():
    X = np.random.default_rng(3).random((5_000, 2))
    trace = found(table_of(X, K=4)).trace
    predicted, population = ({event.kind for event in trace.events if event.run == run} for run in range(2))
    assert len(trace.runs) == 2
    assert "crossover" not in predicted
    assert "crossover" in population
    assert trace.runs[1].log_likelihood >= trace.runs[0].log_likelihood
    assert trace.clear == ("starts and crossovers agree" in trace.verdict)


def ended(data, gain):
    """The end of a run by predicted gains, and another one from it at the same maximum."""
    mixture = found(data, 4, Budget(runs=1)).mixtures[0]
    first = LocalOptimum(mixture, LocalEM(data).objective(mixture), True, -30.0, split_gain=0.0)
    return [RunEnd(first, True), RunEnd(replace(first, best_remaining_gain=gain), False)]


def test_moves_that_lose_much_make_a_single_run_clear():
    data = table_of(clusters(np.random.default_rng(0), 5_000, 4, 2), FAMILY["full"], K=4)
    little, much = ended(data, -1e5)
    assert "every move" in verdict([much], data)
    assert verdict([little], data).startswith("in doubt after one run")


def test_a_population_from_the_result_of_a_run_does_not_confirm_it():
    data = table_of(clusters(np.random.default_rng(0), 5_000, 4, 2), FAMILY["full"], K=4)
    words = verdict(ended(data, -np.inf), data)
    assert words.startswith("in doubt: no independent run confirms the best mixture")


def test_later_populations_have_more_components_at_first():
    trace = found(overlapping(400), 6, Budget(runs=4)).trace
    assert [run.start.split()[0] for run in trace.runs[1:]] == ["7", "8", "9"]
    assert all(run.start.endswith("merged to 6") for run in trace.runs[1:])
    assert {event.mixture.n_components for event in trace.events} == {6}
    starts = [event.log_likelihood for event in trace.events if event.is_start]
    assert len(trace.runs) == len(set(starts)) == 4


def test_populations_that_end_apart_are_followed_by_more_until_four_agree():
    trace = found(overlapping(), 6, Budget(likelihood=True)).trace
    ends = [trace.n_rows * run.log_likelihood for run in trace.runs]
    assert 3 <= len(ends) <= Budget().populations
    assert trace.clear == (sum(end > max(ends) - 0.2 for end in ends) >= 4)
    assert len(found(overlapping(), 6, Budget(likelihood=True, populations=2)).trace.runs) == 2


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_a_run_whose_starts_agree_is_clear(family):
    trace = found(table_of(four_clusters(400)[0], family)).trace
    assert len(trace.runs) == 1
    assert trace.verdict == "clear: starts and crossovers agree"


def test_runs_that_agree_are_counted():
    trace = found(table_of(four_clusters(FEW_ROWS)[0]), 4, Budget(least_runs=4)).trace
    assert trace.clear
    tops = [run.log_likelihood for run in trace.runs]
    agreeing = sum(top > max(tops) - 1e-3 for top in tops)
    assert f"{agreeing} of {len(tops)} runs agree" in trace.verdict


@both
def test_a_watcher_stops_it():
    for count in (1, 2, 5):
        seen = []

        def watcher(event, seen=seen, count=count):
            seen.append(event)
            return len(seen) >= count

        answer = found(overlapping(), 6, Budget(runs=4, least_runs=4), watcher=watcher)
        assert answer.stopped
        assert len(seen) == len(answer.trace.events) == count
        assert answer.mixtures[0].n_components == 6


@both
def test_a_watcher_changes_nothing():
    data = overlapping()
    silent, watched = found(data, 6), found(data, 6, watcher=lambda event: False)
    assert silent.mixtures[0] == watched.mixtures[0]
    assert [event.passes for event in silent.trace.events] == [event.passes for event in watched.trace.events]


@both
def test_a_watcher_sees_the_mixtures_that_are_not_kept(monkeypatch):
    from gaussmix.search import recorder

    monkeypatch.setattr(recorder, "_LARGE", 1)
    seen = []
    trace = found(table_of(four_clusters()[0]), watcher=lambda event: seen.append(event) or False).trace
    assert all(event.mixture is None for event in trace.events)
    assert all(event.mixture is not None for event in seen)


@pytest.mark.parametrize("n_start", [4, 5, 8, 13])
@pytest.mark.parametrize("name", NAMES)
def test_over_fitted_mixtures_are_merged_down(name, n_start):
    data = table_of(four_clusters()[0], FAMILY[name])
    mixture = overfit_and_merge(LocalEM(data), 4, n_start, np.random.default_rng(0))
    assert mixture.n_components == 4
    assert mixture.family == FAMILY[name]
    assert mixture.weights.sum() == pytest.approx(1.0)
    assert np.isfinite(mixture.log_prob(data.X)).all()


@pytest.mark.parametrize("n_more", [1, 2, 4, 9])
@pytest.mark.parametrize("name", NAMES)
def test_a_breath_keeps_the_number_of_components(name, n_more):
    data = table_of(four_clusters()[0], FAMILY[name])
    mixture = split_and_merge(LocalEM(data), misplaced(FAMILY[name]), n_more, np.random.default_rng(0))
    assert mixture.n_components == 4
    assert np.isfinite(mixture.log_prob(data.X)).all()


@both
def test_the_same_numbers_make_the_same_search():
    answers = [found(overlapping(), 6, seed=7) for _ in range(2)]
    assert answers[0].mixtures == answers[1].mixtures
    assert answers[0].trace.verdict == answers[1].trace.verdict
    named = [[(e.kind, e.run, e.passes, e.gain, e.taken) for e in a.trace.events] for a in answers]
    assert named[0] == named[1]


@both
@pytest.mark.parametrize("K", [2, 3, 5])
def test_unsound_answers_come_last_and_are_not_called_clear(K):
    # Nothing but heaps: a component on each is a spike.
    rows = np.repeat(np.random.default_rng(0).standard_normal((K, 2)), 20, axis=0)
    rows = rows + 1e-6 * np.random.default_rng(1).standard_normal(rows.shape)
    answer = found(table_of(rows, K=K), K, Budget(runs=3))
    if not table_of(rows, K=K).nondegenerate(answer.mixtures[0]):
        assert not answer.trace.clear
