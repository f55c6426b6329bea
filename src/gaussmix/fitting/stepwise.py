r"""Stepwise EM: M-steps from moments averaged over batches of rows.

.. math:: s_t = (1 - \gamma_t) \, s_{t-1} + \gamma_t \, \bar s(X_t; \theta_{t-1}), \quad \theta_t = M(s_t)

with the mean moments of a batch under the mixture before it. With a step size of one, this is an iteration of EM on the
batch.

References
----------
Cappé, O. and Moulines, E. (2009). On-line expectation-maximization algorithm for latent data models. J. R. Statist.
Soc. B 71, 593-613.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from .._types import Floats
from ..covariances.constraints import AddToDiagonal, Constraint, Floor, positive_definite_scale
from ..em import e_step, m_step
from ..engines import Engine
from ..errors import InputError, InputTypeError
from ..mixture import Mixture, TMixture
from ..model import Model
from ..moments import Moments
from ..priors import ConjugatePrior
from ..restrictions import FREE, Restrictions
from ..sources import Source
from ..validation import is_number
from .batch import LOST

__all__ = ["StepSizes", "StepwiseState"]


@dataclass(frozen=True)
class StepSizes:
    r"""The step sizes of stepwise EM: the influence of a batch relative to all earlier rows.

    .. math:: \gamma_t = \max\left( (t_0 + t)^{-\kappa}, \; 1 - e^{-w_t / m} \right), \quad t = W_t / w_t

    for a batch of the total weight :math:`w_t`, when :math:`W_t` is that of all rows so far. Batches of equal size have
    :math:`t = 1, 2, 3, \ldots`

    Parameters
    ----------
    kappa : float, default=0.6
        Rate κ of the decrease, in (0.5, 1]. 1, with ``t0=0``, gives all rows the same influence. Smaller values reduce
        that of the first rows, whose responsibilities came from a rough mixture.
    t0 : float, default=0
        Delay t₀ ≥ 0: larger values make the first steps smaller.
    memory : float, optional
        Number m of rows (their total weight) after which the influence of a row has decreased to 1/e, for components
        that move. By default the step sizes decrease to zero.

    Raises
    ------
    InputError
        If a value is out of range.

    Examples
    --------
    >>> from gaussmix.fitting import StepSizes
    >>> [round(StepSizes(kappa=1.0).size(100.0, seen), 3) for seen in (0.0, 100.0, 200.0)]
    [1.0, 0.5, 0.333]
    >>> round(StepSizes(memory=1000.0).size(100.0, 1e9), 3)
    0.095

    References
    ----------
    Cappé, O. and Moulines, E. (2009). On-line expectation-maximization algorithm for latent data models. J. R. Statist.
    Soc. B 71, 593-613.
    """

    kappa: float = 0.6
    t0: float = 0.0
    memory: float | None = None

    def __post_init__(self) -> None:
        kappa, t0 = _number(self.kappa, "kappa"), _number(self.t0, "t0")
        if not 0.5 < kappa <= 1.0:
            raise InputError(f"kappa is {kappa:g}: give a number above 0.5 and at most 1.")
        if not 0.0 <= t0 < math.inf:
            raise InputError(f"t0 is {t0:g}: give a number ≥ 0.")
        if self.memory is not None and not 0.0 < _number(self.memory, "memory") < math.inf:
            raise InputError(f"memory is {self.memory:g}: give a positive number of rows, or None.")

    def size(self, weight: float, seen: float) -> float:
        """Return the step size of a batch.

        Parameters
        ----------
        weight : float
            Total weight of its rows.
        seen : float
            Total weight of the rows before.

        Returns
        -------
        float
            In (0, 1].
        """
        batches = self.t0 + (seen + weight) / weight
        size = min(1.0, math.exp(-self.kappa * math.log(batches)))
        return size if self.memory is None else max(size, -math.expm1(-weight / self.memory))


def _number(value: Any, name: str) -> float:
    if not is_number(value):
        raise InputTypeError(f"{name} is {value!r} ({type(value).__name__}): give a number.")
    return float(value)


@dataclass(frozen=True, eq=False)
class StepwiseState:
    """The mixture after some batches, with the averaged moments.

    Parameters
    ----------
    moments : Moments
        Averages over all batches so far, as those of one batch.
    seen : float
        Total weight of all rows so far.
    log_likelihood : float
        Mean log-likelihood of the last batch under the mixture before it, nats for each unit of weight.
    """

    mixture: Mixture
    moments: Moments
    seen: float
    log_likelihood: float = -np.inf

    @classmethod
    def of(cls, mixture: Mixture, seen: float) -> StepwiseState:
        """Return the state at a mixture fitted to rows of a total weight.

        Its moments are the expected ones of the mixture itself, from which the M-step gives the mixture again.
        """
        family, counts = mixture.family, mixture.weights * seen
        second = family.frame.expand(counts) * mixture.covariances.in_frame()
        uniform = 0.0 if mixture.uniform is None else mixture.uniform.weight * seen
        first, scales = np.zeros_like(mixture.means), None
        if isinstance(mixture, TMixture):
            scales = mixture.tails.expected(mixture.degrees_of_freedom, counts)
        moments = Moments(family.frame, mixture.means, counts, first, second, 0.0, 0.0, seen, uniform, scales)
        return cls(mixture, moments, seen)

    def after(
        self,
        source: Source,
        engine: Engine,
        steps: StepSizes,
        added: float | None = None,
        prior: ConjugatePrior | None = None,
        restrictions: Restrictions = FREE,
    ) -> StepwiseState:
        """Return the state after one more batch.

        Parameters
        ----------
        source : Source
            The rows of the batch.
        engine : Engine
            Adds up over its blocks.
        added : float or None
            A constant added to the variances; None for the scale-free constraint Σ_k ⪰ ε S, with S the covariance of
            the averaged moments.
        prior : ConjugatePrior, optional
            Its defaults are those of the averaged moments.

        Raises
        ------
        InputError
            If moments are out of the range of float64.
        """
        batch = engine.sum(partial(e_step, self.mixture.densities), source)
        if batch.cancellation() > LOST:
            again = partial(e_step, self.mixture.densities, reference=batch.means())
            batch = engine.sum(again, source)
        if not (np.isfinite(batch.second).all() and np.isfinite(batch.log_likelihood)):
            raise InputError(
                "the squares of X are beyond the range of float64: divide the columns by a power of ten."
            )
        weight = batch.total_weight
        size = steps.size(weight, self.seen)
        # In units of this batch, so that a step of one is EM's, bit by bit.
        moments = batch.scale(size) + self.moments.scale((1.0 - size) * weight / self.moments.total_weight)
        family = self.mixture.family
        constraint: Constraint = Floor(_scale(moments)) if added is None else AddToDiagonal(added)
        tails = self.mixture.tails if isinstance(self.mixture, TMixture) else None
        model = Model(
            family, constraint, uniform=self.mixture.uniform, restrictions=restrictions, tails=tails
        )
        if prior is not None:
            # The moments of a batch stand for those of all rows so far.
            total, (mean, scale) = self.seen + weight, (_mean(moments), _scale(moments))
            pseudo = prior.pseudo_moments(family, len(moments.counts), mean, scale, total)
            model = replace(model, prior=pseudo.scaled(weight / total))
        mixture = m_step(moments, model, self.mixture)
        return StepwiseState(
            mixture.named(self.mixture.feature_names),
            moments.recentre(mixture.means),
            self.seen + weight,
            batch.mean_log_likelihood,
        )


def _mean(moments: Moments) -> Floats:
    """Return the mean of all rows from the moments of the components."""
    return np.asarray(moments.means().T @ moments.counts / moments.counts.sum())


def _scale(moments: Moments) -> Floats:
    """Return the covariance of all rows, positive definite, from the moments of the components."""
    total, mean = moments.counts.sum(), _mean(moments)
    about = moments.recentre(np.tile(mean, (len(moments.counts), 1)))
    covariance = about.second.sum(axis=0) / total
    magnitude = np.abs(mean) + np.sqrt(moments.frame.diagonal(covariance))
    return positive_definite_scale(covariance, magnitude)[0]
