"""What a search leaves behind for people: its runs, every change that it tried, and how sure the answer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ..mixture import Mixture

__all__ = ["SearchEvent", "SearchRun", "SearchTrace"]

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
    mixture : Mixture or None
        The run's mixture afterwards; large ones are not kept.
    """

    kind: Kind
    run: int
    seconds: float
    passes: int
    log_likelihood: float
    predicted: float
    gain: float
    taken: bool
    mixture: Mixture | None = field(repr=False)


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
        changes = [event.taken for event in self.events if event.kind not in ("start", "settled")]
        runs = "1 run" if len(self.runs) == 1 else f"{len(self.runs)} runs"
        return f"SearchTrace({runs}, {sum(changes)} of {len(changes)} changes taken: {self.verdict})"

    def moved(self, outward: Callable[[Mixture], Mixture], shift: float) -> SearchTrace:
        """Return the trace in other units: mixtures mapped, and mean log-likelihoods plus a shift."""
        runs = tuple(replace(run, log_likelihood=run.log_likelihood + shift) for run in self.runs)
        events = tuple(
            replace(
                event,
                log_likelihood=event.log_likelihood + shift,
                mixture=None if event.mixture is None else outward(event.mixture),
            )
            for event in self.events
        )
        return replace(self, runs=runs, events=events)
