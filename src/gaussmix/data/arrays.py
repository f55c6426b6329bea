"""Arrays in memory (or memory-mapped) as a source of rows."""

from __future__ import annotations

import numpy as np

from .._types import Floats, Ints, Rows
from ..blocks import Block
from .base import rows_per_block

__all__ = ["ArraySource"]


class ArraySource:
    """An array in memory, or memory-mapped, as a source; blocks are views of it and no copies.

    Parameters
    ----------
    X : (n, D) array
        Rows, as float32 or float64.
    weights : (n,) array, optional
        How often each row counts; 1 unless given.
    size : int, optional
        Number of rows of a block; :func:`rows_per_block` unless given.

    Examples
    --------
    >>> import numpy as np
    >>> source = ArraySource(np.zeros((60_000, 3)))
    >>> source.n_blocks, source.block(0).X.shape
    (2, (30000, 3))
    """

    def __init__(self, X: Rows, weights: Floats | None = None, size: int | None = None) -> None:
        self._X, self._weights = X, weights
        self._size = max(1, rows_per_block(*X.shape) if size is None else size)

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return int(self._X.shape[0])

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return int(self._X.shape[1])

    @property
    def n_blocks(self) -> int:
        """Number of blocks; at least one."""
        return max(1, -(-self.n_rows // self._size))

    def block(self, index: int) -> Block:
        """Return one block, as views of the array.

        Parameters
        ----------
        index : int
            Number of the block, from 0.

        Returns
        -------
        Block
            The rows and their weights.
        """
        start = index * self._size
        rows = slice(start, start + self._size)
        return Block(self._X[rows], None if self._weights is None else self._weights[rows], start)

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
        weights = np.ones(len(rows)) if self._weights is None else self._weights[rows]
        return np.asarray(self._X[rows], dtype=np.float64), weights
