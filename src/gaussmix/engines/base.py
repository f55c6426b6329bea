"""The contracts of engines and of task pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ..blocks import Block
from ..sources import Source
from .summation import T

__all__ = ["Engine", "TaskPool"]


A = TypeVar("A")
B = TypeVar("B")


class Engine(Protocol):
    """Sum of a function over the blocks of a source.

    Every engine adds in the order of :func:`tree_sum`, so that the result depends neither on the number of workers nor
    on their timing. The function and its values can be pickled: an engine may send both to other processes.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.engines import SerialEngine, ThreadEngine
    >>> source = ArraySource(np.ones((100_000, 2)))
    >>> [int(engine.sum(lambda block: block.X.sum(), source)) for engine in (SerialEngine(), ThreadEngine(2))]
    [200000, 200000]
    """

    def sum(self, function: Callable[[Block], T], source: Source) -> T:
        """Add up a function over the blocks of a source.

        Parameters
        ----------
        function : callable
            Function of a block, with values that can be added.
        source : Source
            Rows in blocks.

        Returns
        -------
        object
            The sum of ``function(block)`` over the blocks, in the order of :func:`tree_sum`.
        """
        ...


class TaskPool(Protocol):
    """Parallel map over tasks with shared memory, such as the trials of a search.

    Examples
    --------
    >>> from gaussmix.engines import SerialEngine
    >>> SerialEngine().map(abs, [-1, 2])
    [1, 2]
    """

    def map(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item, in parallel if there are several workers.

        Parameters
        ----------
        function : callable
            Function of one item; it may call ``map`` itself, and need not be picklable.
        items : sequence
            Arguments of the calls.

        Returns
        -------
        list
            ``function(item)`` for each item, in their order.
        """
        ...
