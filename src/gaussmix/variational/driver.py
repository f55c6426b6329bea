"""Coordinate ascent of the variational bound, as a driver of the loop of EM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple, Protocol

import numpy as np

from .._types import Floats
from ..covariances.constraints import AddToDiagonal
from ..densities import Densities
from ..em import e_step
from ..fitting.batch import LOST
from ..fitting.problem import Problem
from ..fitting.protocols import Driver
from ..mixture import Mixture
from ..moments import Moments
from .entropy import EntropyOfRows
from .posterior import Posterior
from .prior import Prior
from .update import posterior_of

__all__ = ["BoundState", "ExpectedDensities", "VariationalEM", "VariationalState"]


class ExpectedDensities(NamedTuple):
    """The densities of an E-step as arrays, and the divergence of the prior from their posterior.

    Means (K, D), whitening factors (K, D, D) or (K, D), offsets (K,).
    """

    means: Floats
    factors: Floats
    offsets: Floats
    divergence: float


class BoundState(Protocol):
    """The state of an ascent of the bound between steps."""

    @property
    def posterior(self) -> Posterior:
        """The posterior after the step."""
        ...

    @property
    def mixture(self) -> Mixture:
        """The mixture of the posterior."""
        ...

    @property
    def objective(self) -> float:
        """The bound of the posterior before the step for each unit of weight."""
        ...

    @property
    def moments(self) -> Moments | None:
        """The moments of the E-step, if they are known."""
        ...

    @property
    def densities(self) -> ExpectedDensities:
        """The densities of the next E-step."""
        ...


@dataclass(frozen=True, eq=False)
class VariationalState:
    """The posterior after a step, and the bound of the posterior before it for each unit of weight."""

    posterior: Posterior
    objective: float
    moments: Moments | None = None

    @property
    def mixture(self) -> Mixture:
        """The mixture of the posterior."""
        return self.posterior.mixture

    @property
    def densities(self) -> ExpectedDensities:
        """The densities of the next E-step."""
        means, factors, offsets = self.posterior.densities.arrays
        return ExpectedDensities(means, factors, offsets, self.posterior.divergence)


@dataclass(frozen=True, eq=False)
class VariationalEM(Driver[BoundState]):
    r"""Variational Bayes: the E-step of EM with expected log-densities, and a conjugate update.

    .. math:: \mathcal{L}(q) = \sum_n w_n \log \sum_k e^{E \log p_k N(x_n \mid \mu_k, \Lambda_k^{-1})}
              - \mathrm{KL}(q \,|\, \mathrm{prior})

    Parameters
    ----------
    problem : Problem
        The rows, the family and the engine.

    References
    ----------
    Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 10.2. Springer.
    """

    problem: Problem
    prior: Prior

    @cached_property
    def allowed_fall(self) -> float:
        """Relative rounding error allowed in the bound between steps."""
        return np.inf if np.any(self.ridge) else min(self.problem.allowed_fall, _MOST_FALL)

    @property
    def ridge(self) -> float | Floats:
        """The addition to the variances of the rows of each component."""
        constraint = self.problem.model.constraint
        return constraint.constant if isinstance(constraint, AddToDiagonal) else 0.0

    def init(self, mixture: Mixture) -> BoundState:
        """Return the state after an E-step of a mixture."""
        moments, entropy = self._e_step(mixture.densities)
        return VariationalState(self.posterior(moments, entropy), -np.inf, moments)

    def posterior(self, moments: Moments, entropy: Callable[[], float] | None = None) -> Posterior:
        """Return the posterior for the moments of an E-step.

        Parameters
        ----------
        moments : Moments
            In the frame of the family.
        entropy : callable, optional
            Returns that of the responsibilities.

        Returns
        -------
        Posterior
            The conjugate update of the prior.
        """
        return posterior_of(moments, self.prior, self.problem.model.uniform, self.ridge, entropy)

    def step(self, state: BoundState) -> BoundState:
        """Return the state after one E-step and one update."""
        moments, entropy = self._e_step(state.posterior.densities)
        bound = moments.log_likelihood - state.posterior.divergence
        return VariationalState(self.posterior(moments, entropy), bound / moments.total_weight, moments)

    def _e_step(self, densities: Densities) -> tuple[Moments, Callable[[], float] | None]:
        """Return the moments of all rows, and the function of the entropy of their responsibilities."""
        problem = self.problem
        moments = problem.engine.sum(partial(e_step, densities), problem.source)
        if moments.cancellation() > LOST:
            again = partial(e_step, densities, reference=moments.means())
            moments = problem.engine.sum(again, problem.source)
        frame = self.prior.family.frame
        return moments, EntropyOfRows(frame, densities, moments) if problem.plain else None


_MOST_FALL = 1e-7
"""Rounding of the bound where that of the problem has no limit."""
