"""The contract of an engine, and the order in which every engine adds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, Self, TypeVar

from ..blocks import Block
from ..data import Source

__all__ = ["Engine", "TreeSum", "tree_sum"]


class Addable(Protocol):
    """Anything that can be added to its like."""

    def __add__(self, other: Self, /) -> Self: ...


T = TypeVar("T", bound=Addable)


A = TypeVar("A")
B = TypeVar("B")


class Engine(Protocol):
    """Adds a function's values over the blocks of a source, and calls functions of other things side by side.

    Every engine adds in the order of :func:`tree_sum`, so that a result depends neither on the number of workers nor
    on their timing.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.data import ArraySource
    >>> from gaussmix.engines import SerialEngine, ThreadEngine
    >>> source = ArraySource(np.ones((100_000, 2)))
    >>> [int(engine.sum(lambda block: block.X.sum(), source)) for engine in (SerialEngine(), ThreadEngine(2))]
    [200000, 200000]
    """

    def map(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item, side by side if the engine has several workers.

        Parameters
        ----------
        function : callable
            Takes one item.
        items : sequence
            What the function is called with.

        Returns
        -------
        list
            ``function(item)`` for each item, in their order.
        """
        ...

    def sum(self, function: Callable[[Block], T], source: Source) -> T:
        """Add up a function over the blocks of a source.

        Parameters
        ----------
        function : callable
            Takes a block and returns something that can be added.
        source : Source
            Rows in blocks.

        Returns
        -------
        object
            The sum of ``function(block)`` over the blocks, in the order of :func:`tree_sum`.
        """
        ...


def tree_sum(values: Iterable[T]) -> T:
    """Add values, given in order, along a binary tree that their number alone fixes.

    At most log₂ n partial sums are held.

    Parameters
    ----------
    values : iterable
        What to add; at least one value.

    Returns
    -------
    object
        The sum.

    Raises
    ------
    ValueError
        If there is no value.

    Examples
    --------
    >>> tree_sum([1, 2, 3])
    6
    """
    partial: list[tuple[int, T]] = []
    for value in values:
        level = 0
        while partial and partial[-1][0] == level:
            value = partial.pop()[1] + value
            level += 1
        partial.append((level, value))
    if not partial:
        raise ValueError("tree_sum needs at least one value.")
    total = partial.pop()[1]
    while partial:
        total = partial.pop()[1] + total
    return total


class TreeSum(Generic[T]):
    """The sum of :func:`tree_sum` for values that come in any order, from several threads.

    Neighbours are added as soon as both are there, so that few partial sums are held.

    Parameters
    ----------
    count : int
        How many values will come.

    Examples
    --------
    >>> total = TreeSum(3)
    >>> for index in (2, 0, 1):
    ...     total.add(index, 10**index)
    >>> total.result
    111
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: dict[tuple[int, int], T] = {}
        self._lock = threading.Lock()

    def add(self, index: int, value: T) -> None:
        """Add the value of a position, which is given once.

        Parameters
        ----------
        index : int
            The position, from 0.
        value : object
            What to add.
        """
        level, width = 0, self._count
        while width > 1:
            sibling = index ^ 1
            if sibling < width:
                with self._lock:
                    if (level, sibling) not in self._waiting:
                        self._waiting[level, index] = value
                        return
                    other = self._waiting.pop((level, sibling))
                value = value + other if index < sibling else other + value
            level, index, width = level + 1, index >> 1, (width + 1) >> 1
        self.result = value
