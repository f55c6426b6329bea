"""EM on tables of one block, with the whole iteration in the compiled kernel: there the interpreter is the cost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from .. import kernels
from .._types import Floats
from ..blocks import Block
from ..covariances import Covariances
from ..kernels import EMSteps
from ..mixture import Mixture
from .batch import BatchEM, BatchState
from .problem import Problem

__all__ = ["CompiledEM", "CompiledState"]


@dataclass(eq=False)
class CompiledState:
    """The arrays of a mixture after a step, and the mean log-likelihood before it.

    The mixture is built when it is asked for.
    """

    kind: type[Covariances]
    arrays: tuple[Floats, Floats, Floats, Floats, Floats]
    objective: float

    @cached_property
    def mixture(self) -> Mixture:
        """The mixture after the step.

        It makes its own factors, which can differ from the kernel's in the last bit: a mixture that is saved and
        loaded again then equals this one.
        """
        weights, means, covariances, *_ = self.arrays
        return Mixture.of(weights, means, self.kind(covariances))

    @classmethod
    def of(cls, mixture: Mixture, objective: float) -> CompiledState:
        """Return the state that holds a mixture."""
        own = mixture.covariances
        arrays = (
            mixture.weights,
            mixture.means,
            own.array,
            np.ascontiguousarray(own.factors),
            mixture.offsets,
        )
        state = cls(type(own), arrays, objective)
        state.__dict__["mixture"] = mixture
        return state


@dataclass(frozen=True, eq=False)
class CompiledEM:
    """The steps of :class:`BatchEM`, in one call each; what is rare is left to it.

    Parameters
    ----------
    problem : Problem
        Of one block of rows and a plain family; see :meth:`fits`.
    iterate : EMSteps
        The kernel's whole iterations.
    """

    problem: Problem
    iterate: EMSteps
    block: Block = field(init=False)
    terms: tuple[Floats | None, Floats | None] = field(init=False)

    def __post_init__(self) -> None:
        family, source = self.problem.family, self.problem.source
        block = source.block(0)
        # One block is small: float32 rows are worth a copy that spares each iteration the change of units.
        rows = np.asarray(block.X, dtype=np.float64)
        object.__setattr__(self, "block", replace(block, X=rows))
        object.__setattr__(
            self, "terms", self.problem.prior.terms(source.n_features, family.layout == "full")
        )

    @staticmethod
    def fits(problem: Problem) -> bool:
        """Return whether a problem can be solved this way."""
        return kernels.em_steps is not None and problem.family.plain and problem.source.n_blocks == 1

    @property
    def monotone(self) -> bool:
        """Whether the prior lets every step ascend."""
        return self.problem.prior.monotone

    def init(self, mixture: Mixture) -> CompiledState:
        """Return the state before the first step."""
        return CompiledState.of(mixture, -np.inf)

    def step(self, state: CompiledState) -> CompiledState:
        """Return the state after one E-step and one M-step."""
        shares, means, covariances, factors, offsets = (array.copy() for array in state.arrays)
        done, log_likelihood, _ = self.iterate(
            self.block.X,
            self.block.weights,
            None,
            shares,
            means,
            covariances,
            factors,
            offsets,
            *self.terms,
            1.0,
            1,
        )
        if done:
            arrays = (shares, means, covariances, factors, offsets)
            return CompiledState(state.kind, arrays, log_likelihood / self.total_weight)
        after = BatchEM(self.problem).step(BatchState(state.mixture, state.objective))
        return CompiledState.of(after.mixture, after.objective)

    @cached_property
    def total_weight(self) -> float:
        """Σ w."""
        return self.block.total_weight
