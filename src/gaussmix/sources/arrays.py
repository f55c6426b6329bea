"""Arrays in memory (or memory-mapped) as a source of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints, Rows
from ..blocks import Block
from .base import rows_per_block as usual_rows_per_block

__all__ = ["ArraySource"]


class ArraySource:
    """An array in memory, or memory-mapped, as a source; blocks are views of it and no copies.

    Parameters
    ----------
    X : (n, D) array
        Rows, as float32 or float64; NaN for missing values.
    weights : (n,) array, optional
        How often each row counts; 1 unless given.
    rows_per_block : int, optional
        Number of rows of a block; :func:`gaussmix.sources.rows_per_block` of the shape unless given.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the measurement errors of each row, in squared units.
    allowed : (n, K) array of bool, optional
        Components that may have generated each row; of K + 1 columns where there is a uniform component.
    holes : bool, default=False
        Whether X may have missing values.

    Examples
    --------
    >>> import numpy as np
    >>> source = ArraySource(np.zeros((60_000, 3)))
    >>> source.n_blocks, source.block(0).X.shape
    (2, (30000, 3))
    """

    def __init__(
        self,
        X: Rows,
        weights: Floats | None = None,
        rows_per_block: int | None = None,
        *,
        noise: Floats | None = None,
        allowed: NDArray[np.bool_] | None = None,
        holes: bool = False,
    ) -> None:
        self._all = Block(X, weights, noise=noise, allowed=allowed, holes=holes)
        self._size = max(1, usual_rows_per_block(*X.shape) if rows_per_block is None else rows_per_block)

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return self._all.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return int(self._all.X.shape[1])

    @property
    def n_blocks(self) -> int:
        """Number of blocks; at least one."""
        return max(1, -(-self.n_rows // self._size))

    @property
    def plain(self) -> bool:
        """Whether all rows are complete and exact, and every component may have generated each."""
        return self._all.plain

    def block(self, index: int) -> Block:
        """Return one block, as views of the array.

        Parameters
        ----------
        index : int
            Number of the block, from 0.

        Returns
        -------
        Block
            The rows with what is known of them.
        """
        if self.n_blocks == 1 and index == 0:
            return self._all
        start = index * self._size
        return self._all.take(slice(start, start + self._size))

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
        weights = np.ones(len(rows)) if self._all.weights is None else self._all.weights[rows]
        return np.asarray(self._all.X[rows], dtype=np.float64), weights
