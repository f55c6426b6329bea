"""Plain EM: each step is one pass over all rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..em import e_step, m_step
from ..mixture import Mixture
from ..moments import Moments
from .problem import Problem

__all__ = ["BatchEM", "BatchState"]

_LOST = 1e6
"""Repeat a pass about the new means when the moments lost this factor to cancellation."""


@dataclass(frozen=True, eq=False)
class BatchState:
    """The mixture after a step, and the mean log-likelihood before it."""

    mixture: Mixture
    objective: float
    moments: Moments | None = None


@dataclass(frozen=True, eq=False)
class BatchEM:
    """E-step over all rows, then M-step.

    Parameters
    ----------
    problem : Problem
        The data, the family, the prior and the engine.
    """

    problem: Problem

    @property
    def monotone(self) -> bool:
        """Whether the prior lets every step ascend."""
        return self.problem.prior.monotone

    def init(self, mixture: Mixture) -> BatchState:
        """Return the state before the first step."""
        return BatchState(mixture, -np.inf)

    def step(self, state: BatchState) -> BatchState:
        """Return the state after one E-step and one M-step."""
        moments = self.problem.engine.sum(partial(e_step, state.mixture.densities), self.problem.source)
        return self.after(state.mixture, moments)

    def after(self, mixture: Mixture, moments: Moments) -> BatchState:
        """Return the state after the M-step of moments that the E-step of a mixture gave."""
        problem = self.problem
        if moments.cancellation() > _LOST:
            # A mean jumped far against its own spread: sum again about where it went.
            again = partial(e_step, mixture.densities, reference=moments.means())
            moments = problem.engine.sum(again, problem.source)
        after = m_step(moments, problem.family, problem.prior)
        return BatchState(after, moments.mean_log_likelihood, moments)
