"""The search: runs from different starts, until the best of their ends is clear or the budget is used up."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np

from ..engines import SerialEngine
from ..mixture import Mixture
from ..starts import START_METHODS, mixture_of_responsibilities
from .climb import Climber
from .doubt import Ending, pays, reason, same, verdict
from .exchange import Local, exchange
from .perturb import Effort, raced, split_merge_rounds, work
from .plans import Plan, batches
from .story import Storyteller, Watcher
from .table import Table, predicts
from .trace import SearchTrace

__all__ = ["Budget", "Found", "find"]

PRICE = 10.0
"""A search that chooses moves by predicted gains costs no more than so many plain fits of scikit-learn."""


@dataclass(frozen=True)
class Budget:
    """The budget of a search.

    Parameters
    ----------
    runs : int, optional
        The most runs. Without runs and seconds, the search is limited to a few times the price of a plain fit: one run
        where moves are raced, and twelve at most where gains are predicted.
    seconds : float, optional
        The most time, in seconds; the result then depends on the speed of the machine.
    least_runs : int, default=1
        The least number of runs, even if the first one is clear.
    likelihood : bool, default=False
        Compare sound mixtures by their likelihood alone, without the scan penalty of narrow components.

    Examples
    --------
    >>> Budget().most_runs, Budget(runs=3).most_runs, Budget(seconds=9.0).most_runs
    (12, 3, 1000000)
    """

    runs: int | None = None
    seconds: float | None = None
    least_runs: int = 1
    likelihood: bool = False

    @property
    def patient(self) -> bool:
        """Whether the search ends when runs no longer pay: neither runs nor seconds are given."""
        return self.runs is None and self.seconds is None

    @property
    def most_runs(self) -> int:
        """The most runs that may be made."""
        if self.runs is not None:
            most = self.runs
        else:
            most = 1_000_000 if self.seconds is not None else 12
        return max(most, self.least_runs)


@dataclass(frozen=True, eq=False)
class Found:
    """The result of a search.

    Parameters
    ----------
    mixtures : list of Mixture
        The distinct ends of the runs, the best first.
    trace : SearchTrace
    stopped : bool
        Whether a watcher ended it.
    """

    mixtures: list[Mixture]
    trace: SearchTrace
    stopped: bool


def find(
    table: Table,
    n_components: int,
    budget: Budget,
    rng: np.random.Generator,
    watcher: Watcher | None = None,
) -> Found:
    """Return the best mixtures of K components that a search finds within its budget.

    Parameters
    ----------
    table : Table
    n_components : int
        K.
    budget : Budget
    rng : numpy.random.Generator
    watcher : callable, optional
        Is called with every event.
    """
    search = _Search(table, n_components, budget, watcher)
    for plans in batches():
        search.run(plans, rng)
        if search.over:
            break
    return search.found()


@dataclass(frozen=True, eq=False)
class _Told:
    """A run with its story."""

    end: Ending
    story: Storyteller
    passes: int


class _Search:
    """The runs of a search so far."""

    def __init__(self, table: Table, n_components: int, budget: Budget, watcher: Watcher | None) -> None:
        self.table, self.n_components, self.budget, self.watcher = table, n_components, budget, watcher
        self.runs: list[_Told] = []
        self.began = time.perf_counter()
        self.most_passes = np.inf
        enough = table.supports(n_components)
        self.predicted = enough and predicts(table.total_weight, n_components, table.model)

    @property
    def ends(self) -> list[Ending]:
        """The ends of the runs."""
        return [run.end for run in self.runs]

    @property
    def over(self) -> bool:
        """Whether the search is to end."""
        ends = self.ends
        if len(ends) >= self.budget.most_runs or any(run.story.over for run in self.runs):
            return True
        return len(ends) >= self.budget.least_runs and (
            reason(ends, self.table) is not None or (self.budget.patient and self._paid)
        )

    @property
    def _paid(self) -> bool:
        """Whether a search without given runs and seconds has reached its price, or its runs no longer pay."""
        if not self.predicted:
            return True
        passes = sum(run.passes for run in self.runs)
        return passes > self.most_passes or not pays(self.ends, self.table.total_weight)

    def run(self, plans: list[Plan], rng: np.random.Generator) -> None:
        """Make runs from the same best mixture: side by side, unless someone watches."""
        plans = plans[: self.budget.most_runs - len(self.runs)]
        before, passes = [end.local for end in self.ends], sum(run.passes for run in self.runs)
        jobs = [
            partial(self._one, plan, len(self.runs) + i, before, passes, np.random.default_rng(seed))
            for i, (plan, seed) in enumerate(zip(plans, rng.integers(1 << 63, size=len(plans)), strict=True))
        ]
        if len(jobs) > 1 and self.watcher is None:
            # A run among others keeps to one thread: the others have theirs.
            table = replace(self.table, engine=SerialEngine())
            self.runs += self.table.engine.map(lambda job: job(table), jobs)
            return
        for job in jobs:
            self.runs.append(job(self.table))
            if self.runs[-1].story.over:
                return

    def _one(
        self,
        plan: Plan,
        number: int,
        before: list[Local],
        passes: int,
        rng: np.random.Generator,
        table: Table,
    ) -> _Told:
        climber = Climber(table)
        story = Storyteller(
            table.total_weight,
            lambda: passes + climber.passes,
            self.watcher,
            self.budget.seconds,
            number,
            self.began,
        )
        if self.predicted:
            local, words = self._exchanged(plan, climber, before, rng, story)
        else:
            effort = Effort.for_table(table, self.n_components)
            winner = raced(climber, self.n_components, effort, rng)
            story.reached("start", winner.mixture, climber.view(winner.mixture).objective)
            local, words = split_merge_rounds(climber, winner, effort, rng, story), winner.words
        story.ended(words, local)
        return _Told(Ending(local, plan.anew or not self.predicted), story, climber.passes)

    def _exchanged(
        self, plan: Plan, climber: Climber, before: list[Local], rng: np.random.Generator, story: Storyteller
    ) -> tuple[Local, str]:
        """Return the local maximum that predicted moves lead to from the start of a plan, and the start in words."""
        start, words = plan.first(climber, self.n_components, before, rng)
        story.reached("start", start, climber.view(start).objective)
        if not before:
            self.most_passes = PRICE * _plain_fit(climber.table, self.n_components, rng)
        if self.budget.patient:
            story.most_passes = self.most_passes
        return exchange(climber, start, rng, story, before), words

    def found(self) -> Found:
        """Return the distinct ends of the runs, the best first, and the trace."""
        ends, total_weight = self.ends, self.table.total_weight
        order = sorted((end.local for end in ends), key=lambda local: local.rank, reverse=True)
        apart = [order[0]]
        for local in order[1:]:
            if local.sound == apart[-1].sound and local.score < apart[-1].score - same(total_weight):
                apart.append(local)
        trace = SearchTrace(
            runs=tuple(chain.from_iterable(run.story.runs for run in self.runs)),
            events=tuple(chain.from_iterable(run.story.events for run in self.runs)),
            best=[end.local for end in ends].index(order[0]),
            n_rows=len(self.table.X),
            passes=sum(run.passes for run in self.runs),
            seconds=time.perf_counter() - self.began,
            clear=reason(ends, self.table) is not None,
            verdict=verdict(ends, self.table),
        )
        return Found([local.mixture for local in apart], trace, any(run.story.stopped for run in self.runs))


def _plain_fit(table: Table, n_components: int, rng: np.random.Generator) -> float:
    """Return how many of our passes a plain fit of scikit-learn costs, by EM of a part of the rows from k-means++."""
    part = table.part(max(1_000, 20 * n_components), rng)
    climber = Climber(part)
    shares = START_METHODS["k-means++"](part.rows, n_components, rng)
    start = mixture_of_responsibilities(part.rows, shares, part.model)
    climber.settle(start, 100, 1e-3 * part.total_weight, step=5)
    ours, theirs = work(table, n_components)
    # The last five iterations only see that nothing is gained; seeding costs some passes as well.
    return (climber.passes - 2) * theirs / ours
