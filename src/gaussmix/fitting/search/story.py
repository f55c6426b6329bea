"""The teller of a search's story, who also knows when it has to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ...mixture import Mixture
from ..search_trace import Kind, SearchEvent, SearchRun

if TYPE_CHECKING:
    from .candidates import Candidate

__all__ = ["Storyteller", "Watcher"]

_LARGE = 1 << 13
"""Mixtures of more numbers than this are shown to a watcher, but not kept."""

Watcher: TypeAlias = Callable[[SearchEvent], bool]
"""Sees every event; returns True to end the search."""


class Ending(Protocol):
    """How a run ended."""

    @property
    def objective(self) -> float: ...
    @property
    def sound(self) -> bool: ...
    @property
    def left(self) -> float: ...


class Storyteller:
    """Writes the story down while it happens, and ends the search when its time is up or a watcher says so.

    Parameters
    ----------
    total_weight : float
        Σ w of the rows.
    passes : callable
        Says how many passes there were.
    watcher : callable, optional
    seconds : float, optional
        The most that the search may take.
    """

    def __init__(
        self,
        total_weight: float,
        passes: Callable[[], int],
        watcher: Watcher | None = None,
        seconds: float | None = None,
    ) -> None:
        self.events: list[SearchEvent] = []
        self.runs: list[SearchRun] = []
        self._began = time.perf_counter()
        self._total_weight, self._passes, self._watcher, self._most = total_weight, passes, watcher, seconds
        self._stopped = False
        self._objective = 0.0

    @property
    def seconds(self) -> float:
        """Time since the search began."""
        return time.perf_counter() - self._began

    @property
    def stopped(self) -> bool:
        """Whether a watcher ended the search."""
        return self._stopped

    @property
    def over(self) -> bool:
        """Whether the search is to end."""
        return self._stopped or (self._most is not None and self.seconds >= self._most)

    def reached(self, kind: Kind, mixture: Mixture, objective: float) -> None:
        """Tell of a mixture that a run has reached without a change."""
        self._objective = objective
        self._tell(kind, 0.0, 0.0, True, mixture)

    def tried(self, chosen: Sequence[Candidate], gain: float, taken: bool, mixture: Mixture) -> None:
        """Tell of a change that was tried."""
        one: Kind = "exchange" if len(chosen[0].removed) == 3 else "refit"
        self._objective += gain if taken else 0.0
        predicted = sum(candidate.gain for candidate in chosen)
        self._tell("several" if len(chosen) > 1 else one, predicted, gain, taken, mixture)

    def ended(self, start: str, end: Ending) -> None:
        """Tell of the end of a run."""
        mean = end.objective / self._total_weight
        self.runs.append(SearchRun(start, mean, end.left, end.sound, self.seconds))

    def _tell(self, kind: Kind, predicted: float, gain: float, taken: bool, mixture: Mixture) -> None:
        event = SearchEvent(
            kind,
            len(self.runs),
            self.seconds,
            self._passes(),
            self._objective / self._total_weight,
            predicted,
            gain,
            taken,
            mixture,
        )
        K, D = mixture.means.shape
        self.events.append(event if K * D * D <= _LARGE else replace(event, mixture=None))
        if self._watcher is not None and self._watcher(event):
            self._stopped = True
