"""Pieces of a table, and parts of a source of one or more pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Rows
from ..blocks import Block
from ..errors import InputError
from .buffers import Buffers
from .facts import Facts, classes_of
from .faults import Faults, allowed_components, find_faults
from .layout import Layout
from .values import ValuesOfRows

__all__ = ["Piece", "TablePart", "part_pieces"]

_LEAST_BYTES = 1 << 22
"""Pieces of fewer bytes are joined into one part: a part costs some calls of Python."""
_LEAST_ROWS, _LEAST_PARTS = 1 << 14, 8
"""With fewer rows a part is not worth a thread, and fewer parts give too few threads work."""


class Piece(Protocol):
    """Contiguous rows of a table, readable in any process."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def place(self) -> str:
        """Name of the file and of its part, for messages."""
        ...

    @property
    def first(self) -> int:
        """Number of the first row in that place, for messages."""
        ...

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values; one of text with None for missing ones."""
        ...

    def matrix(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Return columns as an array (n, D) if they lie in memory or in a mapped file as one, else None."""
        ...


@dataclass(frozen=True, eq=False)
class TablePart:
    """Part of a table in pieces.

    Parameters
    ----------
    pieces : tuple of Piece
        Where the rows lie, not the rows.
    layout : Layout
        The columns to read, and their roles.
    start : int, default=0
        Position of the first row in the source.
    holes : bool, default=True
        Whether values may be missing.
    skip : bool, default=False
        Whether the part has bad rows, which are left out.
    buffers : Buffers
        Memory for the rows.
    """

    pieces: tuple[Piece, ...]
    layout: Layout
    start: int = 0
    holes: bool = True
    skip: bool = False
    buffers: Buffers = field(default_factory=Buffers, repr=False)

    def read(self) -> Block:
        """Return the rows."""
        return self.block_of(self.good_values())

    def good_values(self) -> ValuesOfRows:
        """Return the good rows, as they were read."""
        return self.values(skip=True)[0] if self.skip else self._values()

    def values(self, skip: bool) -> tuple[ValuesOfRows, Faults]:
        """Return the good rows, and the faults of the bad ones.

        Parameters
        ----------
        skip : bool
            Whether bad rows are left out; otherwise the first of them is an error.

        Raises
        ------
        InputError
            If a row is bad; the message gives its place, the column and the value.
        """
        values = self._values()
        faults = find_faults(values, self.layout)
        if not len(faults.rows):
            return values, faults
        if not skip:
            raise InputError(faults.message(self._place))
        kept = np.setdiff1d(np.arange(values.n_rows), faults.rows, assume_unique=True)
        return values.take(kept), faults

    def _place(self, row: int) -> str:
        """Return the place of a row of the part, for messages."""
        for piece in self.pieces:
            if row < piece.n_rows:
                return f"{piece.place}, row {piece.first + row}"
            row -= piece.n_rows
        raise AssertionError("there is no such row")

    def _rows(self) -> Rows:
        names, dtype = self.layout.data, np.dtype(self.layout.dtype)
        whole = self.pieces[0].matrix(names) if len(self.pieces) == 1 else None
        if whole is not None and whole.dtype == dtype:
            return whole
        # Columns one after the other: the table is held once, and one column twice.
        X = self.buffers.array((sum(piece.n_rows for piece in self.pieces), len(names)), dtype)
        end = 0
        for piece in self.pieces:
            start, end = end, end + piece.n_rows
            part = whole if whole is not None else piece.matrix(names)
            if part is not None:
                X[start:end] = part
                continue
            for j, name in enumerate(names):
                X[start:end, j] = piece.column(name)
        return X

    def _column(self, name: str | None) -> Floats | None:
        if name is None:
            return None
        columns = [np.asarray(piece.column(name), dtype=np.float64) for piece in self.pieces]
        # A copy: weights in a mapped file may be read-only or lie at an odd address.
        return np.concatenate(columns)

    def _labels(self) -> NDArray[Any] | None:
        name = self.layout.labels
        if name is None or not self.layout.named:
            return self._column(name)
        columns = [piece.column(name) for piece in self.pieces]
        return np.concatenate([each if each.dtype.kind == "f" else each.astype(object) for each in columns])

    def _values(self) -> ValuesOfRows:
        layout, errors = self.layout, None
        if layout.errors:
            errors = np.zeros((sum(piece.n_rows for piece in self.pieces), len(layout.data)))
            for j, name in enumerate(layout.errors):
                column = self._column(name)
                if column is not None:
                    errors[:, j] = column
        return ValuesOfRows(self._rows(), self._column(layout.weights), errors, self._labels())

    def block_of(self, values: ValuesOfRows) -> Block:
        """Return rows as a block, with variances of errors and components allowed by labels."""
        layout, X, noise, allowed = self.layout, values.X, None, None
        if values.errors is not None:
            noise = np.where(np.isnan(X), 0.0, values.errors if layout.squared else np.square(values.errors))
        if values.labels is not None and layout.components is not None:
            allowed = allowed_components(layout.codes(values.labels), *layout.components)
        return Block(X, values.weights, self.start, noise=noise, allowed=allowed, holes=self.holes)

    def facts_of(self, values: ValuesOfRows, faults: Faults) -> Facts:
        """Return the facts of the rows of the part."""
        named = values.labels is not None and self.layout.named
        return Facts.of(self.block_of(values), faults.counts, classes_of(values) if named else None)


def part_pieces(pieces: Sequence[Piece], row_bytes: int) -> list[tuple[Piece, ...]]:
    """Return pieces grouped into parts: small neighbours together, large ones alone.

    Parameters
    ----------
    row_bytes : int
        Bytes of a row.
    """
    total = sum(piece.n_rows for piece in pieces)
    least = min(_LEAST_BYTES // max(1, row_bytes), max(_LEAST_ROWS, total // _LEAST_PARTS))
    groups: list[tuple[Piece, ...]] = []
    group: list[Piece] = []
    for piece in pieces:
        group.append(piece)
        if sum(each.n_rows for each in group) >= least:
            groups.append(tuple(group))
            group = []
    if group:
        groups.append(tuple(group))
    return groups
