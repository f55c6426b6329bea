"""Held-out and cross-validated likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ..covariances import Family
from ..em import e_step
from ..engines import Engine
from ..estimators.candidates import FitRows
from ..model_sweep import Candidate, FittedModel, fit_models

__all__ = ["Maker", "scored_by_folds", "scored_on"]

Maker = Callable[[FitRows], Sequence[Candidate]]
"""From rows to the models to fit."""


def scored_on(models: Sequence[FittedModel], name: str, held: FitRows, engine: Engine) -> list[FittedModel]:
    """Return models with −2 times the log-likelihood of held-out rows as their value of a criterion.

    Parameters
    ----------
    models : sequence of FittedModel
        Fitted to other rows.
    name : str
        Of the criterion.
    held : KnownRows or SourceRows
    engine : Engine
    """
    return [model.scored(**{name: _deviance(model, held, engine)}) for model in models]


def _deviance(model: FittedModel, held: FitRows, engine: Engine) -> float:
    """Return −2 times the log-likelihood of rows; NaN where the model is not sound."""
    if not model.sound or model.mixture is None:
        return math.nan
    densities, source = model.mixture.densities, held.source(model.n_components)
    return -2.0 * engine.sum(partial(e_step, densities), source).log_likelihood


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
    engine : Engine
    seed : int
    """
    totals: dict[tuple[int, Family], float] = {(m.n_components, m.family): 0.0 for m in models}
    for rest, fold in folds:
        fitted = fit_models(make(rest), engine, seed)
        scored = scored_on(fitted, name, fold, engine)
        found = {(model.n_components, model.family): model.value(name) for model in scored}
        totals = {key: total + found.get(key, math.nan) for key, total in totals.items()}
    return [replace(m).scored(**{name: totals[m.n_components, m.family]}) for m in models]
