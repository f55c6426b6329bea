"""Pairwise summation in a fixed order, whatever the order of arrival."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Generic, Protocol, Self, TypeVar

__all__ = ["TreeSum", "tree_sum"]


class Addable(Protocol):
    """Any type with an addition."""

    def __add__(self, other: Self, /) -> Self: ...


T = TypeVar("T", bound=Addable)


class TreeSum(Generic[T]):
    """Pairwise sum of values that arrive in any order from several threads, in an order fixed by their number.

    Neighbours are added as soon as both are there. At most log₂ n partial sums of n values are kept if they arrive in
    order.

    Examples
    --------
    >>> total = TreeSum()
    >>> for index in (2, 0, 1):
    ...     total.add(index, 10**index)
    >>> total.result
    111
    """

    def __init__(self) -> None:
        # The sum of the values from position·2**level on, 2**level of them, by level and position.
        self._partial: dict[tuple[int, int], T] = {}
        self._lock = threading.Lock()

    def add(self, index: int, value: T, level: int = 0) -> None:
        """Add the value of a position, or of an aligned range of positions.

        Parameters
        ----------
        index : int
            The position, from 0; each of them is given once.
        value : object
            The value to add.
        level : int, default=0
            The value is the sum of the positions from index·2**level on, 2**level of them or fewer at the end.
        """
        while True:
            with self._lock:
                if (level, index ^ 1) not in self._partial:
                    self._partial[level, index] = value
                    return
                other = self._partial.pop((level, index ^ 1))
            value = other + value if index & 1 else value + other
            level, index = level + 1, index >> 1

    @property
    def nodes(self) -> list[tuple[int, int, T]]:
        """The partial sums so far, as (index, level, value) in the order of levels.

        Several of these sums of the same positions can be joined: ``add`` takes each of their nodes.
        """
        return [(index, level, self._partial[level, index]) for level, index in sorted(self._partial)]

    @property
    def result(self) -> T:
        """The sum, when the values of all positions from 0 on have been added.

        Raises
        ------
        ValueError
            If there is no value.
        """
        if not self._partial:
            raise ValueError("A sum needs at least one value.")
        # Values without a neighbour remain.
        first, *others = (value for _, _, value in self.nodes)
        for earlier in others:
            first = earlier + first
        return first


def tree_sum(values: Iterable[T]) -> T:
    """Return the pairwise sum of values, in the order of additions of :class:`TreeSum`.

    Parameters
    ----------
    values : iterable
        At least one value.

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
    total: TreeSum[T] = TreeSum()
    for index, value in enumerate(values):
        total.add(index, value)
    return total.result
