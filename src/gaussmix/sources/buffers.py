"""Memory of blocks, used again: fresh pages of memory can take as long as the reading of a cached file."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Buffers"]

_MOST = 8
"""Buffers that wait to be used again."""


class Buffers:
    """Reusable memory for the blocks of a source.

    A copy in another process begins without buffers.

    Examples
    --------
    >>> buffers = Buffers()
    >>> array = buffers.array((3, 2), np.float32)
    >>> array.shape, array.flags.f_contiguous
    ((3, 2), True)
    """

    def __init__(self) -> None:
        # A deque needs no lock, which an array deleted by the garbage collector could meet in its own thread.
        self._waiting: deque[NDArray[np.uint8]] = deque(maxlen=_MOST)

    def __reduce__(self) -> tuple[type[Buffers], tuple[()]]:
        return type(self), ()

    def array(self, shape: tuple[int, int], dtype: Any) -> NDArray[Any]:
        """Return an array (n, D) with arbitrary values, column by column in memory."""
        size = shape[0] * shape[1] * np.dtype(dtype).itemsize
        try:
            memory = self._waiting.pop()
        except IndexError:
            memory = np.empty(0, dtype=np.uint8)
        if memory.nbytes < size:
            memory = np.empty(size, dtype=np.uint8)
        return np.asarray(_Lease(memory, shape, np.dtype(dtype), self._waiting))

    def clear(self) -> None:
        """Release unused memory."""
        self._waiting.clear()


class _Lease:
    """Owner of the memory of one array, in NumPy's array interface: the array keeps it."""

    def __init__(
        self,
        memory: NDArray[np.uint8],
        shape: tuple[int, int],
        dtype: np.dtype[Any],
        waiting: deque[NDArray[np.uint8]],
    ) -> None:
        self._memory, self._waiting = memory, waiting
        self.__array_interface__ = {
            "version": 3,
            "data": (memory.ctypes.data, False),
            "typestr": dtype.str,
            "shape": shape,
            "strides": (dtype.itemsize, dtype.itemsize * shape[0]),
        }

    def __del__(self) -> None:
        self._waiting.append(self._memory)
