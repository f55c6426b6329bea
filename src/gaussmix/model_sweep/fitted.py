"""A model of a selection: a family and a number of components, with its fit and its criteria."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeAlias, get_args

import numpy as np

from .._types import Floats, Ints
from ..covariances import Family
from ..estimation import Trace
from ..mixture import Mixture
from ..trimming import Trimming
from .names import model_name

__all__ = ["SIGNS", "STAGES", "STATUSES", "FittedModel", "Stage", "Status", "best_of", "signs_in_words"]

Status: TypeAlias = Literal[
    "fitted", "not converged", "degenerate", "singular", "too few rows", "pruned", "fitted to a sample"
]
STATUSES: tuple[Status, ...] = get_args(Status)
SIGNS: Mapping[str, str] = {"degenerate": "d", "singular": "s", "too few rows": "n", "pruned": "–"}
"""Signs of the statuses in tables and maps."""
Stage: TypeAlias = Literal["first fit", "improved", "final"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A family and a number of components, with its fit and its criteria.

    Parameters
    ----------
    n_components : int
        Number of mixture components (K).
    family : Family
        The covariance family.
    n_features : int
        Number of columns (D).
    status : str
        "fitted"; "not converged", after ``max_iter`` iterations; "degenerate", if a component collapsed, has too few
        rows or describes single values of a column; "singular", if no fit is possible; "too few rows", if the rows
        cannot support the model; "pruned", if EM of minimum message length removed components before it converged;
        "fitted to a sample" of the rows.
    seconds : float, default=0.0
        Time of the fit.
    log_likelihood : float, default=nan
        Of all rows, nats.
    total_weight : float, default=nan
        n, the sum of the rows' weights.
    bic, aic, icl : float, default=nan
        Information criteria; lower is better.
    mixture : Mixture, optional
        The fitted mixture; None where there is no fit.
    trace : Trace, optional
        The runs of EM, and the search before them.
    scores : mapping
        Values of further criteria by name; lower is better.
    partitions : (runs, rows) array of int, optional
        Labels of some rows in each of several runs.
    agreements : array, optional
        Fowlkes-Mallows indices of the runs with those of one component more and one fewer.
    n_fixed : int, default=0
        Number of parameters that were fixed or common to components, and so not estimated.
    cut : pair of Trimming and float, optional
        The trimming of the fit, and the least score of the rows that it keeps.
    stage : "first fit", "improved" or "final", default="final"
        How far the selection came with the model: to its first fit, to a better one, or to its end.

    Examples
    --------
    >>> from gaussmix import Full
    >>> FittedModel(3, Full(), 2, "singular").name
    'VVV,3'
    """

    n_components: int
    family: Family
    n_features: int
    status: Status
    seconds: float = 0.0
    log_likelihood: float = np.nan
    total_weight: float = np.nan
    bic: float = np.nan
    aic: float = np.nan
    icl: float = np.nan
    mixture: Mixture | None = None
    trace: Trace | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    partitions: Ints | None = None
    agreements: Floats | None = None
    n_fixed: int = 0
    cut: tuple[Trimming, float] | None = None
    stage: Stage = "final"

    @property
    def family_name(self) -> str:
        """The name of the family as in mclust; E and V in one column."""
        return model_name(self.family, self.n_features)

    @property
    def name(self) -> str:
        """Family and number of components, in mclust's notation."""
        return f"{self.family_name},{self.n_components}"

    @cached_property
    def df(self) -> int:
        """The number of free parameters of weights, means and covariances (and of a uniform component)."""
        if self.mixture is not None:
            return self.mixture.n_parameters - self.n_fixed
        return self.family.n_parameters_of_mixture(self.n_components, self.n_features)

    @property
    def sound(self) -> bool:
        """Whether the model is fitted and has no degenerate component."""
        return self.status in ("fitted", "not converged", "fitted to a sample")

    def value(self, criterion: str) -> float:
        """Return the value of a criterion; lower is better, NaN if there is none.

        Parameters
        ----------
        criterion : str
            "bic", "aic", "icl", or a name in ``scores``.

        Returns
        -------
        float
            The value of the criterion.
        """
        if criterion in ("bic", "aic", "icl"):
            return float(getattr(self, criterion))
        return float(self.scores.get(criterion, np.nan))

    def scored(self, **scores: float) -> FittedModel:
        """Return the same model with values of further criteria.

        Parameters
        ----------
        **scores : float
            Values by the name of the criterion; lower is better.

        Returns
        -------
        FittedModel
            The model with the values of both.
        """
        return replace(self, scores={**self.scores, **scores})

    def at_stage(self, stage: Stage, seconds: float) -> FittedModel:
        """Return the model at a stage of the selection.

        Parameters
        ----------
        stage : "first fit", "improved" or "final"
            How far the selection came with the model.
        seconds : float
            Time of the fit.

        Returns
        -------
        FittedModel
            The model with both.
        """
        # The initialiser of so many fields takes longer than an iteration of EM.
        model = object.__new__(FittedModel)
        vars(model).update(vars(self), stage=stage, seconds=seconds)
        return model


def best_of(models: Iterable[FittedModel], criterion: str) -> FittedModel | None:
    """Return the valid model of the lowest value of a criterion; None if there is none.

    Returns
    -------
    FittedModel or None
        Of equal values the one of fewest parameters. Of one component, families that components share parts of are
        equal to one that they do not, which is returned.
    """
    able = [model for model in models if model.sound and np.isfinite(model.value(criterion))]
    best = min(able, key=lambda model: (model.value(criterion), model.df), default=None)
    if best is None or best.n_components > 1:
        return best
    same = (model for model in able if model.n_components == 1 and model.family == best.family.single)
    return next(
        (m for m in same if math.isclose(m.value(criterion), best.value(criterion), rel_tol=1e-9)), best
    )


def signs_in_words(models: Iterable[FittedModel]) -> str:
    """Return the legend of the statuses in a table, or an empty text.

    Examples
    --------
    >>> from gaussmix import Full
    >>> signs_in_words([FittedModel(K, Full(), 2, "too few rows") for K in (5, 6)])
    'n too few rows'
    """
    present = {model.status for model in models if not model.sound}
    return ", ".join(f"{sign} {status}" for status, sign in SIGNS.items() if status in present)
