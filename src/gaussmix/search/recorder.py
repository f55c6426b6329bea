"""Records the events of a run; stops it on timeout, or on a callback's request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from ..mixture import Mixture
from .trace import Kind, SearchEvent, SearchRun

if TYPE_CHECKING:
    from .predicted_moves.proposals import CandidateMove

__all__ = ["SearchRecorder", "Watcher"]

_LARGE = 1 << 13
"""Mixtures of more numbers than this are shown to a watcher, but not kept."""

Watcher: TypeAlias = Callable[[SearchEvent], bool]
"""Sees every event; returns True to end the search."""


class RunEnd(Protocol):
    """The result of a run."""

    @property
    def objective(self) -> float: ...
    @property
    def nondegenerate(self) -> bool: ...
    @property
    def best_remaining_gain(self) -> float: ...


class SearchRecorder:
    """Records the events of a run; stops it on timeout or at the request of a watcher.

    Parameters
    ----------
    total_weight : float
        Σ w of the rows.
    passes : callable
        Returns the number of passes so far.
    watcher : callable, optional
    seconds : float, optional
        The most that the search may take.
    run : int, default=0
        Number of the run.
    began : float, optional
        When the search began, by ``time.perf_counter()``; now unless given.

    Attributes
    ----------
    most_passes : float
        Largest number of passes of the search.
    """

    def __init__(
        self,
        total_weight: float,
        passes: Callable[[], int],
        watcher: Watcher | None = None,
        seconds: float | None = None,
        run: int = 0,
        began: float | None = None,
    ) -> None:
        self.events: list[SearchEvent] = []
        self.runs: list[SearchRun] = []
        self._run, self._began = run, time.perf_counter() if began is None else began
        self._total_weight, self._passes, self._watcher, self._most = total_weight, passes, watcher, seconds
        self._stopped = False
        self.most_passes = np.inf
        self._objective = 0.0
        self._numbers: list[int] = []

    @property
    def seconds(self) -> float:
        """Time since the search began."""
        return time.perf_counter() - self._began

    @property
    def stopped(self) -> bool:
        """Whether a watcher ended the search."""
        return self._stopped

    @property
    def late(self) -> bool:
        """Whether the time is used up, or a watcher has ended the search."""
        return self._stopped or (self._most is not None and self.seconds >= self._most)

    @property
    def over(self) -> bool:
        """Whether the search is to end."""
        return self.late or self._passes() >= self.most_passes

    def reached(self, kind: Kind, mixture: Mixture, objective: float) -> None:
        """Record a mixture reached by EM."""
        self._objective = objective
        if kind == "start":
            self._numbers = list(range(mixture.n_components))
        self._record(kind, mixture)

    def tried(self, chosen: Sequence[CandidateMove], gain: float, taken: bool, mixture: Mixture) -> None:
        """Record a move and its result."""
        kind: Kind = "combined" if len(chosen) > 1 else chosen[0].kind
        components = tuple(tuple(self._numbers[k] for k in candidate.removed) for candidate in chosen)
        if taken:
            self._objective += gain
            self._numbers = _renumbered(self._numbers, chosen)
        predicted = sum(candidate.gain for candidate in chosen)
        self._record(kind, mixture, predicted, gain, taken, components)

    def generation(self, kind: Kind, gain: float, taken: bool, mixture: Mixture, objective: float) -> None:
        """Record a generation of crossovers or new starts, accepted if one of them is the new best mixture."""
        self._objective = objective
        self._record(kind, mixture, np.nan, gain, taken)

    def ended(self, start: str, end: RunEnd) -> None:
        """Record the end of a run."""
        mean = end.objective / self._total_weight
        degenerate = not end.nondegenerate
        self.runs.append(SearchRun(start, mean, end.best_remaining_gain, degenerate, self.seconds))

    def _in_order(self, mixture: Mixture) -> Mixture:
        """Return a mixture with its components in the order of their numbers."""
        order = np.argsort(self._numbers).tolist()
        return mixture if order == self._numbers else mixture.reordered(np.asarray(order))

    def _record(
        self,
        kind: Kind,
        mixture: Mixture,
        predicted: float = 0.0,
        gain: float = 0.0,
        taken: bool = True,
        components: tuple[tuple[int, ...], ...] = (),
    ) -> None:
        event = SearchEvent(
            kind,
            self._run,
            self.seconds,
            self._passes(),
            self._objective / self._total_weight,
            predicted,
            gain,
            taken,
            self._in_order(mixture),
            components,
            self._total_weight,
        )
        K, D = mixture.means.shape
        self.events.append(event if K * D * D <= _LARGE else replace(event, mixture=None))
        if self._watcher is not None and self._watcher(event):
            self._stopped = True


def _renumbered(numbers: Sequence[int], chosen: Sequence[CandidateMove]) -> list[int]:
    """Return the numbers of the components after moves, in the order of the components in the new mixture.

    The unchanged ones come first. The halves take the numbers of the split component and of one merged component; the
    merged component keeps the number of the other.
    """
    removed = {k for candidate in chosen for k in candidate.removed}
    after = [number for k, number in enumerate(numbers) if k not in removed]
    for candidate in chosen:
        first, *others = (numbers[k] for k in candidate.removed)
        after += [first, *others[-1:], *others[:-1]]
    return after
