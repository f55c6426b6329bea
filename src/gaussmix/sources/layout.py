"""The layout of a table: names and types of its columns, and the columns of a source among them."""

from __future__ import annotations

import numbers
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats
from ..errors import DataWarning, InputError, warn
from ..names import column_in_words, names_in_words, quoted
from .request import Request

__all__ = ["Column", "Layout"]

_MOST_LEFT = 12
_TEXT = {"string", "large_string", "string_view", "str", "object", "category", "categorical", "enum", "text"}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    kind : str
        "float32", "number" for other numbers, or what it holds instead.
    row_names : bool, default=False
        Whether it numbers or names the rows.
    """

    name: str
    kind: str
    row_names: bool = False

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.kind in ("float32", "number")

    @property
    def textual(self) -> bool:
        """Whether it holds text."""
        return re.split(r"[(\[]", self.kind)[0].lower() in _TEXT


@dataclass(frozen=True)
class Layout:
    """The columns of a source by role.

    Parameters
    ----------
    data : tuple of str
        The D columns of the rows.
    errors : tuple of str or None
        Columns of standard errors, one for each of the D; empty for none.
    labels : str or None
        The column of known components.
    dtype : str
        "float32" or "float64".
    squared : bool, default=False
        Whether the columns of errors hold variances.
    named : bool, default=False
        Whether the column of labels holds names, in place of numbers of components.
    classes : tuple of str or float, optional
        These names in their order; None before the first pass over the rows.
    components : tuple of int, or None
        K, and the number of columns of ``Block.allowed``; None leaves the labels out of the blocks.
    left_out : tuple of (str, str)
        The columns without numbers that were left out, with what they hold.
    """

    data: tuple[str, ...]
    weights: str | None = None
    errors: tuple[str | None, ...] = ()
    labels: str | None = None
    dtype: str = "float64"
    squared: bool = False
    named: bool = False
    classes: tuple[Any, ...] | None = None
    components: tuple[int, int] | None = None
    left_out: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, request: Request, columns: Sequence[Column], what: str) -> Layout:
        """Return the layout of a request for a table.

        Parameters
        ----------
        columns : sequence of Column
            Of the table.
        what : str
            Names the table in messages.

        Raises
        ------
        InputError
            If a column is not there, holds no numbers, or has two roles.

        Warns
        -----
        DataWarning
            If columns are left out because they hold no numbers, and none was chosen.
        """
        names = [column.name for column in columns]
        if len(set(names)) < len(names):
            double = next(name for name in names if names.count(name) > 1)
            raise InputError(
                f"{what} has several columns {quoted(double)}: give each column a name of its own."
            )
        roles = [(role, _found(column, columns, what)) for role, column in request.roles]
        left: list[Column] = []
        if request.columns is None:
            data, left = _all_numbers(columns, {column.name for _, column in roles}, what)
        else:
            data = [_found(column, columns, what) for column in request.columns]
        _check_roles(data, roles, what)
        errors = _errors_of(request, columns, [column.name for column in data], what)
        by_role = dict(roles)
        single = all(column.kind == "float32" for column in data)
        return cls(
            tuple(column.name for column in data),
            by_role["weights"].name if "weights" in by_role else None,
            errors,
            by_role["labels"].name if "labels" in by_role else None,
            "float32" if single else "float64",
            named="labels" in by_role and not by_role["labels"].numeric,
            left_out=tuple((column.name, column.kind) for column in left),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns to read, each once."""
        others = (self.weights, *self.errors, self.labels)
        return tuple(dict.fromkeys((*self.data, *(name for name in others if name is not None))))

    @property
    def row_bytes(self) -> int:
        """Bytes of a row in memory."""
        others = (self.weights is not None) + len(self.errors) + (self.labels is not None)
        return len(self.data) * np.dtype(self.dtype).itemsize + 8 * others

    def codes(self, labels: NDArray[Any]) -> Floats:
        """Return labels (n,) as numbers, with −1 or NaN for unknown; names by their positions among the classes."""
        if not self.named:
            return labels
        assert self.classes is not None
        number = {name: float(position) for position, name in enumerate(self.classes)}
        return np.fromiter((number.get(label, -1.0) for label in labels.tolist()), np.float64, len(labels))

    def labelled(self, n_components: int, columns: int) -> Layout:
        """Return the layout with labels in its blocks, as components allowed for each row."""
        return self if self.labels is None else replace(self, components=(n_components, columns))


def _errors_of(
    request: Request, columns: Sequence[Column], data: Sequence[str], what: str
) -> tuple[str | None, ...]:
    """Return the column of errors of each column of data, or None; nothing without errors."""
    errors = tuple(None if each is None else _found(each, columns, what).name for each in request.errors)
    if request.errors_of is not None:
        by_name = dict(
            zip([_found(each, columns, what).name for each in request.errors_of], errors, strict=True)
        )
        other = [name for name in by_name if name not in data]
        if other:
            raise InputError(
                f"errors gives a column for {quoted(other[0])}, and the columns used are {names_in_words(data)}."
            )
        return tuple(by_name.get(name) for name in data)
    if errors and len(errors) != len(data):
        raise InputError(
            f"errors names {len(errors)} columns, and {len(data)} are used ({names_in_words(data)}): "
            "give a column of standard errors for each, in their order, or None for a column without errors."
        )
    return errors


def _all_numbers(columns: Sequence[Column], taken: set[str], what: str) -> tuple[list[Column], list[Column]]:
    """Return the columns of data, and those without numbers."""
    data = [
        column for column in columns if column.numeric and not column.row_names and column.name not in taken
    ]
    left = [column for column in columns if not column.numeric and column.name not in taken]
    if not data:
        names = (
            f"its columns are {names_in_words([c.name for c in columns])}"
            if columns
            else "it has no column at all"
        )
        raise InputError(f"{what} has no column of numbers: {names}.")
    if left:
        shown = ", ".join(f"{quoted(column.name)} ({column.kind})" for column in left[:_MOST_LEFT])
        shown += f" and {len(left) - _MOST_LEFT} more" if len(left) > _MOST_LEFT else ""
        warn(f"columns of {what} without numbers are left out: {shown}; choose with columns=.", DataWarning)
    return data, left


def _check_roles(data: Sequence[Column], roles: Sequence[tuple[str, Column]], what: str) -> None:
    for role, column in [("columns", each) for each in data] + list(roles):
        if not (column.numeric or (role == "labels" and column.textual)):
            kinds = "numbers or text" if role == "labels" else "numbers"
            raise InputError(
                f"{column_in_words(column.name)} of {what} holds {column.kind}: {role} takes columns of {kinds}."
            )
    seen: dict[str, str] = {}
    for role, column in [("columns", each) for each in data] + list(roles):
        if column.name in seen:
            raise InputError(
                f"{column_in_words(column.name)} of {what} is named twice, in {seen[column.name]} and {role}: "
                "leave it out of one."
            )
        seen[column.name] = role


def _found(column: Any, columns: Sequence[Column], what: str) -> Column:
    names = [each.name for each in columns]
    if isinstance(column, str):
        if column not in names:
            raise InputError(
                f"{what} has no {column_in_words(column)}: its columns are {names_in_words(names)}."
            )
        return columns[names.index(column)]
    assert isinstance(column, numbers.Integral)
    if not -len(names) <= int(column) < len(names):
        raise InputError(f"{what} has no column {column}: positions go from 0 to {len(names) - 1}.")
    return columns[int(column)]
