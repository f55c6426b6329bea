"""Runs from several starts, of which the best is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..mixture import Mixture
from .accelerated import AcceleratedEM
from .batch import BatchEM
from .charts import has_chart
from .compiled import compiled_driver
from .convergence import Aitken, StoppingRule
from .loop import Callback, Driver, RunResult, run_loop
from .problem import Problem
from .trace import Trace

__all__ = ["fit_from_starts"]


def driver_of(problem: Problem) -> Driver[Any]:
    """Return the driver of plain EM that suits a problem."""
    return compiled_driver(problem) or BatchEM(problem)


def accelerated_driver_of(problem: Problem, stop: StoppingRule) -> Driver[Any]:
    """Return the driver of accelerated EM; of plain EM where acceleration has no meaning.

    Another rule than Aitken's counts the steps of plain EM; a prior that is not monotone has no objective to climb.
    """
    plain = driver_of(problem)
    if isinstance(stop, Aitken) and plain.monotone and has_chart(problem.family):
        return AcceleratedEM(plain, problem, stop.tol, compiled=not isinstance(plain, BatchEM))
    return plain


def fit_from_starts(
    problem: Problem,
    starts: Sequence[Callable[[], Mixture]],
    *,
    stop: StoppingRule,
    max_iter: int,
    callbacks: Sequence[Callback] = (),
    sound: Callable[[Mixture], bool] = lambda mixture: True,
    accelerate: bool = False,
) -> tuple[RunResult, Trace]:
    """Run EM from each start and return the best result with the trace of all.

    A component that collapses onto a few rows gains likelihood without end; so a run that ends sound comes before one
    that does not, whatever their likelihoods.

    Parameters
    ----------
    problem : Problem
    starts : sequence of callables
        Each makes a first mixture; it is called when its run begins.
    sound : callable
        Says whether a mixture is free of collapsed components.
    stop : StoppingRule
    max_iter : int
    callbacks : sequence of callables
    accelerate : bool
        Whether EM may be accelerated.
    """
    driver = accelerated_driver_of(problem, stop) if accelerate else driver_of(problem)
    results = [
        run_loop(
            driver, start(), stop=stop, max_iter=max_iter, callbacks=callbacks, run=i, n_runs=len(starts)
        )
        for i, start in enumerate(starts)
    ]
    best = max(range(len(results)), key=lambda i: _rank(results[i], sound if len(results) > 1 else None))
    return results[best], Trace(tuple(result.trace for result in results), best)


def _rank(result: RunResult, sound: Callable[[Mixture], bool] | None) -> tuple[bool, float]:
    return sound is None or sound(result.mixture), result.objective
