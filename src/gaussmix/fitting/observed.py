"""Observed shares of columns, and mean imputation."""

from __future__ import annotations

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..engines import Engine
from ..errors import InputError
from ..sources import FilledSource, Source

__all__ = ["filled_by_means", "observed_shares"]


def _column_sums(block: Block) -> Floats:
    """Return Σ w of the observed values, Σ w x, and Σ w of all rows, for each column, (3, D)."""
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    observed = ~np.isnan(block.X)
    values = np.where(observed, block.X, 0.0)
    return np.stack([weights @ observed, weights @ values, np.full(block.X.shape[1], weights.sum())])


def filled_by_means(source: Source, engine: Engine) -> Source:
    """Return plain rows: missing values are filled by the column's mean, errors and labels left out.

    Parameters
    ----------
    source : Source
    engine : Engine

    Raises
    ------
    InputError
        If a column has no value at all.
    """
    if source.plain:
        return source
    counts, sums, _ = engine.sum(_column_sums, source)
    if not (counts > 0).all():
        d = int(np.argmin(counts))
        raise InputError(f"column {d} of X has no value in any row of positive weight: leave it out.")
    return FilledSource(source, sums / counts)


def observed_shares(source: Source, engine: Engine) -> Floats:
    """Return the fraction of the rows, by weight, observed in each column, (D,)."""
    if source.plain:
        return np.ones(source.n_features)
    counts, _, total = engine.sum(_column_sums, source)
    return np.asarray(counts / total)
