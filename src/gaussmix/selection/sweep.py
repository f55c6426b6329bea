"""Fits of many models to the same rows; a failure does not end the others."""

from __future__ import annotations

import time
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from ..constraints import Floor
from ..covariances import Family
from ..em import e_step
from ..engines import Engine, LocalEngine, SerialEngine
from ..errors import GaussmixWarning, SingularCovarianceError
from ..estimation import FitPlan, Trace, fit_mixture
from ..fitting.degeneracy import degenerate_components
from ..fitting.loop import RunResult
from ..fitting.observed import filled_by_means
from ..fitting.spread import Spread
from ..frames import Frame
from ..mixture import Mixture
from ..sources import Source, distinct_rows
from .criteria import aic, bic, icl
from .fitted import FittedModel, Status

__all__ = ["Candidate", "Rows", "fit_models"]

_ENOUGH_ROWS = 1 << 16
"""More rows than this support every model."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model to fit.

    Parameters
    ----------
    plan : FitPlan
        Its number of components, its family and the options of its fit.
    source : Source
        The rows, with the labels that it allows.
    """

    plan: FitPlan
    source: Source

    @property
    def key(self) -> tuple[int, Family]:
        """The identity of the model: number of components and family."""
        return self.plan.n_components, self.plan.family

    def rng(self, seed: int) -> np.random.Generator:
        """Return the model's own generator, so that the fit does not depend on the other models."""
        name = self.plan.family.name
        return np.random.default_rng([seed, self.plan.n_components, zlib.crc32(name.encode())])


class Rows:
    """The rows of a selection, and the models they can support.

    Parameters
    ----------
    source : Source
    engine : Engine
    """

    def __init__(self, source: Source, engine: Engine) -> None:
        self._source, self._engine = source, engine
        self._spreads: dict[Frame, Spread] = {}

    @cached_property
    def count(self) -> int:
        """The number of distinct rows of positive weight, at most 65,536."""
        return distinct_rows(self._source, _ENOUGH_ROWS)

    def spread(self, frame: Frame) -> Spread:
        """Return mean, covariance and rank of the rows, as a frame holds covariances."""
        if frame not in self._spreads:
            spread = Spread(filled_by_means(self._source, self._engine), self._engine, frame)
            with np.errstate(over="ignore", invalid="ignore"):
                _ = spread.rank
            self._spreads[frame] = spread
        return self._spreads[frame]

    def degenerate(self, mixture: Mixture, plan: FitPlan) -> bool:
        """Return whether a component collapsed, or has too few rows for a covariance of its own."""
        family, n = plan.family, self.count
        fewest = mixture.n_features + 1.0 if family.single == family and mixture.n_components > 1 else 0.0
        if mixture.weights.min() * n < fewest * (1.0 - 1e-6):
            return True
        if plan.reg_covar is not None:
            return False
        return len(degenerate_components(mixture, Floor(self.spread(family.frame).scale), n)) > 0

    def support(self, plan: FitPlan) -> Status | None:
        """Return the reason why the rows cannot support a model; None if they can."""
        D, family = self._source.n_features, plan.family
        # A component with a covariance of its own needs more rows than columns for it.
        alone = family.frame.full and family.single == family
        fewest = plan.n_components * (D + 1 if alone and plan.n_components > 1 else 1)
        if self.count < max(fewest, 2) or (family.frame.full and self.count <= D):
            return "too few rows"
        return "singular" if plan.reg_covar is None and self.spread(family.frame).rank < D else None


def fit_models(
    candidates: Sequence[Candidate],
    engine: Engine,
    seed: int,
    tell: Callable[[FittedModel], bool] = lambda model: False,
) -> list[FittedModel]:
    """Fit models in parallel, and return them in order, without those not reached.

    Parameters
    ----------
    candidates : sequence of Candidate
    engine : Engine
        Its threads share the models; an engine of another class adds up for one after the other.
    seed : int
        Of the random numbers of all fits.
    tell : callable
        Called with each model when it is fitted; returns True to stop.

    Raises
    ------
    InputError
        If the rows or an option are invalid.
    """
    if not candidates:
        return []
    rows = Rows(candidates[0].source, engine)
    pool = engine if isinstance(engine, LocalEngine) else None
    found: dict[int, FittedModel] = {}
    stopped = False

    def fit(number: int) -> None:
        nonlocal stopped
        if stopped:
            return
        found[number] = _fitted(candidates[number], rows, engine if pool is None else SerialEngine(), seed)
        stopped = tell(found[number]) or stopped

    with warnings.catch_warnings():
        # What a warning would tell of a model is its status.
        warnings.simplefilter("ignore", GaussmixWarning)
        for plan in {candidate.plan.family.frame: candidate.plan for candidate in candidates}.values():
            rows.support(plan)  # once, and not in several threads
        if pool is not None:
            pool.map(fit, range(len(candidates)))
        else:
            for number in range(len(candidates)):
                fit(number)
    return [found[number] for number in sorted(found)]


def _fitted(candidate: Candidate, rows: Rows, engine: Engine, seed: int) -> FittedModel:
    """Return a model with its fit, or with the reason for its failure."""
    plan, began = candidate.plan, time.perf_counter()
    model = FittedModel(plan.n_components, plan.family, candidate.source.n_features, "singular")
    unsupported = rows.support(plan)
    if unsupported is not None:
        return replace(model, status=unsupported)
    try:
        result, trace = fit_mixture(candidate.source, plan, candidate.rng(seed), engine)
        judged = _judged(model, candidate, rows, result, trace, engine)
    except SingularCovarianceError:
        judged = model
    return replace(judged, seconds=time.perf_counter() - began)


def _judged(
    model: FittedModel, candidate: Candidate, rows: Rows, result: RunResult, trace: Trace, engine: Engine
) -> FittedModel:
    """Return a model with the criteria of its fit."""
    mixture = result.mixture
    moments = engine.sum(partial(e_step, mixture.densities), candidate.source)
    total, df, n = moments.log_likelihood, mixture.n_parameters, moments.total_weight
    value = bic(total, df, n)
    return replace(
        model,
        status=_status(candidate, rows, result),
        log_likelihood=total,
        total_weight=n,
        bic=value,
        aic=aic(total, df),
        icl=icl(value, moments.map_entropy),
        mixture=mixture,
        trace=trace.without_mixtures(),
    )


def _status(candidate: Candidate, rows: Rows, result: RunResult) -> Status:
    if rows.degenerate(result.mixture, candidate.plan):
        return "degenerate"
    return "fitted" if result.trace.status in ("converged", "stopped") else "not converged"
