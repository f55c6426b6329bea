"""The only loop: a driver steps, a rule stops, callbacks watch, a result says how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, TypeVar

import numpy as np

from ..mixture import Mixture
from .convergence import FixedIterations, StoppingRule
from .search_trace import SearchEvent
from .trace import RunTrace, Status

__all__ = ["Callback", "Driver", "RunResult", "State", "Step", "run_loop"]

FALL = 1e-9
"""A fall of the objective by more than this share of itself is a failure that is reported."""


class State(Protocol):
    """What a driver carries from step to step.

    A state may also have ``settled``: True or False where the driver knows whether the run has converged, None where
    the stopping rule shall judge.
    """

    @property
    def mixture(self) -> Mixture:
        """The mixture after the step."""
        ...

    @property
    def objective(self) -> float:
        """Mean log-likelihood that the E-step of this step found, for the mixture before it; nats."""
        ...


S = TypeVar("S", bound=State)


class Driver(Protocol[S]):
    """A way to climb: plain EM is one; accelerated and mini-batch ones are others."""

    @property
    def monotone(self) -> bool:
        """Whether the objective can never fall."""
        ...

    def init(self, mixture: Mixture) -> S:
        """Return the state before the first step."""
        ...

    def step(self, state: S) -> S:
        """Return the state after one more step."""
        ...


@dataclass(frozen=True, eq=False)
class Step:
    """What a callback sees after each iteration.

    Parameters
    ----------
    iteration : int
        Counted from 1.
    max_iter : int
        The most iterations that the run may take.
    run : int
        Number of the start, from 0.
    n_runs : int
        How many starts there are.
    mixture : Mixture
        The mixture after this M-step.
    log_likelihood : float
        Mean log-likelihood of the mixture before it, nats for each unit of weight.
    change : float or None
        Its change against the iteration before.
    seconds : float
        Time since the run began.
    stage : "EM" or "search"
        Whether this is an iteration of EM on all rows, or a change that the search for the optimum tried before: its
        log-likelihood is that of the rows that the search looks at, ``iteration`` counts the changes of its run,
        ``n_runs`` is the most runs that it may take, and ``max_iter`` is 0.
    event : SearchEvent or None
        What the search did; None at an iteration of EM.
    """

    iteration: int
    max_iter: int
    run: int
    n_runs: int
    mixture: Mixture
    log_likelihood: float
    change: float | None
    seconds: float
    stage: Literal["EM", "search"] = "EM"
    event: SearchEvent | None = None


Callback: TypeAlias = Callable[[Step], bool | None]
"""Called after every iteration; returning True stops the run."""


@dataclass(frozen=True, eq=False)
class RunResult:
    """The mixture that a run ended with, its objective and its trace."""

    mixture: Mixture
    objective: float
    trace: RunTrace


def run_loop(
    driver: Driver[S],
    start: Mixture,
    *,
    stop: StoppingRule,
    max_iter: int,
    callbacks: Sequence[Callback] = (),
    run: int = 0,
    n_runs: int = 1,
) -> RunResult:
    """Step until the rule stops the run, a callback does, the objective falls, or ``max_iter`` steps are taken.

    Parameters
    ----------
    driver : Driver
    start : Mixture
    stop : StoppingRule
    max_iter : int
    callbacks : sequence of callables
        Each is called with a :class:`Step` after every iteration.
    run, n_runs : int
        Told to the callbacks.

    Returns
    -------
    RunResult
        With the mixture of the last step; of the step before if the objective fell.
    """
    began = time.perf_counter()
    state = driver.init(start)
    status: Status = "max_iter"
    objectives: list[float] = []
    seconds: list[float] = []
    for iteration in range(1, max_iter + 1):
        before, state = state, driver.step(state)
        objectives.append(state.objective)
        seconds.append(time.perf_counter() - began)
        if driver.monotone and _fell(objectives):
            state, status = before, "fell"
            break
        if callbacks:
            change = objectives[-1] - objectives[-2] if iteration > 1 else None
            step = Step(iteration, max_iter, run, n_runs, state.mixture, objectives[-1], change, seconds[-1])
            # Every callback is called, also after one has asked to stop.
            answers = [callback(step) for callback in callbacks]
            if True in answers:
                status = "stopped"
                break
        settled = getattr(state, "settled", None)
        if stop.converged(objectives) if settled is None else settled:
            status = "converged"
            break
    trace = RunTrace(np.array(objectives), np.array(seconds), status, _message(status, objectives, stop))
    return RunResult(state.mixture, objectives[-1] if objectives else -np.inf, trace)


def _fell(objectives: list[float]) -> bool:
    if len(objectives) < 2:
        return bool(np.isnan(objectives[-1]))
    # A comparison with NaN is false, so that a NaN counts as a fall.
    return not objectives[-1] >= objectives[-2] - FALL * max(1.0, abs(objectives[-2]))


def _message(status: Status, objectives: list[float], stop: StoppingRule) -> str:
    n = len(objectives)
    iterations = f"{n} iteration{'' if n == 1 else 's'}"
    if status == "converged":
        return f"converged after {iterations}"
    if status == "stopped":
        return f"stopped by a callback after {iterations}"
    if status == "fell":
        fall = objectives[-2] - objectives[-1] if n > 1 else float("nan")
        return f"fell by {fall:.3g} in mean log-likelihood at iteration {n}; the mixture before it was kept"
    if isinstance(stop, FixedIterations):
        return f"ended after {iterations}, as asked"
    return f"did not converge in {iterations}: raise max_iter or tol"
