"""Held-out and cross-validated likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..covariances import Family
from ..engines import Engine
from ..estimation.fit import moments_of
from ..estimators.candidates import FitRows
from ..model_sweep import Candidate, FittedModel, fit_models
from ..model_sweep.candidate import Key

__all__ = ["Maker", "scored_by_folds", "scored_on"]

Maker = Callable[[FitRows], Sequence[Candidate]]
"""From rows to the models to fit."""


def scored_on(
    models: Sequence[FittedModel], name: str, held: Sequence[Candidate], engine: Engine
) -> list[FittedModel]:
    """Return models with −2 times the log-likelihood of held-out rows as their value of a criterion.

    Parameters
    ----------
    models : sequence of FittedModel
        Fitted to other rows.
    name : str
        Of the criterion.
    held : sequence of Candidate
        The same models of the rows held out.
    """
    by_key = {candidate.key: candidate for candidate in held}
    return [model.scored(**{name: _deviance(model, by_key, engine)}) for model in models]


def _deviance(model: FittedModel, held: Mapping[Key, Candidate], engine: Engine) -> float:
    """Return −2 times the log-likelihood of rows; NaN where the model is not sound."""
    candidate = held.get((model.n_components, model.family))
    if not model.sound or model.mixture is None or candidate is None:
        return math.nan
    return -2.0 * moments_of(candidate.source, candidate.plan, model.mixture, engine).log_likelihood


def scored_by_folds(
    models: Sequence[FittedModel],
    name: str,
    make: Maker,
    folds: Sequence[tuple[FitRows, FitRows]],
    engine: Engine,
    seed: int,
) -> list[FittedModel]:
    """Return models with −2 times the log-likelihood of each fold under the fit to the others, summed over the folds.

    Parameters
    ----------
    models : sequence of FittedModel
        Fitted to all rows.
    name : str
        Of the criterion.
    make : callable
        From rows to the models to fit.
    folds : sequence of pairs
        The rows without each fold, and those of the fold.
    """
    totals: dict[tuple[int, Family], float] = {(m.n_components, m.family): 0.0 for m in models}
    for rest, fold in folds:
        fitted = fit_models(make(rest), engine, seed)
        scored = scored_on(fitted, name, make(fold), engine)
        found = {(model.n_components, model.family): model.value(name) for model in scored}
        totals = {key: total + found.get(key, math.nan) for key, total in totals.items()}
    return [replace(m).scored(**{name: totals[m.n_components, m.family]}) for m in models]
