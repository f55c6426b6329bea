"""Contracts of a source of rows and of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..blocks import Block

__all__ = ["Part", "Source", "first_block", "first_rows", "rows_per_block"]

_LEAST_ROWS, _MOST_ROWS, _VALUES, _MOST_BLOCKS = 4096, 32768, 1 << 18, 64


class Part(Protocol):
    """Part of a source: contiguous rows, read as a block in any process.

    A part can be pickled. That of a file holds the file's name and the rows' place in it, not the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> ArraySource(np.zeros((5, 2))).parts()[0].read().n_rows
    5
    """

    def read(self) -> Block:
        """Return the rows of the part with weights, errors and labels; the same at each call.

        Returns
        -------
        Block
            The rows, with their position in the source.
        """
        ...


class Source(Protocol):
    """A table of n rows and D columns, read in parts of contiguous rows, as often as needed.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> source = ArraySource(np.zeros((60_000, 3)))
    >>> source.n_rows, source.n_features, len(source.parts())
    (60000, 3, 2)
    """

    @property
    def n_rows(self) -> int | None:
        """Number of rows n; None where only a pass over the rows can tell."""
        ...

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        ...

    @property
    def plain(self) -> bool:
        """Whether in every block all rows are complete and exact, and every component may have generated each.

        No block then has missing values, measurement errors or allowed components; compiled drivers need such rows.
        """
        ...

    def parts(self) -> Sequence[Part]:
        """Return the parts of the rows, in order: at least one, and the same at each call.

        Engines add over the parts in the order of :func:`gaussmix.engines.tree_sum`, so that the division of the rows
        into parts decides the rounding of every sum.

        Returns
        -------
        sequence of Part
            Parts of contiguous rows.
        """
        ...


def first_rows(source: Source, m: int) -> Block:
    """Return at most m first rows of a source, from its first non-empty part.

    Parameters
    ----------
    source : Source
        The rows.
    m : int
        The most rows to return.

    Returns
    -------
    Block
        The rows with weights, errors and labels.

    Raises
    ------
    ValueError
        If no part has a row.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> first_rows(ArraySource(np.arange(6.0).reshape(3, 2)), 1).X
    array([[0., 1.]])
    """
    return first_block(source).take(slice(0, m))


def first_block(source: Source) -> Block:
    """Return the first block with a row of a source, or raise ValueError."""
    for part in source.parts():
        block = part.read()
        if block.n_rows:
            return block
    raise ValueError("the source has no rows: give at least one.")


def rows_per_block(n_rows: int, n_features: int) -> int:
    """Return the number of rows in a block: large enough for little overhead, in at most 64 blocks.

    It depends on the shape of the table alone, and with it the order in which every engine adds.

    Parameters
    ----------
    n_rows : int
        Number of rows of the table.
    n_features : int
        Number of columns of the table.

    Returns
    -------
    int
        Number of rows of every block but the last.

    Examples
    --------
    >>> rows_per_block(1_000_000, 10)
    25642
    >>> rows_per_block(100_000, 2)
    25000
    """
    least = min(_MOST_ROWS, max(_LEAST_ROWS, _VALUES // n_features))
    blocks = min(_MOST_BLOCKS, -(-n_rows // least))
    return -(-n_rows // max(1, blocks))
