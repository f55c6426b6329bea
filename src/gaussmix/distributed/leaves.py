"""Leaves of the summation tree: the sums of single tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..blocks import Block
from ..engines import tree_sum
from ..one_blas_thread import one_blas_thread
from .serialisation import unpacked

__all__ = ["FAN_IN", "add_up", "call", "leaf_size", "leaf_sum"]

FAN_IN = 16
"""So many partial sums one task, or the client, adds: a power of two."""
_TASKS_PER_SLOT = 4
"""So many tasks for each that can run at a time, so that a slow worker delays a pass by a quarter of its share."""


def leaf_size(n_parts: int, n_slots: int) -> int:
    """Return the number of parts in a leaf: a power of two, for four or more leaves for each slot.

    A leaf is a contiguous range of parts that begins at a multiple of its size: its sum is a node of the tree of
    :class:`gaussmix.engines.TreeSum`, so that the size of the leaves does not change the result.

    Parameters
    ----------
    n_parts : int
        Number of parts of the source.
    n_slots : int
        Number of tasks that the cluster runs at a time.

    Examples
    --------
    >>> [leaf_size(1000, slots) for slots in (1, 10, 100, 1000)]
    [128, 16, 2, 1]
    """
    return 1 << max(0, (n_parts // (_TASKS_PER_SLOT * max(1, n_slots))).bit_length() - 1)


def leaf_sum(function: Callable[[Block], Any], data: bytes, *held: Any) -> Any:
    """Return the sum of a function over the parts of a leaf; a task of a worker.

    Parameters
    ----------
    function : callable
        Takes a block and returns something that can be added.
    data : bytes
        The parts, packed.
    held : objects
        What the cluster holds of them.
    """
    with one_blas_thread:  # the bits of a sum must not depend on the number of threads of BLAS
        return tree_sum(function(part.read()) for part in unpacked(data, held))


def call(function: Callable[[Any], Any], data: bytes, *held: Any) -> Any:
    """Return a function's value for an item; a task of a worker."""
    return function(unpacked(data, held))


def add_up(*values: Any) -> Any:
    """Return the sum of neighbouring nodes of the tree; a task of a worker."""
    return tree_sum(values)
