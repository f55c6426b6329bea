"""EM for truncated and censored columns.

References
----------
Lee, G. and Scott, C. (2012). EM algorithms for multivariate Gaussian mixture models with truncated and censored data.
Computational Statistics & Data Analysis 56, 2816-2829.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from ..bounds import Bounds, completed_by_unseen
from ..em import e_step, m_step
from ..mixture import Mixture
from ..moments import Moments
from .batch import BatchEM, BatchState

__all__ = ["BoundedEM"]


@dataclass(frozen=True, eq=False)
class BoundedEM(BatchEM):
    """Plain EM with the expected moments of censored values and of rows outside the region.

    Parameters
    ----------
    problem : Problem
        The rows, the model with its bounds, and the engine.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import Full, Mixture
    >>> from gaussmix.bounds import Bounds, Limits
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import Problem
    >>> from gaussmix.model import Model
    >>> from gaussmix.sources import ArraySource
    >>> bounds = Bounds(censoring=Limits(np.array([0.0]), np.array([np.inf])))
    >>> rows = ArraySource(np.array([[0.0], [0.0], [1.0], [2.0]]))
    >>> driver = BoundedEM(Problem(rows, Model(Full(), bounds=bounds), SerialEngine()))
    >>> driver.step(driver.init(Mixture([1.0], [[0.0]], [1.0]))).mixture.means.round(3)
    array([[0.351]])
    """

    def step(self, state: BatchState) -> BatchState:
        """Return the state after one E-step and one M-step."""
        problem, mixture, moments = self.problem, state.mixture, self.moments(state.mixture)
        after = m_step(moments, problem.model, mixture)
        return BatchState(after, problem.objective(moments, mixture), moments)

    def e_step_of(self, mixture: Mixture) -> Callable[..., Moments]:
        """Return the E-step of a block of rows with censored values."""
        return partial(e_step, replace(mixture.densities, limits=self._bounds.censoring))

    def moments(self, mixture: Mixture) -> Moments:
        """Return the moments of an E-step, with the expected ones of the rows outside the region."""
        moments = super().moments(mixture)
        if not len(self._bounds.truncated):
            return moments
        return completed_by_unseen(moments, mixture.densities, self._bounds)

    @property
    def _bounds(self) -> Bounds:
        bounds = self.problem.model.bounds
        assert bounds is not None
        return bounds
