"""A source with columns multiplied by powers of two, without rounding."""

from __future__ import annotations

import numpy as np

from .._types import Floats, Ints
from ..blocks import Block
from .base import Source

__all__ = ["ScaledSource"]


class ScaledSource:
    """The rows of another source with column d multiplied by 2**−powers_d.

    Squares of values of 1e-170 or 1e170 leave the range of float64; those of the scaled columns do not.

    Parameters
    ----------
    source : Source
        Where the rows come from.
    powers : (D,) array
        Powers of two by which the columns are divided: whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> ScaledSource(ArraySource(np.array([[8.0]])), np.array([2])).block(0).X
    array([[2.]])
    """

    def __init__(self, source: Source, powers: Floats) -> None:
        self._source = source
        # In two halves, for 2**1100 is not a float64.
        half = np.asarray(powers, dtype=np.intc) // 2
        self._first = np.ldexp(1.0, -half)
        self._second = np.ldexp(1.0, half - np.asarray(powers, dtype=np.intc))

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return self._source.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return self._source.n_features

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return self._source.n_blocks

    @property
    def plain(self) -> bool:
        """Whether all rows are complete and exact, and every component may have generated each."""
        return self._source.plain

    def block(self, index: int) -> Block:
        """Return one block, scaled.

        Parameters
        ----------
        index : int
            Number of the block, from 0.

        Returns
        -------
        Block
            The rows with what is known of them.
        """
        return self._source.block(index).scaled(self._first).scaled(self._second)

    def take(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return some rows, scaled.

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
        X, weights = self._source.take(rows)
        return X * self._first * self._second, weights
