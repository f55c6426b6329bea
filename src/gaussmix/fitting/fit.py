"""A whole fit: from rows and a plan to a mixture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from .._types import Floats
from ..covariances import Family
from ..data import Source
from ..engines import Engine
from ..mixture import Mixture
from ..moments import Moments, diagonal_of
from ..priors import AddToDiagonal, CovariancePrior, Floor, positive_definite_scale
from ..starts import StartMethod, StartRows, draw_start_rows, mixture_of_responsibilities, mixture_with_means
from .convergence import StoppingRule
from .given import Given, mixture_of_shares
from .loop import Callback, RunResult
from .problem import Problem, pooled_moments
from .rescaling import Rescaling
from .restarts import driver_of, fit_from_starts
from .search import Budget
from .searching import search_for_start
from .soundness import collapsed, warn_about_components, warn_about_data
from .trace import Trace

__all__ = ["FitPlan", "Given", "fit_mixture"]


@dataclass(frozen=True, eq=False)
class FitPlan:
    """How to fit.

    Parameters
    ----------
    n_components : int
        K.
    family : Family
        The rule for the covariances.
    stop : StoppingRule
        When a run has converged.
    max_iter : int
        The most iterations of a run.
    start_method : StartMethod
        Makes first responsibilities.
    n_init : int
        Number of starts.
    reg_covar : float or None
        A constant added to the diagonal; None for the scale-free constraint Σ_k ⪰ ε S.
    given : Given
        Parts of the first mixture.
    accelerate : bool
        Whether EM may be accelerated.
    search : Budget or None
        How long to search for a better optimum before; None for EM from the starts alone. Nothing is searched where
        any part of the first mixture is given.
    callbacks : sequence of callables
        Watch every iteration.
    column_names : sequence of str, optional
        For warnings.
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

    @property
    def searches(self) -> bool:
        """Whether a better optimum is looked for."""
        return self.search is not None and self.max_iter > 0 and not self.given.anything

    def starting_at(self, given: Given) -> FitPlan:
        """Return the same plan with one start, at a mixture or at parts of it."""
        return replace(self, given=given, n_init=1)


def fit_mixture(
    source: Source, plan: FitPlan, rng: np.random.Generator, engine: Engine, whole: Source | None = None
) -> tuple[RunResult, Trace]:
    """Return the best run that the plan leads to, and the trace of all runs.

    Parameters
    ----------
    source : Source
        n rows of D columns.
    plan : FitPlan
    rng : numpy.random.Generator
        Where the starts' randomness comes from.
    engine : Engine
    whole : Source, optional
        The rows whose covariance is the S of the constraint; the rows that are fitted unless given.

    Warns
    -----
    DataWarning
        If a column is constant or the rows span fewer dimensions than there are columns.
    ComponentWarning
        If a component collapsed.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        pooled = pooled_moments(whole or source, engine, plan.family.layout)
        variances = diagonal_of(pooled.scatter()[0]) / pooled.total_weight
        rescaling = Rescaling.of(whole or source, plan.family, variances)
    if rescaling is None:
        return _fit(source, plan, rng, engine, pooled, plan.reg_covar)
    inner = rescaling.source(source)
    moved = replace(
        plan,
        given=plan.given.rescaled(rescaling, plan.family),
        callbacks=[rescaling.watched(callback) for callback in plan.callbacks],
    )
    constant = None if plan.reg_covar is None else rescaling.variance(plan.reg_covar)
    pooled = pooled_moments(rescaling.source(whole or source), engine, plan.family.layout)
    result, trace = _fit(inner, moved, rng, engine, pooled, constant)
    return rescaling.outward_result(result, trace)


def _fit(
    source: Source,
    plan: FitPlan,
    rng: np.random.Generator,
    engine: Engine,
    pooled: Moments,
    constant: float | Floats | None,
) -> tuple[RunResult, Trace]:
    mean, covariance = pooled.means()[0], pooled.scatter()[0] / pooled.total_weight
    magnitude = np.abs(pooled.reference[0]) + np.sqrt(diagonal_of(covariance))
    scale, rank = positive_definite_scale(covariance, magnitude)
    if constant is None:
        warn_about_data(covariance, rank, plan.column_names)
        prior: CovariancePrior = Floor(scale)
    else:
        prior = AddToDiagonal(constant)
    problem = Problem(source, plan.family, prior, engine)
    spread = rank == len(scale)
    driver = driver_of(problem, plan.stop, plan.accelerate)
    searched = None
    if plan.search is not None and plan.searches:
        searched = search_for_start(
            problem, plan.n_components, plan.search, mean, scale, rng, driver, plan.callbacks, spread
        )
    draw = partial(draw_start_rows, source, plan.n_components, plan.family, mean, scale, rng)
    starts = (
        _starts(plan, problem, mean, scale, rng, draw) if searched is None else [lambda: searched.mixture]
    )
    stopped = searched is not None and searched.stopped
    result, trace = fit_from_starts(
        driver,
        starts,
        stop=plan.stop,
        max_iter=1 if stopped else plan.max_iter,
        callbacks=() if stopped else plan.callbacks,
        sound=lambda mixture: not (spread and len(collapsed(mixture, prior, pooled.total_weight))),
    )
    if spread:
        warn_about_components(result.mixture, prior, pooled.total_weight)
    return (result, trace) if searched is None else searched.over(result, trace)


def _starts(
    plan: FitPlan,
    problem: Problem,
    mean: Floats,
    scale: Floats,
    rng: np.random.Generator,
    draw: Callable[[], StartRows],
) -> list[Callable[[], Mixture]]:
    """Return the makers of first mixtures; the rows are drawn once, when the first of them needs them."""
    given, whole, shares = plan.given, plan.given.mixture, plan.given.shares
    if whole is not None:
        return [lambda: whole]
    if shares is not None:
        return [lambda: given.over(mixture_of_shares(problem, shares, mean, scale))]
    drawn: list[StartRows] = []

    def start() -> Mixture:
        if not drawn:
            drawn.append(draw())
        if given.means is not None:
            return given.over(mixture_with_means(drawn[0], given.means, plan.family, problem.prior))
        responsibilities = plan.start_method(drawn[0], plan.n_components, rng)
        return given.over(mixture_of_responsibilities(drawn[0], responsibilities, plan.family, problem.prior))

    return [start] * (1 if given.settled else plan.n_init)
