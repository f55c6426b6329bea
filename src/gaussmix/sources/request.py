"""Options of a source: its columns and their roles, the memory for its rows, and the treatment of bad rows."""

from __future__ import annotations

import numbers
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError, InputTypeError

__all__ = ["ON_BAD_ROWS", "Request", "as_bytes"]

ON_BAD_ROWS = ("raise", "skip")
_UNITS = {
    "": 1,
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}IB": 1024**power for power, letter in enumerate("KMGT", 1)},
}
_LEAST_MEMORY = 1_000_000


def as_bytes(memory: Any) -> int:
    """Return an amount of memory as a number of bytes.

    Parameters
    ----------
    memory : str or int
        Such as "500MB", "1.5 GB" or "2GiB"; a number is one of bytes.

    Raises
    ------
    InputError, InputTypeError
        If it is no amount of memory, or less than a megabyte.

    Examples
    --------
    >>> as_bytes("500MB"), as_bytes("2 GiB")
    (500000000, 2147483648)
    """
    advice = "give a number of bytes, or text such as '500MB' or '2GiB'."
    if isinstance(memory, bool) or not isinstance(memory, (str, numbers.Real)):
        raise InputTypeError(f"memory is {memory!r} ({type(memory).__name__}): {advice}")
    found = re.fullmatch(
        r"\s*([0-9]*\.?[0-9]+(?:e[0-9]+)?)\s*([KMGT]?I?B?)\s*", str(memory).upper().replace("E+", "e")
    )
    if found is None or found[2] not in _UNITS:
        raise InputError(f"memory is {memory!r}: {advice}")
    size = int(float(found[1]) * _UNITS[found[2]])
    if size < _LEAST_MEMORY:
        raise InputError(f"memory is {memory!r}, less than a megabyte: {advice}")
    return size


@dataclass(frozen=True)
class Request:
    """The columns of a source with their roles, the memory for its rows, and the treatment of bad rows.

    Parameters
    ----------
    columns : tuple of str or int, or None
        The columns of the data, by name or by position; None for all columns of numbers without another role.
    weights, labels : str, int or None
        The columns of weights and of known components.
    errors : tuple of str, int or None
        The columns of standard errors, one for each column of data; None for a column without errors.
    errors_of : tuple of str or int, optional
        The columns of data that have these errors; None for all, in their order.
    memory : int
        Bytes for the rows that are held at once.
    skip : bool
        Whether bad rows are left out and counted; otherwise the first of them is an error.
    """

    columns: tuple[Any, ...] | None = None
    weights: str | int | None = None
    errors: tuple[Any, ...] = ()
    labels: str | int | None = None
    errors_of: tuple[Any, ...] | None = None
    memory: int = 1_000_000_000
    skip: bool = False

    @classmethod
    def of(
        cls, columns: Any, weights: Any, errors: Any, labels: Any, memory: Any, on_bad_rows: Any
    ) -> Request:
        """Return a checked request.

        Raises
        ------
        InputError, InputTypeError
            If an option has another form.
        """
        if on_bad_rows not in ON_BAD_ROWS:
            raise InputError(f"on_bad_rows is {on_bad_rows!r}: give 'raise' or 'skip'.")
        if isinstance(columns, Mapping):
            raise InputTypeError(
                f"columns is {columns!r}: name columns of the source, by name or by position."
            )
        chosen = None if columns is None else _several(columns, "columns")
        if chosen == ():
            raise InputError("columns is empty: name at least one column.")
        having = _several(errors, "errors") if isinstance(errors, Mapping) else None
        if isinstance(errors, Mapping):
            errors = list(errors.values())
        return cls(
            chosen,
            _one(weights, "weights"),
            () if errors is None else _several(errors, "errors", gaps=True),
            _one(labels, "labels"),
            having,
            as_bytes(memory),
            on_bad_rows == "skip",
        )

    @property
    def plain(self) -> bool:
        """Whether no column is chosen, and none has a role."""
        return self.columns is None and self.weights is None and self.labels is None and not self.errors

    @property
    def roles(self) -> list[tuple[str, Any]]:
        """Columns with a role other than data, by the name of the role."""
        several = [
            ("weights", self.weights),
            ("labels", self.labels),
            *(("errors", each) for each in self.errors),
        ]
        return [(role, column) for role, column in several if column is not None]


def _one(column: Any, role: str) -> Any:
    if column is None or isinstance(column, (str, numbers.Integral)):
        return column
    raise InputTypeError(
        f"{role} is of type {type(column).__name__}: name a column of the source, by its name or its position."
    )


def _several(columns: Any, role: str, gaps: bool = False) -> tuple[Any, ...]:
    if isinstance(columns, (str, numbers.Integral)):
        return (_one(columns, role),)
    if not isinstance(columns, Iterable) or isinstance(columns, bytes):
        raise InputTypeError(f"{role} is {columns!r}: name columns of the source, by name or by position.")
    found: Sequence[Any] = [_one(column, role) for column in columns]
    if not gaps and any(column is None for column in found):
        raise InputTypeError(f"{role} holds None: name columns of the source, by name or by position.")
    return tuple(found)
