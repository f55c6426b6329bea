"""The trace of a run of EM, iteration by iteration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from .._types import Floats

__all__ = ["RunTrace", "Status"]

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

    def shifted(self, shift: float) -> RunTrace:
        """Return the same trace with a constant added to its log-likelihoods.

        Parameters
        ----------
        shift : float
            Nats for each unit of weight.

        Returns
        -------
        RunTrace
            In other units of the columns, for example.
        """
        return replace(self, log_likelihood=self.log_likelihood + shift)

    def __repr__(self) -> str:
        return f"RunTrace({self.n_iterations} iterations, {self.message})"
