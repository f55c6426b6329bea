"""A whole fit: from rows and a plan to a mixture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from .._types import Floats
from ..constraints import AddToDiagonal, Constraint, Floor
from ..covariances import Family
from ..data import Source
from ..engines import Engine
from ..errors import SingularCovarianceError
from ..mixture import Mixture
from ..model import Model
from ..starts import StartMethod, StartRows, draw_start_rows, mixture_of_responsibilities, mixture_with_means
from ..starts.methods import one_hot
from ..starts.partitions import Coordinates, best_k_means
from .checkpoint import Checkpoint, Steps
from .convergence import StoppingRule
from .given import Given, mixture_of_shares
from .loop import Callback, Driver, Reached, RunResult
from .problem import Problem
from .rescaling import Rescaling, column_range
from .restarts import driver_of, fit_from_starts
from .search import Budget
from .searching import Searched, search_for_start
from .singular import SPARE_METHODS, first_that_succeeds, no_mixture
from .soundness import collapsed, warn_about_components, warn_about_data, warn_about_support
from .spread import Spread
from .trace import Trace

__all__ = ["FitPlan", "Given", "fit_mixture"]


@dataclass(frozen=True, eq=False)
class FitPlan:
    """How to fit: the options of an estimator as objects.

    Parameters
    ----------
    n_components : int
        Number of mixture components (K).
    family : Family
        The covariance family.
    stop : StoppingRule
        Decides when a run has converged.
    max_iter : int
        The most iterations of a run.
    start_method : StartMethod
        Makes the responsibilities from which EM begins.
    n_init : int
        Number of starts of EM.
    reg_covar : float or None
        A constant added to the diagonal of every covariance; None for the scale-free constraint Σ_k ⪰ ε S.
    given : Given
        Parts of the first mixture.
    accelerate : bool
        Whether EM may be accelerated.
    search : Budget or None
        How long to search for a better local maximum before EM; None for EM from the starts alone. There is no
        search if any part of the first mixture is given.
    callbacks : sequence of callables
        Called with a :class:`Step` after every iteration and after every move of the search.
    column_names : sequence of str, optional
        Names of the columns, for warnings.
    keep : bool
        Whether the result has a checkpoint, from which a further fit can continue.
    checkpoint : Checkpoint, optional
        Of a fit that ended with the first mixture: if rows and options are the same, this fit continues it.
    asks_support : bool
        Whether to warn if the rows are too few for the free parameters.

    Examples
    --------
    >>> from gaussmix import Full
    >>> from gaussmix.fitting import Aitken, FitPlan
    >>> from gaussmix.starts import START_METHODS
    >>> plan = FitPlan(3, Full(), Aitken(), max_iter=100, start_method=START_METHODS["kmeans"])
    >>> plan.searches
    False
    """

    n_components: int
    family: Family
    stop: StoppingRule
    max_iter: int
    start_method: StartMethod
    n_init: int = 1
    reg_covar: float | None = None
    given: Given = field(default_factory=Given)
    accelerate: bool = False
    search: Budget | None = None
    callbacks: Sequence[Callback] = ()
    column_names: Sequence[str] | None = None
    keep: bool = False
    checkpoint: Checkpoint | None = None
    asks_support: bool = True

    @property
    def steps(self) -> Steps:
        """What decides, beside the rows, which steps a run takes."""
        return Steps(self.family, self.reg_covar, self.accelerate, self.stop)

    @property
    def searches(self) -> bool:
        """Whether a better optimum is looked for."""
        return self.search is not None and self.max_iter > 0 and not self.given.anything

    @property
    def draws(self) -> bool:
        """Whether chance has a part in where EM begins."""
        return self.given.mixture is None

    def starting_at(self, given: Given, checkpoint: Checkpoint | None = None) -> FitPlan:
        """Return the same plan with one start, at given parts of a mixture.

        Parameters
        ----------
        given : Given
            Parts of the first mixture.
        checkpoint : Checkpoint, optional
            Of a fit that ended with that mixture.

        Returns
        -------
        FitPlan
            The plan with ``n_init=1``.
        """
        return replace(self, given=given, n_init=1, checkpoint=checkpoint)


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
    >>> from gaussmix.data import ArraySource
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import Aitken, FitPlan, fit_mixture
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
        return _fit(
            Problem(source, Model(plan.family, _constraint(plan.reg_covar, spread)), engine),
            plan,
            rng,
            spread,
        )
    inner = rescaling.source(source)
    moved = replace(
        plan,
        given=plan.given.rescaled(rescaling, plan.family),
        callbacks=[rescaling.watched(callback) for callback in plan.callbacks],
    )
    constant = None if plan.reg_covar is None else rescaling.variance(plan.reg_covar)
    spread = Spread(rescaling.source(whole), engine, plan.family.frame)
    result, trace = _fit(
        Problem(inner, Model(plan.family, _constraint(constant, spread)), engine), moved, rng, spread
    )
    return rescaling.outward_result(result, trace)


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
    driver = driver_of(problem, plan.stop, plan.accelerate)
    searched = _search(problem, plan, rng, spread, driver)
    stopped = searched is not None and searched.stopped
    found = None if searched is None else searched.mixture
    starts = _starts(plan, problem, spread, rng) if found is None else [lambda: found]
    run_from = partial(
        fit_from_starts,
        driver,
        stop=plan.stop,
        max_iter=1 if stopped else plan.max_iter,
        callbacks=() if stopped else plan.callbacks,
        sound=lambda mixture: not (spread.complete and len(collapsed(mixture, constraint, n))),
    )
    try:
        result, trace = run_from(starts)
    except SingularCovarianceError:
        if floored or plan.given.settled:
            raise
        searched, spare = None, [replace(plan, start_method=m, search=None, n_init=1) for m in SPARE_METHODS]
        result, trace = first_that_succeeds(
            [partial(run_from, _starts(other, problem, spread, rng)) for other in spare]
        )
    if not floored or spread.complete:
        warn_about_components(result.mixture, constraint, n)
    if plan.n_components > 1 and plan.asks_support:
        # Weights count rows; a sum below the number of rows is one of shares.
        warn_about_support(max(n, problem.source.n_rows), result.mixture.n_parameters)
    if plan.keep and result.reached is not None:
        result = replace(result, checkpoint=Checkpoint(result.reached, plan.steps, spread.pooled))
    return (result, trace) if searched is None else searched.over(result, trace)


def _search(
    problem: Problem, plan: FitPlan, rng: np.random.Generator | None, spread: Spread, driver: Driver[Any]
) -> Searched | None:
    """Return what a search found, where there is one."""
    if plan.search is None or not plan.searches:
        return None
    assert rng is not None
    return search_for_start(
        problem,
        plan.n_components,
        plan.search,
        spread.mean,
        spread.scale,
        spread.total_weight,
        rng,
        driver,
        plan.callbacks,
        spread.complete,
    )


def _starts(
    plan: FitPlan, problem: Problem, spread: Spread, rng: np.random.Generator | None
) -> Sequence[Callable[[], Mixture | Reached]]:
    """Return the makers of first mixtures; the rows are drawn once, when the first of them needs them."""
    given, whole, shares = plan.given, plan.given.mixture, plan.given.shares
    if plan.checkpoint is not None and plan.checkpoint.leads_to(plan.steps, spread.pooled):
        reached = plan.checkpoint.reached
        return [lambda: reached]
    if whole is not None:
        return [lambda: whole]
    if shares is not None:
        return [lambda: given.over(mixture_of_shares(problem, shares, spread.mean, spread.scale))]
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
