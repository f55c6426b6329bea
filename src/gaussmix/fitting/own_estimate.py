"""Drivers for families that estimate their covariances in NumPy; the rest of the iteration is compiled.

In a small table the interpreter's work around an estimate takes ten times as long as a pass over the rows. Here an
iteration is a pass with counts, means and scatter in one call, the family's estimate, and its factors in another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from .. import kernels
from .._types import Floats
from ..blocks import Block
from ..covariances import Covariances
from ..em import imposed
from ..kernels import PlainRows
from ..mixture import Mixture
from ..model import Model
from ..moments import Moments
from .batch import BatchEM, BatchState
from .problem import Problem

__all__ = ["EstimateState", "OwnEstimateEM", "own_estimate_driver", "own_estimate_steps"]

_MOST_FEATURES = 64
"""With more columns the factors are LAPACK's work."""


@dataclass(eq=False)
class EstimateState:
    """The parameters of a mixture after a step, with their factors.

    Parameters
    ----------
    weights : (K,) array
    means : (K, D) array
    covariances : Covariances or None
        Where an iterative estimate begins.
    factors : (K, D, D) or (K, D) array
    offsets : (K,) array
    log_likelihood : float, default=-inf
        Σ w log p(x) of the mixture before the step, nats, and the logarithm of its prior density.
    objective : float, default=-inf
        The same for each unit of weight, where the state is a driver's.
    """

    weights: Floats
    means: Floats
    covariances: Covariances | None
    factors: Floats
    offsets: Floats
    log_likelihood: float = -np.inf
    objective: float = -np.inf

    @classmethod
    def of(cls, mixture: Mixture, objective: float = -np.inf) -> EstimateState:
        """Return the state of a mixture."""
        factors = np.ascontiguousarray(mixture.covariances.factors)
        covariances, offsets = mixture.covariances, mixture.offsets
        state = cls(mixture.weights, mixture.means, covariances, factors, offsets, objective=objective)
        state.__dict__["mixture"] = mixture
        return state

    @cached_property
    def mixture(self) -> Mixture:
        """The mixture after the step, with its factors."""
        assert self.covariances is not None
        return Mixture.of(self.weights, self.means, self.covariances)


def own_estimate_steps(
    block: Block, model: Model, state: EstimateState, iterations: int
) -> tuple[EstimateState, int]:
    """Return the state after EM iterations over one block, and their number.

    They end before a step with an empty component, a mean that moves too far for accuracy, or an active constraint: the
    caller takes it by plain EM. Without these passes in the kernel there are none.

    Parameters
    ----------
    block : Block
        Rows in float64; of incomplete ones there are no iterations.
    model : Model
        Beside a uniform component there are no iterations.
    """
    beyond = not block.complete or block.X.shape[1] > _MOST_FEATURES or model.uniform is not None
    if kernels.em_scatter is None or kernels.whiten is None or beyond:
        return state, 0
    family, constraint = model.family, model.constraint
    added, least = constraint.terms(block.X.shape[1], model.full)
    rows = PlainRows(np.asarray(block.X, dtype=np.float64), block.weights, block.background)
    for i in range(iterations):
        arrays = state.means, state.factors, state.offsets
        found = kernels.em_scatter(rows, arrays, model.mass)
        if found is None:
            return state, i
        counts, weights, means, scatter, log_likelihood = found
        if model.plain:
            covariances = family.maximum_likelihood(scatter, counts, state.covariances)
            if added is not None:
                covariances = family.constrain(covariances, constraint, counts)
        else:
            log_likelihood += model.penalty(state.weights, state.means, state.factors, model.frame)
            weights, _ = model.weights(counts, 0.0)
            moments = Moments(model.frame, means, counts, np.zeros_like(means), scatter)
            moments = model.completed(moments, state.covariances)
            means, covariances = moments.means(), model.covariances(moments, state.covariances)
        whitened = kernels.whiten(weights, covariances.in_frame(), least)
        if whitened is None:
            return state, i
        state = EstimateState(weights, means, covariances, *whitened, log_likelihood)
    return state, iterations


@dataclass(frozen=True, eq=False)
class OwnEstimateEM:
    """The steps of :class:`BatchEM` on a table of one block, for families with an estimate of their own.

    Parameters
    ----------
    problem : Problem
        Of one block of complete rows.
    """

    problem: Problem
    block: Block = field(init=False)
    total_weight: float = field(init=False)

    def __post_init__(self) -> None:
        block = self.problem.source.parts()[0].read()
        if block.X.dtype != np.float64:
            block = replace(block, X=np.asarray(block.X, dtype=np.float64))
        object.__setattr__(self, "block", block)
        object.__setattr__(self, "total_weight", block.total_weight)

    @property
    def allowed_fall(self) -> float:
        """Relative rounding error allowed in the objective between steps."""
        return self.problem.allowed_fall

    def init(self, mixture: Mixture) -> EstimateState:
        """Return the state before the first step."""
        return EstimateState.of(imposed(mixture, self.problem.model))

    def step(self, state: EstimateState) -> EstimateState:
        """Return the state after one E-step and one M-step."""
        return self.steps(state, 1)

    def steps(self, state: EstimateState, iterations: int) -> EstimateState:
        """Return the state after several iterations."""
        left = iterations
        while left > 0:
            state, done = own_estimate_steps(self.block, self.problem.model, state, left)
            if done:
                state.objective = state.log_likelihood / self.total_weight
            if done < left:
                after = BatchEM(self.problem).step(BatchState(state.mixture, state.objective))
                state, done = EstimateState.of(after.mixture, after.objective), done + 1
            left -= done
        return state


def own_estimate_driver(problem: Problem) -> OwnEstimateEM | None:
    """Return the driver for a small table and a family without a compiled M-step, or None if there is none."""
    low_rank = problem.model.moment_frame(1).low_rank
    if kernels.em_scatter is None or len(problem.source.parts()) > 1 or not problem.plain or low_rank:
        return None
    return OwnEstimateEM(problem)
