"""Fits to complete rows: the search for a start, and EM from there or from several starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, TypeAlias

import numpy as np

from ..covariances.constraints import Floor
from ..em import placed
from ..errors import DegenerateMixtureError, SingularCovarianceError
from ..fitting.convergence import FixedIterations
from ..fitting.degeneracy import degenerate_components, in_columns_of_ties
from ..fitting.drivers import driver_of
from ..fitting.initial_values import mixture_of_assignments
from ..fitting.loop import Reached, RunResult, run_loop
from ..fitting.problem import Problem
from ..fitting.protocols import Driver
from ..fitting.run_trace import RunTrace
from ..fitting.spread import Spread
from ..mixture import Mixture
from ..search.all_rows import Searched, search_for_start
from ..starts import StartRows, draw_start_rows, mixture_of_responsibilities, mixture_with_means, most_rows
from ..starts.beside_uniform import beside, rows_of_starts
from ..starts.best_k_means import best_k_means
from .collapse import SPARE_METHODS, first_that_succeeds
from .fan_out import fits_side_by_side, side_by_side
from .fit_trace import Trace
from .interrupted import FitInterrupted
from .plan import FitPlan
from .restarts import fit_from_starts

__all__ = ["search_and_run", "starts_of", "stopped_run"]

RunFrom: TypeAlias = Callable[[Sequence[Callable[[], Mixture | Reached]]], tuple[RunResult, Trace]]


def search_and_run(
    problem: Problem, plan: FitPlan, rng: np.random.Generator | None, spread: Spread
) -> tuple[RunResult, Trace]:
    """Return the best run of EM from the result of a search, or from the starts if there is no search."""
    driver = plan.driver(problem)
    searched = _searched(problem, plan, rng, spread, driver)
    if searched is not None and searched.stopped:
        result = stopped_run(driver, searched.mixture)
        return result, Trace((result.trace,), 0, searched.trace)
    constraint = problem.model.constraint
    if searched is not None and plan.search is not None and plan.search.known is not None:
        # A degenerate end does not replace the known fit.
        problem = replace(problem, degenerate=searched.degenerate)
        driver = plan.driver(problem)

    def sound(mixture: Mixture) -> bool:
        collapsed = degenerate_components(mixture, constraint, problem.row_count)
        return plan.variational is not None or not (spread.complete and len(collapsed))

    def run_from(starts: Sequence[Callable[[], Mixture | Reached]]) -> tuple[RunResult, Trace]:
        if side_by_side(problem, plan, len(starts)):
            return fits_side_by_side(problem, plan, starts, sound)
        return fit_from_starts(
            driver,
            starts,
            stop=plan.stop,
            max_iter=plan.max_iter,
            callbacks=plan.callbacks,
            sound=sound,
            journal=plan.stages,
        )

    try:
        if searched is None:
            return run_from(starts_of(plan, problem, spread, rng))
        return _from_mixtures(run_from, searched, plan.variational is None, plan.column_names)
    except FitInterrupted as interrupt:
        raise interrupt.after(None if searched is None else searched.trace) from None
    except SingularCovarianceError:
        if isinstance(constraint, Floor) or plan.given.settled:
            raise
    spare = [replace(plan, start_method=method, search=None, n_init=1) for method in SPARE_METHODS]
    return first_that_succeeds([partial(run_from, starts_of(other, problem, spread, rng)) for other in spare])


def _searched(
    problem: Problem, plan: FitPlan, rng: np.random.Generator | None, spread: Spread, driver: Driver[Any]
) -> Searched | None:
    """Return the result of a search by maximum likelihood; None without a search."""
    if plan.search is None or not plan.searches:
        return None
    assert rng is not None
    maximum = driver if plan.variational is None else driver_of(problem)
    search = partial(search_for_start, problem, spread, plan.n_components, plan.search, maximum)
    return plan.stages.result_of(lambda: search(plan.callbacks, rng), rng)


def _from_mixtures(
    run_from: RunFrom, searched: Searched, next_best: bool, names: Sequence[str] | None
) -> tuple[RunResult, Trace]:
    """Return the first EM run with a nondegenerate end, from the mixtures of a search."""
    ends: list[RunResult] = []
    mixtures = searched.mixtures if next_best else searched.mixtures[:1]
    for mixture in mixtures:
        # EM hardly ever leads out of a degenerate mixture.
        if ends and searched.degenerate(mixture):
            continue
        try:
            end, _ = run_from([partial(_same, mixture)])
        except DegenerateMixtureError:
            if mixture is mixtures[-1] and not ends:
                raise
            continue
        ends.append(end)
        if end.trace.status == "stopped" or searched.nondegenerate(end.mixture):
            break
    best = len(ends) - 1 if searched.nondegenerate(ends[-1].mixture) else 0
    trace, first = searched.trace, ends[0].mixture
    if searched.degenerate(first):
        trace = searched.in_doubt(
            in_columns_of_ties(first, searched.nondegenerate.total_weight, names), best > 0
        )
    return ends[best], Trace(tuple(end.trace for end in ends), best, trace)


def _same(mixture: Mixture) -> Mixture:
    return mixture


def stopped_run(driver: Driver[Any], mixture: Mixture) -> RunResult:
    """Return the result of a fit stopped by a callback before the first iteration of EM on all rows.

    Its objective is that of an iteration, which is not kept: with the prior, of the rows kept, within the bounds.

    Parameters
    ----------
    driver : Driver
        Of the rows as they are.
    """
    objective = run_loop(driver, mixture, stop=FixedIterations(), max_iter=1).objective
    trace = RunTrace(np.empty(0), np.empty(0), "stopped", "stopped by a callback during the search")
    return RunResult(mixture, objective, trace)


def starts_of(
    plan: FitPlan, problem: Problem, spread: Spread, rng: np.random.Generator | None
) -> Sequence[Callable[[], Mixture | Reached]]:
    """Return the makers of first mixtures; the rows are drawn once, when the first of them needs them."""
    given, whole, assignments = plan.given, plan.given.mixture, plan.given.assignments
    uniform = problem.model.uniform
    add = _same if uniform is None else partial(beside, uniform=uniform)
    if plan.checkpoint is not None and plan.checkpoint.leads_to(
        plan.steps, spread.pooled, problem.source, problem.engine
    ):
        reached = plan.checkpoint.reached
        return [lambda: reached]
    if whole is not None:
        return [lambda: add(whole)]
    if assignments is not None:
        return [
            lambda: add(given.over(mixture_of_assignments(problem, assignments, spread.mean, spread.scale)))
        ]
    kinds = 2 if uniform is not None and (plan.searches or plan.n_components == 1) else 1
    return [_Starts(plan, problem, spread, rng)] * (1 if given.settled else plan.n_init * kinds)


class _Starts:
    """First mixtures from rows drawn once; with a uniform component, from weighted rows and from all rows in turn."""

    def __init__(
        self, plan: FitPlan, problem: Problem, spread: Spread, rng: np.random.Generator | None
    ) -> None:
        self._plan, self._problem, self._spread, self._rng = plan, problem, spread, rng
        self._made = 0

    def __call__(self) -> Mixture:
        plan, model, rng = self._plan, self._problem.model, self._rng
        assert rng is not None
        rows, weight = self._rows[self._made % len(self._rows)]
        self._made += 1
        if plan.given.means is not None:
            start = mixture_with_means(rows, plan.given.means, model)
        else:
            method = best_k_means if plan.searches else plan.start_method
            start = mixture_of_responsibilities(rows, method(rows, plan.n_components, rng), model)
        if plan.given.anything:
            start = plan.given.over(start)
        if model.uniform is not None:
            start = beside(start, model.uniform.of_weight(weight))
        return start if plan.given.anything else placed(start, model)

    @cached_property
    def _rows(self) -> list[tuple[StartRows, float]]:
        assert self._rng is not None
        problem, most, around = self._problem, most_rows(self._plan.n_components), self._spread
        sizes = most, self._plan.family, around.mean, around.scale
        rows = draw_start_rows(problem.source, *sizes, self._rng, problem.engine)
        return rows_of_starts(rows, problem.model.uniform is not None)
