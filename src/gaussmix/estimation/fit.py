"""A whole fit: from rows and a plan to a mixture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Family
from ..covariances.constraints import AddToDiagonal, Constraint, Floor
from ..densities import NOT_EXACT
from ..em import e_step
from ..engines import Engine, all_rows
from ..errors import DataWarning, InputError, SingularCovarianceError, recorded_warnings, warn
from ..fitting.checkpoint import Checkpoint
from ..fitting.drivers import batch_driver
from ..fitting.fit_warnings import warn_about_components, warn_about_data, warn_about_support
from ..fitting.loop import RunResult
from ..fitting.missing_codes import codes_in_words
from ..fitting.observed import filled_by_means, observed_shares
from ..fitting.problem import Problem
from ..fitting.rescaling import Rescaling, is_evidently_ordinary, reach_of
from ..fitting.spread import RobustSpread, Spread
from ..fitting.trimmed import cutoff_of, trimming_of
from ..frames import Frame
from ..mixture import Mixture
from ..model import Model
from ..moments import Moments
from ..one_blas_thread import one_blas_thread
from ..sources import ArraySource, Source
from ..sources.base import first_block
from ..starts import WhiteningTransform
from ..starts.block import canonical_block
from ..starts.draw import rows_of_least_hash
from ..trimming import Trimming
from ..variational import Variational
from .collapse import no_mixture
from .complete import search_and_run
from .fit_trace import Trace
from .incomplete import fit_by_completion
from .interrupted import FitInterrupted
from .many_columns import located, suited
from .plan import FitPlan

__all__ = ["fit_mixture", "moments_of", "spread_of", "trimmed_cutoff"]

_MOST_SAMPLED = 5_000
"""Rows of a sample for robust location and scatter."""

_MOST_ORDERED = 20_000
"""Incomplete rows up to which a fit sees distinct ones in canonical order."""


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
        The plan of the fit.
    rng : numpy.random.Generator or None
        Source of random numbers for the starts and the search; None if the plan needs none.
    engine : Engine
        Adds up over the blocks of the source.
    whole : Source, optional
        Rows whose covariance is the S of the constraint Σ_k ⪰ ε S; by default the rows that are fitted.

    Returns
    -------
    result : RunResult
        The best run.
    trace : Trace
        All runs, the search before them, and the warnings.

    Warns
    -----
    DataWarning
        If a column seems to have a code of missing values, or is constant, if the rows span fewer dimensions than there
        are columns, or if there are fewer than five rows for each free parameter of several components.
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
    _check_exact(source, plan)
    with recorded_warnings() as warnings:
        try:
            result, trace = _fit_after_checks(_Rows(source, whole or source, engine), plan, rng)
            return result, _of_objective(trace, plan).after(warnings)
        except FitInterrupted as interrupt:
            trace = _of_objective(interrupt.trace, plan).after(warnings)
            raise FitInterrupted(interrupt.result, trace) from None


def _fit_after_checks(rows: _Rows, plan: FitPlan, rng: np.random.Generator | None) -> tuple[RunResult, Trace]:
    source, engine = rows.source, rows.engine
    for sentence in codes_in_words(source, engine, plan.column_names):
        warn(sentence, DataWarning)
    plan = plan.begun(suited(plan.family, source))
    try:
        # Far rows leave the range of squares, and count for nothing.
        ignoring = (
            np.errstate(over="ignore", invalid="ignore", divide="ignore") if plan.robust else nullcontext()
        )
        # The bits of a start must not depend on the number of threads of BLAS either, which an engine need not hold.
        with ignoring, one_blas_thread:
            return _fit_in_ordinary_units(rows, plan, rng)
    except SingularCovarianceError:
        if plan.reg_covar is None:
            raise
        ranges, given = reach_of(filled_by_means(source, engine), engine), plan.given.settled
        raise no_mixture(plan.n_components, plan.reg_covar, ranges, given, plan.column_names) from None


def _of_objective(trace: Trace, plan: FitPlan) -> Trace:
    """Return the trace with the name of the objective of a plan."""
    return trace if trace.objective == plan.objective else replace(trace, objective=plan.objective)


def trimmed_cutoff(
    source: Source, plan: FitPlan, mixture: Mixture, engine: Engine
) -> tuple[Trimming, float] | None:
    """Return the trimming of a plan, and the least score of the rows that a mixture keeps; None without trimming.

    Parameters
    ----------
    mixture : Mixture
        The result of the fit.
    """
    if not plan.trim:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        trimming = trimming_of(plan.trim, _Rows(source, source, engine).spread(plan))
        assert trimming is not None
        return trimming, cutoff_of(mixture, trimming, source, engine).score


def spread_of(
    source: Source, engine: Engine, frame: Frame, robust: bool, names: Sequence[str] | None = None
) -> Spread:
    """Return the spread of rows, missing values filled; a robust one where some may be outliers.

    Parameters
    ----------
    frame : Frame
        The form of the covariance.
    names : (D,) sequence of str, optional
        Of the columns.
    """
    filled = filled_by_means(source, engine, names)
    if not robust:
        return Spread(filled, engine, frame)
    sampled = filled if _first(source).projections is not None else source
    return RobustSpread(filled, engine, frame, sample=rows_of_least_hash(sampled, engine, _MOST_SAMPLED))


def moments_of(source: Source, plan: FitPlan, mixture: Mixture, engine: Engine) -> Moments:
    """Return the moments of the E-step of a fit: of kept rows with trimming, of truncated and censored columns.

    Parameters
    ----------
    mixture : Mixture
        The mixture of the E-step.
    """
    if not plan.trim and plan.bounds is None:
        return engine.sum(partial(e_step, mixture.densities), source)
    cut = trimmed_cutoff(source, plan, mixture, engine)
    model = Model(mixture.family, trimming=None if cut is None else cut[0], bounds=plan.bounds)
    return batch_driver(Problem(source, model, engine)).moments(mixture)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows of a fit, and the rows for the covariance S of the constraint."""

    source: Source
    whole: Source
    engine: Engine

    def spread(self, plan: FitPlan) -> Spread:
        """Return the spread of S, missing values filled; a robust one for t distributions and trimming."""
        return spread_of(self.whole, self.engine, plan.family.frame, plan.robust, plan.column_names)

    def own_spread(self, plan: FitPlan, of_whole: Spread) -> Spread:
        """Return the spread of the rows to fit themselves."""
        if self.whole is self.source:
            return of_whole
        return spread_of(self.source, self.engine, plan.family.frame, plan.robust, plan.column_names)

    def each(self, function: Callable[[Source], Source]) -> _Rows:
        """Return both, changed by a function."""
        source = function(self.source)
        return _Rows(source, source if self.whole is self.source else function(self.whole), self.engine)

    def canonical(self, spread: Spread, family: Family) -> _Rows:
        """Return distinct rows in an order that depends only on the data.

        EM on incomplete rows can be slow enough for rounding to show: so neither copies nor orders may differ in it.
        """
        whitening = WhiteningTransform(spread.mean, family.whitening(spread.scale), family.frame)

        def ordered(source: Source) -> Source:
            return ArraySource.of(canonical_block(all_rows(source, self.engine), whitening))

        return self.each(ordered)


def _fit_in_ordinary_units(
    rows: _Rows, plan: FitPlan, rng: np.random.Generator | None
) -> tuple[RunResult, Trace]:
    if not plan.needs_moments and is_evidently_ordinary(rows.whole):
        return _fit(rows, plan, plan.reg_covar, rows.spread(plan), rng)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = rows.spread(plan)
        rescaling = Rescaling.of(spread, plan.compares_columns, plan.column_names)
    if rescaling is None:
        return _fit(rows, plan, plan.reg_covar, spread, rng)
    rescaling = replace(rescaling, observed=observed_shares(rows.source, rows.engine))
    if plan.prior is not None:
        K, D = plan.n_components, len(rescaling.powers)
        counts = plan.prior.covariance_count(plan.family, K, D) * K
        rescaling = replace(rescaling, pseudo_rows=counts / spread.total_weight)
    inward = rows.each(rescaling.source)
    moved = replace(
        plan,
        uniform=rescaling.inward_uniform(plan.uniform),
        given=plan.given.rescaled(rescaling, plan.family),
        prior=None if plan.prior is None else plan.prior.rescaled(rescaling.powers),
        restrictions=plan.restrictions.rescaled(rescaling.powers),
        bounds=plan.bounds and plan.bounds.scaled(np.ldexp(1.0, -rescaling.powers)),
        variational=plan.variational and plan.variational.scaled(np.ldexp(1.0, -rescaling.powers)),
        callbacks=[rescaling.watched(callback) for callback in plan.callbacks],
    )
    constant = None if plan.reg_covar is None else rescaling.variance(plan.reg_covar)
    try:
        result, trace = _fit(inward, moved, constant, inward.spread(moved), rng)
    except FitInterrupted as interrupt:
        raise interrupt.outward(rescaling) from None
    return rescaling.outward_result(result), trace.moved(rescaling.outward, rescaling.shift)


def _first(source: Source) -> Block:
    return first_block(source)


def _check_exact(source: Source, plan: FitPlan) -> None:
    """Raise InputError if rows have measurement errors beside t distributions."""
    if plan.tails is None or source.plain:
        return
    first = _first(source)
    if first.noise is not None or first.projections is not None:
        raise InputError(NOT_EXACT)


def _usable(block: Block) -> int:
    """Return the number of rows of positive weight."""
    return block.n_rows if block.weights is None else int(np.count_nonzero(block.weights))


def _with_prior(plan: FitPlan, variational: Variational, rows: _Rows, spread: Spread) -> FitPlan:
    """Return the plan with the prior that the rows give, and its stopping rule for each unit of weight."""
    observed = partial(observed_shares, rows.source, rows.engine)
    variational = variational.with_rows(plan.family, plan.n_components, spread, observed)
    return replace(plan, variational=variational, stop=variational.stop(plan.stop, spread.total_weight))


def _with_moves(
    plan: FitPlan, variational: Variational, problem: Problem, result: RunResult, trace: Trace
) -> tuple[RunResult, Trace]:
    """Return the result of a variational fit after the moves of a search, with its posterior."""
    if plan.search is not None:
        further = variational.improved(problem, result, plan.stop, plan.max_iter, plan.callbacks)
        if further:
            runs = (*trace.runs, *(run.trace for run in further))
            result, trace = further[-1], replace(trace, runs=runs, best=len(runs) - 1)
    return variational.with_posterior(problem, result), trace


def _fit(
    rows: _Rows,
    plan: FitPlan,
    constant: float | Floats | None,
    spread: Spread,
    rng: np.random.Generator | None,
) -> tuple[RunResult, Trace]:
    # Weights count rows; a sum below the number of rows is one of shares.
    own = rows.own_spread(plan, spread)
    total_weight = own.total_weight
    n = max(total_weight, rows.engine.sum(_usable, rows.source))
    given = rows.source
    incomplete = plan.robust or plan.bounds is not None or not rows.source.plain
    if incomplete and plan.given.assignments is None and (rows.source.n_rows or np.inf) <= _MOST_ORDERED:
        rows = rows.canonical(spread, plan.family)
        spread = rows.spread(plan)
        own = rows.own_spread(plan, spread)
    family = located(plan.family, rows.source, spread, rows.engine)
    if family is not plan.family:
        plan = replace(plan, family=family)
    # A constant on the diagonal is no bound relative to the spread of the rows.
    constraint: Constraint = Floor(spread.scale) if constant is None else AddToDiagonal(constant)
    if constant is None:
        warn_about_data(own if own.rank < spread.rank else spread, n, plan.column_names)
    if plan.variational is not None:
        plan = _with_prior(plan, plan.variational, rows, spread)
    problem = Problem(
        rows.source, _model(plan, constraint, spread, total_weight), rows.engine, plan.column_names
    )
    run = fit_by_completion if incomplete else search_and_run
    plan.stages.begin(plan.family)
    try:
        result, trace = run(problem, plan, rng, spread)
    except KeyboardInterrupt:
        plan.stages.write()
        raise
    if plan.variational is not None:
        result, trace = _with_moves(plan, plan.variational, problem, result, trace)
    elif constant is not None or own.complete:
        warn_about_components(result.mixture, problem, given, n, spread, plan.component_names)
    if plan.n_components > 1 and plan.asks_support and plan.prior is None:
        warn_about_support(n, result.mixture.n_parameters - plan.n_fixed(spread.source.n_features))
    checkpoint = None
    if plan.keep and result.reached is not None:
        checkpoint = Checkpoint.of(result.reached, plan.steps, spread.pooled, rows.source, rows.engine)
    return replace(result, total_weight=own.total_weight, checkpoint=checkpoint), trace


def _model(plan: FitPlan, constraint: Constraint, spread: Spread, total_weight: float) -> Model:
    return Model(
        plan.family,
        constraint,
        1.0,
        plan.uniform,
        plan.pseudo_moments(spread, total_weight),
        plan.restrictions,
        plan.tails,
        trimming_of(plan.trim, spread),
        plan.bounds,
    )
