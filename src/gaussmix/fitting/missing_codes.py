"""Codes for missing values, such as −999, in the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._types import Floats, Rows
from ..engines import Engine, LocalEngine
from ..names import columns_in_words
from ..sources import Source
from ..sources.base import first_block

__all__ = ["codes_in_words", "missing_codes"]

_ROWS = 1_000
"""Number of rows examined, spread over the first block."""
_REPEATED = 3
"""Minimum number of rows with a code."""
_BULK = (0.05, 0.95)
"""Quantiles of the other values, between which most of them are."""


def missing_codes(X: Rows) -> list[tuple[int, float, int]]:
    """Return the columns with codes for missing values, with each code and its number of occurrences.

    A code is 99, 999, 9999 and so on, or the negative of one. It occurs at least three times, and is the minimum or
    maximum of its column. Either it is negative and no other value is, or its distance to the nearest other value is
    more than twice the range of the others between their quantiles of 5 and 95 %.

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
        column = np.asarray(X[:, d], dtype=np.float64)
        others = column[~np.isnan(column)]
        while (code := _code_of(others)) is not None:
            found.append((d, code, int((others == code).sum())))
            others = others[others != code]
    return found


def _code_of(values: Floats) -> float | None:
    """Return a code for missing values among values, or None."""
    if not len(values):
        return None
    for code in (float(values.min()), float(values.max())):
        others = values[values != code]
        if not _of_nines(code) or len(values) - len(others) < _REPEATED or len(np.unique(others)) < 2:
            continue
        low, high = np.quantile(others, _BULK)
        if (code < 0.0 <= others.min()) or np.abs(others - code).min() > 2.0 * (high - low):
            return code
    return None


def _of_nines(values: Rows | float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return whether each value is 99, 999 and so on, or the negative of one."""
    size = np.abs(np.asarray(values, dtype=np.float64)) + 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.round(np.log10(size))
        return np.asarray((exponent >= 2.0) & (size == 10.0**exponent))


def codes_in_words(source: Source, engine: Engine, names: Sequence[str] | None) -> list[str]:
    """Return a sentence for each code for missing values among the first rows, with its columns.

    Parameters
    ----------
    source : Source
        Rows (n, D). Rows on other processes or machines are not examined.
    engine : Engine
    names : (D,) sequence of str, optional
        Of the columns.
    """
    if not isinstance(engine, LocalEngine):
        return []
    block = first_block(source)
    if block.projections is not None:
        return []
    columns: dict[float, list[int]] = {}
    for d, code, _ in missing_codes(block.X[:: max(1, block.n_rows // _ROWS)]):
        columns.setdefault(code, []).append(d)
    return [_sentence(block.X, code, found, names) for code, found in columns.items()]


def _sentence(X: Rows, code: float, columns: list[int], names: Sequence[str] | None) -> str:
    counts = [int((X[:, d] == code).sum()) for d in columns]
    least, most = min(counts), max(counts)
    have, them = ("has", "it") if len(columns) == 1 else ("have", "them")
    rows = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    listed = columns_in_words(columns, names)
    return (
        f"{listed} {have} the value {code:g} in {rows} of {len(X):,} rows, far from the others: "
        f"if it marks missing values, replace {them} by NaN (in a file, by empty cells)."
    )
