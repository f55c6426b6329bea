"""The serial engine: one block after the other in the calling thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..blocks import Block
from ..sources import Source
from ..sources.ahead import BlockReader
from .base import A, B, Engine, TaskPool
from .summation import T, tree_sum

__all__ = ["SerialEngine"]


class SerialEngine(Engine, TaskPool):
    """Serial engine: blocks in order, in the calling thread.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> SerialEngine().sum(lambda block: block.total_weight, ArraySource(np.zeros((5, 2))))
    5.0
    """

    def __repr__(self) -> str:
        return "SerialEngine()"

    def sum(self, function: Callable[[Block], T], source: Source) -> T:
        """Add up a function over the blocks of a source, one block after the other."""
        parts = source.parts()
        if len(parts) == 1:
            return function(parts[0].read())
        with BlockReader(source, 1) as blocks:
            return tree_sum(function(blocks.read(index)) for index in range(len(blocks)))

    def map(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item, one after the other."""
        return [function(item) for item in items]
