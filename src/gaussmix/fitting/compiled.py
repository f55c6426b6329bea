"""Drivers with a compiled M-step, and compiled iterations for a table of one block.

In small tables, and with few columns, the interpreter would take most of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .. import kernels
from .._cached import cached_property
from .._types import Floats
from ..blocks import Block
from ..covariances import Family
from ..densities import Densities
from ..frames import Frame
from ..kernels import EMPath, EMSteps, EMSums, MixtureArrays, MStep, Pause, PlainRows, Rule
from ..mixture import Mixture
from ..moments import Moments, triangles, whole
from ..uniform import Uniform
from ..validation import is_within
from .batch import BatchEM, BatchState
from .problem import Problem
from .protocols import StepSequence
from .rounding import one_over_pivots

__all__ = [
    "MOST_FEATURES",
    "BlocksEM",
    "CompiledState",
    "OneBlockEM",
    "compiled_driver",
    "flat_sums",
    "moments_of_flat",
    "plain_rows",
    "steps_to_look_ahead",
]

MOST_FEATURES = 64
"""With more columns, LAPACK computes the factors."""

_WORK = 1 << 20
"""Largest work of a call, in rows × components × (columns + 1): a few milliseconds, in which Ctrl-C has to wait."""
_MOST_NUMBERS = 1 << 16
"""Largest total size of the mixtures of a look ahead, in numbers."""
_LAST = 3
"""Mixtures kept up to a pause: the last, the one before, and one that a step may leave unfinished."""
_LARGEST_LOSS = 1e6
"""Largest loss of precision of a Cholesky factor; beyond it, a constrained covariance keeps the kernel's factor."""


@dataclass(eq=False)
class CompiledState:
    """The arrays of a mixture after a step, and the mean log-likelihood before it.

    The mixture is built on first access.

    Parameters
    ----------
    arrays : MixtureArrays
    bounded : bool
        Whether the constraint may be active.
    settled : bool or None
        Whether the run ends here; None leaves that to the stopping rule.
    uniform : Uniform or None
        The uniform component, whose weight is what those of the others leave.
    """

    family: Family
    arrays: MixtureArrays
    objective: float
    bounded: bool = False
    settled: bool | None = None
    uniform: Uniform | None = None

    @cached_property
    def mixture(self) -> Mixture:
        """The mixture after the step.

        Its factors are computed from its covariances and can differ from the kernel's in the last bit, so that a saved
        and loaded mixture equals this one. Nearly singular covariances at the constraint keep the kernel's factors.
        """
        weights, means, covariances, factors, _ = self.arrays
        frame = self.family.frame
        kept = factors.copy() if self.bounded and _is_nearly_singular(frame, covariances, factors) else None
        uniform = None if self.uniform is None else self.uniform.beside(weights)
        return Mixture.of(
            weights.copy(), means.copy(), self.family.of_frame(covariances, kept), uniform=uniform
        )

    @classmethod
    def of(cls, mixture: Mixture, objective: float, incomplete: bool) -> CompiledState:
        """Return the state of a mixture; only the E-step of incomplete rows reads covariances."""
        factors = np.ascontiguousarray(mixture.covariances.factors)
        covariances = np.array(mixture.covariances.in_frame()) if incomplete else np.empty_like(factors)
        arrays = MixtureArrays(mixture.weights, mixture.means, covariances, factors, mixture.offsets)
        state = cls(mixture.family, arrays, objective, uniform=mixture.uniform)
        state.__dict__["mixture"] = mixture
        return state


def _is_nearly_singular(frame: Frame, covariances: Floats, factors: Floats) -> bool:
    """Return whether Cholesky factors of the matrices would lose six or more digits of the given factors."""
    return not is_within(one_over_pivots(frame, covariances, factors), _LARGEST_LOSS)


@dataclass(frozen=True, eq=False)
class _CompiledEM:
    """The common part of the compiled drivers: the rule of the M-step, and plain EM for rare cases."""

    problem: Problem

    @cached_property
    def rule(self) -> Rule:
        """The M-step as arguments of the kernel."""
        return self.problem.model.rule(self.problem.source.n_features)

    @property
    def allowed_fall(self) -> float:
        """Relative rounding error allowed in the objective between steps."""
        return self.problem.allowed_fall

    @property
    def general(self) -> BatchEM:
        """The driver for rare cases, such as an empty component."""
        return BatchEM(self.problem)

    def init(self, mixture: Mixture) -> CompiledState:
        """Return the state before the first step."""
        return CompiledState.of(mixture, -np.inf, self.incomplete)

    def _new(self, arrays: MixtureArrays, objective: float) -> CompiledState:
        model = self.problem.model
        return CompiledState(model.family, arrays, objective, self.bounded, uniform=model.uniform)

    @property
    def incomplete(self) -> bool:
        """Whether rows have missing values."""
        return False

    @property
    def bounded(self) -> bool:
        """Whether the constraint may hold a covariance."""
        return self.rule.least is not None


def _copies(arrays: MixtureArrays) -> MixtureArrays:
    weights, means, covariances, factors, offsets = arrays
    return MixtureArrays(weights.copy(), means.copy(), covariances.copy(), factors.copy(), offsets.copy())


def plain_rows(problem: Problem) -> tuple[PlainRows, float]:
    """Return the rows of a table of one block for compiled iterations, and their total weight."""
    block = problem.source.parts()[0].read()
    # One block is small: of float32 a copy spares each iteration the change of units.
    uniform = problem.model.uniform
    background = None if uniform is None else uniform.log_prob(block.X)
    rows = PlainRows(np.asarray(block.X, dtype=np.float64), block.weights, background, block.holes)
    return rows, block.total_weight


def steps_in_a_call(rows: PlainRows, n_components: int) -> int:
    """Return the maximum number of EM steps in a call."""
    (n, D), K = rows.X.shape, n_components
    # The pass over incomplete rows solves linear equations.
    work: int = n * K * (D + 1) * (D if rows.holes else 1)
    return max(1, _WORK // work)


def steps_to_look_ahead(rows: PlainRows, n_components: int, numbers: int) -> int:
    """Return the maximum number of EM steps in a call that keeps a mixture of so many numbers for each."""
    return max(1, min(steps_in_a_call(rows, n_components), _MOST_NUMBERS // numbers))


@dataclass(frozen=True, eq=False)
class OneBlockEM(_CompiledEM):
    """The steps of :class:`BatchEM` on a table of one block, several of them in a call.

    Parameters
    ----------
    problem : Problem
        Of one block, perhaps with missing values, with a family that has a pooling.
    em_steps : EMSteps
        The kernel's whole iterations.
    em_path : EMPath
        The same, with every mixture on the way.
    """

    em_steps: EMSteps
    em_path: EMPath
    rows: PlainRows = field(init=False)
    total_weight: float = field(init=False)

    def __post_init__(self) -> None:
        rows, total_weight = plain_rows(self.problem)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "total_weight", total_weight)

    @property
    def incomplete(self) -> bool:
        """Whether rows have missing values."""
        return self.rows.holes

    def step(self, state: CompiledState) -> CompiledState:
        """Return the state after one E-step and one M-step."""
        return self.look_ahead(state, 1)[0]

    def look_ahead(self, state: CompiledState, most: int) -> list[CompiledState]:
        """Return the states after each of the next steps, between one and ``most``."""
        arrays = state.arrays
        numbers = 2 * (arrays.weights.size + arrays.factors.size) + arrays.means.size
        steps = min(most, steps_to_look_ahead(self.rows, len(arrays.weights), numbers))
        path, objectives = self._iterated(state, steps, steps, None, [])
        if not objectives:
            return [self._general_step(state)]
        return [self._state(path, i, value) for i, value in enumerate(objectives)]

    def steps_to_pause(
        self, state: CompiledState, most: int, pause: Pause, recent: Sequence[float]
    ) -> StepSequence[CompiledState]:
        """Return the EM steps up to the next possible end of a run, between one and ``most``.

        Parameters
        ----------
        state : CompiledState
            The state after the step before.
        most : int
            The most steps to take.
        pause : Pause
            The steps after which a run may end.
        recent : sequence of float
            Objectives of earlier steps.
        """
        steps = min(most, steps_in_a_call(self.rows, len(state.arrays.weights)))
        path, objectives = self._iterated(state, steps, _LAST, pause, recent)
        done = len(objectives)
        if not done:
            after = self._general_step(state)
            return StepSequence([after.objective], lambda: state, after)

        def before() -> CompiledState:
            return state if done == 1 else self._state(path, (done - 2) % _LAST, objectives[-2])

        return StepSequence(objectives, before, self._state(path, (done - 1) % _LAST, objectives[-1]))

    def _state(self, path: MixtureArrays, index: int, objective: float) -> CompiledState:
        return self._new(MixtureArrays(*[array[index] for array in path]), objective)

    def _iterated(
        self, state: CompiledState, steps: int, kept: int, pause: Pause | None, recent: Sequence[float]
    ) -> tuple[MixtureArrays, list[float]]:
        """Return the last mixtures of some EM steps, step i in place i modulo their number, and all objectives."""
        start, earlier = state.arrays, len(recent)
        path = MixtureArrays(*[np.empty((kept, *array.shape)) for array in start])
        objectives = np.empty(earlier + steps)
        if earlier:
            objectives[:earlier] = recent
        done = self.em_path(self.rows, (start, path), self.rule, pause, self.total_weight, objectives, steps)
        return path, objectives[earlier : earlier + done].tolist()

    def _general_step(self, state: CompiledState) -> CompiledState:
        after = self.general.step(BatchState(state.mixture, state.objective))
        result = CompiledState.of(after.mixture, after.objective, self.incomplete)
        degenerate = self.problem.degenerate
        if degenerate is not None and degenerate(after.mixture):
            result.settled = True
        return result

    def steps(self, state: CompiledState, iterations: int) -> CompiledState:
        """Return the state after several iterations, in as few calls as possible."""
        left = iterations
        while left > 0:
            arrays = _copies(state.arrays)
            done, log_likelihood, _ = self.em_steps(self.rows, arrays, self.rule, left)
            if done:
                state = self._new(arrays, log_likelihood / self.total_weight)
            if done < left:
                state, done = self._general_step(state), done + 1
            left -= done
        return state


@dataclass(frozen=True, eq=False)
class BlocksEM(_CompiledEM):
    """The steps of :class:`BatchEM` on a table of many blocks, with moments added as flat arrays.

    Parameters
    ----------
    problem : Problem
        With a family that has a pooling.
    em_sums : EMSums
        The kernel's E-step of a block.
    m_step : MStep
        The kernel's M-step.
    """

    em_sums: EMSums
    m_step: MStep

    def step(self, state: CompiledState) -> CompiledState:
        """Return the state after one E-step and one M-step."""
        _, means, _, factors, offsets = state.arrays
        frame = self.problem.model.frame
        sums = flat_sums(self.problem, self.em_sums, Densities(means, factors, offsets, frame))
        arrays = _copies(state.arrays)
        if self.m_step(sums, arrays, self.rule):
            return self._new(arrays, float(sums[-3] / sums[-1]))
        after = self.general.after(state.mixture, moments_of_flat(sums, means, frame))
        return CompiledState.of(after.mixture, after.objective, self.incomplete)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Moments as a flat array, of K components; between processes, of matrices one triangle."""

    flat: Floats
    first: int
    """Numbers before the second moments, K + K D."""
    shape: tuple[int, ...]
    """Of the second moments."""

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(self.flat + other.flat, self.first, self.shape)

    def __reduce__(self) -> tuple[Any, ...]:
        second = self.flat[self.first : -3].reshape(self.shape)
        packed = triangles(second)
        parts = self.flat[: self.first], packed, self.flat[-3:]
        return _unpickled, (parts, self.first, self.shape, packed is not second)


def _unpickled(parts: tuple[Floats, ...], first: int, shape: tuple[int, ...], packed: bool) -> _Sums:
    before, second, after = parts
    matrices = whole(second) if packed else second
    return _Sums(np.concatenate([before, matrices.ravel(), after]), first, shape)


def _sums_of(em_sums: EMSums, densities: Densities, block: Block) -> _Sums:
    flat = np.append(em_sums(block.X, block.weights, *densities.arrays), block.total_weight)
    K, D = densities.means.shape
    return _Sums(flat, K + K * D, densities.factors.shape)


def flat_sums(problem: Problem, em_sums: EMSums, densities: Densities) -> Floats:
    """Return the moments of an E-step over all rows as one array, in the order of the kernel, and the total weight."""
    return problem.engine.sum(partial(_sums_of, em_sums, densities), problem.source).flat


def moments_of_flat(sums: Floats, means: Floats, frame: Frame) -> Moments:
    """Return the moments of a flat array about means (K, D)."""
    K, D = means.shape
    first, second = sums[K : K + K * D].reshape(K, D), sums[K + K * D : -3]
    log_likelihood, map_entropy, total_weight = (float(value) for value in sums[-3:])
    second = second.reshape(frame.zero(K, D).shape)
    return Moments(frame, means, sums[:K], first, second, log_likelihood, map_entropy, total_weight)


def compiled_driver(problem: Problem, coarse: bool = False) -> OneBlockEM | BlocksEM | None:
    """Return the compiled driver for a problem, or None if there is none.

    Parameters
    ----------
    problem : Problem
    coarse : bool, default=False
        Whether the passes of many blocks are in single precision.
    """
    model, parts = problem.model, problem.source.parts()
    if not (model.compiled and model.gaussian_or_uniform) or problem.source.n_features > MOST_FEATURES:
        return None
    if len(parts) == 1:
        block = parts[0].read()
        if (
            kernels.em_steps is None
            or kernels.em_path is None
            or not block.exact
            or block.allowed is not None
        ):
            return None
        return OneBlockEM(problem, kernels.em_steps, kernels.em_path)
    if not problem.plain:
        return None
    em_sums = kernels.coarse_sums if coarse else kernels.em_sums
    if em_sums is None or kernels.m_step is None:
        return None
    return BlocksEM(problem, em_sums, kernels.m_step)
