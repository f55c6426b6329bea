"""EM on the search's subsample, and the responsibilities of one E-step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import kernels
from .._types import Floats, Ints
from ..em import penalty
from ..errors import NoiseOnlyError
from ..fitting.batch import BatchEM
from ..fitting.compiled import compiled_driver
from ..fitting.own_estimate import own_estimate_driver
from ..fitting.problem import Problem
from ..fitting.protocols import Driver, State
from ..mixture import Mixture
from .search_data import SearchData

__all__ = ["MIN_RESPONSIBILITY", "Expectation", "LocalEM"]

MIN_RESPONSIBILITY = 0.01
"""Rows below this responsibility for the free components are left out of partial EM."""


@dataclass(frozen=True, eq=False)
class Expectation:
    """A mixture with its E-step on all rows.

    Parameters
    ----------
    mixture : Mixture
    responsibilities : (n, K) array
    log_prob : (n,) array
        Nats.
    objective : float
        Σ w log p(x), nats, and the logarithm of the prior density.
    """

    mixture: Mixture
    responsibilities: Floats
    log_prob: Floats
    objective: float

    def touched(self, components: Sequence[int]) -> Ints:
        """Return the rows with a responsibility above 0.01 for one of some components."""
        flags = np.zeros(len(self.log_prob), dtype=bool)
        for component in components:
            flags |= self.responsibilities[:, component] > MIN_RESPONSIBILITY
        return np.flatnonzero(flags)


class LocalEM:
    """Plain EM on the rows of a search, compiled passes over many rows in single precision.

    Parameters
    ----------
    data : SearchData
    """

    def __init__(self, data: SearchData) -> None:
        self.data = data
        self._passes = 0.0
        self._drivers: dict[int, Driver[Any]] = {}

    @property
    def passes(self) -> int:
        """Number of passes over the rows so far; partial EM counts by its share of rows and components."""
        return int(self._passes)

    def count(self, passes: float) -> None:
        """Add passes."""
        self._passes += passes

    def expectation(self, mixture: Mixture) -> Expectation:
        """Return the E-step of a mixture."""
        joint = kernels.active.log_joint(self.data.X, *mixture.densities.arrays)
        self.count(1)
        # In column order: components are read one by one.
        responsibilities = np.asfortranarray(joint)
        top = responsibilities.max(axis=1)
        responsibilities -= top[:, None]
        np.exp(responsibilities, out=responsibilities)
        total = responsibilities.sum(axis=1)
        responsibilities /= total[:, None]
        log_prob = top + np.log(total)
        if self.data.has_small(mixture.weights[None])[0]:
            objective = self.objective(mixture)
        else:
            objective = float(self.data.weights @ log_prob) + penalty(mixture, self.data.model)
        return Expectation(mixture, responsibilities, log_prob, objective)

    def objective(self, mixture: Mixture) -> float:
        """Return Σ w log p(x) and the log prior density, nats; with small components, the penalised one."""
        self.count(1)
        if self.data.has_small(mixture.weights[None])[0]:
            return self.data.penalised(mixture.weights, mixture.means, mixture.covariances.in_frame())
        return self.data.log_likelihood(mixture.densities) + penalty(mixture, self.data.model)

    def run(self, mixture: Mixture, iterations: int) -> tuple[Mixture, float]:
        """Return the mixture after some EM iterations, and Σ w log p(x) before the last of them.

        With small components, it is the penalised one of the last mixture.
        """
        driver = self._driver(mixture.n_components)
        state = self._advanced(driver, driver.init(mixture), iterations)
        if self.data.has_small(state.mixture.weights[None])[0]:
            return state.mixture, self.objective(state.mixture)
        return state.mixture, state.objective * self.data.total_weight

    def converge(self, mixture: Mixture, iterations: int, tol: float, step: int = 10) -> Mixture:
        """Return the mixture after some iterations; fewer if their mean gain falls below ``tol`` nats."""
        driver, least = self._driver(mixture.n_components), tol * step / self.data.total_weight
        state: State = driver.init(mixture)
        objective = -np.inf
        for _ in range(0, iterations, step):
            before = objective
            state = self._advanced(driver, state, step)
            objective = state.objective
            if not objective - before >= least:
                break
        return state.mixture

    def _driver(self, n_components: int) -> Driver[Any]:
        if n_components not in self._drivers:
            problem = Problem(self.data.source(n_components), self.data.model, self.data.engine)
            driver = compiled_driver(problem, coarse=True) or own_estimate_driver(problem) or BatchEM(problem)
            self._drivers[n_components] = driver
        return self._drivers[n_components]

    def _advanced(self, driver: Driver[Any], state: State, iterations: int) -> State:
        """Return a driver's state after some iterations, in one call of the kernel where it can.

        The state stays where all rows go to the noise: with hardly a row, the components are degenerate.
        """
        self.count(iterations)
        steps = getattr(driver, "steps", None)
        try:
            if steps is not None:
                after: State = steps(state, iterations)
                return after
            for _ in range(iterations):
                state = driver.step(state)
        except NoiseOnlyError:
            pass
        return state
