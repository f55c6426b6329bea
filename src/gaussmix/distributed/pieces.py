"""Rows on a cluster, as pieces of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..sources import TableSource
from ..sources.arrow_columns import values_of_column
from ..sources.facts import Facts
from ..sources.layout import Layout
from ..sources.pieces import TablePart
from ..sources.values import texts
from .packages import imported
from .values import module_of

__all__ = ["MOST_VALUES", "CollectionSource", "HeldPiece", "divided"]

MOST_VALUES = 1 << 22
"""A part has at most so many values, 32 MB: large chunks become several parts."""


@dataclass(frozen=True, eq=False)
class HeldPiece:
    """Contiguous rows of a chunk on a cluster.

    Parameters
    ----------
    chunk : handle, array, data frame or Arrow table
        The handle of the chunk; within a task, the chunk itself.
    fetch : callable
        Returns the rows of a handle from one position on, so many of them, to the client.
    names : tuple of str
        The columns of the chunk.
    start, n_rows : int
        The rows of the piece within the chunk.
    place : str
        For messages.
    first : int, default=0
        Position of the first row in the chunk, for messages.
    """

    chunk: Any
    fetch: Callable[[Any, int, int], Any]
    names: tuple[str, ...]
    start: int
    n_rows: int
    place: str
    first: int = 0

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values, or as text."""
        rows = self._rows()
        if isinstance(rows, np.ndarray):
            return np.asarray(rows[:, self.names.index(name)])
        if hasattr(rows, "iloc"):
            return _values_of_series(rows.iloc[:, list(rows.columns).index(name)])
        return values_of_column(rows.column(name))

    def matrix(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Return columns as an array (n, D) if they lie in memory as one, else None."""
        rows = self._rows()
        if isinstance(rows, np.ndarray):
            if tuple(names) == self.names[: len(names)]:
                return rows[:, : len(names)]
            return rows[:, [self.names.index(name) for name in names]]
        if hasattr(rows, "iloc") and len(set(rows.dtypes)) == 1 and rows.dtypes.iloc[0] in ("f4", "f8"):
            return np.asarray(rows[list(names)].to_numpy())
        return None

    def _rows(self) -> Any:
        chunk, end = self.chunk, self.start + self.n_rows
        # Not by attributes: some handles have any attribute.
        if isinstance(chunk, np.ndarray):
            return chunk[self.start : end]
        if module_of(chunk) == "pandas":
            return chunk.iloc[self.start : end]
        if module_of(chunk) == "pyarrow":
            return chunk.slice(self.start, self.n_rows)
        return self.fetch(chunk, self.start, self.n_rows)


def _values_of_series(series: Any) -> NDArray[Any]:
    if not imported("pandas.api.types", "dask").is_numeric_dtype(series.dtype):
        return texts(series.tolist())
    if series.dtype in ("f4", "f8"):
        return np.asarray(series.to_numpy())
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))


def divided(
    chunks: Sequence[Any],
    sizes: Sequence[int],
    layout: Layout,
    names: Sequence[str],
    fetch: Callable[[Any, int, int], Any],
    what: str,
) -> list[HeldPiece]:
    """Return chunks as pieces, large ones as several.

    Parameters
    ----------
    sizes : sequence of int
        Their numbers of rows.
    names : sequence of str
        The columns of a chunk.
    fetch : callable
        As of :class:`HeldPiece`.
    what : str
        What a chunk is called in messages.
    """
    most = max(1, MOST_VALUES // len(layout.names))
    pieces = []
    for number, (chunk, size) in enumerate(zip(chunks, sizes, strict=True)):
        # Of nearly equal size, which depends on the chunk alone.
        count = max(1, -(-size // most))
        ends = [size * i // count for i in range(count + 1)]
        for start, end in pairwise(ends):
            if end > start or size == 0:
                place = f"{what} {number}"
                pieces.append(HeldPiece(chunk, fetch, tuple(names), start, end - start, place, start))
    return pieces


class CollectionSource(TableSource):
    """Source of the rows of a collection on a cluster: chunks, partitions or blocks.

    Parameters
    ----------
    pieces : sequence of HeldPiece
        The rows in their order.
    layout : Layout
        The columns of the source among those of the collection.
    engine : FuturesEngine or SparkEngine
        The engine of the cluster.
    skip : bool
        Whether bad rows are left out and counted; otherwise the first of them is an error.
    named : bool
        Whether the columns have names; those of arrays have none.
    """

    def __init__(
        self, pieces: Sequence[HeldPiece], layout: Layout, engine: Any, skip: bool, named: bool = True
    ) -> None:
        super().__init__([piece for piece in pieces if piece.n_rows], layout, skip=skip, join=False)
        self.engine, self._named = engine, named
        self.kept: Any = None
        """What the rows live as long as."""

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the columns, or None where they have none."""
        return self.layout.data if self._named else None

    @cached_property
    def facts(self) -> Facts:
        """Results of the first pass, computed on the cluster."""
        parts = self._unchecked
        if not parts:
            raise InputError("the collection has no rows: give at least one.")
        facts: Facts = reduce(add, self.engine.map(partial(_facts_of, self.skip), parts))
        self._check(facts)
        return facts


def _facts_of(skip: bool, part: TablePart) -> Facts:
    return part.facts_of(*part.values(skip))
