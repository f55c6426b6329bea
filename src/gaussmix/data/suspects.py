"""Columns of numbers that are unlikely to be measurements: row numbers, identifiers and classes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.names import columns_in_words

__all__ = ["suspects"]

_LEAST_ROWS, _FIRST, _MOST_CLASSES, _ROWS_A_CLASS = 10, 1000, 12, 5
_IDENTIFIER = re.compile(
    r"(?:.*[_\s.\-])?(?i:id|ids|uid|idx|index|key|code|fips|geoid|cas|casrn|no|nr|num|rownum|row|obs)"
    r"|.*(?:Id|ID|Key|Code|FIPS)",
    re.ASCII,
)


def suspects(X: Floats, names: Sequence[str]) -> list[str]:
    """Return remarks on columns of row numbers, identifiers and class labels.

    A column numbers the rows if it counts up by one; it identifies them if its name says so and its whole numbers all
    differ. It may hold classes if it has at most 12 different values, all whole, each in five rows or more on average.

    Parameters
    ----------
    X : (n, D) array

    Examples
    --------
    >>> X = np.column_stack([np.arange(1, 41), np.repeat([0, 1], 20), np.linspace(0, 1, 40)])
    >>> for sentence in suspects(X, ["row", "group", "height"]):
    ...     print(sentence)
    column 'row' numbers the rows (1 to 40): leave it out with --drop row, or choose with --columns
    column 'group' holds whole numbers of 2 values (0, 1): if they are classes, leave it out with --drop group
    """
    if len(X) < _LEAST_ROWS or X.shape[1] < 2:
        return []
    first = X[:_FIRST]
    likely = np.flatnonzero(_whole(first).all(axis=0)).tolist()
    whole = [j for j in likely if bool(_whole(X[:, j]).all())]
    counting = [j for j in whole if _counts(X[:, j])]
    rows = [j for j in whole if j in counting or _identifies(X[:, j], names[j])]
    classes = [j for j in whole if j not in rows and _values(X[:, j])]
    found = []
    if rows:
        found.append(_about_rows(rows, X, names, counting=rows == counting))
    if classes and len(classes) + len(rows) < X.shape[1]:
        found.append(_about_classes(classes, X, names))
    return found


def _whole(X: Floats) -> NDArray[np.bool_]:
    """Return whether each value is whole or missing."""
    return np.asarray((np.floor(X) == X) | np.isnan(X))


def _counts(column: Floats) -> bool:
    """Return whether a column counts up by one."""
    return bool(column[1] == column[0] + 1 and (np.diff(column) == 1).all())


def _identifies(column: Floats, name: str) -> bool:
    """Return whether a column has the name of an identifier, and different values."""
    return bool(_IDENTIFIER.fullmatch(name.strip())) and len(np.unique(column)) == len(column)


def _about_rows(columns: Sequence[int], X: Floats, names: Sequence[str], *, counting: bool) -> str:
    one = len(columns) == 1
    what = ("numbers" if one else "number") if counting else ("identifies" if one else "identify")
    values = X[:, columns[0]]
    shown = (
        f"{values[0]:.0f} to {values[-1]:.0f}"
        if counting
        else ", ".join(f"{v:.0f}" for v in values[:3]) + ", …"
    )
    return (
        f"{columns_in_words(columns, names)} {what} the rows{f' ({shown})' if one else ''}: leave "
        f"{'it' if one else 'them'} out with --drop {_option(columns, names)}, or choose with --columns"
    )


def _values(column: Floats) -> list[float]:
    """Return the different values of a column of classes; nothing for another column."""
    column = column[~np.isnan(column)]
    few = np.unique(column[:_FIRST])
    if not 2 <= len(few) <= _MOST_CLASSES:
        return []
    values = np.unique(column)
    return values.tolist() if len(values) <= min(_MOST_CLASSES, len(column) // _ROWS_A_CLASS) else []


def _about_classes(classes: Sequence[int], X: Floats, names: Sequence[str]) -> str:
    one = len(classes) == 1
    values = _values(X[:, classes[0]])
    shown = ", ".join(f"{value:.0f}" for value in values[:6]) + (", …" if len(values) > 6 else "")
    example = shown if one else f"{names[classes[0]]}: {shown}"
    return (
        f"{columns_in_words(classes, names)} {'holds' if one else 'hold'} whole numbers of "
        f"{f'{len(values)} values' if one else 'few values'} ({example}): if they are classes, leave "
        f"{'it' if one else 'them'} out with --drop {_option(classes, names)}"
    )


def _option(columns: Sequence[int], names: Sequence[str]) -> str:
    """Return names as a person would write them behind an option in a shell."""
    written = [f'"{names[j]}"' if "," in names[j] else names[j] for j in columns[:12]]
    return shlex.quote(",".join(written)) + (",…" if len(columns) > 12 else "")
