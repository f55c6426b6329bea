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
from .loop import Callback, Driver, Reached, RunResult, run_loop
from .problem import Problem
from .tied import tied_driver
from .trace import Trace

__all__ = ["driver_of", "fit_from_starts"]


def driver_of(problem: Problem, stop: StoppingRule | None = None, accelerate: bool = False) -> Driver[Any]:
    """Return the driver of EM that suits a problem: accelerated if that may be and has a meaning.

    Another rule than Aitken's counts the steps of plain EM; a prior that is not monotone has no objective to climb.
    """
    exact = compiled_driver(problem) or BatchEM(problem)
    plain = tied_driver(problem, exact) or exact
    if accelerate and isinstance(stop, Aitken) and plain.monotone and has_chart(problem.family):
        return AcceleratedEM(plain, problem, stop.tol, compiled=not isinstance(plain, BatchEM))
    return plain


def fit_from_starts(
    driver: Driver[Any],
    starts: Sequence[Callable[[], Mixture | Reached]],
    *,
    stop: StoppingRule,
    max_iter: int,
    callbacks: Sequence[Callback] = (),
    sound: Callable[[Mixture], bool] = lambda mixture: True,
) -> tuple[RunResult, Trace]:
    """Run EM from each start and return the best result with the trace of all.

    A component that collapses onto a few rows gains likelihood without end; so a run that ends sound comes before one
    that does not, whatever their likelihoods.

    Parameters
    ----------
    driver : Driver
        See :func:`driver_of`.
    starts : sequence of callables
        Each makes a first mixture, or says where a run ended; it is called when its run begins.
    sound : callable
        Says whether a mixture is free of collapsed components.
    stop : StoppingRule
    max_iter : int
    callbacks : sequence of callables
    """
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
