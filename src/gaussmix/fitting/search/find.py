"""The search: runs from different first answers, until the best of them is beyond doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from ...mixture import Mixture
from ..search_trace import SearchTrace
from .climb import Climber
from .descent import breathe, over_fit, scattered
from .exchange import Local, exchange
from .story import Storyteller, Watcher
from .table import Table

__all__ = ["Budget", "Found", "find"]

CLEAR = 20.0
"""Nats: the answer is clear when every change left is predicted to lose more than this."""
PATIENCE, PAYS = 4, 1e-4
"""The search ends, in doubt, after so many runs that raised the best mean log-likelihood by less than so many nats."""
AGREEING = 3
"""The answer is clear, too, when so many runs end at it."""
MANY = (2, 3, 1)
"""Runs that begin anew begin with so many times K components, in turn."""
WITHOUT_FORESIGHT = (2, 0, 3, 0)
"""The same where changes cannot be foretold."""
BREATHS = (0.5, 1.0)
"""Between them come runs that split this share of the best mixture's components, and merge down again."""
FEW_ROWS = 1_000
"""With fewer rows than this, predictions settle nothing."""


@dataclass(frozen=True)
class Budget:
    """How long a search may go on.

    Parameters
    ----------
    runs : int, optional
        The most runs; without them and seconds, twelve at most, and fewer when runs no longer pay.
    seconds : float, optional
        The most time, in seconds; the result then depends on the machine's speed.
    least_runs : int, default=1
        So many runs even where the first one is clear.

    Examples
    --------
    >>> Budget().most_runs(5), Budget().most_runs(50), Budget(seconds=9.0).most_runs(5)
    (12, 12, 1000000)
    """

    runs: int | None = None
    seconds: float | None = None
    least_runs: int = 1

    @property
    def patient(self) -> bool:
        """Whether the search ends when runs no longer pay: it does unless told how long to go on."""
        return self.runs is None and self.seconds is None

    def most_runs(self, n_components: int) -> int:
        """Return the most runs for K components."""
        if self.runs is not None:
            most = self.runs
        else:
            most = 1_000_000 if self.seconds is not None else 12
        return max(most, self.least_runs)


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found.

    Parameters
    ----------
    mixtures : list of Mixture
        The ends of runs that differ, the best first.
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
    """Return the best mixtures of K components that the budget allows to find.

    Parameters
    ----------
    table : Table
    n_components : int
        K.
    budget : Budget
    rng : numpy.random.Generator
    watcher : callable, optional
        Sees every event.
    """
    climber = Climber(table)
    story = Storyteller(table.total_weight, lambda: climber.passes, watcher, budget.seconds)
    ends: list[Local] = []
    most = budget.most_runs(n_components)
    for plan in _plans(table):
        start, words = plan.first(climber, n_components, ends, rng)
        story.reached("start", start, climber.view(start).objective)
        ends.append(exchange(climber, start, rng, story))
        story.ended(words, ends[-1])
        enough = _reason(ends, table) is not None or (budget.patient and not _pays(ends, table.total_weight))
        if (enough and len(ends) >= budget.least_runs) or len(ends) >= most or story.over:
            break
    return _found(ends, climber, story)


@dataclass(frozen=True)
class _Plan:
    """How a run begins: with so many times K components, or with a share of the best mixture's components split.

    No times K is the best of many short runs.
    """

    times: int
    share: float | None = None

    def first(
        self, climber: Climber, n_components: int, ends: list[Local], rng: np.random.Generator
    ) -> tuple[Mixture, str]:
        """Return the first mixture of a run, and what it is in words."""
        best = max(ends, key=lambda end: end.rank, default=None)
        if self.share is not None and best is not None and best.sound:
            more = max(1, round(self.share * n_components))
            words = f"the best so far with {more} of its components split"
            return breathe(climber, best.mixture, more, rng), words
        table = climber.table
        if self.times == 0:
            return scattered(climber, n_components, rng), "the best of short runs from rows drawn at random"
        room = int(table.total_weight / (2 * table.least_rows))
        many = max(n_components, min(self.times * n_components, room, len(table.X)))
        return over_fit(climber, n_components, many, rng), f"{many} components merged to {n_components}"


def _foretells(table: Table) -> bool:
    """Return whether partial EM foretells well enough to settle something.

    With few rows likelihoods differ by too little; where components share a covariance, no few of them can be judged
    apart from the others.
    """
    return table.total_weight >= FEW_ROWS and table.family.own == table.family


def _plans(table: Table) -> Iterator[_Plan]:
    """Yield how each run begins."""
    for times in cycle(MANY if _foretells(table) else WITHOUT_FORESIGHT):
        yield _Plan(times)
        yield from (_Plan(times, share) for share in BREATHS)


def _pays(ends: list[Local], total_weight: float) -> bool:
    """Return whether one of the latest runs raised the best log-likelihood."""
    best = [max(ends[:count], key=lambda end: end.rank).objective for count in range(1, len(ends) + 1)]
    return len(best) <= PATIENCE or best[-1] - best[-1 - PATIENCE] > PAYS * total_weight


def _same(total_weight: float) -> float:
    """Return how many nats apart two runs may end that found the same."""
    return min(0.5, 1e-3 * total_weight) + 1e-5 * total_weight


def _reason(ends: list[Local], table: Table) -> str | None:
    """Return why the best answer is beyond doubt, or None."""
    best = max(ends, key=lambda end: end.rank)
    if not best.sound:
        return None
    same = [end.sound and end.objective > best.objective - _same(table.total_weight) for end in ends]
    agreeing, anew = sum(same), sum(same[:: 1 + len(BREATHS)])
    if agreeing >= AGREEING and (anew > 1 or _foretells(table)):
        return f"{agreeing} of {len(ends)} runs agree"
    if _foretells(table) and best.left < -CLEAR:
        return "no change of the best mixture promises to come near it"
    return None


def _found(ends: list[Local], climber: Climber, story: Storyteller) -> Found:
    order = sorted(ends, key=lambda end: end.rank, reverse=True)
    apart, same = [order[0]], _same(climber.table.total_weight)
    for end in order[1:]:
        if end.sound == apart[-1].sound and end.objective < apart[-1].objective - same:
            apart.append(end)
    reason = _reason(ends, climber.table)
    agreeing = sum(end.objective > order[0].objective - same for end in ends)
    doubt = f"in doubt: {agreeing} of {len(ends)} runs found the best; raise the budget (search=seconds)"
    trace = SearchTrace(
        runs=tuple(story.runs),
        events=tuple(story.events),
        best=ends.index(order[0]),
        n_rows=len(climber.table.X),
        passes=climber.passes,
        seconds=story.seconds,
        clear=reason is not None,
        verdict=doubt if reason is None else f"clear: {reason}",
    )
    return Found([end.mixture for end in apart], trace, story.stopped)
