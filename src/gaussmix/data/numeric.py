"""The numbers that were read from a file, and the choice of its columns."""

from __future__ import annotations

import csv
import json
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import FileFormatError, InputError, InputTypeError

__all__ = ["Columns", "NumericTable", "as_numeric_table", "check_finite", "choose", "missing_fault", "quoted"]

Columns: TypeAlias = str | Sequence[str | int] | None

_HINT = "give --columns to choose numeric columns"


@dataclass(frozen=True, eq=False)
class NumericTable:
    """Numbers out of a file.

    Parameters
    ----------
    X : ndarray of float64, shape (n, D)
        The values, finite.
    names : tuple of str
        The D names of the columns; x0, x1, … (by position in the file) where the file has none.
    skipped : mapping from str to str
        The columns that were left out because they hold no numbers, and why.
    """

    X: Floats
    names: tuple[str, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)


def quoted(name: str) -> str:
    """Return a name for a message, cut to a readable length.

    Examples
    --------
    >>> quoted("F1")
    '"F1"'
    """
    return json.dumps(name if len(name) <= 60 else name[:57] + "…", ensure_ascii=False)


def choose(columns: Columns, names: Sequence[str], path: Path) -> list[int] | None:
    """Return the positions of the columns that a person named, in that order; None for no choice.

    Parameters
    ----------
    columns : str, sequence of str or int, or None
        Names, or positions counted from 0, separated by commas in a text. A name wins over a position.
    names : sequence of str
        The names in the file.
    path : pathlib.Path
        The file, for messages.

    Returns
    -------
    list of int or None

    Raises
    ------
    InputError
        If a column is not there, is named twice, or its name stands twice in the file.

    Examples
    --------
    >>> choose("F2, 0", ["F1", "F2", "F3"], Path("data.csv"))
    [1, 0]
    """
    if columns is None:
        return None
    given: object = columns
    if isinstance(given, str):
        wanted: list[object] = [cell.strip() for cell in next(csv.reader([given], skipinitialspace=True), [])]
    elif isinstance(given, Iterable):
        wanted = list(given)
    else:
        raise InputTypeError(f"columns must be names or positions, not {given!r}")
    if not wanted:
        raise InputError(f"{path}: no column was chosen; its columns are {_listed(names)}")
    chosen = [_position(column, names, path) for column in wanted]
    if len(set(chosen)) < len(chosen):
        raise InputError(f"{path}: a column is chosen twice in {columns!r}")
    return chosen


def _position(column: object, names: Sequence[str], path: Path) -> int:
    if isinstance(column, bool) or not isinstance(column, (str, numbers.Integral)):
        raise InputTypeError(f"a column must be a name or a position, not {column!r}")
    if isinstance(column, str) and column in names:
        if list(names).count(column) > 1:
            places = ", ".join(str(i) for i, name in enumerate(names) if name == column)
            raise InputError(f"{path}: column {quoted(column)} stands at {places}: choose by position")
        return list(names).index(column)
    text = str(column)
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) < len(names):
        return int(text)
    raise InputError(f"{path}: there is no column {quoted(text)}; its columns are {_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(quoted(name) for name in names[:12])
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12} more"


def as_numeric_table(X: Floats, names: Sequence[str], skipped: Mapping[str, str], path: Path) -> NumericTable:
    """Return the table of values that were read, after checking that there are some and the names differ.

    Raises
    ------
    FileFormatError
        If there is no row or no column of numbers, or two columns have one name.
    """
    if not names:
        left_out = f" (left out: {_listed(list(skipped))})" if skipped else ""
        raise FileFormatError(f"{path} has no column of numbers{left_out}")
    if len(X) == 0:
        raise FileFormatError(f"{path} has columns and no rows")
    for name in names:
        if list(names).count(name) > 1:
            raise FileFormatError(
                f"{path}: two columns are named {quoted(name)}: choose by position with --columns"
            )
    return NumericTable(X, tuple(names), dict(skipped))


def missing_fault(path: Path, missing: Mapping[str, tuple[int, str]]) -> FileFormatError:
    """Return the error for missing values: where and how many.

    Parameters
    ----------
    path : pathlib.Path
    missing : mapping from str to (int, str)
        For each column, how many, and the place of the first.
    """
    total = sum(count for count, _ in missing.values())
    where = [
        f"{count} in column {quoted(name)} (first at {first})" for name, (count, first) in missing.items()
    ]
    more = [] if len(where) <= 4 else [f"and in {len(where) - 4} more columns"]
    values = "1 missing value" if total == 1 else f"{total} missing values"
    return FileFormatError(
        f"{path} has {values} (empty, NA or NaN): {', '.join(where[:4] + more)}; "
        "remove those rows, fill the gaps, or choose other columns with --columns"
    )


def check_finite(X: Floats, names: Sequence[str], path: Path, step: int = 1 << 16) -> None:
    """Raise FileFormatError where a value is NaN (missing) or infinite; rows are counted from 0.

    The table is looked at in pieces, so that a mapped file is never held as a whole.
    """
    missing: dict[str, tuple[int, str]] = {}
    for start in range(0, len(X), step):
        piece = X[start : start + step]
        if np.isfinite(piece).all():
            continue
        for row, column in np.argwhere(np.isinf(piece))[:1]:
            place = f"row {start + row}, column {quoted(names[column])}"
            raise FileFormatError(f"{path}, {place}: the value is {piece[row, column]}; {_HINT}")
        for row, column in np.argwhere(np.isnan(piece)):
            count, first = missing.get(names[column], (0, f"row {start + row}"))
            missing[names[column]] = count + 1, first
    if missing:
        raise missing_fault(path, missing)
