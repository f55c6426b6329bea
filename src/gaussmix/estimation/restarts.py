"""EM from several starts: the best run is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import DegenerateMixtureError
from ..fitting.callback import Callback
from ..fitting.convergence import StoppingRule
from ..fitting.journal import Journal
from ..fitting.loop import Reached, RunResult
from ..fitting.protocols import Driver
from ..mixture import Mixture
from .fit_trace import Trace
from .interrupted import FitInterrupted

__all__ = ["best_run", "fit_from_starts"]


def fit_from_starts(
    driver: Driver[Any],
    starts: Sequence[Callable[[], Mixture | Reached]],
    *,
    stop: StoppingRule,
    max_iter: int,
    callbacks: Sequence[Callback] = (),
    sound: Callable[[Mixture], bool] = lambda mixture: True,
    journal: Journal | None = None,
) -> tuple[RunResult, Trace]:
    """Run EM from each start and return the best result with the trace of all.

    The likelihood of a component that collapses onto a few rows is unbounded. So a run with a sound mixture at its end
    is preferred to one without, whatever the likelihoods.

    Parameters
    ----------
    driver : Driver
        Takes the steps.
    starts : sequence of callables
        Each makes a first mixture, or returns the end of an earlier run; it is called when its run begins.
    stop : StoppingRule
        The stopping rule of a run.
    max_iter : int
        Maximum number of iterations of a run.
    callbacks : sequence of callables
        Each is called with a :class:`Step` after every iteration.
    sound : callable
        Returns whether a mixture has no collapsed component.
    journal : Journal, optional
        The journal of the fit: its finished runs are not repeated.

    Returns
    -------
    result : RunResult
        The best run.
    trace : Trace
        All runs.

    Raises
    ------
    DegenerateMixtureError
        If every run makes a covariance singular, or leaves no row to the Gaussian components.
    FitInterrupted
        If an interrupt meets a run after an iteration.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix import Mixture, Spherical
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.estimation import fit_from_starts
    >>> from gaussmix.fitting import Aitken, BatchEM, Problem
    >>> from gaussmix.model import Model
    >>> problem = Problem(
    ...     ArraySource(gaussmix.datasets.load_faithful().data), Model(Spherical()), SerialEngine()
    ... )
    >>> starts = [lambda m=m: Mixture([0.5, 0.5], [[3.0, m], [4.0, 80.0]], [9.0, 9.0]) for m in (50.0, 60.0)]
    >>> result, trace = fit_from_starts(BatchEM(problem), starts, stop=Aitken(), max_iter=100)
    >>> len(trace.runs)
    2
    """
    results: list[RunResult] = []
    journal, options = journal or Journal(), {"stop": stop, "max_iter": max_iter, "callbacks": callbacks}
    for i, start in enumerate(starts):
        try:
            run = journal.run(driver, start(), **options, run=i, n_runs=len(starts))
        except KeyboardInterrupt:
            last = journal.interrupted()
            if last is None and not results:
                raise
            raise FitInterrupted(*best_run([*results, *([] if last is None else [last])], sound)) from None
        except DegenerateMixtureError:
            if not results and i == len(starts) - 1:
                raise
        else:
            results.append(run)
    return best_run(results, sound)


def best_run(results: Sequence[RunResult], sound: Callable[[Mixture], bool]) -> tuple[RunResult, Trace]:
    """Return the best of several runs, and the trace of all.

    Parameters
    ----------
    sound : callable
        Returns whether a mixture has no collapsed component.
    """
    if len(results) == 1:
        return results[0], Trace((results[0].trace,), 0)
    ranks = [(sound(result.mixture), result.objective) for result in results]
    best = ranks.index(max(ranks))
    return results[best], Trace(tuple(result.trace for result in results), best)
