"""Drivers whose runs end at degenerate mixtures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..mixture import Mixture
from .protocols import Driver, State

__all__ = ["EndingDriver"]


@dataclass(frozen=True, eq=False)
class EndingDriver(Driver[Any]):
    """Driver with degeneracy as a stopping rule: EM does not lead out of a degenerate mixture.

    With missing values EM approaches a bound of the covariances slowly, and would end at the most iterations.

    Parameters
    ----------
    driver : Driver
        Takes the steps.
    degenerate : callable
        Returns whether a mixture is degenerate.

    Examples
    --------
    >>> from gaussmix import Mixture, Spherical
    >>> from gaussmix.datasets import load_faithful
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import Aitken, BatchEM, Problem, run_loop
    >>> from gaussmix.model import Model
    >>> from gaussmix.sources import ArraySource
    >>> problem = Problem(ArraySource(load_faithful().data), Model(Spherical()), SerialEngine())
    >>> driver = EndingDriver(BatchEM(problem), lambda mixture: mixture.weights.min() < 0.4)
    >>> start = Mixture([0.5, 0.5], [[2.0, 55.0], [4.5, 80.0]], [30.0, 30.0])
    >>> run_loop(driver, start, stop=Aitken(), max_iter=100).trace.n_iterations
    1
    """

    driver: Driver[Any]
    degenerate: Callable[[Mixture], bool]

    @property
    def allowed_fall(self) -> float:
        """As that of the other driver."""
        return self.driver.allowed_fall

    def __getattr__(self, name: str) -> Any:
        # Several steps in a call, where the other driver has them.
        return getattr(self.driver, name)

    def init(self, mixture: Mixture) -> State:
        """Return the state before the first step."""
        state: State = self.driver.init(mixture)
        return state

    def step(self, state: State) -> State:
        """Return the state after one more step."""
        after: State = self.driver.step(state)
        return after
