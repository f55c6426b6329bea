"""Orders and samples of rows that neither their order nor units nor offsets change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .._types import Floats, Ints
from ..sources import Source
from ..sources.distinct import Hashes, SmallestHashes, mixed
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
    state = rng.bit_generator.state
    salt = rng.integers(1 << 63, dtype=np.uint64)
    direction, smallest = _leaning_of(source, whitening), SmallestHashes(most)
    for start, X, weights in _pieces(source):
        rows = np.flatnonzero(weights > 0)
        smallest.add(mixed(_keys(whitening.map(X[rows]), direction) ^ salt), start + rows)
    rows = smallest.rows()
    if smallest.whole:
        # Rows of larger weight in the place of copies would have needed no salt.
        rng.bit_generator.state = state
    return rows, smallest.whole


def _leaning_of(source: Source, whitening: WhiteningTransform) -> Floats:
    """Return the direction to which all rows lean, (D,)."""
    leaning = _Leaning(source.n_features)
    for _, X, weights in _pieces(source):
        Z = whitening.map(X)
        leaning.add(Z, np.einsum("nd,nd->n", Z, Z), weights)
    return leaning.direction


def _keys(Z: Floats, direction: Floats) -> Hashes:
    """Return distance and side of standardised rows (m, D) as one number each, (m,)."""
    pair = np.empty((len(Z), 2), dtype=np.float32)
    pair[:, 0], pair[:, 1] = np.einsum("nd,nd->n", Z, Z), Z @ direction
    return np.asarray((pair + np.float32(0.0)).view(np.uint64).ravel())


def _pieces(source: Source) -> Iterator[tuple[int, Floats, Floats]]:
    """Yield the position of the first of some rows, the rows and their weights."""
    for i in range(source.n_blocks):
        block = source.block(i)
        weights = np.ones(block.n_rows) if block.weights is None else block.weights
        for part in slices_in_cache(np.asarray(block.X)):
            X = np.asarray(block.X[part], dtype=np.float64)
            yield block.start + part.start, X, weights[part]
