"""Rows from files: the columns of the command line, or those of a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.cli.roles import Labels, Roles, checked_weights, labels_of, listed, variances_of
from gaussmix.cli.table_options import TableOptions
from gaussmix.cli.terminal import Terminal
from gaussmix.containers import LabelledArray
from gaussmix.data.content import Content
from gaussmix.data.numeric import Columns, missing_note
from gaussmix.data.suspects import suspects
from gaussmix.data.tables import NumericTable, load_table
from gaussmix.errors import FileFormatError, InputError
from gaussmix.files import FileAccessError
from gaussmix.names import column_in_words, names_in_words

if TYPE_CHECKING:
    from gaussmix._types import Floats
    from gaussmix.cli.source_rows import SourceFitRows

__all__ = ["FitRows", "errors_for_model", "rows_for_model", "rows_to_fit", "tell_about"]


@dataclass(frozen=True, eq=False)
class FitRows:
    """The rows of a fit.

    Parameters
    ----------
    X : (n, D) array
        NaN for missing values.
    names : tuple of str
        Of the columns.
    weights : (n,) array or None
        Weights of the rows.
    variances : (n, D) array or None
        Of the measurement errors, in squared units.
    labels : Labels or None
        Known components.
    skipped : mapping from str to str
        The columns left out, with the reasons.
    notice : str
        A remark on the detected format; or "".
    remarks : tuple of str
        What a person should know of its columns.
    """

    X: Floats
    names: tuple[str, ...]
    weights: Floats | None = None
    variances: Floats | None = None
    labels: Labels | None = None
    skipped: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def missing(self) -> dict[str, int]:
        """Number of missing values, by name, of each column with missing values."""
        return NumericTable(self.X, self.names).missing

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return len(self.X)

    @property
    def usable(self) -> int:
        """Number of rows of positive weight."""
        return self.n_rows if self.weights is None else int(np.count_nonzero(self.weights))

    @property
    def weighted(self) -> bool:
        """Whether the rows have weights."""
        return self.weights is not None

    @property
    def known(self) -> dict[str, Any]:
        """The keyword arguments of ``fit``: weights, measurement errors and labels of the rows."""
        components = None if self.labels is None else self.labels.components
        return {"sample_weight": self.weights, "noise": self.variances, "labels": components}

    @property
    def total_weight(self) -> float:
        """Sum of the row weights."""
        return float(len(self.X)) if self.weights is None else float(self.weights.sum())

    @property
    def frame(self) -> Floats | LabelledArray:
        """The rows with the names of the columns, unless the file has no names and all its columns are used."""
        nameless = self.names == tuple(f"x{j}" for j in range(len(self.names)))
        return self.X if nameless else LabelledArray(self.X, self.names)


def name_of(file: Path | None) -> str:
    """Return the name of a table for messages; None is a query, and - the standard input."""
    if file is None:
        return "the query"
    return "standard input" if str(file) == "-" else file.name


def rows_to_fit(
    path: Path, table: TableOptions, columns: str | None, roles: Roles, n_components: int = 1
) -> FitRows:
    """Read the rows of a fit.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    table : TableOptions
        How it is written, and which columns to leave out.
    columns : str or None
        Names or positions, separated by commas; None for all columns of numbers.
    roles : Roles
        The columns that say something of the rows; they are not fitted.
    n_components : int
        Number of components K, for the labels.
    """
    content = Content.of(path)

    def read(wanted: Columns) -> NumericTable:
        return load_table(content, table.choice(wanted), table.reading)

    found = read(columns if columns is None else listed(columns))
    taken = {name: read([name]).names[0] for name in roles.numbers}
    labels = None if roles.labels is None else labels_of(found, roles.labels, n_components, path)
    others = {*taken.values(), *([] if labels is None else [labels.column])}
    _refuse_data_with_a_role(path, columns, found, others)
    data = [j for j, name in enumerate(found.names) if name not in others]
    if not data:
        what = ", ".join(map(repr, sorted(others)))
        raise InputError(f"{path}: there is no column to fit besides {what}")
    names, X = tuple(found.names[j] for j in data), found.X
    if len(data) < len(found.names):
        X = np.ascontiguousarray(X[:, data])
    _refuse_empty(path, X, names)
    rows = FitRows(
        X,
        names,
        None
        if roles.weights is None
        else checked_weights(read([roles.weights]).X[:, 0], taken[roles.weights], path),
        variances_of(read, roles.error_columns, X, names, path),
        labels,
        {name: why for name, why in found.skipped.items() if name not in others},
        found.notice,
        found.remarks,
    )
    asked = columns is not None or table.drop is not None
    return rows if asked else replace(rows, remarks=(*rows.remarks, *suspects(rows.X, rows.names)))


def _refuse_data_with_a_role(path: Path, columns: str | None, found: NumericTable, others: set[str]) -> None:
    both = [name for name in found.names if name in others]
    if columns is not None and both:
        raise InputError(
            f"{path}: {column_in_words(both[0])} is named in --columns and also in --weights, "
            "--errors or --label: leave it out of one"
        )


def _refuse_empty(path: Path, X: Floats, names: Sequence[str]) -> None:
    empty = np.isnan(X).all(axis=0)
    if empty.any():
        raise InputError(
            f"{path}: {column_in_words(names[int(empty.argmax())])} has no value: leave it out with --drop"
        )


def tell_about(rows: FitRows | SourceFitRows | NumericTable, terminal: Terminal) -> None:
    """Print the detected format of a file, its missing values, and warnings about its columns."""
    if rows.notice:
        terminal.note(rows.notice)
    if rows.missing:
        terminal.note(missing_note(rows.missing))
    for remark in rows.remarks:
        terminal.warn(remark)


def rows_for_model(
    path: Path, table: TableOptions, columns: str | None, n_features: int, names: Sequence[str] | None
) -> NumericTable:
    """Read the rows to predict: the columns given, else those with the model's names, else all by position.

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
    # Right only if the file has no names at all.
    try:
        found = read(None)
    except InputError:
        found = None
    if found is not None and _nameless(found):
        return _checked(path, found, n_features, names)
    raise InputError(
        f"{absent}; the model was fitted on {names_in_words(names)}: name the {n_features} columns to use with "
        "--columns"
    )


def errors_for_model(
    path: Path, table: TableOptions, errors: str | None, rows: NumericTable
) -> Floats | None:
    """Return the variances (n, D) of measurement errors, from columns of standard errors; None for none."""
    if errors is None:
        return None
    content = Content.of(path)

    def read(wanted: list[str]) -> NumericTable:
        return load_table(content, table.choice(wanted), table.reading)

    return variances_of(read, listed(errors), rows.X, rows.names, path)


def _checked(path: Path, table: NumericTable, n_features: int, names: Sequence[str] | None) -> NumericTable:
    found = len(table.names)
    if found != n_features:
        known = f" ({names_in_words(names)})" if names is not None else ""
        raise InputError(
            f"{path} gives {found} column{'' if found == 1 else 's'} of numbers, and the model has "
            f"{n_features}{known}: name the columns to use, in the model's order, with --columns"
        )
    return table


def _nameless(table: NumericTable) -> bool:
    """Return whether the file has no names of columns: the reader then calls them x0, x1, ..."""
    return all(re.fullmatch(r"x\d+", name) for name in table.names)
