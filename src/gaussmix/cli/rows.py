"""Rows out of files: the columns that a person names, or that a model knows."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gaussmix.cli.table_options import TableOptions
from gaussmix.cli.terminal import Terminal
from gaussmix.containers import LabelledArray
from gaussmix.data.content import Content
from gaussmix.data.numeric import Columns
from gaussmix.data.suspects import suspects
from gaussmix.data.tables import NumericTable, load_table
from gaussmix.errors import FileFormatError, InputError
from gaussmix.files import FileAccessError

if TYPE_CHECKING:
    from gaussmix._types import Floats

__all__ = ["FitRows", "rows_for_model", "rows_to_fit", "tell_about"]


@dataclass(frozen=True, eq=False)
class FitRows:
    """The rows of a fit.

    Parameters
    ----------
    X : (n, D) array
    names : tuple of str
        Of the columns.
    weights : (n,) array or None
        How often each row counts.
    skipped : mapping from str to str
        The columns that were left out, and why.
    notice : str
        What was guessed about the file; or "".
    remarks : tuple of str
        What a person should know of its columns.
    """

    X: Floats
    names: tuple[str, ...]
    weights: Floats | None = None
    skipped: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def total_weight(self) -> float:
        """The number of rows that these rows stand for."""
        return float(len(self.X)) if self.weights is None else float(self.weights.sum())

    @property
    def frame(self) -> Floats | LabelledArray:
        """The rows with the names that a model keeps: none where the file has none and all its columns are used."""
        nameless = self.names == tuple(f"x{j}" for j in range(len(self.names)))
        return self.X if nameless else LabelledArray(self.X, self.names)


def rows_to_fit(path: Path, table: TableOptions, columns: str | None, weights: str | None) -> FitRows:
    """Read the rows of a fit.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    table : TableOptions
        How it is written, and which columns to leave out.
    columns : str or None
        Names or positions, separated by commas; None for all columns of numbers.
    weights : str or None
        The column that says how often each row counts; it is not fitted.
    """
    content = Content.of(path)

    def read(wanted: Columns) -> NumericTable:
        return load_table(content, table.choice(wanted), table.reading)

    if weights is None:
        found = read(columns)
        rows = FitRows(found.X, found.names, None, found.skipped, found.notice, found.remarks)
    elif columns is not None:
        found = read([*_listed(columns), weights])
        rows = _split(path, found, len(found.names) - 1)
    else:
        found = read(None)
        name = weights if weights in found.names else read([weights]).names[0]
        if len(found.names) == 1:
            raise InputError(f"{path}: there is no column to fit besides the weights {name!r}")
        rows = _split(path, found, found.names.index(name))
    asked = columns is not None or table.drop is not None
    return rows if asked else replace(rows, remarks=(*rows.remarks, *suspects(rows.X, rows.names)))


def _listed(columns: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([columns], skipinitialspace=True), [])]


def _split(path: Path, table: NumericTable, position: int) -> FitRows:
    weights = np.array(table.X[:, position])
    name = table.names[position]
    if (weights < 0).any():
        row = int(np.argmax(weights < 0))
        raise InputError(
            f"{path}: the weight in row {row} of column {name!r} is {weights[row]:g}: weights are counts, ≥ 0"
        )
    if not weights.any():
        raise InputError(f"{path}: every weight in column {name!r} is 0: give at least one row a weight")
    others = [j for j in range(len(table.names)) if j != position]
    names = tuple(table.names[j] for j in others)
    X = np.ascontiguousarray(table.X[:, others])
    return FitRows(X, names, weights, table.skipped, table.notice, table.remarks)


def tell_about(rows: FitRows | NumericTable, terminal: Terminal) -> None:
    """Print the detected format of a file, and warnings about its columns."""
    if rows.notice:
        terminal.note(rows.notice)
    for remark in rows.remarks:
        terminal.warn(remark)


def rows_for_model(
    path: Path, table: TableOptions, columns: str | None, n_features: int, names: Sequence[str] | None
) -> NumericTable:
    """Read the rows to predict: the columns named, else those that the model knows by name, else by position.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    table : TableOptions
        How it is written, and which columns to leave out.
    columns : str or None
        Names or positions, in the model's order; None to match them.
    n_features : int
        D of the model.
    names : sequence of str or None
        The names that the model knows.
    """
    content = Content.of(path)

    def read(wanted: Columns) -> NumericTable:
        return load_table(content, table.choice(wanted), table.reading)

    if columns is not None or names is None:
        return _checked(path, read(columns), n_features, names)
    try:
        return read(list(names))
    except (FileFormatError, FileAccessError):
        raise
    except InputError as error:
        absent = error
    # Right only where the file has no names at all.
    try:
        found = read(None)
    except InputError:
        found = None
    if found is not None and _nameless(found):
        return _checked(path, found, n_features, names)
    raise InputError(
        f"{absent}; the model was fitted on {', '.join(names)}: name the {n_features} columns to use with --columns"
    )


def _checked(path: Path, table: NumericTable, n_features: int, names: Sequence[str] | None) -> NumericTable:
    found = len(table.names)
    if found != n_features:
        known = f" ({', '.join(names)})" if names is not None else ""
        raise InputError(
            f"{path} gives {found} column{'' if found == 1 else 's'} of numbers, and the model has "
            f"{n_features}{known}: name the columns to use, in the model's order, with --columns"
        )
    return table


def _nameless(table: NumericTable) -> bool:
    """Say whether the file has no names of its own: the reader then calls its columns x0, x1, ...."""
    return all(re.fullmatch(r"x\d+", name) for name in table.names)
