"""A whole fit: from rows and a plan to a mixture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._types import Floats
from ..constraints import AddToDiagonal, Constraint, Floor
from ..engines import Engine
from ..errors import SingularCovarianceError
from ..fitting.checkpoint import Checkpoint
from ..fitting.degeneracy import warn_about_components, warn_about_data, warn_about_support
from ..fitting.loop import RunResult
from ..fitting.observed import filled_by_means, observed_shares
from ..fitting.problem import Problem
from ..fitting.rescaling import Rescaling, reach_of
from ..fitting.spread import Spread
from ..model import Model
from ..sources import Source
from .complete import search_and_run
from .incomplete import fit_by_completion
from .plan import FitPlan
from .singular import no_mixture
from .trace import Trace

__all__ = ["fit_mixture"]


def fit_mixture(
    source: Source,
    plan: FitPlan,
    rng: np.random.Generator | None,
    engine: Engine,
    whole: Source | None = None,
) -> tuple[RunResult, Trace]:
    """Return the best run of a plan, and the trace of all runs.

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
        ranges, given = reach_of(filled_by_means(source, engine), engine), plan.given.settled
        raise no_mixture(plan.n_components, plan.reg_covar, ranges, given) from None


def _fit_in_ordinary_units(
    source: Source, plan: FitPlan, rng: np.random.Generator | None, engine: Engine, whole: Source
) -> tuple[RunResult, Trace]:
    whole = filled_by_means(whole, engine)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = Spread(whole, engine, plan.family.frame)
        rescaling = Rescaling.of(spread, plan.family)
    if rescaling is None:
        model = Model(plan.family, _constraint(plan.reg_covar, spread), uniform=plan.uniform)
        return _fit(Problem(source, model, engine), plan, rng, spread)
    rescaling = replace(rescaling, observed=observed_shares(source, engine))
    spread = Spread(rescaling.source(whole), engine, plan.family.frame)
    constant = None if plan.reg_covar is None else rescaling.variance(plan.reg_covar)
    model = Model(plan.family, _constraint(constant, spread), uniform=rescaling.inward_uniform(plan.uniform))
    moved = replace(
        plan,
        given=plan.given.rescaled(rescaling, plan.family),
        callbacks=[rescaling.watched(callback) for callback in plan.callbacks],
    )
    result, trace = _fit(Problem(rescaling.source(source), model, engine), moved, rng, spread)
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
    run = search_and_run if problem.plain else fit_by_completion
    result, trace = run(problem, plan, rng, spread)
    if not floored or spread.complete:
        warn_about_components(result.mixture, constraint, n)
    if plan.n_components > 1 and plan.asks_support:
        # Weights count rows; a sum below the number of rows is one of shares.
        warn_about_support(max(n, problem.n_rows), result.mixture.n_parameters)
    if plan.keep and result.reached is not None:
        result = replace(result, checkpoint=Checkpoint(result.reached, plan.steps, spread.pooled))
    return result, trace
