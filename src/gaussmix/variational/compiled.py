"""Coordinate ascent of the variational bound with a compiled update, and compiled iterations for a table of one block.

The update of :class:`VariationalEM` remains the definition: it makes the posterior of a state when that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from .. import kernels
from .._types import Floats
from ..densities import Densities
from ..fitting.compiled import MOST_FEATURES, flat_sums, moments_of_flat, plain_rows, steps_to_look_ahead
from ..fitting.problem import Problem
from ..fitting.tied import Coordinates, LinearForm, linear_passes_pay, linear_sums
from ..kernels import EMSums, PlainRows, VariationalPath, VariationalRule, VariationalSteps, VariationalUpdate
from ..mixture import Mixture
from ..moments import Moments
from .driver import BoundState, ExpectedDensities, VariationalEM
from .entropy import EntropyOfRows
from .posterior import Posterior
from .prior import Prior
from .update import posterior_of

__all__ = ["Blocks", "CompiledVariationalState", "LinearBlocks", "OneBlock", "variational_driver"]


@dataclass(eq=False)
class CompiledVariationalState:
    """The moments and the densities of a compiled step, and the bound before it; its posterior is made when asked for.

    Parameters
    ----------
    ridge : float or (D,) array
        Addition to the variances of the rows of each component.
    path : VariationalPath
        Of several iterations.
    total_weight : float
        Of the rows.
    index : int
        Position of this one, from 1 on.
    objective : float
        The bound of the posterior before it for each unit of weight.
    """

    prior: Prior
    ridge: float | Floats
    path: VariationalPath
    total_weight: float
    index: int
    objective: float

    @property
    def densities(self) -> ExpectedDensities:
        """The densities of the next E-step."""
        means, factors, offsets, divergences, _ = self.path
        i = self.index
        return ExpectedDensities(means[i], factors[i], offsets[i], float(divergences[i]))

    @cached_property
    def moments(self) -> Moments:
        """The moments of the E-step."""
        before = self.index - 1
        flat = np.append(self.path.moments[before], self.total_weight)
        return moments_of_flat(flat, self.path.means[before].copy(), self.prior.family.frame)

    @cached_property
    def posterior(self) -> Posterior:
        """The posterior after the step."""
        before, frame, moments = self.index - 1, self.prior.family.frame, self.moments
        factors, offsets = self.path.factors[before].copy(), self.path.offsets[before].copy()
        densities = Densities(moments.reference, factors, offsets, frame)
        entropy = EntropyOfRows(frame, densities, moments)
        return posterior_of(moments, self.prior, None, self.ridge, entropy)

    @property
    def mixture(self) -> Mixture:
        """The mixture of the posterior."""
        return self.posterior.mixture

    def alone(self) -> CompiledVariationalState:
        """Return the state without other iterations."""
        before, after = self.index - 1, self.index + 1
        means, factors, offsets, divergences, moments = (array[before:after] for array in self.path)
        return replace(self, path=VariationalPath(means, factors, offsets, divergences, moments[:1]), index=1)


@dataclass(frozen=True, eq=False)
class _CompiledVariationalEM(VariationalEM):
    """The common part of the compiled drivers: the prior as an argument of the kernel."""

    @cached_property
    def rule(self) -> VariationalRule:
        """The prior as the kernel takes it."""
        prior, pooling = self.prior, self.prior.family.pooling
        assert pooling is not None
        added = np.full(len(prior.mean), self.ridge) if np.any(self.ridge) else None
        numbers = prior.concentration, prior.mean_precision, prior.degrees_of_freedom, prior.log_determinant
        arrays = np.ascontiguousarray(prior.mean), np.ascontiguousarray(prior.scatter), added
        return VariationalRule(numbers, *arrays, prior.stick_breaking, pooling.components, pooling.columns)

    def _general_step(self, state: BoundState) -> BoundState:
        return VariationalEM.step(self, state)


@dataclass(frozen=True, eq=False)
class OneBlock(_CompiledVariationalEM):
    """The steps of :class:`VariationalEM` on a table of one block, several of them in a call."""

    variational_path: VariationalSteps
    rows: PlainRows = field(init=False)
    total_weight: float = field(init=False)

    def __post_init__(self) -> None:
        rows, total_weight = plain_rows(self.problem)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "total_weight", total_weight)

    def step(self, state: BoundState) -> BoundState:
        """Return the state after one E-step and one update."""
        return self.look_ahead(state, 1)[0]

    def look_ahead(self, state: BoundState, most: int) -> list[BoundState]:
        """Return the states after each of the next steps, between one and ``most``."""
        densities = state.densities
        numbers = 2 * (densities.means.size + densities.factors.size)
        room = min(most, steps_to_look_ahead(self.rows, len(densities.means), numbers))
        path = _path_from(densities, room)
        done = self.variational_path(self.rows, path, self.rule)
        if not done:
            return [self._general_step(state)]
        objectives = (path.moments[:done, -2] - path.divergences[:done]) / self.total_weight
        common = self.prior, self.ridge, path, self.total_weight
        return [CompiledVariationalState(*common, i, value) for i, value in enumerate(objectives.tolist(), 1)]


@dataclass(frozen=True, eq=False)
class Blocks(_CompiledVariationalEM):
    """The steps of :class:`VariationalEM` on a table of many blocks, with moments added as flat arrays."""

    em_sums: EMSums
    variational_update: VariationalUpdate

    def step(self, state: BoundState) -> BoundState:
        """Return the state after one E-step and one update."""
        path = _path_from(state.densities, 1)
        densities = Densities(path.means[0], path.factors[0], path.offsets[0], self.prior.family.frame)
        sums = flat_sums(self.problem, self.em_sums, densities)
        path.moments[0] = sums[:-1]
        if not self.variational_update(path, self.rule):
            return self._general_step(state)
        total_weight = float(sums[-1])
        objective = float(sums[-3] - path.divergences[0]) / total_weight
        return CompiledVariationalState(self.prior, self.ridge, path, total_weight, 1, objective)


@dataclass(frozen=True, eq=False)
class LinearBlocks(_CompiledVariationalEM):
    """The steps of :class:`VariationalEM` with a common covariance, by passes that are linear in the rows.

    Sums over the rows are those of :mod:`gaussmix.fitting.tied`: counts and first moments. Second moments have one sum
    that is known, that over all components.
    """

    variational_update: VariationalUpdate

    @cached_property
    def coordinates(self) -> Coordinates:
        """The coordinates of the sums."""
        return Coordinates.of(self.problem.source, self.problem.engine, self.prior.family.frame)

    def step(self, state: BoundState) -> BoundState:
        """Return the state after one E-step and one update."""
        path = _path_from(state.densities, 1)
        form = self._form(path, 0)
        if not form.safe:
            return self._general_step(state)
        self._write_moments(path, form)
        if not self.variational_update(path, self.rule) or not self._form(path, 1).safe:
            return self._general_step(state)
        total_weight = self.coordinates.total_weight
        objective = float(path.moments[0, -2] - path.divergences[0]) / total_weight
        return CompiledVariationalState(self.prior, self.ridge, path, total_weight, 1, objective)

    def _form(self, path: VariationalPath, i: int) -> LinearForm:
        densities = Densities(path.means[i], path.factors[i], path.offsets[i], self.prior.family.frame)
        return LinearForm.of(densities, self.coordinates)

    def _write_moments(self, path: VariationalPath, form: LinearForm) -> None:
        """Write the moments of an E-step: the scatter within components is that of the first one."""
        K, D = path.means[0].shape
        coordinates, frame = self.coordinates, self.prior.family.frame
        sums = linear_sums(self.problem, coordinates, form)
        counts = sums[:K]
        used = np.maximum(counts, 1e-200)[:, None]
        means = sums[K:-1].reshape(K, D) / used
        first = counts[:, None] * (coordinates.centre + coordinates.outward(means) - path.means[0])
        second = frame.outer(first, first / used)
        second[0] += coordinates.scatter_within(counts, means)
        log_likelihood = sums[-1] + form.quadratic
        path.moments[0] = np.concatenate([counts, first.ravel(), second.ravel(), [log_likelihood, 0.0]])


def _path_from(densities: ExpectedDensities, room: int) -> VariationalPath:
    """Return arrays for several steps, the first densities set to given ones."""
    means, factors, offsets, divergence = densities
    size = offsets.size + means.size + factors.size + 2
    path = VariationalPath(
        np.empty((room + 1, *means.shape)),
        np.empty((room + 1, *factors.shape)),
        np.empty((room + 1, *offsets.shape)),
        np.empty(room + 1),
        np.empty((room, size)),
    )
    path.means[0], path.factors[0], path.offsets[0], path.divergences[0] = means, factors, offsets, divergence
    return path


def variational_driver(problem: Problem, prior: Prior) -> VariationalEM:
    """Return the driver of the bound, compiled where the kernel and the rows allow it.

    Parameters
    ----------
    problem : Problem
        The rows, the family and the engine.
    """
    steps, sums, update = kernels.variational_path, kernels.em_sums, kernels.variational_update
    many = problem.source.n_features > MOST_FEATURES and prior.family.frame.full
    if many or not problem.plain or steps is None or sums is None or update is None:
        return VariationalEM(problem, prior)
    if linear_passes_pay(problem):
        return LinearBlocks(problem, prior, update)
    if len(problem.source.parts()) == 1:
        return OneBlock(problem, prior, steps)
    return Blocks(problem, prior, sums, update)
