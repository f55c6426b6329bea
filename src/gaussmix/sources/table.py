"""A table in pieces as a source: each part assembles some pieces into a block."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np

from ..blocks import Block
from ..errors import InputError
from ..names import column_in_words
from .arrays import ArraySource
from .base import Source
from .buffers import Buffers
from .facts import Facts, but_bad_ones
from .layout import Layout
from .pieces import Piece, TablePart, part_pieces

__all__ = ["TableSource", "in_memory"]

_SCANNING_THREADS = 4
_COPIES, _COPIES_OF_INCOMPLETE = 1.5, 8.0
"""Memory of a block in use: with a column in the form of the file beside it, and with the rows sorted by what was
observed, in float64, with their conditional means.
"""


class TableSource(Source):
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
        """Number of skipped bad rows, by fault."""
        return dict(self.facts.skipped)

    @property
    def blocks_at_once(self) -> int:
        """Number of concurrent blocks within the memory limit, at least 1."""
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
                f"{column_in_words(self.layout.weights)} has weights of zero only: give at least one row a "
                "positive weight."
            )

    def _facts_of(self, part: TablePart) -> Facts:
        return part.facts_of(*part.values(self.skip))

    @property
    def classes(self) -> tuple[Any, ...]:
        """The names among the labels, in their order; none where the labels are numbers of components."""
        return tuple(sorted(self.facts.classes or ()))

    def knowing(self, facts: Facts) -> TableSource:
        """Return the source with the results of an earlier pass.

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
        """Return the parts of the rows, in order."""
        return self._parts

    @cached_property
    def _parts(self) -> tuple[TablePart, ...]:
        facts, start, parts = self.facts, 0, []
        if self.layout.named and self.layout.classes is None:
            self.layout = replace(self.layout, classes=self.classes)
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
        layout = self.layout
        if layout.named:
            _check_few(self.classes, layout.labels, n_components)
            layout = replace(layout, classes=self.classes)
        other = copy(self)
        other.__dict__.pop("_parts", None)
        other.__dict__.pop("facts", None)
        other.layout = layout.labelled(n_components, columns)
        return other

    def of_classes(self) -> TableSource:
        """Return the source with its labels as names of classes, whatever they are.

        Returns
        -------
        TableSource
            With the classes found by a pass over the rows.
        """
        other = copy(self)
        if not self.layout.named:
            other.layout = replace(self.layout, named=True)
            other.__dict__.pop("_parts", None)
            other.__dict__.pop("facts", None)
        return other

    def unlabelled(self) -> TableSource:
        """Return the source without its column of labels.

        Returns
        -------
        TableSource
            With the same parts.
        """
        other = copy(self)
        other.__dict__.pop("_parts", None)
        other.layout = replace(self.layout, labels=None, components=None)
        return other


def _check_few(classes: tuple[Any, ...], column: str | None, n_components: int) -> None:
    """Raise InputError if labels name more classes than there are components."""
    if len(classes) > n_components:
        shown = ", ".join(map(repr, classes[:6])) + (", …" if len(classes) > 6 else "")
        raise InputError(
            f"{column_in_words(column)} holds {len(classes)} different labels ({shown}), and there are {n_components} "
            f"components: give n_components={len(classes)} or more."
        )


def in_memory(source: TableSource) -> Source:
    """Return the rows as an array in memory if half of the source's memory has room for them, otherwise the source."""
    if 2 * source.n_rows * source.layout.row_bytes > source.memory:
        return source
    # Part after part into one array: the rows are held once, and a part twice.
    X, beside, end = np.empty((source.n_rows, source.n_features), source.layout.dtype), [], 0
    for part in source.parts():
        block = part.read()
        start, end = end, end + block.n_rows
        X[start:end] = block.X
        beside.append(replace(block, X=np.empty((block.n_rows, 0))))
    source.buffers.clear()
    return ArraySource.of(replace(Block.joined(beside), X=X))
