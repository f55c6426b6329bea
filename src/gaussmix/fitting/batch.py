"""Plain EM: each step is one pass over all rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..em import e_step, imposed, m_step
from ..mixture import Mixture
from ..moments import Moments
from .problem import Problem
from .protocols import Driver

__all__ = ["BatchEM", "BatchState"]

LOST = 1e6
"""Repeat a pass about the new means when the moments lost this factor to cancellation."""


@dataclass(frozen=True, eq=False)
class BatchState:
    """The mixture after a step, and the mean log-likelihood before it."""

    mixture: Mixture
    objective: float
    moments: Moments | None = None


@dataclass(frozen=True, eq=False)
class BatchEM(Driver[BatchState]):
    """Plain EM: an E-step over all rows, then an M-step.

    Parameters
    ----------
    problem : Problem
        The rows, the model and the engine.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix import Mixture, Spherical
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import BatchEM, Problem
    >>> from gaussmix.model import Model
    >>> X = gaussmix.datasets.load_faithful().data
    >>> driver = BatchEM(Problem(ArraySource(X), Model(Spherical()), SerialEngine()))
    >>> start = Mixture([1.0], [[3.0, 60.0]], [9.0])
    >>> driver.step(driver.init(start)).mixture.means.round(2)
    array([[ 3.49, 70.9 ]])
    """

    problem: Problem

    @property
    def allowed_fall(self) -> float:
        """Relative rounding error allowed in the objective between steps."""
        return self.problem.allowed_fall

    def init(self, mixture: Mixture) -> BatchState:
        """Return the state before the first step."""
        return BatchState(imposed(mixture, self.problem.model), -np.inf)

    def step(self, state: BatchState) -> BatchState:
        """Return the state after one E-step and one M-step."""
        return self.after(state.mixture, self.moments(state.mixture))

    def e_step_of(self, mixture: Mixture) -> Callable[..., Moments]:
        """Return the E-step of a block of rows.

        Parameters
        ----------
        mixture : Mixture
            The mixture of the E-step.

        Returns
        -------
        callable
            From a block, and perhaps a reference, to moments.
        """
        return partial(e_step, mixture.densities)

    def moments(self, mixture: Mixture) -> Moments:
        """Return the moments of an E-step, whose log-likelihood is that of the objective.

        Parameters
        ----------
        mixture : Mixture
            The mixture of the E-step.

        Returns
        -------
        Moments
            Over all rows.
        """
        return self.problem.engine.sum(self.e_step_of(mixture), self.problem.source)

    def after(self, mixture: Mixture, moments: Moments) -> BatchState:
        """Return the state after an M-step.

        Parameters
        ----------
        mixture : Mixture
            The mixture of the E-step.
        moments : Moments
            The result of the E-step.

        Returns
        -------
        BatchState
            With the new mixture, and the objective of the old one.
        """
        problem = self.problem
        if moments.cancellation() > LOST:
            # A mean jumped far against its own spread: sum again about where it went.
            again = partial(self.e_step_of(mixture), reference=moments.means())
            moments = problem.engine.sum(again, problem.source)
        after = m_step(moments, problem.model, mixture)
        return BatchState(after, problem.objective(moments, mixture), moments)
