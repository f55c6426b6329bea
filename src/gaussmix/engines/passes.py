"""Passes over a source of unknown length: count, range, join and hash of its rows."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..sources import Source
from .base import Engine

__all__ = ["Range", "all_rows", "column_range", "count_rows", "hash_of_rows"]


def count_rows(source: Source, engine: Engine) -> int:
    """Return the number of rows n, from the source or by a pass.

    Parameters
    ----------
    source : Source
        The rows.
    engine : Engine
        Visits the blocks.

    Returns
    -------
    int
        Number of rows.

    Examples
    --------
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.sources import ArraySource
    >>> count_rows(ArraySource(np.zeros((5, 2))), SerialEngine())
    5
    """
    return engine.sum(_n_rows, source) if source.n_rows is None else source.n_rows


def _n_rows(block: Block) -> int:
    return block.n_rows


class Range(NamedTuple):
    """Smallest and largest value of each column.

    Parameters
    ----------
    lower, upper : (D,) array
        In the units of the columns; of the values that are not missing.
    """

    lower: Floats
    upper: Floats

    def __add__(self, other: Range) -> Range:  # type: ignore[override]
        return Range(np.fmin(self.lower, other.lower), np.fmax(self.upper, other.upper))

    def reach(self, point: Floats) -> Floats:
        """Return the largest distance of each column from a point, (D,)."""
        return np.asarray(np.maximum(self.upper - point, point - self.lower))


def column_range(source: Source, engine: Engine) -> Range:
    """Return the smallest and the largest value of each column.

    Parameters
    ----------
    source : Source
        The rows.
    engine : Engine
        Visits the blocks.

    Returns
    -------
    Range
        Of the values that are not missing, in the units of the columns.

    Examples
    --------
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.sources import ArraySource
    >>> column_range(ArraySource(np.array([[1.0, 5.0], [3.0, np.nan]])), SerialEngine()).upper
    array([3., 5.])
    """
    return engine.sum(_range, source)


def _range(block: Block) -> Range:
    X = block.X
    with np.errstate(invalid="ignore"):
        lower = np.fmin.reduce(X, axis=0, initial=np.inf)
        upper = np.fmax.reduce(X, axis=0, initial=-np.inf)
    return Range(lower.astype(np.float64), upper.astype(np.float64))


def all_rows(source: Source, engine: Engine) -> Block:
    """Return the rows of all parts as one block, in their order.

    Parameters
    ----------
    source : Source
        The rows.
    engine : Engine
        Visits the blocks.

    Returns
    -------
    Block
        The rows with what is known of them.

    Examples
    --------
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.sources import ArraySource
    >>> all_rows(ArraySource(np.zeros((60_000, 3))), SerialEngine()).n_rows
    60000
    """
    return engine.sum(_same, source)


def _same(block: Block) -> Block:
    return block


def hash_of_rows(source: Source, engine: Engine) -> str:
    """Return a hash of all rows with their weights, errors and labels.

    Parameters
    ----------
    source : Source
        The rows.
    engine : Engine
        Visits the blocks.

    Returns
    -------
    str
        32 hexadecimal digits.

    Examples
    --------
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.sources import ArraySource
    >>> X, engine = np.zeros((5, 2)), SerialEngine()
    >>> hash_of_rows(ArraySource(X), engine) == hash_of_rows(ArraySource(X.copy()), engine)
    True
    >>> hash_of_rows(ArraySource(X), engine) == hash_of_rows(ArraySource(X, noise=X + 1.0), engine)
    False
    """
    return hashlib.blake2b(b"".join(engine.sum(_block_hash, source)), digest_size=16).hexdigest()


def _block_hash(block: Block) -> list[bytes]:
    found = hashlib.blake2b(digest_size=16)
    for array in (block.X, block.weights, block.noise, block.allowed, block.projections):
        held = np.ascontiguousarray(0 if array is None else array)
        found.update(f"{held.shape}{held.dtype}".encode())
        found.update(held.reshape(-1).view(np.uint8).data)
    return [found.digest()]
