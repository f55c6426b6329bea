"""Families of many columns, made ready for the rows of a fit."""

from __future__ import annotations

import numpy as np

from ..covariances import MOST_DENSE, FactorAnalysers, Family, LowRankFactorAnalysers, principal_factors
from ..engines import Engine
from ..errors import InputError
from ..fitting.spread import Spread
from ..sources import Source, first_rows
from ..starts import WhiteningTransform
from ..starts.draw import draw_distinct

__all__ = ["located", "suited"]

_SAMPLE = 4_000
"""Rows of which the first factors are principal axes."""


def suited(family: Family, source: Source) -> Family:
    """Return a family in the form for the columns: factor analysers of many keep projections of their moments.

    Parameters
    ----------
    source : Source
        The rows.

    Raises
    ------
    InputError
        If there are more factors than columns, or rows are projections of many.
    """
    if not isinstance(family, FactorAnalysers):
        return family
    n_features = source.n_features
    if family.n_factors > n_features:
        raise InputError(
            f"n_factors is {family.n_factors}, and X has {n_features} columns: give at most {n_features}."
        )
    if n_features <= MOST_DENSE:
        return family
    if first_rows(source, 1).projections is not None:
        raise InputError(
            f"projections of {n_features} true values, and factor analysers of more than {MOST_DENSE} columns take "
            "none: fit another family."
        )
    return LowRankFactorAnalysers(family)


def located(family: Family, source: Source, spread: Spread, engine: Engine) -> Family:
    """Return a family with the factors of all rows together as the start of its M-steps, if it needs them.

    Parameters
    ----------
    source : Source
        The rows.
    spread : Spread
        Of the rows, their missing values filled.
    engine : Engine
        Visits the blocks.
    """
    if not isinstance(family, LowRankFactorAnalysers):
        return family
    whitening = WhiteningTransform(spread.mean, family.whitening(spread.scale), family.frame)
    drawn, _ = draw_distinct(source, engine, whitening, _SAMPLE, np.random.default_rng(0))
    X = np.where(np.isnan(drawn.X), spread.mean, drawn.X)
    weights = np.ones(len(X)) if drawn.weights is None else drawn.weights
    return LowRankFactorAnalysers(family, principal_factors(X, weights, family, spread.scale))
