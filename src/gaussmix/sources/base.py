"""The contract of a source of rows."""

from __future__ import annotations

from typing import Protocol

from .._types import Floats, Ints
from ..blocks import Block

__all__ = ["Source", "rows_per_block"]

_LEAST_ROWS, _MOST_ROWS, _VALUES, _MOST_BLOCKS = 4096, 32768, 1 << 18, 64


class Source(Protocol):
    """A table of n rows and D columns, read in blocks of contiguous rows, as often as needed.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> source = ArraySource(np.zeros((60_000, 3)))
    >>> source.n_rows, source.n_features, source.n_blocks
    (60000, 3, 2)
    """

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        ...

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        ...

    @property
    def n_blocks(self) -> int:
        """Number of blocks; it depends on the number of rows alone."""
        ...

    @property
    def plain(self) -> bool:
        """Whether in every block all rows are complete and exact, and every component may have generated each.

        No block then has missing values, measurement errors or allowed components; compiled drivers need such rows.
        """
        ...

    def block(self, index: int) -> Block:
        """Return one block of rows.

        Parameters
        ----------
        index : int
            Number of the block, from 0.

        Returns
        -------
        Block
            The rows with what is known of them.
        """
        ...

    def take(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return some rows.

        Parameters
        ----------
        rows : (m,) array of int
            Positions of the rows.

        Returns
        -------
        X : (m, D) array
            The rows, as float64.
        weights : (m,) array
            Their weights.
        """
        ...


def rows_per_block(n_rows: int, n_features: int) -> int:
    """Return how many rows a block has: enough to pay for the call, equal shares, and at most 64 blocks.

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
