"""Orders and samples of rows that neither their order nor units nor offsets change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .._types import Floats, Ints
from ..sources import Source
from ..sources.distinct import Hashes, distinct, mixed
from .whitening import WhiteningTransform, slices_in_cache

__all__ = ["canonical_order", "first_of_equal", "sampled_rows"]

_ROUNDING = 1e-9
"""Third moments less than this share of the absolute ones are zero but for rounding."""


class _Leaning:
    """The direction Σ w |z|² z to which standardised rows lean: it turns with them."""

    def __init__(self, n_features: int) -> None:
        self.sum, self.size = np.zeros(n_features), 0.0

    def add(self, Z: Floats, squared: Floats, weights: Floats) -> None:
        """Add rows (m, D) of weights (m,)."""
        self.sum += (weights * squared) @ Z
        self.size += float((weights * squared) @ np.sqrt(squared))

    @property
    def direction(self) -> Floats:
        """The unit vector; zero where the rows lean to no side."""
        length = float(np.sqrt(self.sum @ self.sum))
        return np.asarray(self.sum / length if length > _ROUNDING * self.size else np.zeros_like(self.sum))


def canonical_order(Z: Floats, weights: Floats, values: Floats) -> Ints:
    """Return the order of rows by distance from the origin, then by side, then by values from the last column on.

    In float32, what is equal but for rounding is equal. Of rows at one distance, the side that the data lean to
    decides, which turns with them.

    Parameters
    ----------
    Z : (m, D) array
        Standardised rows.
    weights : (m,) array
        Positive.
    values : (m, C) array
        Decide between rows at one distance on one side.
    """
    distance, side = np.empty(len(Z), np.float32), np.empty(len(Z), np.float32)
    # A power of two, so that weights of 1e50 leave no range.
    weights = weights * np.ldexp(1.0, -np.frexp(weights.max(initial=1.0))[1])
    leaning = _Leaning(Z.shape[1])
    for part in slices_in_cache(Z):
        squared = np.einsum("nd,nd->n", Z[part], Z[part])
        leaning.add(Z[part], squared, weights[part])
        distance[part] = squared
    side[:] = Z @ leaning.direction
    order = np.lexsort((side, distance))
    same = (np.diff(distance[order]) == 0) & (np.diff(side[order]) == 0)
    if not same.any():
        return order
    # The values are compared only where the rest is equal: a sort by every column is the work of all of them.
    place = np.concatenate([[0], np.cumsum(~same)])
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    among = order[tied]
    order[tied] = among[np.lexsort((*values[among].T, place[tied]))]
    return order


def first_of_equal(values: Floats) -> Ints:
    """Return the positions of the first of equal rows (m, C) in a row.

    Examples
    --------
    >>> import numpy as np
    >>> first_of_equal(np.array([[1.0], [1.0], [2.0]]))
    array([0, 2])
    """
    return np.flatnonzero(np.concatenate([[True], (values[1:] != values[:-1]).any(axis=1)]))


def sampled_rows(
    source: Source, whitening: WhiteningTransform, most: int, rng: np.random.Generator
) -> tuple[Ints, bool]:
    """Return the positions of all rows or of a sample of so many distinct ones, and whether they are all.

    A row is in the sample by a hash of its distance and side as :func:`canonical_order` sees them, so neither the
    order of the rows nor copies of them decide. Rows of weight zero count for nothing.

    Parameters
    ----------
    source : Source
        Complete rows.
    whitening : WhiteningTransform
        By the mean and covariance of all rows.
    most : int
        The number of distinct rows.
    rng : numpy.random.Generator
        Draws the salt of the hash, where not all rows are taken.
    """
    if source.n_rows <= most:
        return np.arange(source.n_rows), True
    keys, positive = _keys(source, whitening)
    different = distinct(keys[positive])
    if len(different) <= most:
        return np.flatnonzero(positive), True
    salt = rng.integers(1 << 63, dtype=np.uint64)
    highest = np.partition(mixed(different ^ salt), most - 1)[most - 1]
    return np.flatnonzero(positive & (mixed(keys ^ salt) <= highest)), False


def _keys(
    source: Source, whitening: WhiteningTransform
) -> tuple[Hashes, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return distance and side of each row as one number, and whether its weight is positive."""
    pair = np.empty((source.n_rows, 2), dtype=np.float32)
    positive = np.empty(source.n_rows, dtype=bool)
    leaning = _Leaning(source.n_features)
    for rows, X, weights in _pieces(source):
        Z = whitening.map(X)
        squared = np.einsum("nd,nd->n", Z, Z)
        leaning.add(Z, squared, weights)
        pair[rows, 0], positive[rows] = squared, weights > 0
    direction = leaning.direction
    for rows, X, _ in _pieces(source):
        pair[rows, 1] = whitening.map(X) @ direction
    return np.asarray((pair + np.float32(0.0)).view(np.uint64).ravel()), positive


def _pieces(source: Source) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield the positions of some rows, the rows and their weights."""
    for i in range(source.n_blocks):
        block = source.block(i)
        weights = np.ones(block.n_rows) if block.weights is None else block.weights
        for part in slices_in_cache(np.asarray(block.X)):
            X = np.asarray(block.X[part], dtype=np.float64)
            start = block.start + part.start
            yield slice(start, start + len(X)), X, weights[part]
