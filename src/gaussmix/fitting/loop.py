"""The EM loop: steps of a driver, until a stopping rule or a callback ends it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from ..mixture import Mixture
from .callback import Callback, Step
from .checkpoint import Checkpoint
from .convergence import FixedIterations, StoppingRule, pause_of
from .protocols import Driver, State, StepSequence
from .rounding import rounding_of
from .run_trace import RunTrace, Status

__all__ = ["Reached", "Run", "RunResult", "run_loop"]

_FIRST_AHEAD, _AHEAD = 4, 4
"""A run looks ahead by the first number of steps, and later by its length so far divided by the second, so that few are
computed beyond its end."""

S = TypeVar("S", bound=State)


@dataclass(frozen=True, eq=False)
class Reached:
    """State of a finished or unfinished run, for continuation.

    Parameters
    ----------
    state : State
        The driver's.
    objectives : list of float
        The mean log-likelihood of every iteration so far, nats for each unit of weight.
    converged : bool
        Whether the run converged.
    seconds : list of float
        Of a run in progress, the times of its iterations: the run that continues it has them in its trace.
    """

    state: Any
    objectives: list[float]
    converged: bool
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class RunResult:
    """The end of a run of EM: the mixture, its objective and the trace.

    Attributes
    ----------
    mixture : Mixture
        The mixture after the last step; if the objective fell, the one before.
    objective : float
        Mean log-likelihood at the last E-step, in nats for each unit of weight.
    trace : RunTrace
        The run, iteration by iteration.
    reached : Reached or None
        The state from which a further run can continue; None if the objective fell.
    checkpoint : Checkpoint or None
        The state of the whole fit, if the plan asked for one.
    total_weight : float or None
        Total weight of the rows of a whole fit.
    posterior : object or None
        The posterior distribution of the parameters, of a variational fit.

    Examples
    --------
    >>> from gaussmix import Mixture, Spherical
    >>> from gaussmix.model import Model
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.datasets import load_faithful
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import Aitken, BatchEM, Problem, run_loop
    >>> problem = Problem(ArraySource(load_faithful().data), Model(Spherical()), SerialEngine())
    >>> start = Mixture([0.5, 0.5], [[2.0, 55.0], [4.5, 80.0]], [30.0, 30.0])
    >>> result = run_loop(BatchEM(problem), start, stop=Aitken(), max_iter=2)
    >>> result.trace.status, result.trace.n_iterations
    ('max_iter', 2)
    """

    mixture: Mixture
    objective: float
    trace: RunTrace
    reached: Reached | None = None
    checkpoint: Checkpoint | None = None
    total_weight: float | None = None
    posterior: Any = None


@dataclass(eq=False, slots=True)
class _Call(Generic[S]):
    """The steps of one call of a driver: those that do not end the run, by their objectives, and those that may."""

    passed: list[float]
    before: Callable[[], S] | None
    states: Sequence[S]
    began: float
    each: float


def run_loop(
    driver: Driver[S],
    start: Mixture | Reached,
    *,
    stop: StoppingRule,
    max_iter: int,
    callbacks: Sequence[Callback] = (),
    run: int = 0,
    n_runs: int = 1,
) -> RunResult:
    """Run EM until convergence, a stop by a callback, a decrease of the objective, or ``max_iter`` steps.

    Parameters
    ----------
    driver : Driver
        Takes the steps: plain EM, for example :class:`BatchEM`.
    start : Mixture or Reached
        The first mixture, or the end of an earlier run of the same driver to continue; the stopping rule then counts
        the iterations of both.
    stop : StoppingRule
        The stopping rule, a function of the log-likelihoods so far.
    max_iter : int
        Maximum number of iterations of this run.
    callbacks : sequence of callables
        Each is called with a :class:`Step` after every iteration.
    run : int
        Number of this run, for the callbacks.
    n_runs : int
        Number of runs, for the callbacks.

    Returns
    -------
    RunResult
        The mixture of the last step, or of the step before if the objective fell, and the trace of this run alone.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix import Mixture, Spherical
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import Aitken, BatchEM, Problem, run_loop
    >>> from gaussmix.model import Model
    >>> X = gaussmix.datasets.load_faithful().data
    >>> start = Mixture([0.5, 0.5], [[2.0, 55.0], [4.5, 80.0]], [30.0, 30.0])
    >>> problem = Problem(ArraySource(X), Model(Spherical()), SerialEngine())
    >>> run_loop(BatchEM(problem), start, stop=Aitken(), max_iter=100).trace.status
    'converged'
    """
    return Run(
        driver, start, stop=stop, max_iter=max_iter, callbacks=callbacks, run=run, n_runs=n_runs
    ).finish()


class Run(Generic[S]):
    """Run of EM, observable between iterations.

    Parameters
    ----------
    driver, start, stop, max_iter, callbacks, run, n_runs
        As in :func:`run_loop`.

    Examples
    --------
    >>> from gaussmix import Mixture, Spherical
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.datasets import load_faithful
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import Aitken, BatchEM, Problem
    >>> from gaussmix.model import Model
    >>> problem = Problem(ArraySource(load_faithful().data), Model(Spherical()), SerialEngine())
    >>> start = Mixture([0.5, 0.5], [[2.0, 55.0], [4.5, 80.0]], [30.0, 30.0])
    >>> run = Run(BatchEM(problem), start, stop=Aitken(), max_iter=3)
    >>> run.finish(lambda: print(len(run.so_far().objectives))).trace.status
    1
    2
    3
    'max_iter'
    """

    def __init__(
        self,
        driver: Driver[S],
        start: Mixture | Reached,
        *,
        stop: StoppingRule,
        max_iter: int,
        callbacks: Sequence[Callback] = (),
        run: int = 0,
        n_runs: int = 1,
    ) -> None:
        self._driver, self._stop, self._max_iter, self._callbacks = driver, stop, max_iter, callbacks
        self._number, self._n_runs, self._allowed_fall = run, n_runs, driver.allowed_fall
        state, self._objectives, self._seconds = _first_state(driver, start)
        self._degenerate = getattr(driver, "degenerate", None)
        self._before = len(self._objectives) - len(self._seconds)
        self._reached = self._between_calls = state, len(self._seconds)
        self._began = time.perf_counter() - (self._seconds[-1] if self._seconds else 0.0)

    def so_far(self) -> Reached:
        """Return the state of the run after the last call of the driver, for continuation in another process.

        Within a call some estimates begin at the one of the step before: from there the last bits could differ.
        """
        state, own = self._between_calls
        return Reached(state, self._objectives[: self._before + own], False, self._seconds[:own])

    def interrupted(self) -> RunResult | None:
        """Return the result after the last iteration; None before the first one."""
        own = self._reached[1]
        message = f"interrupted after {_counted(own)}"
        return self._result("stopped", message, self._objectives[: self._before + own]) if own else None

    def finish(self, note: Callable[[], None] | None = None) -> RunResult:
        """Return the end of the run.

        Parameters
        ----------
        note : callable, optional
            Is called after each call of the driver that does not end the run.
        """
        status: Status | None = None
        for call in self._calls(noted=note is not None):
            status = self._take(call)
            if status is None and self._degenerate is not None and self._degenerate(self._reached[0].mixture):
                status = "converged"
            if status is not None:
                break
            self._between_calls = self._reached
            if note is not None:
                note()
        status = status or "max_iter"
        own = self._objectives[self._before :]
        return self._result(status, _message(status, own, self._stop), self._objectives)

    def _result(self, status: Status, message: str, objectives: list[float]) -> RunResult:
        state, own = self._reached[0], objectives[self._before :]
        trace = RunTrace(np.array(own), np.array(self._seconds[: len(own)]), status, message)
        reached = None if status == "fell" else Reached(state, objectives, status == "converged")
        posterior = getattr(state, "posterior", None)
        return RunResult(state.mixture, own[-1] if own else -np.inf, trace, reached, posterior=posterior)

    def _take(self, call: _Call[S]) -> Status | None:
        """Record the iterations of a call, and return the status of a run that ends at one of them."""
        objectives, seconds, allowed = self._objectives, self._seconds, self._allowed_fall
        time_of, each, passed = call.began - self._began, call.each, call.passed
        if passed:
            objectives += passed
            seconds += [time_of + each * i for i in range(1, len(passed) + 1)]
            time_of = seconds[-1]
        for after in call.states:
            time_of += each
            objectives.append(after.objective)
            seconds.append(time_of)
            rose = len(objectives) > 1 and objectives[-1] >= objectives[-2]
            if not rose and allowed < math.inf and _decreased(objectives, allowed, after.mixture):
                if passed and call.before is not None:
                    self._reached = call.before(), len(seconds) - 1
                return "fell"
            # One assignment: an interrupt meets the state with its number.
            self._reached = after, len(seconds)
            if self._callbacks and self._stopped_by_callback(after):
                return "stopped"
            settled = getattr(after, "settled", None)
            if self._stop.converged(objectives) if settled is None else settled:
                return "converged"
        return None

    def _stopped_by_callback(self, after: S) -> bool:
        """Report an iteration to the callbacks, and return whether one of them requests a stop."""
        objectives, seconds = self._objectives, self._seconds
        step = Step(
            len(seconds),
            self._max_iter,
            self._number,
            self._n_runs,
            after.mixture,
            objectives[-1],
            objectives[-1] - objectives[-2] if len(objectives) > 1 else None,
            seconds[-1],
        )
        # Every callback is called, also after one has asked to stop.
        return True in [callback(step) for callback in self._callbacks]

    def _look_ahead_limit(self, done: int) -> int:
        """Return the maximum number of EM steps in the next call, after so many."""
        if self._callbacks:
            return 1
        return (
            self._max_iter
            if isinstance(self._stop, FixedIterations)
            else max(_FIRST_AHEAD, 1 + done // _AHEAD)
        )

    def _calls(self, noted: bool) -> Iterator[_Call[S]]:
        """Yield the calls of the driver; several shorter ones where each is noted."""
        several = getattr(self._driver, "look_ahead", None)
        to_pause = getattr(self._driver, "steps_to_pause", None)
        pause = None if self._callbacks or noted else pause_of(self._stop, self._allowed_fall)
        state, done = self._reached
        while done < self._max_iter:
            left, began = self._max_iter - done, time.perf_counter()
            sequence: StepSequence[S] | None = None
            if pause is not None and to_pause is not None:
                sequence = to_pause(state, left, pause, self._objectives[-4:])
            if sequence is not None:
                before, passed, states = sequence.before, sequence.objectives[:-1], [sequence.last]
            else:
                before, passed, most = None, [], min(self._look_ahead_limit(done), left)
                states = [self._driver.step(state)] if several is None or most == 1 else several(state, most)
            n_steps = len(passed) + len(states)
            yield _Call(passed, before, states, began, (time.perf_counter() - began) / n_steps)
            state, done = states[-1], done + n_steps


def _first_state(driver: Driver[S], start: Mixture | Reached) -> tuple[S, list[float], list[float]]:
    """Return the state before the first step, the objectives of earlier iterations, and the times of own ones."""
    if isinstance(start, Mixture):
        return driver.init(start), [], []
    # A driver that has converged tests again only from the mixture.
    state = driver.init(start.state.mixture) if start.converged else start.state
    return state, list(start.objectives), list(start.seconds)


def _decreased(objectives: list[float], allowed: float, mixture: Mixture) -> bool:
    if len(objectives) < 2:
        return bool(np.isnan(objectives[-1]))
    # A comparison with NaN is false, so that a NaN counts as a fall.
    least = objectives[-2] - allowed * max(1.0, abs(objectives[-2]))
    return not (objectives[-1] >= least or objectives[-1] >= least - rounding_of(mixture))


def _message(status: Status, objectives: list[float], stop: StoppingRule) -> str:
    n = len(objectives)
    iterations = _counted(n)
    if status == "converged":
        return f"converged after {iterations}"
    if status == "stopped":
        return f"stopped by a callback after {iterations}"
    if status == "fell":
        fall = objectives[-2] - objectives[-1] if n > 1 else float("nan")
        return f"decreased the objective by {fall:.3g} at iteration {n}; the mixture before it was kept"
    if isinstance(stop, FixedIterations):
        return f"ended after {iterations}, as asked"
    return f"did not converge in {iterations}: raise max_iter or tol"


def _counted(n: int) -> str:
    return f"{n} iteration{'' if n == 1 else 's'}"
