"""A source whose rows come with their shares in the components."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .._types import Floats
from ..blocks import Block
from .base import Source, rows_per_block
from .over import OverSource

__all__ = ["SharedSource"]


class SharedSource(OverSource):
    """The rows of another source, each block with the responsibilities of its rows.

    Parameters
    ----------
    source : Source
        Where the rows come from, in blocks of :func:`rows_per_block` rows.
    shares : callable
        Returns the responsibilities (m, K) of a slice of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.data import ArraySource
    >>> shares = np.array([[1.0, 0.0], [0.5, 0.5]])
    >>> SharedSource(ArraySource(np.zeros((2, 3))), shares.__getitem__).block(0).responsibilities
    array([[1. , 0. ],
           [0.5, 0.5]])
    """

    def __init__(self, source: Source, shares: Callable[[slice], Floats]) -> None:
        super().__init__(source)
        self._shares = shares
        self._size = max(1, rows_per_block(source.n_rows, source.n_features))

    def block(self, index: int) -> Block:
        """Return one block with its responsibilities."""
        block, start = self._source.block(index), index * self._size
        return replace(block, responsibilities=self._shares(slice(start, start + block.n_rows)))
