"""A whole fit: from rows and a plan to a mixture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from .._types import Floats
from ..constraints import AddToDiagonal, Constraint, Floor
from ..em import e_step
from ..engines import Engine
from ..errors import SingularCovarianceError
from ..fitting.checkpoint import Checkpoint
from ..fitting.degeneracy import (
    degenerate_components,
    warn_about_components,
    warn_about_data,
    warn_about_support,
)
from ..fitting.drivers import driver_of
from ..fitting.initial_values import mixture_of_assignments
from ..fitting.loop import Reached, RunResult
from ..fitting.problem import Problem
from ..fitting.rescaling import Rescaling, column_range
from ..fitting.spread import Spread
from ..fitting.trace import RunTrace
from ..mixture import Mixture
from ..model import Model
from ..search.all_rows import search_for_start
from ..sources import Source
from ..starts import StartRows, draw_start_rows, mixture_of_responsibilities, mixture_with_means
from ..starts.methods import one_hot
from ..starts.partitions import Coordinates, best_k_means
from .plan import FitPlan
from .restarts import fit_from_starts
from .singular import SPARE_METHODS, first_that_succeeds, no_mixture
from .trace import Trace

__all__ = ["fit_mixture"]


def fit_mixture(
    source: Source,
    plan: FitPlan,
    rng: np.random.Generator | None,
    engine: Engine,
    whole: Source | None = None,
) -> tuple[RunResult, Trace]:
    """Return the best run that a plan leads to, and the trace of all runs.

    Parameters
    ----------
    source : Source
        Rows to fit: n rows of D columns, with weights.
    plan : FitPlan
        How to fit them.
    rng : numpy.random.Generator or None
        Source of randomness for the starts and the search; None if the plan draws nothing.
    engine : Engine
        Adds up over the blocks of the source.
    whole : Source, optional
        Rows whose covariance is the S of the constraint Σ_k ⪰ ε S; by default the rows that are fitted.

    Returns
    -------
    result : RunResult
        The best run.
    trace : Trace
        All runs, and the search before them.

    Warns
    -----
    DataWarning
        If a column is constant, the rows span fewer dimensions than there are columns, or there are fewer than five
        rows for each free parameter of several components.
    ComponentWarning
        If a component collapsed.

    Examples
    --------
    >>> import numpy as np
    >>> import gaussmix
    >>> from gaussmix import Full
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.estimation import FitPlan, fit_mixture
    >>> from gaussmix.fitting import Aitken
    >>> from gaussmix.starts import START_METHODS
    >>> source = ArraySource(gaussmix.datasets.load_faithful().data)
    >>> plan = FitPlan(2, Full(), Aitken(), max_iter=100, start_method=START_METHODS["kmeans"])
    >>> result, trace = fit_mixture(source, plan, np.random.default_rng(0), SerialEngine())
    >>> round(result.objective * source.n_rows, 2)
    -1130.26
    """
    try:
        return _fit_in_ordinary_units(source, plan, rng, engine, whole or source)
    except SingularCovarianceError:
        if plan.reg_covar is None:
            raise
        ranges, given = column_range(source), plan.given.settled
        raise no_mixture(plan.n_components, plan.reg_covar, ranges, given) from None


def _fit_in_ordinary_units(
    source: Source, plan: FitPlan, rng: np.random.Generator | None, engine: Engine, whole: Source
) -> tuple[RunResult, Trace]:
    with np.errstate(over="ignore", invalid="ignore"):
        spread = Spread(whole, engine, plan.family.frame)
        rescaling = Rescaling.of(spread, plan.family)
    if rescaling is None:
        constraint = _constraint(plan.reg_covar, spread)
        return _fit(Problem(source, Model(plan.family, constraint), engine), plan, rng, spread)
    spread = Spread(rescaling.source(whole), engine, plan.family.frame)
    constant = None if plan.reg_covar is None else rescaling.variance(plan.reg_covar)
    problem = Problem(rescaling.source(source), Model(plan.family, _constraint(constant, spread)), engine)
    moved = replace(
        plan,
        given=plan.given.rescaled(rescaling, plan.family),
        callbacks=[rescaling.watched(callback) for callback in plan.callbacks],
    )
    result, trace = _fit(problem, moved, rng, spread)
    return rescaling.outward_result(result), trace.moved(rescaling.outward, rescaling.shift)


def _constraint(constant: float | Floats | None, spread: Spread) -> Constraint:
    return Floor(spread.scale) if constant is None else AddToDiagonal(constant)


def _fit(
    problem: Problem, plan: FitPlan, rng: np.random.Generator | None, spread: Spread
) -> tuple[RunResult, Trace]:
    constraint, n = problem.model.constraint, spread.total_weight
    # A constant on the diagonal holds no component back, whatever the spread of the rows.
    floored = isinstance(constraint, Floor)
    if floored:
        warn_about_data(spread.variances, spread.rank, plan.column_names)
    result, trace = _search_and_run(problem, plan, rng, spread)
    if not floored or spread.complete:
        warn_about_components(result.mixture, constraint, n)
    if plan.n_components > 1 and plan.asks_support:
        # Weights count rows; a sum below the number of rows is one of shares.
        warn_about_support(max(n, problem.source.n_rows), result.mixture.n_parameters)
    if plan.keep and result.reached is not None:
        result = replace(result, checkpoint=Checkpoint(result.reached, plan.steps, spread.pooled))
    return result, trace


def _search_and_run(
    problem: Problem, plan: FitPlan, rng: np.random.Generator | None, spread: Spread
) -> tuple[RunResult, Trace]:
    """Return the best run of EM from the result of a search, or from the starts where there is no search."""
    driver = driver_of(problem, plan.stop, plan.accelerate)
    searched = None
    if plan.search is not None and plan.searches:
        assert rng is not None
        searched = search_for_start(
            problem, spread, plan.n_components, plan.search, driver, plan.callbacks, rng
        )
    if searched is not None and searched.stopped:
        result = _stopped(problem, searched.mixture)
        return result, Trace((result.trace,), 0, searched.trace)
    constraint, n = problem.model.constraint, spread.total_weight
    run_from = partial(
        fit_from_starts,
        driver,
        stop=plan.stop,
        max_iter=plan.max_iter,
        callbacks=plan.callbacks,
        sound=lambda mixture: not (spread.complete and len(degenerate_components(mixture, constraint, n))),
    )
    try:
        if searched is None:
            return run_from(_starts(plan, problem, spread, rng))
        result, trace = run_from([lambda: searched.mixture])
        return result, replace(trace, search=searched.judged(result.mixture))
    except SingularCovarianceError:
        if isinstance(constraint, Floor) or plan.given.settled:
            raise
    spare = [replace(plan, start_method=method, search=None, n_init=1) for method in SPARE_METHODS]
    return first_that_succeeds([partial(run_from, _starts(other, problem, spread, rng)) for other in spare])


def _stopped(problem: Problem, mixture: Mixture) -> RunResult:
    """Return the result of a fit that a callback stopped before the first iteration of EM on all rows."""
    moments = problem.engine.sum(partial(e_step, mixture.densities), problem.source)
    trace = RunTrace(np.empty(0), np.empty(0), "stopped", "stopped by a callback during the search")
    return RunResult(mixture, moments.mean_log_likelihood, trace)


def _starts(
    plan: FitPlan, problem: Problem, spread: Spread, rng: np.random.Generator | None
) -> Sequence[Callable[[], Mixture | Reached]]:
    """Return the makers of first mixtures; the rows are drawn once, when the first of them needs them."""
    given, whole, assignments = plan.given, plan.given.mixture, plan.given.assignments
    if plan.checkpoint is not None and plan.checkpoint.leads_to(plan.steps, spread.pooled):
        reached = plan.checkpoint.reached
        return [lambda: reached]
    if whole is not None:
        return [lambda: whole]
    if assignments is not None:
        return [lambda: given.over(mixture_of_assignments(problem, assignments, spread.mean, spread.scale))]
    K = plan.n_components
    drawn: list[StartRows] = []

    def start() -> Mixture:
        assert rng is not None
        if not drawn:
            drawn.append(draw_start_rows(problem.source, K, plan.family, spread.mean, spread.scale, rng))
        if given.means is not None:
            return given.over(mixture_with_means(drawn[0], given.means, problem.model))
        method = _by_scaled_columns if plan.searches else plan.start_method
        responsibilities = method(drawn[0], K, rng)
        return given.over(mixture_of_responsibilities(drawn[0], responsibilities, problem.model))

    return [start] * (1 if given.settled else plan.n_init)


def _by_scaled_columns(rows: StartRows, n_components: int, rng: np.random.Generator) -> Floats:
    """Return the k-means partition of scaled columns, as responsibilities: the start where no search can be made.

    Where the rows are too few for one, whitening shrinks just the directions that separate the groups.
    """
    return one_hot(best_k_means(Coordinates(rows), n_components, rng), n_components)
