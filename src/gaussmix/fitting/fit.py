"""A whole fit: from rows and a plan to a mixture."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from .._types import Floats
from ..covariances import Covariances, Family
from ..data import Source
from ..engines import Engine
from ..errors import ComponentWarning, DataWarning
from ..mixture import Mixture
from ..moments import Moments
from ..priors import AddToDiagonal, CovariancePrior, Floor, positive_definite_scale
from ..starts import StartMethod, StartRows, draw_start_rows, mixture_of_responsibilities, mixture_with_means
from .convergence import StoppingRule
from .loop import Callback
from .problem import Problem, pooled_moments
from .rescaling import Rescaling
from .restarts import fit_from_starts
from .trace import Trace

__all__ = ["FitPlan", "Given", "fit_mixture"]


@dataclass(frozen=True, eq=False)
class Given:
    """Parts of a first mixture that are given: a part left as None comes from the start method."""

    weights: Floats | None = None
    means: Floats | None = None
    covariances: Covariances | None = None

    @property
    def mixture(self) -> Mixture | None:
        """The first mixture, where every part is given."""
        if self.weights is None or self.means is None or self.covariances is None:
            return None
        return Mixture.of(self.weights, self.means, self.covariances)

    def over(self, start: Mixture) -> Mixture:
        """Return a mixture with the given parts in the place of its own."""
        return Mixture.of(
            start.weights if self.weights is None else self.weights,
            start.means if self.means is None else self.means,
            start.covariances if self.covariances is None else self.covariances,
        )


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
    callbacks : sequence of callables
        Watch every iteration.
    """

    n_components: int
    family: Family
    stop: StoppingRule
    max_iter: int
    start_method: StartMethod
    n_init: int = 1
    reg_covar: float | None = None
    given: Given = field(default_factory=Given)
    callbacks: Sequence[Callback] = ()


def fit_mixture(source: Source, plan: FitPlan, rng: np.random.Generator, engine: Engine) -> tuple[Mixture, Trace]:
    """Return the best mixture that the plan finds, and the trace of the search.

    Parameters
    ----------
    source : Source
        n rows of D columns.
    plan : FitPlan
    rng : numpy.random.Generator
        Where the starts' randomness comes from.
    engine : Engine

    Warns
    -----
    DataWarning
        If a column is constant or the rows span fewer dimensions than there are columns.
    ComponentWarning
        If a component collapsed.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        pooled = pooled_moments(source, engine)
        rescaling = Rescaling.of(source, np.diagonal(pooled.scatter()[0]) / pooled.total_weight)
    if rescaling is None:
        return _fit(source, plan, rng, engine, pooled, plan.reg_covar)
    inner = rescaling.source(source)
    given = plan.given.mixture
    moved = FitPlan(
        **{
            **plan.__dict__,
            "given": _inward(plan.given, rescaling, plan.family),
            "callbacks": [rescaling.watched(c) for c in plan.callbacks],
        }
    )
    del given
    constant = None if plan.reg_covar is None else rescaling.variance(plan.reg_covar)
    return _fit(inner, moved, rng, engine, pooled_moments(inner, engine), constant, rescaling)
