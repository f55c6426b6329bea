"""EM runs of many mixtures in parallel, as stacked arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TypeVar

import numpy as np

from .. import kernels
from .._types import Floats, Ints
from ..kernels import CentredRows, PlainRows, RunEffort, RunTable
from ..mixture import Mixture
from .run_steps import shared_steps, steps_of_run
from .search_data import SearchData
from .small_runs import penalise

__all__ = [
    "Runs",
    "compiled",
    "in_kernel",
    "linear",
    "run_rows",
]

R = TypeVar("R")

LINEAR_COLUMNS = 16
"""Least number of columns for linear E-steps without the compiled kernel, as digits may cancel."""
MOST_COLUMNS = 128
"""With more columns the NumPy steps are as fast, as LAPACK dominates."""
THREADED = 1 << 21
"""Rows x components x columns of one iteration of all runs from which on threads share them out."""


class Runs:
    """S mixtures of K components with their log-likelihoods, as the rows of one table.

    Attributes
    ----------
    numbers : (S, W) array
        The table, in the order of :class:`~gaussmix.kernels.RunTable`.
    weights : (S, K) array
        A uniform component has the weight that they leave.
    means : (S, K, D) array
    covariances, factors : (S, K, D, D) or (S, K, D) arrays
        (S, 1, ...) where :func:`linear` says so: one for all components.
    offsets : (S, K) array
    objectives : (S,) array
        Σ w log p(x) before the last M-step, nats; −∞ where a run failed.
    ages : (S,) array
        How many times a run has gone on since it began.
    """

    __slots__ = ("layout", "numbers")

    def __init__(
        self,
        weights: Floats,
        means: Floats,
        covariances: Floats,
        factors: Floats,
        offsets: Floats,
        objectives: Floats,
        ages: Ints,
    ) -> None:
        S, K, D = means.shape
        self.layout = K, D, covariances.shape[1], covariances.ndim == 4
        arrays = weights, means, covariances, factors, offsets, objectives, ages
        self.numbers = np.concatenate([array.reshape(S, prod(array.shape[1:])) for array in arrays], axis=1)

    @classmethod
    def of_numbers(cls, numbers: Floats, layout: tuple[int, int, int, bool]) -> Runs:
        """Return the runs of a table of a layout, that of :class:`~gaussmix.kernels.RunTable`."""
        runs = cls.__new__(cls)
        runs.numbers, runs.layout = numbers, layout
        return runs

    @classmethod
    def of_mixture(cls, data: SearchData, mixture: Mixture, objective: float, age: int = 0) -> Runs:
        """Return the run of one mixture.

        Parameters
        ----------
        data : SearchData
        mixture : Mixture
        objective : float
        age : int
        """
        shared = slice(0, 1 if linear(data) else None)
        arrays = mixture.covariances.in_frame()[shared], mixture.covariances.factors[shared]
        values = mixture.weights, mixture.means, *arrays, mixture.offsets, objective, age
        return cls(*(np.array(value)[None] for value in values))

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def table(self) -> RunTable:
        """The runs as an argument of kernels."""
        return RunTable(self.numbers, *self.layout)

    @property
    def weights(self) -> Floats:
        """The weights of the components, (S, K), a view like all others."""
        return self.numbers[:, : self.layout[0]]

    @property
    def means(self) -> Floats:
        """The means, (S, K, D)."""
        K, D, _, _ = self.layout
        return self.numbers[:, K : K + K * D].reshape(-1, K, D)

    @property
    def covariances(self) -> Floats:
        """The covariances, (S, K, D, D) or (S, K, D)."""
        return self._matrices(0)

    @property
    def factors(self) -> Floats:
        """The whitening factors of the covariances."""
        return self._matrices(1)

    def _matrices(self, number: int) -> Floats:
        K, D, C, full = self.layout
        shape = (C, D, D) if full else (C, D)
        size = C * D * D if full else C * D
        at = K + K * D + number * size
        return self.numbers[:, at : at + size].reshape(-1, *shape)

    @property
    def offsets(self) -> Floats:
        """The constant terms of the log-densities, (S, K)."""
        return self.numbers[:, -2 - self.layout[0] : -2]

    @property
    def objectives(self) -> Floats:
        """The log-likelihoods, (S,)."""
        return self.numbers[:, -2]

    @property
    def ages(self) -> Floats:
        """The ages, (S,)."""
        return self.numbers[:, -1]

    def take(self, chosen: Ints) -> Runs:
        """Return some of the runs, in that order."""
        return self.of_numbers(self.numbers[chosen], self.layout)

    def copy(self) -> Runs:
        """Return a copy of the runs."""
        return self.of_numbers(self.numbers.copy(), self.layout)

    @classmethod
    def joined(cls, runs: Sequence[Runs]) -> Runs:
        """Return several batches of runs as one."""
        return cls.of_numbers(np.concatenate([r.numbers for r in runs]), runs[0].layout)

    def mixture(self, data: SearchData, run: int) -> Mixture:
        """Return one of the mixtures."""
        family, array = data.model.family, self.covariances[run]
        if len(array) < self.means.shape[1]:
            array = np.repeat(array, self.means.shape[1], axis=0)
        if family.pooling is None:
            covariances = family.nearest(array, self.weights[run])
        else:
            covariances = family.of_frame(array.copy())
        weights, uniform = self.weights[run].copy(), data.model.uniform
        if uniform is None:
            weights /= weights.sum()
        else:
            uniform = uniform.beside(weights)
        return Mixture.of(weights, self.means[run].copy(), covariances, uniform=uniform)

    def after(self, data: SearchData, iterations: int) -> Runs:
        """Return the runs after EM iterations on all rows of a table.

        Parameters
        ----------
        data : SearchData
        iterations : int
        """
        new = self.copy()
        new.shared_out(data, lambda part: _step(data, part, iterations))
        penalise(data, new)
        return new

    def shared_out(self, data: SearchData, do: Callable[[Runs], R]) -> list[R]:
        """Call a function of the runs: of parts of them, shared by threads, where there are many rows and runs."""
        S, K, D = self.means.shape
        if S < 4 or len(data.X) * K * (D + 1) * S <= THREADED:
            return [do(self)]
        parts = [self.of_numbers(part, self.layout) for part in np.array_split(self.numbers, 4)]
        return data.engine.map(do, parts)

    def best(self, data: SearchData, most: int, least: float = -np.inf) -> Runs:
        """Return the most likely distinct runs above a value, those with the fewest degenerate components first."""
        if kernels.best_runs is None:
            return self.take(np.array(_best(data, self, most, least), dtype=np.intp))
        return self.take(np.array(kernels.best_runs(self.table, data.distinct, most, least), dtype=np.intp))


def _best(data: SearchData, runs: Runs, most: int, least: float) -> list[int]:
    """Return the numbers of the best distinct runs."""
    flaws = data.flaws(runs.weights, runs.factors)
    # Equal but for rounding is equal.
    top = runs.objectives.max(initial=-np.inf)
    below = np.round(np.maximum(top, np.finfo(np.float64).min) - runs.objectives, 2)
    values, alike = runs.objectives.tolist(), data.distinct.alike
    chosen: list[int] = []
    for s in np.lexsort((below, flaws)).tolist():
        if len(chosen) == most or not least < values[s] < np.inf:
            continue
        if all(abs(values[s] - values[t]) > alike for t in chosen):
            chosen.append(s)
    return chosen


def in_kernel(data: SearchData) -> bool:
    """Return whether EM runs are those of the compiled kernel."""
    return kernels.em_runs is not None and compiled(data)


def linear(data: SearchData) -> bool:
    """Return whether the shared covariance is stored once and E-steps are matrix products."""
    pooling = data.model.family.pooling
    if not data.model.plain or pooling is None or not pooling.components:
        return False
    if data.incomplete is not None or data.model.uniform is not None:
        return False
    return data.X.shape[1] >= LINEAR_COLUMNS or (kernels.em_runs is not None and data.model.compiled)


def compiled(data: SearchData) -> bool:
    """Return whether the compiled kernels of EM runs know the M-step, and are the fastest."""
    return data.model.compiled and data.X.shape[1] <= MOST_COLUMNS


def run_rows(data: SearchData) -> PlainRows | CentredRows:
    """Return the rows of EM runs in the compiled kernels."""
    return data.centred_rows if linear(data) else data.plain_rows


def _step(data: SearchData, runs: Runs, iterations: int) -> None:
    """Replace runs by those after EM iterations by the active kernel."""
    if kernels.em_runs is not None and compiled(data):
        effort = RunEffort(iterations, iterations, coarse=True)
        kernels.em_runs(run_rows(data), runs.table, data.rule, effort)
    elif linear(data):
        shared_steps(data, runs, iterations)
    else:
        for s in range(len(runs)):
            steps_of_run(data, runs, s, iterations)
