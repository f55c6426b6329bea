"""Distinct rows, their joint weights and their number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints
from ..blocks import Block
from .base import Source
from .row_counts import row_counts

__all__ = ["DistinctRows", "Hashes", "distinct", "distinct_rows", "first_of_distinct", "mixed", "row_hashes"]

Hashes = NDArray[np.uint64]

_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP = np.uint64(0x9E3779B97F4A7C15)


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


def first_of_distinct(keys: Hashes) -> tuple[Ints, Ints]:
    """Return the positions of the first of equal keys, ascending, and the number of each key among them.

    Examples
    --------
    >>> import numpy as np
    >>> first_of_distinct(np.array([7, 3, 7], dtype=np.uint64))
    (array([0, 1]), array([0, 1, 0]))
    """
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[number]


def distinct_rows(source: Source, most: int) -> DistinctRows:
    """Return the distinct rows of positive weight, or so many where there are more.

    Rows differ in values, errors or allowed components. Parts are read until there are enough.

    Parameters
    ----------
    source : Source
    most : int
        The most distinct rows.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> source = ArraySource(np.array([[1.0], [2.0], [1.0], [3.0]]), np.array([1.0, 1.0, 2.0, 0.0]))
    >>> rows = distinct_rows(source, 10)
    >>> len(rows), rows.count
    (2, 4)
    """
    found = DistinctRows(np.zeros(0, dtype=np.uint64), np.zeros(0), most)
    for part in source.parts():
        found = found + DistinctRows.of(part.read(), most)
        if len(found) >= most:
            break
    return found


@dataclass(frozen=True, eq=False)
class DistinctRows:
    """Smallest hashes of distinct rows of positive weight, up to a maximum number.

    Parameters
    ----------
    hashes : (m,) array of uint64
        In ascending order.
    weights : (m,) array
        The joint weights of equal rows.
    """

    hashes: Hashes
    weights: Floats
    most: int

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def count(self) -> int:
        """The number of rows n, copies included: invariant to a factor of all weights."""
        return round(float(row_counts(self.weights).sum()))

    @classmethod
    def of(cls, block: Block, most: int) -> DistinctRows:
        """Return the hashes of a block."""
        if block.weights is not None and not (block.weights > 0).all():
            block = block.take(np.flatnonzero(block.weights > 0))
        weights = np.ones(block.n_rows) if block.weights is None else block.weights
        return cls._joint(row_hashes(block), weights, most)

    @classmethod
    def _joint(cls, keys: Hashes, weights: Floats, most: int) -> DistinctRows:
        found, number = np.unique(keys, return_inverse=True)
        joint = np.bincount(number, weights, minlength=len(found)).astype(np.float64)
        return cls(found[:most], joint[:most], most)

    def __add__(self, other: DistinctRows) -> DistinctRows:
        keys = np.concatenate([self.hashes, other.hashes])
        return self._joint(keys, np.concatenate([self.weights, other.weights]), self.most)


def row_hashes(block: Block) -> Hashes:
    """Return a hash of each row with its errors and allowed components, without its weight, (n,)."""
    result = np.zeros(block.n_rows, dtype=np.uint64)
    for array in (block.X, block.noise, block.allowed, block.projections):
        if array is not None and block.n_rows:
            for column in array.reshape(block.n_rows, -1).T:
                values = np.asarray(column, dtype=np.float64) + 0.0  # there is one zero
                values[np.isnan(values)] = np.nan  # and one NaN
                result = mixed(result ^ values.view(np.uint64))
    return result
