"""Restarts from different initial mixtures, until a stopping criterion accepts the best or the budget is used up."""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np

from ..em import placed
from ..engines import SerialEngine
from ..mixture import Mixture
from ..starts import START_METHODS, mixture_of_responsibilities
from .budget import PRICE, Budget
from .local_em import LocalEM
from .population.effort import Effort, work
from .population.evolution import evolved
from .predicted_moves.schedule import RunSpec, batches
from .predicted_moves.split_merge import LocalOptimum, split_merge
from .recorder import SearchRecorder, Watcher
from .search_data import SearchData, predicts
from .stopping import RunEnd, reason_to_stop, still_improving, tolerance, verdict
from .trace import SearchTrace

__all__ = ["SearchResult", "find"]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The result of a search.

    Parameters
    ----------
    mixtures : list of Mixture
        The distinct ends of the runs, the best first.
    others : list of Mixture
        The next best mixtures of the population of the best run.
    trace : SearchTrace
    stopped : bool
        Whether a watcher ended it.
    """

    mixtures: list[Mixture]
    others: list[Mixture]
    trace: SearchTrace
    stopped: bool


def find(
    data: SearchData,
    n_components: int,
    budget: Budget,
    rng: np.random.Generator,
    watcher: Watcher | None = None,
) -> SearchResult:
    """Return the best mixtures of K components found within a budget.

    Parameters
    ----------
    data : SearchData
    n_components : int
        K.
    budget : Budget
    rng : numpy.random.Generator
    watcher : callable, optional
        Is called with every event.
    """
    search = _Search(data, n_components, budget, watcher)
    for specs in batches():
        search.run(specs, rng)
        if search.over:
            break
    return search.found()


@dataclass(frozen=True, eq=False)
class _RecordedRun:
    """A run with its history, and its next best mixtures."""

    end: RunEnd
    recorder: SearchRecorder
    passes: int
    others: list[Mixture]


class _Search:
    """The runs of a search so far."""

    def __init__(self, data: SearchData, n_components: int, budget: Budget, watcher: Watcher | None) -> None:
        self.data, self.n_components, self.budget, self.watcher = data, n_components, budget, watcher
        self.runs: list[_RecordedRun] = []
        self.began = time.perf_counter()
        self.most_passes = np.inf
        enough = data.supports(n_components)
        self.predicted = enough and predicts(data.total_weight, n_components, data.model)

    @property
    def ends(self) -> list[RunEnd]:
        """The ends of the runs."""
        return [run.end for run in self.runs]

    @property
    def over(self) -> bool:
        """Whether the search is to end."""
        ends = self.ends
        if len(ends) >= self.budget.most_runs or any(run.recorder.over for run in self.runs):
            return True
        return len(ends) >= self.budget.least_runs and (
            reason_to_stop(ends, self.data) is not None or (self.budget.patient and self._paid)
        )

    @property
    def _paid(self) -> bool:
        """Whether a search without given runs and seconds has used its budget, or further runs gain too little."""
        if not self.predicted:
            return True
        passes = sum(run.passes for run in self.runs)
        return passes > self.most_passes or not still_improving(self.ends, self.data.total_weight)

    def run(self, specs: list[RunSpec], rng: np.random.Generator) -> None:
        """Make runs from the same best mixture: side by side, unless someone watches."""
        specs = specs[: self.budget.most_runs - len(self.runs)]
        before, passes = [end.local for end in self.ends], sum(run.passes for run in self.runs)
        # The first start of the first run is that of a fit without a search.
        first = [] if self.runs else [deepcopy(rng)]
        generators = [*first, *map(np.random.default_rng, rng.integers(1 << 63, size=len(specs)))]
        jobs = [
            partial(self._one, spec, len(self.runs) + i, before, passes, generator)
            for i, (spec, generator) in enumerate(zip(specs, generators, strict=False))
        ]
        if len(jobs) > 1 and self.watcher is None:
            # A run among others keeps to one thread: the others have theirs.
            data = replace(self.data, engine=SerialEngine())
            self.runs += self.data.engine.map(lambda job: job(data), jobs)
            return
        for job in jobs:
            self.runs.append(job(self.data))
            if self.runs[-1].recorder.over:
                return

    def _one(
        self,
        spec: RunSpec,
        number: int,
        before: list[LocalOptimum],
        passes: int,
        rng: np.random.Generator,
        data: SearchData,
    ) -> _RecordedRun:
        local_em, others = LocalEM(data), list[Mixture]()
        recorder = SearchRecorder(
            data.total_weight,
            lambda: passes + local_em.passes,
            self.watcher,
            self.budget.seconds,
            number,
            self.began,
        )
        if self.predicted:
            local, words = self._by_prediction(spec, local_em, before, rng, recorder)
        else:
            shares = START_METHODS["kmeans"](data.rows, self.n_components, rng)
            start = placed(mixture_of_responsibilities(data.rows, shares, data.model), data.model)
            effort = Effort.for_table(data, self.n_components)
            local, words, others = evolved(local_em, start, effort, rng, recorder)
        recorder.ended(words, local)
        return _RecordedRun(
            RunEnd(local, spec.independent or not self.predicted), recorder, local_em.passes, others
        )

    def _by_prediction(
        self,
        spec: RunSpec,
        local_em: LocalEM,
        before: list[LocalOptimum],
        rng: np.random.Generator,
        recorder: SearchRecorder,
    ) -> tuple[LocalOptimum, str]:
        """Return the local maximum reached by predicted moves from the start of a run, and the start in words."""
        start, words = spec.first(local_em, self.n_components, before, rng)
        recorder.reached("start", start, local_em.expectation(start).objective)
        if not before:
            self.most_passes = PRICE * _plain_fit(local_em.data, self.n_components, rng)
        if self.budget.patient:
            recorder.most_passes = self.most_passes
        return split_merge(local_em, start, rng, recorder, before), words

    def found(self) -> SearchResult:
        """Return the distinct ends of the runs, the best first, and the trace."""
        ends, total_weight = self.ends, self.data.total_weight
        order = sorted((end.local for end in ends), key=lambda local: local.rank, reverse=True)
        apart = [order[0]]
        for local in order[1:]:
            if local.nondegenerate == apart[-1].nondegenerate and local.score < apart[-1].score - tolerance(
                total_weight
            ):
                apart.append(local)
        best = [end.local for end in ends].index(order[0])
        trace = SearchTrace(
            runs=tuple(chain.from_iterable(run.recorder.runs for run in self.runs)),
            events=tuple(chain.from_iterable(run.recorder.events for run in self.runs)),
            best=best,
            n_rows=len(self.data.X),
            passes=sum(run.passes for run in self.runs),
            seconds=time.perf_counter() - self.began,
            clear=reason_to_stop(ends, self.data) is not None,
            verdict=verdict(ends, self.data),
        )
        return SearchResult(
            [local.mixture for local in apart],
            self.runs[best].others,
            trace,
            any(run.recorder.stopped for run in self.runs),
        )


def _plain_fit(data: SearchData, n_components: int, rng: np.random.Generator) -> float:
    """Return the cost of a plain fit of scikit-learn in our passes, by EM on part of the rows from k-means++."""
    part = data.part(max(1_000, 20 * n_components), rng)
    local_em = LocalEM(part)
    shares = START_METHODS["k-means++"](part.rows, n_components, rng)
    start = mixture_of_responsibilities(part.rows, shares, part.model)
    local_em.converge(start, 100, 1e-3 * part.total_weight, step=5)
    ours, theirs = work(data, n_components)
    # The last five iterations only detect convergence; seeding costs some passes as well.
    return (local_em.passes - 2) * theirs / ours
