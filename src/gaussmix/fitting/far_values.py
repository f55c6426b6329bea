"""Outlying values that raise the variance floor above the spread of the other rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..engines import Engine
from ..names import columns_in_words
from ..sources import Source, first_rows
from ..starts.draw import rows_of_least_hash

__all__ = ["far_value_in_words"]

_FAR = 1e3
"""Interquartile ranges in a standard deviation from which on values are far: the floor of 10⁻⁴ standard deviations is a
tenth of the range of the middle half of the values."""
_SAMPLED = 5_000
"""Rows that give the quartiles."""


class _Farthest(NamedTuple):
    distance: float
    row: int

    def __add__(self, other: _Farthest) -> _Farthest:  # type: ignore[override]
        return self if self.distance >= other.distance else other


def _farthest(column: int, centre: float, block: Block) -> _Farthest:
    distances = np.abs(np.asarray(block.X[:, column], np.float64) - centre)
    counted = ~np.isnan(distances) if block.weights is None else ~np.isnan(distances) & (block.weights > 0)
    distances = np.where(counted, distances, -1.0)
    row = int(distances.argmax()) if len(distances) else 0
    return _Farthest(float(distances[row]) if len(distances) else -1.0, block.start + row)


def far_value_in_words(
    source: Source, engine: Engine, variances: Floats, names: Sequence[str] | None = None
) -> str:
    """Return the row and column of an outlying value as text, empty without one.

    Parameters
    ----------
    source : Source
        Rows (n, D), perhaps with missing values.
    engine : Engine
        Visits the blocks.
    variances : (D,) array
        Of the columns.
    names : (D,) sequence of str, optional
        Of the columns.

    Examples
    --------
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.sources import ArraySource
    >>> X = np.append(np.arange(99.0), 1e9)[:, None]
    >>> far_value_in_words(ArraySource(X), SerialEngine(), X.var(axis=0), ["height"])
    "row 99 lies 2e+07 interquartile ranges from the median of column 'height'"
    """
    if first_rows(source, 1).projections is not None:
        return ""
    values = rows_of_least_hash(source, engine, _SAMPLED).X
    low, middle, high = np.nanquantile(np.asarray(values, np.float64), [0.25, 0.5, 0.75], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spreads = np.nan_to_num(np.sqrt(variances) / (high - low), nan=0.0, posinf=0.0)
    d = int(spreads.argmax())
    if spreads[d] < _FAR:
        return ""
    farthest = engine.sum(partial(_farthest, d, float(middle[d])), source)
    times = f"{farthest.distance / (high[d] - low[d]):.1g}"
    column = columns_in_words([d], names)
    return f"row {farthest.row} lies {times} interquartile ranges from the median of {column}"
