"""A table in pieces as a source: each part assembles some pieces into a block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import add
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Rows
from ..blocks import Block
from ..errors import InputError
from .arrays import ArraySource
from .base import Source
from .buffers import Buffers
from .faults import Faults, allowed_components, find_faults
from .layout import Layout
from .values import ValuesOfRows

__all__ = ["Facts", "Piece", "TablePart", "TableSource", "but_bad_ones", "in_memory", "part_pieces"]

_LEAST_BYTES = 1 << 22
"""Pieces of fewer bytes are joined into one part: a part costs some calls of Python."""
_LEAST_ROWS, _LEAST_PARTS = 1 << 14, 8
"""With fewer rows a part is not worth a thread, and fewer parts give too few threads work."""
_SCANNING_THREADS = 4
_COPIES, _COPIES_OF_INCOMPLETE = 1.5, 8.0
"""Memory of a block in use: with a column in the form of the file beside it, and with the rows sorted by what was
observed, in float64, with their conditional means.
"""


class Piece(Protocol):
    """Contiguous rows of a table, whose columns can be read wherever the piece is sent."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def place(self) -> str:
        """The file and the part of it that hold the rows, for messages."""
        ...

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values."""
        ...

    def matrix(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Return columns as an array (n, D) if they lie in memory or in a mapped file as one, else None."""
        ...


@dataclass(frozen=True, eq=False)
class Facts:
    """What a pass over the rows finds.

    Parameters
    ----------
    n_rows : tuple of int
        Rows of each part, without those that were skipped.
    holes : bool
        Whether values are missing.
    skipped : mapping from str to int
        Number of bad rows that were left out, by fault.
    weight : float
        Sum of the weights.
    usable : int
        Number of rows of positive weight.
    most_weight : float
        The largest weight.
    allowed : (K,) array of bool, or None
        Whether a label of a row of positive weight allows each component.
    """

    n_rows: tuple[int, ...]
    holes: bool
    skipped: Mapping[str, int]
    weight: float
    usable: int
    most_weight: float
    allowed: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, block: Block, skipped: Mapping[str, int]) -> Facts:
        """Return the facts of one block."""
        weights = block.weights
        usable = block.n_rows if weights is None else int(np.count_nonzero(weights))
        most = 1.0 if weights is None else float(weights.max(initial=0.0))
        allowed, holes = block.allowed, bool(np.isnan(block.X.min(initial=np.inf)))
        if allowed is not None:
            allowed = np.asarray((allowed if weights is None else allowed[weights > 0]).any(axis=0))
        return cls((block.n_rows,), holes, skipped, block.total_weight, usable, most, allowed)

    def __add__(self, other: Facts) -> Facts:
        return Facts(
            self.n_rows + other.n_rows,
            self.holes or other.holes,
            Counter(self.skipped) + Counter(other.skipped),
            self.weight + other.weight,
            self.usable + other.usable,
            max(self.most_weight, other.most_weight),
            None if self.allowed is None or other.allowed is None else self.allowed | other.allowed,
        )


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
        """Return the rows.

        Returns
        -------
        Block
            The rows with their weights, errors and labels.
        """
        return self.block_of(self.values(skip=True)[0] if self.skip else self._values())

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
                return f"{piece.place}, row {row}"
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

    def _values(self) -> ValuesOfRows:
        layout, errors = self.layout, None
        if layout.errors:
            errors = np.zeros((sum(piece.n_rows for piece in self.pieces), len(layout.data)))
            for j, name in enumerate(layout.errors):
                column = self._column(name)
                if column is not None:
                    errors[:, j] = column
        return ValuesOfRows(self._rows(), self._column(layout.weights), errors, self._column(layout.labels))

    def block_of(self, values: ValuesOfRows) -> Block:
        """Return rows as a block, with variances of errors and components allowed by labels."""
        layout, X, noise, allowed = self.layout, values.X, None, None
        if values.errors is not None:
            noise = np.where(np.isnan(X), 0.0, values.errors if layout.squared else np.square(values.errors))
        if values.labels is not None and layout.components is not None:
            allowed = allowed_components(values.labels, *layout.components)
        return Block(X, values.weights, self.start, noise=noise, allowed=allowed, holes=self.holes)


def part_pieces(pieces: Sequence[Piece], row_bytes: int) -> list[tuple[Piece, ...]]:
    """Return pieces in groups, of which each makes a part: small neighbours together, large ones alone.

    Parameters
    ----------
    pieces : sequence of Piece
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


class TableSource:
    """Source of the rows of a table in pieces.

    At the first use of the rows, a pass checks every value, finds missing values and counts bad rows.

    Parameters
    ----------
    pieces : sequence of Piece
        The rows in their order.
    layout : Layout
        The columns of the source among those of the table.
    memory : int, default=1000000000
        Bytes for the rows that are held at once.
    skip : bool, default=False
        Whether bad rows are left out and counted; otherwise the first of them is an error.
    join : bool, default=True
        Whether small pieces are joined.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> from gaussmix.sources import open_source
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "rows.parquet"
    >>> pq.write_table(pa.table({"a": [1.0, float("inf"), 3.0]}), path)
    >>> source = open_source(path, on_bad_rows="skip")
    >>> source.n_rows, source.skipped
    (2, {"a bad value in column 'a'": 1})
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        layout: Layout,
        memory: int = 1_000_000_000,
        skip: bool = False,
        join: bool = True,
    ) -> None:
        self.layout, self.memory, self.skip = layout, memory, skip
        self.buffers = Buffers()
        self._groups = part_pieces(pieces, layout.row_bytes) if join else [(piece,) for piece in pieces]

    def __repr__(self) -> str:
        shown = ", ".join(self.names[:6]) + (", …" if self.n_features > 6 else "")
        return f"<{type(self).__name__} of {self.n_features} columns ({shown}) in {len(self._groups)} parts>"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.layout.data

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return len(self.layout.data)

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        if self.skip:
            return sum(self.facts.n_rows)
        return sum(piece.n_rows for group in self._groups for piece in group)

    @property
    def plain(self) -> bool:
        """Whether all rows are complete and exact, and every component may have generated each."""
        return not (self.layout.errors or self.layout.components or self.facts.holes)

    @property
    def skipped(self) -> dict[str, int]:
        """Number of bad rows that are left out, by fault."""
        return dict(self.facts.skipped)

    @property
    def blocks_at_once(self) -> int:
        """Number of blocks that the memory has room for, at least 1."""
        most = max((sum(piece.n_rows for piece in group) for group in self._groups), default=1)
        facts: Facts | None = self.__dict__.get("facts")
        incomplete = bool(self.layout.errors) or (facts is not None and facts.holes)
        copies = _COPIES_OF_INCOMPLETE if incomplete else _COPIES
        return max(1, int(self.memory / (copies * max(1, most * self.layout.row_bytes))))

    @cached_property
    def facts(self) -> Facts:
        """Results of the first pass."""
        parts = self._unchecked
        if not parts:
            raise InputError("the source has no rows: give at least one.")
        with ThreadPoolExecutor(min(_SCANNING_THREADS, self.blocks_at_once), "gaussmix-scan") as pool:
            facts = reduce(add, pool.map(self._facts_of, parts))
        self._check(facts)
        return facts

    def _check(self, facts: Facts) -> None:
        """Raise InputError unless there is a row of positive weight."""
        if not sum(facts.n_rows):
            raise InputError(f"the source has no rows{but_bad_ones(facts.skipped)}: give at least one.")
        if facts.usable == 0:
            raise InputError(
                f"column {self.layout.weights!r} has weights of zero only: give at least one row a positive weight."
            )

    def _facts_of(self, part: TablePart) -> Facts:
        values, faults = part.values(self.skip)
        return Facts.of(part.block_of(values), faults.counts)

    def knowing(self, facts: Facts) -> TableSource:
        """Return the source with the facts of a pass that was made before.

        Parameters
        ----------
        facts : Facts
            Of the rows, part by part.

        Returns
        -------
        TableSource
            Its first use of the rows is no pass over them.
        """
        self._check(facts)
        other = copy(self)
        other.__dict__.pop("_parts", None)
        other.__dict__["facts"] = facts
        return other

    @property
    def _unchecked(self) -> list[TablePart]:
        return [TablePart(group, self.layout, buffers=self.buffers) for group in self._groups]

    def parts(self) -> Sequence[TablePart]:
        """Return the parts of the rows, in order.

        Returns
        -------
        sequence of TablePart
            The same at each call.
        """
        return self._parts

    @cached_property
    def _parts(self) -> tuple[TablePart, ...]:
        facts, start, parts = self.facts, 0, []
        for part, n in zip(self._unchecked, facts.n_rows, strict=True):
            held = sum(piece.n_rows for piece in part.pieces)
            parts.append(replace(part, start=start, holes=facts.holes, skip=n < held))
            start += n
        return tuple(parts)

    def labelled(self, n_components: int, columns: int) -> TableSource:
        """Return the source with its labels as the components allowed for each row.

        Parameters
        ----------
        n_components : int
            K, of which the labels are numbers.
        columns : int
            K, or K + 1 with a uniform component.

        Returns
        -------
        TableSource
            The source itself if it has no column of labels.
        """
        if self.layout.labels is None:
            return self
        other = copy(self)
        other.__dict__.pop("_parts", None)
        other.__dict__.pop("facts", None)
        other.layout = self.layout.labelled(n_components, columns)
        return other


def in_memory(source: TableSource) -> Source:
    """Return the rows as an array in memory if half of the source's memory has room for them, otherwise the source.

    Parameters
    ----------
    source : TableSource
    """
    if 2 * source.n_rows * source.layout.row_bytes > source.memory:
        return source
    whole = Block.joined([part.read() for part in source.parts()])
    source.buffers.clear()
    return ArraySource.of(replace(whole, X=np.ascontiguousarray(whole.X)))


def but_bad_ones(skipped: Mapping[str, int]) -> str:
    """Return the part of a sentence about rows that were left out, by fault; empty if there are none."""
    faults = ", ".join(f"{count} with {what}" for what, count in skipped.items())
    return f" but bad ones ({faults})" if skipped else ""
