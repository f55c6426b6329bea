"""Runs from several starts, of which the best is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..mixture import Mixture
from .batch import BatchEM
from .convergence import StoppingRule
from .loop import Callback, RunResult, run_loop
from .problem import Problem
from .trace import Trace

__all__ = ["fit_from_starts"]


def fit_from_starts(
    problem: Problem,
    starts: Sequence[Callable[[], Mixture]],
    *,
    stop: StoppingRule,
    max_iter: int,
    callbacks: Sequence[Callback] = (),
) -> tuple[RunResult, Trace]:
    """Run EM from each start and return the best result with the trace of all.

    Parameters
    ----------
    problem : Problem
    starts : sequence of callables
        Each makes a first mixture; it is called when its run begins.
    stop : StoppingRule
    max_iter : int
    callbacks : sequence of callables
    """
    driver = BatchEM(problem)
    results = [
        run_loop(driver, start(), stop=stop, max_iter=max_iter, callbacks=callbacks, run=i, n_runs=len(starts))
        for i, start in enumerate(starts)
    ]
    best = max(range(len(results)), key=lambda i: results[i].objective)
    return results[best], Trace(tuple(result.trace for result in results), best)
