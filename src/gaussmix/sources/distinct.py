"""The number of distinct rows: invariant to copies of rows and to a factor of all weights.

Rows are represented by hashes. Only the smallest hashes are kept, so that memory does not grow with the table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._types import Ints
from ..blocks import Block
from .base import Source

__all__ = ["Hashes", "SmallestHashes", "distinct", "distinct_rows", "mixed"]

Hashes = NDArray[np.uint64]

_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP = np.uint64(0x9E3779B97F4A7C15)
_COUNTED = 1 << 16
"""Distinct rows up to which their number is exact."""


def mixed(keys: Hashes) -> Hashes:
    """Return well-mixed keys: a permutation of all 64-bit numbers.

    Examples
    --------
    >>> import numpy as np
    >>> mixed(np.array([1, 2], dtype=np.uint64)).tolist()
    [10451216379200822465, 10905525725756348110]

    References
    ----------
    Steele, G. L., Lea, D. and Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA 2014,
    453-472.
    """
    keys = keys + _STEP
    keys = (keys ^ (keys >> np.uint64(30))) * _FACTORS[0]
    keys = (keys ^ (keys >> np.uint64(27))) * _FACTORS[1]
    return np.asarray(keys ^ (keys >> np.uint64(31)))


def distinct(keys: Hashes) -> Hashes:
    """Return the distinct keys in ascending order, faster than NumPy's ``unique``.

    Examples
    --------
    >>> import numpy as np
    >>> distinct(np.array([3, 1, 3], dtype=np.uint64)).tolist()
    [1, 3]
    """
    keys = np.sort(keys)
    first = np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]
    return np.asarray(keys[first])


class SmallestHashes:
    """The rows of the smallest distinct hashes, at most so many, of a table that is read in pieces.

    Parameters
    ----------
    most : int
        The number of distinct hashes.

    Examples
    --------
    >>> import numpy as np
    >>> smallest = SmallestHashes(2)
    >>> smallest.add(np.array([7, 3, 9, 3, 5], dtype=np.uint64), np.arange(5))
    >>> smallest.whole, smallest.rows().tolist()
    (False, [1, 3, 4])
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._highest = np.uint64(2**64 - 1)
        self._parts: list[tuple[Hashes, Ints]] = []
        self._waiting, self._limit = 0, 2 * most
        self.whole = True
        """Whether no hash was left out."""

    def add(self, hashes: Hashes, rows: Ints) -> None:
        """Add hashes (m,) and the positions of their rows (m,)."""
        if not self.whole:
            low = hashes <= self._highest
            hashes, rows = hashes[low], rows[low]
        self._parts.append((hashes, rows))
        self._waiting += len(hashes)
        if self._waiting > self._limit:
            self._select()

    def distinct(self) -> Hashes:
        """Return the distinct hashes that are kept, sorted."""
        self._select()
        return distinct(self._parts[0][0])

    def rows(self) -> Ints:
        """Return the positions of the rows that have them, in ascending order."""
        self._select()
        return np.sort(self._parts[0][1])

    def _select(self) -> None:
        hashes, rows = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        different = distinct(hashes)
        if len(different) > self._most:
            self.whole, self._highest = False, different[self._most - 1]
            low = hashes <= self._highest
            hashes, rows = hashes[low], rows[low]
        self._parts = [(hashes, rows)]
        # Copies of rows share a hash: more of them than distinct ones may stay.
        self._waiting, self._limit = len(rows), 2 * max(self._most, len(rows))


def distinct_rows(source: Source) -> int:
    """Return the number of distinct rows of positive weight: rows differ in values, errors or allowed components.

    Above 65,536 it is an estimate with a standard error of 0.4 %, from the density of the smallest hashes.

    Parameters
    ----------
    source : Source

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> distinct_rows(ArraySource(np.array([[1.0], [2.0], [1.0], [3.0]]), np.array([1.0, 1.0, 2.0, 0.0])))
    2

    References
    ----------
    Bar-Yossef, Z., Jayram, T. S., Kumar, R., Sivakumar, D. and Trevisan, L. (2002). Counting distinct elements in a
    data stream. RANDOM 2002, 1-10.
    """
    smallest = SmallestHashes(_COUNTED)
    for i in range(source.n_blocks):
        hashes = distinct(_hashes(source.block(i)))
        smallest.add(hashes, np.zeros(len(hashes), dtype=np.intp))
    kept = smallest.distinct()
    return len(kept) if smallest.whole else round((len(kept) - 1) / (float(kept[-1]) / 2.0**64))


def _hashes(block: Block) -> Hashes:
    """Return a hash of each row of positive weight."""
    if block.weights is not None and not (block.weights > 0).all():
        block = block.take(np.flatnonzero(block.weights > 0))
    result = np.zeros(block.n_rows, dtype=np.uint64)
    for array in (block.X, block.noise, block.allowed):
        if array is not None:
            for column in array.reshape(block.n_rows, -1).T:
                values = np.asarray(column, dtype=np.float64) + 0.0  # there is one zero
                values[np.isnan(values)] = np.nan  # and one NaN
                result = mixed(result ^ values.view(np.uint64))
    return result
