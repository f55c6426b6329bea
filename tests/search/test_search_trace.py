from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, datasets
from gaussmix.fitting import Step
from gaussmix.search import SearchEvent, SearchRun, SearchTrace
from gaussmix.search.recorder import SearchRecorder


def mixture_at(*places: float) -> Mixture:
    K = len(places)
    return Mixture(np.full(K, 1 / K), np.array(places)[:, None], np.ones((K, 1, 1)))


def candidate(*removed: int, gain: float = 1.0, kind: str = "") -> Any:
    kind = kind or ("split_merge" if len(removed) == 3 else "refit")
    return SimpleNamespace(removed=removed, gain=gain, kind=kind)


def named() -> SearchRecorder:
    """A run of four components: 0 is split, 1 and 3 are merged; then 2 and one of the halves are fitted anew."""
    recorder = SearchRecorder(total_weight=10.0, passes=lambda: 7)
    recorder.reached("start", mixture_at(0.0, 10.0, 20.0, 30.0), -100.0)
    # What stays comes first, then the halves, then what was merged.
    recorder.tried([candidate(0, 1, 3, gain=6.0)], 5.0, True, mixture_at(20.0, -1.0, 1.0, 15.0))
    recorder.tried([candidate(0, 2)], -1.0, False, mixture_at(20.0, -1.0, 1.0, 15.0))
    recorder.tried([candidate(0, 2)], 2.0, True, mixture_at(-1.0, 15.0, 22.0, 2.0))
    end: Any = SimpleNamespace(objective=-92.0, score=-95.0, nondegenerate=True, best_remaining_gain=-3.0)
    recorder.ended("4 components", end)
    return recorder


def test_components_keep_their_numbers_within_a_run() -> None:
    places = [event.mixture.means[:, 0].tolist() for event in named().events if event.mixture is not None]
    assert places == [
        [0.0, 10.0, 20.0, 30.0],
        [-1.0, 15.0, 20.0, 1.0],
        [-1.0, 15.0, 20.0, 1.0],
        [-1.0, 15.0, 22.0, 2.0],
    ]


def test_what_happened_in_words() -> None:
    assert [event.words for event in named().events] == [
        "run 1 begins",
        "split 0, merged 1 and 3",
        "refitted 2 and 3",
        "refitted 2 and 3",
    ]


def test_accepted_moves_add_their_gains() -> None:
    assert [event.log_likelihood for event in named().events] == pytest.approx([-10.0, -9.5, -9.5, -9.3])
    assert [event.before for event in named().events[1:]] == pytest.approx([-10.0, -9.5, -9.5])


def trace_of(*ends: float) -> SearchTrace:
    recorder = named()
    runs = tuple(SearchRun("4 components", end, -3.0, False, 1.0) for end in ends)
    return SearchTrace(runs, tuple(recorder.events), int(np.argmax(ends)), 10, 7, 1.5, True, "clear: so")


def test_only_changes_are_counted() -> None:
    trace = trace_of(-9.2)
    assert (trace.n_taken, trace.n_tried) == (2, 3)
    assert repr(trace) == "SearchTrace(1 run, 2 of 3 moves accepted, clear: so)"


def test_the_summary_has_a_line_for_each_run_and_the_verdict() -> None:
    first, head, one, two, verdict = trace_of(-9.2, -9.1).summary().splitlines()
    assert first == "2 runs on 10 rows, 7 passes, 1.50 s; the best is marked *"
    assert head.split() == ["run", "log-likelihood", "below", "remaining", "moves", "start"]
    assert one.split() == ["1", "-9.200000", "1.0", "-3.0", "2/3", "4", "components"]
    assert two.split() == ["*", "2", "-9.100000", "0.0", "-3.0", "0/0", "4", "components"]
    assert verdict == "clear: so"


def test_many_changes_at_once_are_told_in_part() -> None:
    components = ((0, 1, 2), (3, 4), (5, 6), (7, 8), (9, 10))
    event = SearchEvent("combined", 0, 0.0, 0, 0.0, 0.0, 0.0, True, None, components)
    assert event.words == "split 0, merged 1 and 2; refitted 3 and 4; refitted 5 and 6; and 2 more"


@pytest.mark.parametrize("scale", [1.0, 1e-120])
def test_callbacks_see_the_events_of_the_trace_in_the_units_of_the_rows(scale: float) -> None:
    X = datasets.random_mixture(6, 2, random_state=4).sample(600, random_state=0)[0]
    steps: list[Step] = []
    model = GaussianMixture(6, random_state=0, callbacks=lambda step: steps.append(step)).fit(scale * X)
    search = model.trace_.search
    assert search is not None
    seen = [step for step in steps if step.stage == "search"]
    assert [step.event.words for step in seen if step.event] == [event.words for event in search.events]
    assert all(step.event is None for step in steps if step.stage == "EM")
    for step in seen:
        assert step.event is not None
        assert step.event.mixture == step.mixture
        assert step.event.log_likelihood == step.log_likelihood
        np.testing.assert_allclose(step.mixture.mean(), scale * X.mean(axis=0), rtol=0, atol=scale)
