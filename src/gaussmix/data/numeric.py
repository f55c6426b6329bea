"""Tables of numbers read from files, and the choice of their columns."""

from __future__ import annotations

import csv
import numbers
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.errors import FileFormatError, InputError, InputTypeError
from gaussmix.names import column_in_words, names_in_words

__all__ = [
    "Choice",
    "Columns",
    "NumericTable",
    "as_numeric_table",
    "choose",
    "distinct",
    "missing_note",
    "refuse_infinite",
]

Whole: TypeAlias = Callable[[], dict[str, NDArray[Any]]]

Columns: TypeAlias = str | Sequence[str | int] | None

_HINT = "correct the value, or choose columns with --columns"
_PIECE = 1 << 16


@dataclass(frozen=True, eq=False)
class NumericTable:
    r"""A table of numbers read from a file.

    Parameters
    ----------
    X : ndarray of float64, shape (n, D)
        The values, with NaN for missing ones (empty, ``NA``, ``NaN``, null).
    names : tuple of str
        The D names of the columns; x0, x1, … (by position in the file) if the file has none.
    skipped : mapping from str to str
        The columns without numbers that were left out, with the reasons.
    notice : str
        A sentence on the detected format of an unusual file; or "".
    remarks : tuple of str
        A sentence for each column left out although it looks like numbers.
    whole : callable or None
        Reader of all columns of the file for the rows of X, by name; None if they are those of X.

    Examples
    --------
    >>> import gaussmix, pathlib
    >>> _ = pathlib.Path("vowels.csv").write_text("vowel,F1,F2\niy,270,2290\nuw,300,870\n")
    >>> table = gaussmix.read_table("vowels.csv")
    >>> table.X.shape, table.names
    ((2, 2), ('F1', 'F2'))
    >>> list(table.all_columns())
    ['vowel', 'F1', 'F2']
    """

    X: Floats
    names: tuple[str, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    remarks: tuple[str, ...] = ()
    whole: Whole | None = None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the values, so that a table can be fitted as an array can."""
        # NumPy 1 has no copy=None.
        return np.asarray(self.X, dtype) if copy is None else np.array(self.X, dtype=dtype, copy=copy)

    def all_columns(self) -> dict[str, NDArray[Any]]:
        """Return all columns of the file by name, with those of text.

        Returns
        -------
        dict of arrays
            The cells of each column, one for each row of ``X``.
        """
        if self.whole is None:
            return {name: self.X[:, d] for d, name in enumerate(self.names)}
        return self.whole()

    @property
    def missing(self) -> dict[str, int]:
        """Number of missing values, by name, of each column with missing values."""
        counts = np.zeros(self.X.shape[1], dtype=int)
        # In pieces, so that a mapped file is never held as a whole.
        for start in range(0, len(self.X), _PIECE):
            counts += np.isnan(self.X[start : start + _PIECE]).sum(axis=0)
        return {name: int(count) for name, count in zip(self.names, counts, strict=True) if count}

    def __repr__(self) -> str:
        n, D = self.X.shape
        shown = ", ".join(self.names[:8]) + (", …" if D > 8 else "")
        lines = [f"NumericTable of {n:,} rows and {D} columns: {shown}"]
        if self.skipped:
            left_out = [f"{name} ({why})" for name, why in list(self.skipped.items())[:8]]
            lines.append(f"  left out: {', '.join(left_out)}{', …' if len(self.skipped) > 8 else ''}")
        said = (self.notice, missing_note(self.missing), *self.remarks)
        return "\n".join([*lines, *(f"  {line}" for line in said if line)])


@dataclass(frozen=True)
class Choice:
    """The choice of columns: those to read and those to leave out.

    Parameters
    ----------
    columns : str, sequence of str or int, or None
        The columns to read, in this order; None for all columns of numbers.
    drop : str, sequence of str or int, or None
        The columns to leave out.
    """

    columns: Columns = None
    drop: Columns = None

    def positions(self, names: Sequence[str], numeric: Sequence[bool], path: Path) -> list[int]:
        """Return the positions of the columns to read.

        Raises
        ------
        InputError
            If a column is not there or is named twice.
        """
        asked = choose(self.columns, names, path)
        dropped = self.dropped(names, path)
        wanted = [j for j, is_numeric in enumerate(numeric) if is_numeric] if asked is None else asked
        return [j for j in wanted if j not in dropped]

    def dropped(self, names: Sequence[str], path: Path) -> frozenset[int]:
        """Return the positions of the columns to leave out."""
        return frozenset(choose(self.drop, names, path) or ())


def choose(columns: Columns, names: Sequence[str], path: Path) -> list[int] | None:
    """Return the positions of the chosen columns, in the order of the choice; None for no choice.

    Parameters
    ----------
    columns : str, sequence of str or int, or None
        Names, or positions counted from 0, separated by commas in a text. A name wins over a position.
    names : sequence of str
        The names in the file.
    path : pathlib.Path
        The file, for messages.

    Raises
    ------
    InputError
        If a column is not there or is chosen twice.

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
        raise InputError(f"{path}: no column was chosen; its columns are {names_in_words(names)}")
    places = {name: position for position, name in reversed(list(enumerate(names)))}
    chosen = [_position(column, names, places, path) for column in wanted]
    if len(set(chosen)) < len(chosen):
        twice = next(j for j in chosen if chosen.count(j) > 1)
        raise InputError(
            f"{path}: {column_in_words(names[twice])} is chosen twice in {columns!r}: name it once"
        )
    return chosen


def _position(column: object, names: Sequence[str], places: Mapping[str, int], path: Path) -> int:
    if isinstance(column, bool) or not isinstance(column, (str, numbers.Integral)):
        raise InputTypeError(f"a column must be a name or a position, not {column!r}")
    if isinstance(column, str) and column in places:
        return places[column]
    text = str(column)
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise InputError(
            f"{path}: there is no {column_in_words(text)}; its columns are {names_in_words(names)}"
        )
    if not 0 <= int(text) < len(names):
        only = "the only position is 0" if len(names) == 1 else f"positions go from 0 to {len(names) - 1}"
        raise InputError(
            f"{path}: there is no column {text}: {only}, and the columns are {names_in_words(names)}"
        )
    return int(text)


def distinct(names: Sequence[str]) -> list[str]:
    """Return distinct names: repeated ones are numbered from 1.

    Examples
    --------
    >>> distinct(["a", "b", "a", "a_1"])
    ['a_2', 'b', 'a_3', 'a_1']
    """
    counts, taken, last = Counter(names), set(names), Counter[str]()
    result = []
    for name in names:
        found = name
        while counts[name] > 1 and found in taken:
            last[name] += 1
            found = f"{name}_{last[name]}"
        taken.add(found)
        result.append(found)
    return result


def as_numeric_table(
    X: Floats,
    names: Sequence[str],
    skipped: Mapping[str, str],
    path: Path,
    guesses: Sequence[str] = (),
    remarks: Sequence[str] = (),
    whole: Whole | None = None,
) -> NumericTable:
    """Return a table of numbers, after a check that it has rows and columns.

    Raises
    ------
    FileFormatError
        If there is no row or no column of numbers.
    """
    if not names:
        left_out = f" (left out: {names_in_words(skipped)})" if skipped else ""
        if len(skipped) == 1 and not remarks:
            left_out += "; if it has several columns, name the sign between them with --separator"
        why = f": {remarks[0].removeprefix(f'{path}: ')}" if remarks else ""
        raise FileFormatError(f"{path} has no column of numbers{left_out}{why}")
    if len(X) == 0:
        raise FileFormatError(f"{path} has columns and no rows")
    notice = f"{path.name} is read with {', '.join(guesses)}" if guesses else ""
    return NumericTable(X, tuple(names), dict(skipped), notice, tuple(remarks), whole)


def missing_note(missing: Mapping[str, int]) -> str:
    """Return a sentence about missing values, from their number in each column; empty if there are none.

    Examples
    --------
    >>> missing_note({"Ozone": 37, "Solar.R": 7})
    "44 values are missing: 37 in column 'Ozone', 7 in column 'Solar.R'"
    """
    if not missing:
        return ""
    total = sum(missing.values())
    where = [f"{count:,} in {column_in_words(name)}" for name, count in missing.items()]
    shown = where[:8] + ([f"{sum(list(missing.values())[8:]):,} in {len(where) - 8} more"] * (len(where) > 8))
    return f"{'1 value is' if total == 1 else f'{total:,} values are'} missing: {', '.join(shown)}"


def refuse_infinite(X: Floats, names: Sequence[str], path: Path) -> None:
    """Raise FileFormatError where a value is infinite; rows are counted from 0.

    The table is checked in pieces, so that a mapped file is never held as a whole.
    """
    for start in range(0, len(X), _PIECE):
        piece = X[start : start + _PIECE]
        for row, column in np.argwhere(np.isinf(piece))[:1]:
            place = f"row {start + row}, {column_in_words(names[column])}"
            raise FileFormatError(f"{path}, {place}: the value is {piece[row, column]}; {_HINT}")
