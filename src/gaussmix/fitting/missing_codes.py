"""Codes of missing values among the values of a column, such as −999."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._types import Rows
from ..engines import Engine, LocalEngine
from ..names import columns_in_words
from ..sources import Source, first_rows

__all__ = ["codes_in_words", "missing_codes"]

_ROWS = 1_000
"""The number of first rows that are looked at."""
_REPEATED = 3
"""The least number of rows with a code."""


def missing_codes(X: Rows) -> list[tuple[int, float, int]]:
    """Return columns with a code of missing values, the code, and the number of rows that have it.

    A code is a number of two nines or more, perhaps negative, that occurs several times. It is below or above all other
    values of its column, and farther from them than they are from each other.

    Parameters
    ----------
    X : (n, D) array
        Rows, with NaN for missing values.

    Examples
    --------
    >>> import numpy as np
    >>> missing_codes(np.array([[1.5, -999.0], [2.5, 3.0], [9.0, -999.0], [9.0, -999.0], [9.0, 4.0]]))
    [(1, -999.0, 3)]
    """
    with np.errstate(invalid="ignore"):
        ends = np.fmin.reduce(X), np.fmax.reduce(X)
    found = []
    for d in np.flatnonzero(_of_nines(ends[0]) | _of_nines(ends[1])).tolist():
        for code in (float(ends[0][d]), float(ends[1][d])):
            column = np.asarray(X[:, d], dtype=np.float64)
            others = column[~np.isnan(column) & (column != code)]
            count = int((column == code).sum())
            if not _of_nines(code) or count < _REPEATED or not len(others):
                continue
            if np.abs(others - code).min() > np.ptp(others):
                found.append((d, code, count))
                break
    return found


def _of_nines(values: Rows | float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which values are 99, 999 and so on, or the negative of one."""
    size = np.abs(np.asarray(values, dtype=np.float64)) + 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.round(np.log10(size))
        return np.asarray((exponent >= 2.0) & (size == 10.0**exponent))


def codes_in_words(source: Source, engine: Engine, names: Sequence[str] | None) -> list[str]:
    """Return a sentence for each column with a code of missing values among its first rows.

    Parameters
    ----------
    source : Source
        Rows (n, D); those of another process or machine are not fetched.
    engine : Engine
    names : (D,) sequence of str, optional
        Of the columns.
    """
    if not isinstance(engine, LocalEngine):
        return []
    block = first_rows(source, _ROWS)
    if block.projections is not None:
        return []
    return [
        f"{columns_in_words([d], names)} has the value {code:g} in {count} of {block.n_rows} rows, "
        "far from all others: if it marks missing values, replace it by NaN (in a file, by an empty cell)."
        for d, code, count in missing_codes(block.X)
    ]
