"""The trace of a fit: all runs of EM, and the search before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .._types import Floats
from ..fitting.run_trace import RunTrace
from ..mixture import Mixture
from ..search.trace import SearchTrace

__all__ = ["Trace"]


@dataclass(frozen=True, eq=False)
class Trace:
    """All runs of EM of a fit, and the position of the best one.

    Attributes
    ----------
    runs : tuple of RunTrace
        One for each start of EM.
    best : int
        Position of the best run.
    search : SearchTrace or None
        The trace of the search before EM; None if there was no search.
    objective : str
        The name of what the iterations increase: "log-likelihood", "log-posterior" with a prior, "trimmed
        log-likelihood", or the "lower bound" of a variational fit.
    warnings : tuple of str
        The warnings of the fit, :class:`gaussmix.GaussmixWarning`, in their order; also those that a filter ignored.

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
    objective: str = "log-likelihood"
    warnings: tuple[str, ...] = ()

    @property
    def log_likelihood(self) -> Floats:
        """The objective at each iteration of the best run, (m,), nats for each unit of weight: see ``objective``."""
        return self.runs[self.best].log_likelihood

    @property
    def message(self) -> str:
        """The end of the best run, in a sentence."""
        return self.runs[self.best].message

    def moved(self, outward: Callable[[Mixture], Mixture], shift: float) -> Trace:
        """Return the same trace in other units.

        Parameters
        ----------
        outward : callable
            Maps a mixture to the other units.
        shift : float
            Change of the mean log-likelihood with the units, in nats.

        Returns
        -------
        Trace
            The trace with its mixtures mapped and its log-likelihoods shifted.
        """
        runs = tuple(run.shifted(shift) for run in self.runs)
        return replace(
            self, runs=runs, search=None if self.search is None else self.search.moved(outward, shift)
        )

    def after(self, warnings: Sequence[str]) -> Trace:
        """Return the same trace with warnings before its own.

        Parameters
        ----------
        warnings : sequence of str
            Their messages; a message that is repeated counts once.

        Returns
        -------
        Trace
            The trace with all warnings.
        """
        found = tuple(dict.fromkeys((*warnings, *self.warnings)))
        return self if found == self.warnings else replace(self, warnings=found)

    def without_mixtures(self) -> Trace:
        """Return the same trace without the mixtures of the search's events, to save memory.

        Returns
        -------
        Trace
            The trace as a file holds it.
        """
        return self if self.search is None else replace(self, search=self.search.without_mixtures())

    def __repr__(self) -> str:
        runs = "1 run" if len(self.runs) == 1 else f"{len(self.runs)} runs, the best number {self.best}"
        search = "" if self.search is None else f"; {self.search!r}"
        return f"Trace({runs}: {self.runs[self.best].n_iterations} iterations, {self.message}{search})"
