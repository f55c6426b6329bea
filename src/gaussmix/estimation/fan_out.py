"""EM from several starts as tasks in other processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ..engines import FanOut, SerialEngine
from ..engines.fan_out import fans_out
from ..errors import DegenerateMixtureError
from ..fitting.loop import Reached, RunResult, run_loop
from ..fitting.problem import Problem
from ..mixture import Mixture
from .fit_trace import Trace
from .plan import FitPlan
from .restarts import best_run

__all__ = ["fits_side_by_side", "side_by_side"]


def side_by_side(problem: Problem, plan: FitPlan, n_starts: int) -> bool:
    """Return whether the runs from several starts are tasks in other processes.

    Callbacks and checkpoints see one run after the other.
    """
    watched = bool(plan.callbacks) or plan.stages.kept or plan.keep
    return n_starts > 1 and not watched and fans_out(problem.engine, problem.source)


def fits_side_by_side(
    problem: Problem,
    plan: FitPlan,
    starts: Sequence[Callable[[], Mixture | Reached]],
    sound: Callable[[Mixture], bool],
) -> tuple[RunResult, Trace]:
    """Return the best run of EM from several starts, with the trace of all; the runs are tasks of the engine.

    Parameters
    ----------
    problem : Problem
        With rows in memory.
    starts : sequence of callables
        Each makes a first mixture.
    sound : callable
        Returns whether a mixture has no collapsed component.

    Raises
    ------
    DegenerateMixtureError
        If every run makes a covariance singular, or leaves no row to the Gaussian components.
    """
    engine = problem.engine
    assert isinstance(engine, FanOut)
    firsts: list[Mixture | Reached | DegenerateMixtureError] = []
    for start in starts:
        try:
            firsts.append(start())
        except DegenerateMixtureError as error:
            firsts.append(error)
    alone = Problem(problem.source, problem.model, SerialEngine())
    task = partial(_run, alone, replace(plan, journal=None), len(firsts))
    ends = engine.fan_out(task, list(enumerate(firsts)))
    results = [end for end in ends if isinstance(end, RunResult)]
    if not results:
        raise next(end for end in reversed(ends) if isinstance(end, DegenerateMixtureError))
    return best_run(results, sound)


def _run(
    problem: Problem, plan: FitPlan, n_runs: int, job: tuple[int, Mixture | Reached | DegenerateMixtureError]
) -> RunResult | DegenerateMixtureError:
    number, first = job
    if isinstance(first, DegenerateMixtureError):
        return first
    driver, most = plan.driver(problem), plan.max_iter
    try:
        return run_loop(driver, first, stop=plan.stop, max_iter=most, run=number, n_runs=n_runs)
    except DegenerateMixtureError as error:
        return error
