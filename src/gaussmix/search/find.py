"""Restarts from different initial mixtures, until a stopping criterion accepts the best or the budget is used up."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat

import numpy as np

from ..em import placed
from ..engines import SerialEngine
from ..mixture import Mixture
from ..starts import START_METHODS, mixture_of_responsibilities
from ..starts.beside_uniform import beside
from ..validation import copied_generator
from .budget import MANY, Budget
from .costs import LEAST_RUN, PREDICTED, most_passes, plain_fit
from .local_em import LocalEM
from .pilot import Pilot
from .population.effort import FIRST, Effort
from .population.evolution import PLAIN, Earlier, Evolved, evolved, local_maximum, without_flaws
from .predicted_moves.schedule import RunSpec, batches
from .predicted_moves.split_merge import LocalOptimum, split_merge
from .recorder import SearchRecorder, Watcher
from .search_data import SearchData
from .stopping import RunEnd, best_of, is_clear, misfit, reason_to_stop, still_improving, tolerance, verdict
from .trace import SearchEvent, SearchRun, SearchTrace

__all__ = ["SearchResult", "find"]


EXTRA_COMPONENTS = 1, 2, 3
"""The numbers of extra components of the populations after the first, in turn. On 76 searches by likelihood
for nine components (benchmarks/real, full and diagonal), 78 instead of 61 % reached the best known maximum, compared
with independent populations of nine components; these reached 64 % at three times the maximum cost.
"""


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
    pilot: Pilot | None = None,
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
    pilot : Pilot, optional
        The pilot fit: without it, moves are not chosen by predicted gain.
    """
    search = _Search(data, n_components, budget, watcher, pilot)
    if search.separated:
        search.record_pilot()
        return search.found()
    for specs in batches() if search.predicted else repeat([RunSpec(1)]):
        search.run(specs, rng)
        if search.over or search.in_doubt:
            break
    if search.in_doubt:
        search.evolve(rng)
    return search.found()


@dataclass(frozen=True, eq=False)
class _RecordedRun:
    """A run with its history and its next best mixtures, as values that can be pickled."""

    end: RunEnd
    runs: tuple[SearchRun, ...]
    events: tuple[SearchEvent, ...]
    over: bool
    stopped: bool
    passes: int
    most_passes: float
    evolved: Evolved | None


class _Search:
    """The runs of a search so far."""

    def __init__(
        self,
        data: SearchData,
        n_components: int,
        budget: Budget,
        watcher: Watcher | None,
        pilot: Pilot | None,
    ) -> None:
        self.data, self.n_components, self.budget, self.watcher = data, n_components, budget, watcher
        self.runs: list[_RecordedRun] = []
        self.began = time.perf_counter()
        self.most_passes = np.inf
        if pilot is not None:
            price = budget.price(n_components, len(data.X))
            self.most_passes = most_passes(data, n_components, price, pilot.iterations)
        self.start = None if pilot is None else pilot.start
        settled = pilot is not None and pilot.suffices(budget)
        self.separated = settled and self.start is not None and data.accepts(self.start)
        self.origin: LocalOptimum | None = None
        known = budget.known
        self.known = -np.inf if known is None else LocalEM(data).objective(known)
        self.predicted = pilot is not None and pilot.predictable

    @property
    def ends(self) -> list[RunEnd]:
        """The ends of the runs."""
        return [run.end for run in self.runs]

    @property
    def over(self) -> bool:
        """Whether the search is to end."""
        ends = self.ends
        if len(ends) >= self.budget.most_runs or self._late or any(run.over for run in self.runs):
            return True
        if self._agrees:
            return True
        if len(ends) < self.budget.least_runs:
            return False
        if self.budget.patient:
            return reason_to_stop(ends, self.data) is not None or self._paid
        return is_clear(ends, self.data)

    @property
    def _agrees(self) -> bool:
        """Whether the best population and the known fit have the same likelihood."""
        best, near = best_of(self.ends), tolerance(self.data.total_weight)
        return not self.predicted and best.nondegenerate and abs(best.objective - self.known) < near

    @property
    def _late(self) -> bool:
        most = self.budget.seconds
        return most is not None and time.perf_counter() - self.began >= most

    @property
    def _paid(self) -> bool:
        """Whether a search without given runs and seconds has used its budget, or further runs gain too little."""
        passes, n_runs = sum(run.passes for run in self.runs), len(self.runs)
        if self.predicted:
            return PREDICTED * passes > self.most_passes or not still_improving(
                self.ends, self.data.total_weight
            )
        # A population cut short finds little.
        return (
            n_runs >= self.budget.populations * self.budget.factor
            or passes + passes / n_runs > self.most_passes
        )

    @property
    def _earlier(self) -> Earlier | None:
        """The last population and the number of extra components of the next one; None without one."""
        last, K = (self.runs[-1].evolved if self.runs else None), self.n_components
        if last is None or not self.data.overfits:
            return None
        n_extra = EXTRA_COMPONENTS[(len(self.runs) - 1) % len(EXTRA_COMPONENTS)]
        if (K + n_extra) * self.data.least_rows > self.data.total_weight:
            return None
        return Earlier(last.runs, best_of(self.ends), n_extra)

    @property
    def in_doubt(self) -> bool:
        """Whether runs by predicted gains left the best mixture of few components in doubt.

        Where one more component fits better, they often agree on a local maximum.
        """
        few = self.n_components <= MANY and len(self.runs) < self.budget.most_runs
        if not (self.predicted and self.budget.patient and few) or self.runs[-1].over:
            return False
        ends = self.ends
        return (self.over or misfit(best_of(ends), self.data)) and not is_clear(ends, self.data)

    def record_pilot(self) -> None:
        """Record a settled pilot fit as the only run."""
        assert self.start is not None
        local_em = LocalEM(self.data)
        recorder = SearchRecorder(
            self.data.total_weight, lambda: local_em.passes, self.watcher, began=self.began
        )
        local = LocalOptimum(self.start, local_em.objective(self.start), True, -np.inf)
        recorder.reached("start", self.start, local.objective)
        recorder.ended("k-means", local)
        runs, events = tuple(recorder.runs), tuple(recorder.events)
        end = RunEnd(local, True, separated=True)
        self.runs.append(
            _RecordedRun(end, runs, events, True, recorder.stopped, local_em.passes, self.most_passes, None)
        )

    def evolve(self, rng: np.random.Generator) -> None:
        """Run a population from the best mixture."""
        self.predicted, self.origin = False, best_of(self.ends)
        self.run([RunSpec(1)], rng)

    def run(self, specs: list[RunSpec], rng: np.random.Generator) -> None:
        """Make runs from the same best mixture: side by side, unless someone watches."""
        specs = specs[: self.budget.most_runs - len(self.runs)]
        before, passes = [end.local for end in self.ends], sum(run.passes for run in self.runs)
        # The first start of the first run is that of a fit without a search.
        first = [] if self.runs else [copied_generator(rng)]
        seeds = rng.integers(1 << 63, size=len(specs))
        generators = [*first, *map(np.random.default_rng, seeds[: len(specs) - len(first)])]
        options = self.n_components, self.budget, self.known, self.predicted, self.origin, self.most_passes
        earlier = self._earlier
        elapsed = time.perf_counter() - self.began
        jobs = [
            _Job(*options, spec, len(self.runs) + i, before, passes, elapsed, generator, earlier, self.start)
            for i, (spec, generator) in enumerate(zip(specs, generators, strict=True))
        ]
        if len(jobs) > 1 and self.watcher is None:
            # A run among others keeps to one thread: the others have theirs.
            alone = replace(self.data, engine=SerialEngine(), pool=None)
            pool = self.data.engine.map if self.data.pool is None else self.data.pool.fan_out
            for run in pool(partial(_run, alone), jobs):
                self.runs.append(run)
                if run.over:
                    return
            return
        for job in jobs:
            self.runs.append(job.run(self.data, self.watcher))
            self.most_passes = self.runs[-1].most_passes
            if self.runs[-1].over or self._late:
                return

    def found(self) -> SearchResult:
        """Return the distinct ends of the runs, the best first, and the trace."""
        ends, total_weight = self.ends, self.data.total_weight
        order = sorted((end.local for end in ends), key=lambda local: local.rank, reverse=True)
        apart = [order[0]]
        for local in order[1:]:
            if local.nondegenerate == apart[-1].nondegenerate and local.objective < apart[
                -1
            ].objective - tolerance(total_weight):
                apart.append(local)
        best = [end.local for end in ends].index(order[0])
        trace = SearchTrace(
            runs=tuple(chain.from_iterable(run.runs for run in self.runs)),
            events=tuple(chain.from_iterable(run.events for run in self.runs)),
            best=best,
            n_rows=len(self.data.X),
            passes=sum(run.passes for run in self.runs),
            seconds=time.perf_counter() - self.began,
            clear=is_clear(ends, self.data),
            verdict=verdict(ends, self.data),
        )
        mixtures, stopped = [local.mixture for local in apart], any(run.stopped for run in self.runs)
        population = self.runs[best].evolved
        return SearchResult(mixtures, [] if population is None else population.others, trace, stopped)


@dataclass(frozen=True, eq=False)
class _Job:
    """A run to make."""

    n_components: int
    budget: Budget
    known: float
    predicted: bool
    origin: LocalOptimum | None
    most_passes: float
    spec: RunSpec
    number: int
    before: list[LocalOptimum]
    passes: int
    elapsed: float
    rng: np.random.Generator
    earlier: Earlier | None
    start: Mixture | None

    def run(self, data: SearchData, watcher: Watcher | None = None) -> _RecordedRun:
        """Return the run with its history."""
        local_em, population = LocalEM(data), None
        recorder = SearchRecorder(
            data.total_weight,
            lambda: self.passes + local_em.passes,
            watcher,
            self.budget.seconds,
            self.number,
            # The clock of another machine has another zero.
            time.perf_counter() - self.elapsed,
        )
        most = self.most_passes
        if self.predicted:
            start, words = self.spec.first(local_em, self.n_components, self.before, self.rng)
            recorder.reached("start", start, local_em.objective(start))
            if self.budget.patient:
                recorder.most_passes = max(most / PREDICTED, LEAST_RUN)
            local = split_merge(local_em, start, self.rng, recorder, self.before)
        else:
            plain, most = self._plain_and_budget(local_em)
            effort = self._effort(data, most)
            population = evolved(local_em, plain, effort, self.rng, recorder, self.earlier)
            local, words = population.end, population.words
            if self.origin is not None:
                # A population predicts no split: one more component gains about as much as before it.
                local = replace(local, split_gain=self.origin.split_gain)
        recorder.ended(words, local)
        independent = self.spec.independent if population is None else population.independent
        end = RunEnd(local, independent and self.origin is None)
        runs, events = tuple(recorder.runs), tuple(recorder.events)
        return _RecordedRun(
            end, runs, events, recorder.over, recorder.stopped, local_em.passes, most, population
        )

    def _plain_and_budget(self, local_em: LocalEM) -> tuple[LocalOptimum, float]:
        """Return the local maximum that a population begins with, and the maximum number of passes of the search.

        After runs by predicted gains it is their best, without degenerate components; else that of a plain fit.
        """
        if self.origin is not None:
            sound = self.origin.nondegenerate
            return self.origin if sound else without_flaws(local_em, self.origin, self.rng), self.most_passes
        start, most = self._start_and_budget(local_em)
        few = not local_em.data.supports(self.n_components)
        return local_maximum(local_em, start, FIRST if few else PLAIN), most

    def _start_and_budget(self, local_em: LocalEM) -> tuple[Mixture, float]:
        """Return the start of a population, and the maximum number of passes of the search.

        The start of the first one is the result of a plain fit.
        """
        data = local_em.data
        if self.start is not None and not self.number:
            return self.start, self.most_passes if data.supports(self.n_components) else 0.0
        rows, weight = data.starts[0]
        shares = START_METHODS["kmeans"](rows, self.n_components, self.rng)
        start = mixture_of_responsibilities(rows, shares, data.model)
        if data.model.uniform is not None:
            start = beside(start, data.model.uniform.of_weight(weight))
        start = placed(start, data.model)
        if not data.supports(self.n_components):
            return start, 0.0
        if np.isfinite(self.most_passes):
            return start, self.most_passes
        start, iterations = plain_fit(local_em, start)
        price = self.budget.price(self.n_components, len(data.X))
        return start, most_passes(data, self.n_components, price, iterations)

    def _effort(self, data: SearchData, most: float) -> Effort:
        """Return the effort of a population within the remaining budget."""
        spent = 0.0
        if self.budget.patient:
            spent = self.passes if self.origin is None else PREDICTED * self.passes
        within = most - spent
        effort = Effort.within(within, data, self.n_components, self.budget.patience, self.budget.factor)
        return replace(effort, known=self.known)


def _run(data: SearchData, job: _Job) -> _RecordedRun:
    return job.run(data)
