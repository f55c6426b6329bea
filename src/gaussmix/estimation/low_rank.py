"""Families of many columns, made ready for the rows of a fit."""

from __future__ import annotations

import numpy as np

from ..covariances import MOST_DENSE, FactorAnalysers, Family, LowRankFactorAnalysers, principal_factors
from ..engines import Engine
from ..errors import InputError
from ..fitting.spread import Spread
from ..sources import Source
from ..starts import WhiteningTransform
from ..starts.draw import draw_distinct

__all__ = ["located", "suited"]

_SAMPLE = 4_000
"""Rows of which the first factors are principal axes."""


def suited(family: Family, n_features: int) -> Family:
    """Return a family in the form for so many columns: factor analysers of many keep projections of their moments.

    Parameters
    ----------
    family : Family
    n_features : int

    Raises
    ------
    InputError
        If there are more factors than columns.
    """
    if not isinstance(family, FactorAnalysers):
        return family
    if family.n_factors > n_features:
        raise InputError(
            f"n_factors is {family.n_factors}, and X has {n_features} columns: give at most {n_features}."
        )
    return LowRankFactorAnalysers(family) if n_features > MOST_DENSE else family


def located(family: Family, source: Source, spread: Spread, engine: Engine) -> Family:
    """Return a family with the factors of all rows together as the start of its M-steps, if it needs them.

    Parameters
    ----------
    family : Family
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
    return LowRankFactorAnalysers(family, principal_factors(X, weights, family))
