"""What a fit leaves behind for people: its runs, iteration by iteration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .._types import Floats
from .search_trace import SearchTrace

__all__ = ["RunTrace", "Status", "Trace"]

Status: TypeAlias = Literal["converged", "max_iter", "stopped", "fell"]


@dataclass(frozen=True, eq=False)
class RunTrace:
    """One run of EM, iteration by iteration.

    Attributes
    ----------
    log_likelihood : (m,) array
        Mean log-likelihood at the E-step of each iteration, in nats for each unit of weight.
    seconds : (m,) array
        Time from the start of the run to the end of each iteration.
    status : "converged", "max_iter", "stopped" or "fell"
        Why the run ended.
    message : str
        Why the run ended, in a sentence.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> run = gaussmix.GaussianMixture(2, random_state=0).fit(X).trace_.runs[0]
    >>> run.status
    'converged'
    """

    log_likelihood: Floats
    seconds: Floats
    status: Status
    message: str

    @property
    def n_iterations(self) -> int:
        """Number of iterations m."""
        return len(self.log_likelihood)

    def __repr__(self) -> str:
        return f"RunTrace({self.n_iterations} iterations, {self.message})"


@dataclass(frozen=True, eq=False)
class Trace:
    """All runs of EM of a fit, and which of them was kept.

    Attributes
    ----------
    runs : tuple of RunTrace
        One for each start of EM.
    best : int
        Position of the run whose mixture was kept.
    search : SearchTrace or None
        The trace of the search before EM; None if there was no search.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> trace = gaussmix.GaussianMixture(2, search="off", n_init=3, random_state=0).fit(X).trace_
    >>> len(trace.runs), trace.search
    (3, None)
    >>> trace.message.startswith("converged")
    True
    """

    runs: tuple[RunTrace, ...]
    best: int
    search: SearchTrace | None = None

    @property
    def log_likelihood(self) -> Floats:
        """Mean log-likelihood at each iteration of the best run, (m,), nats for each unit of weight."""
        return self.runs[self.best].log_likelihood

    @property
    def message(self) -> str:
        """How the best run ended, in a sentence."""
        return self.runs[self.best].message

    def __repr__(self) -> str:
        runs = "1 run" if len(self.runs) == 1 else f"{len(self.runs)} runs, the best number {self.best}"
        search = "" if self.search is None else f"; {self.search!r}"
        return f"Trace({runs}: {self.runs[self.best].n_iterations} iterations, {self.message}{search})"
