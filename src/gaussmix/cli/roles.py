"""Columns with information about the rows: weights, standard errors, labels."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.data.delimited.cells import is_missing
from gaussmix.data.numeric import NumericTable, choose
from gaussmix.errors import InputError
from gaussmix.names import column_in_words, names_in_words, quoted

if TYPE_CHECKING:
    from gaussmix._types import Floats, Ints

__all__ = ["Labels", "Roles", "checked_weights", "labels_of", "listed", "variances_of"]


@dataclass(frozen=True)
class Roles:
    """The columns that are not data: weights, standard errors and labels of the rows.

    Parameters
    ----------
    weights : str or None
        The column of weights.
    errors : str or None
        The columns of standard errors, separated by commas: one for each column of data, empty for none.
    labels : str or None
        The column of known components.
    """

    weights: str | None = None
    errors: str | None = None
    labels: str | None = None

    @property
    def error_columns(self) -> list[str]:
        """The columns of standard errors, "" for a column of data without any."""
        return [] if self.errors is None else listed(self.errors)

    @property
    def numbers(self) -> list[str]:
        """The columns of numbers among them."""
        return [*([] if self.weights is None else [self.weights]), *filter(None, self.error_columns)]

    def words(self) -> list[str]:
        """Return the options as words of a command line."""
        pairs = (("--weights", self.weights), ("--errors", self.errors), ("--label", self.labels))
        return [word for option, value in pairs if value is not None for word in (option, value)]


@dataclass(frozen=True, eq=False)
class Labels:
    """Known components of rows.

    Parameters
    ----------
    components : (n,) array of int
        The component of each row, −1 if it is unknown.
    names : tuple of str
        The names of the components in the file, from 0.
    column : str
        The column of the file.
    """

    components: Ints
    names: tuple[str, ...]
    column: str

    def in_words(self) -> str:
        """Return the component of each name, and the number of rows without a label."""
        unknown = int((self.components < 0).sum())
        shown = [f"{name} is component {k}" for k, name in enumerate(self.names[:12])]
        more = [f"and {len(self.names) - 12} more"] if len(self.names) > 12 else []
        return f"{', '.join(shown + more)}; {unknown:,} of {len(self.components):,} rows have no label"


def listed(columns: str) -> list[str]:
    """Return the names or positions in a list separated by commas."""
    return [cell.strip() for cell in next(csv.reader([columns], skipinitialspace=True), [])]


def checked_weights(weights: Floats, name: str, path: Path) -> Floats:
    """Return a column of weights, or raise one sentence."""
    bad = ~(weights >= 0)
    if bad.any():
        row = int(np.argmax(bad))
        value = "missing" if np.isnan(weights[row]) else f"{weights[row]:g}"
        raise InputError(
            f"{path}: the weight in row {row} (from 0) of {column_in_words(name)} is {value}: give a number ≥ 0"
        )
    if not weights.any():
        raise InputError(
            f"{path}: every weight in {column_in_words(name)} is 0: give at least one row a positive weight"
        )
    return weights


def variances_of(
    read: Callable[[list[str]], NumericTable],
    errors: Sequence[str],
    X: Floats,
    names: Sequence[str],
    path: Path,
) -> Floats | None:
    """Return the squares of standard errors (n, D), or None without any; X (n, D) has NaN for missing values."""
    if not errors:
        return None
    if len(errors) != len(names):
        raise InputError(
            f"--errors names {len(errors)} column{'' if len(errors) == 1 else 's'}, and {len(names)} are used "
            f"({names_in_words(names)}): give one column of standard errors for each, in this order, or nothing "
            "between two commas for a column without errors"
        )
    wanted = [name for name in errors if name]
    found = iter(read(wanted).X.T) if wanted else iter(())
    variances = np.zeros(X.shape)
    for d, error in enumerate(errors):
        if error:
            variances[:, d] = _squares(next(found), X[:, d], (error, names[d]), path)
    return variances


def _squares(column: Floats, values: Floats, names: tuple[str, str], path: Path) -> Floats:
    # The error of a value that is missing does not matter.
    bad = ~(column >= 0) & ~np.isnan(values)
    if bad.any():
        row = int(np.argmax(bad))
        value = "missing" if np.isnan(column[row]) else f"{column[row]:g}"
        raise InputError(
            f"{path}: the standard error in row {row} (from 0) of {column_in_words(names[0])} is {value}: give a "
            f"number ≥ 0 for each value of {quoted(names[1])}"
        )
    return np.where(np.isnan(values), 0.0, column) ** 2


def labels_of(table: NumericTable, column: str, n_components: int, path: Path) -> Labels:
    """Return the components of a column of numbers or names; an empty cell is unknown.

    Whole numbers from 0 to K − 1 are numbers of components, and −1 is unknown; other names and numbers are counted from
    0, in their order.
    """
    columns = table.all_columns()
    (position,) = choose([column], list(columns), path) or [0]
    name = list(columns)[position]
    cells = [_cell(value) for value in columns[name].tolist()]
    values = {cell: _number(cell) for cell in cells if cell}
    numeric = all(value is not None for value in values.values())
    if numeric:
        values = {cell: value for cell, value in values.items() if value != -1.0}
    if not values:
        raise InputError(
            f"{path}: {column_in_words(name)} has no labels: give the component of at least one row"
        )
    if numeric and set(values.values()) <= set(range(n_components)):
        names = tuple(map(str, range(n_components)))
        numbers = {cell: int(value) for cell, value in values.items() if value is not None}
    else:
        order: Any = (lambda key: key) if numeric else str
        keys = sorted({values[cell] if numeric else cell for cell in values}, key=order)
        names = tuple(f"{key:g}" if isinstance(key, float) else str(key) for key in keys)
        numbers = {cell: keys.index(values[cell] if numeric else cell) for cell in values}
    if len(names) > n_components:
        shown = ", ".join(quoted(each) for each in names[:6]) + (", …" if len(names) > 6 else "")
        raise InputError(
            f"{path}: {column_in_words(name)} holds {len(names)} different labels ({shown}), and there "
            f"{'is 1 component' if n_components == 1 else f'are {n_components} components'}: give -k {len(names)} or "
            "more"
        )
    return Labels(np.array([numbers.get(cell, -1) for cell in cells], dtype=np.intp), names, name)


def _cell(value: Any) -> str:
    """A cell as text, empty for a missing one."""
    text = "" if value is None or value != value else str(value).strip()
    return "" if is_missing(text) else text


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
