"""Held-out and cross-validated likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from .._types import Ints
from ..covariances import Family
from ..em import e_step
from ..engines import Engine
from ..errors import InputError
from ..estimators.candidates import KnownRows
from ..model_sweep import Candidate, FittedModel, fit_models
from ..validation import as_count

__all__ = ["folds_of", "scored_by_folds", "scored_on"]

Maker = Callable[[KnownRows], Sequence[Candidate]]
"""From rows to the models to fit."""


def folds_of(n_rows: int, n_folds: int, seed: int) -> list[Ints]:
    """Return the rows of each fold, drawn at random.

    Parameters
    ----------
    n_rows, n_folds, seed : int

    Raises
    ------
    InputError
        If there are fewer rows than folds.
    """
    if not 2 <= as_count(n_folds, "n_folds") <= n_rows // 2:
        raise InputError(f"n_folds is {n_folds}: give 2 to {n_rows // 2}, half the number of rows.")
    order = np.random.default_rng([seed, 2]).permutation(n_rows)
    return [np.sort(part) for part in np.array_split(order, n_folds)]


def scored_on(models: Sequence[FittedModel], name: str, held: KnownRows, engine: Engine) -> list[FittedModel]:
    """Return models with −2 times the log-likelihood of held-out rows as their value of a criterion.

    Parameters
    ----------
    models : sequence of FittedModel
        Fitted to other rows.
    name : str
        Of the criterion.
    held : KnownRows
    engine : Engine
    """
    return [model.scored(**{name: _deviance(model, held, engine)}) for model in models]


def _deviance(model: FittedModel, held: KnownRows, engine: Engine) -> float:
    """Return −2 times the log-likelihood of rows; NaN where the model is not sound."""
    if not model.sound or model.mixture is None:
        return math.nan
    densities, source = model.mixture.densities, held.source(model.n_components)
    return -2.0 * engine.sum(lambda block: e_step(densities, block), source).log_likelihood


def scored_by_folds(
    models: Sequence[FittedModel],
    name: str,
    rows: KnownRows,
    make: Maker,
    folds: Sequence[Ints],
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
    rows : KnownRows
    make : callable
        From rows to the models to fit.
    folds : sequence of arrays
        The rows of each fold.
    engine : Engine
    seed : int
    """
    totals: dict[tuple[int, Family], float] = {(m.n_components, m.family): 0.0 for m in models}
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(rows.X)), fold)
        fitted = fit_models(make(rows.take(rest)), engine, seed)
        scored = scored_on(fitted, name, rows.take(fold), engine)
        found = {(model.n_components, model.family): model.value(name) for model in scored}
        totals = {key: total + found.get(key, math.nan) for key, total in totals.items()}
    return [replace(m).scored(**{name: totals[m.n_components, m.family]}) for m in models]
