"""Callbacks of a fit, and their argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self, TypeAlias

from ..mixture import Mixture

__all__ = ["Callback", "Event", "Step"]


class Event(Protocol):
    """An event other than an iteration of EM: a move of a search."""

    @property
    def words(self) -> str:
        """The event in words."""
        ...

    def moved(self, outward: Callable[[Mixture], Mixture], shift: float) -> Self:
        """Return the same event in other units; see :meth:`Step.moved`."""
        ...


@dataclass(frozen=True, eq=False)
class Step:
    """The argument of a callback: the state of the fit after an iteration or a move.

    Attributes
    ----------
    iteration : int
        Number of the iteration, from 1.
    max_iter : int
        Maximum number of iterations of the run.
    run : int
        Number of the start, from 0.
    n_runs : int
        Number of starts.
    mixture : Mixture
        The mixture after this M-step.
    log_likelihood : float
        Mean log-likelihood of the mixture before this M-step, in nats for each unit of weight.
    change : float or None
        Change of the log-likelihood since the previous iteration; None at the first.
    seconds : float
        Time since the run began.
    stage : "EM" or "search"
        Whether this is an iteration of EM on all rows or a move of the search. In a search, the log-likelihood is
        that of its sample of the rows, ``iteration`` counts the moves of the run, ``n_runs`` is the maximum number of
        runs, and ``max_iter`` is 0.
    event : gaussmix.search.SearchEvent or None
        The event of the search; None at an iteration of EM.
    round : int
        Number of the round, from 1, of a search on rows that are not complete: in each round they are completed anew.
        0 for complete rows.

    Examples
    --------
    >>> import gaussmix
    >>> def stop_after_three(step):
    ...     return step.stage == "EM" and step.iteration == 3
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(2, search="off", callbacks=stop_after_three, random_state=0)
    >>> model.fit(X).n_iter_
    3
    """

    iteration: int
    max_iter: int
    run: int
    n_runs: int
    mixture: Mixture
    log_likelihood: float
    change: float | None
    seconds: float
    stage: Literal["EM", "search"] = "EM"
    event: Event | None = None
    round: int = 0

    def moved(self, outward: Callable[[Mixture], Mixture], shift: float) -> Step:
        """Return the same step in other units.

        Parameters
        ----------
        outward : callable
            Maps a mixture to the other units.
        shift : float
            Change of the mean log-likelihood with the units, in nats.

        Returns
        -------
        Step
            The step with its mixture mapped and its log-likelihood shifted.
        """
        return replace(
            self,
            mixture=outward(self.mixture),
            log_likelihood=self.log_likelihood + shift,
            event=None if self.event is None else self.event.moved(outward, shift),
        )


Callback: TypeAlias = Callable[[Step], bool | None]
"""Called after every iteration; returning True stops the run."""
