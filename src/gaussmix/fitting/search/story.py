"""The story of a search: what was tried, what it promised, what it gained, and how sure the answer is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from ...mixture import Mixture

if TYPE_CHECKING:
    from .candidates import Candidate

__all__ = ["SearchEvent", "SearchRun", "SearchTrace", "Storyteller", "Watcher"]

Kind: TypeAlias = Literal["start", "settled", "exchange", "refit", "several"]


@dataclass(frozen=True, eq=False)
class SearchEvent:
    """One thing that a search did.

    Parameters
    ----------
    kind : "start", "settled", "exchange", "refit" or "several"
        A run began at a first mixture; its EM settled; one component was split and two merged; two were fitted anew;
        several such changes were made at once.
    run : int
        Number of the run, from 0.
    seconds : float
        Since the search began.
    passes : int
        Passes over the rows of the search so far.
    log_likelihood : float
        Mean log-likelihood of the run's mixture afterwards, nats for each unit of weight.
    predicted, gain : float
        What a change promised and what it brought, nats in all; 0 for what is no change.
    taken : bool
        Whether the change was kept.
    mixture : Mixture
        The run's mixture afterwards.
    """

    kind: Kind
    run: int
    seconds: float
    passes: int
    log_likelihood: float
    predicted: float
    gain: float
    taken: bool
    mixture: Mixture = field(repr=False)


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


@dataclass(frozen=True)
class SearchRun:
    """One run of a search: a first mixture, and exchanges from there.

    Parameters
    ----------
    start : str
        Where it began, in words.
    log_likelihood : float
        Mean log-likelihood at its end, nats for each unit of weight.
    left : float
        The largest gain that was still predicted at its end, nats in all.
    sound : bool
        Whether no component collapsed.
    seconds : float
        Since the search began, at its end.
    """

    start: str
    log_likelihood: float
    left: float
    sound: bool
    seconds: float


@dataclass(frozen=True, eq=False)
class SearchTrace:
    """What a search did.

    Parameters
    ----------
    runs : tuple of SearchRun
    events : tuple of SearchEvent
    best : int
        Number of the run whose mixture was kept.
    n_rows : int
        How many rows it looked at.
    passes : int
        Passes over them.
    seconds : float
        How long it took.
    clear : bool
        Whether the answer is beyond doubt: no change promises to come near, or runs agree.
    verdict : str
        How sure the answer is, in words.
    """

    runs: tuple[SearchRun, ...]
    events: tuple[SearchEvent, ...]
    best: int
    n_rows: int
    passes: int
    seconds: float
    clear: bool
    verdict: str

    def __repr__(self) -> str:
        tried = sum(event.kind not in ("start", "settled") for event in self.events)
        taken = sum(event.taken for event in self.events)
        return f"SearchTrace({len(self.runs)} runs, {taken} of {tried} changes taken: {self.verdict})"


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
        self.events.append(event)
        if self._watcher is not None and self._watcher(event):
            self._stopped = True
