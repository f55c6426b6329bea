"""The subsample of a start, standardised, in an order that depends on the data alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._types import Floats, Ints
from ..covariances import Family
from ..sources import Source
from .whitening import WhiteningTransform, robust_whitening, slices_in_cache, whitening_of

__all__ = ["StartRows", "draw_start_rows", "most_rows"]


@dataclass(frozen=True, eq=False)
class StartRows:
    """Rows for a start.

    Parameters
    ----------
    X : (m, D) array
        The rows, in the units of the columns.
    weights : (m,) array
        Their weights, all positive.
    whitening : WhiteningTransform
        The map that takes the units out of the rows, as far as the family is blind to them.
    """

    X: Floats
    weights: Floats
    whitening: WhiteningTransform

    @property
    def mean(self) -> Floats:
        """The mean of the bulk of the rows, (D,)."""
        return self.whitening.centre

    def standardise(self, X: Floats) -> Floats:
        """Return rows (n, D) standardised: distances between them have no unit.

        Far rows are drawn in along their direction, from a radius of r times the reach to 1 + 0.3 log r times, so
        that k-means sees them together rather than one by one, and a far cluster as one.
        """
        return self._drawn_in(self.whitening.map(X))

    def _drawn_in(self, Z: Floats) -> Floats:
        times = _radii(Z) / self.whitening.far_radius
        if not (times > 1.0).any():
            return Z
        times = np.maximum(times, 1.0)
        return np.asarray(Z * ((1.0 + 0.3 * np.log(times)) / times)[:, None])

    @cached_property
    def _mapped(self) -> Floats:
        return self.whitening.map(self.X)

    @cached_property
    def Z(self) -> Floats:
        """The rows of the start, standardised."""
        return self._drawn_in(self._mapped)

    @cached_property
    def mass(self) -> Floats:
        """The weights for k-means, (m,): a far row adds no more to a sum of squares than one at the reach does."""
        return self.weights / np.square(np.maximum(_radii(self.Z) / self.whitening.far_radius, 1.0))

    @cached_property
    def huber_weights(self) -> Floats:
        """Huber weights of the rows in the covariances of a start, (m,): less than 1 for far rows.

        A far row adds no more to a second moment than one at the reach does.
        """
        return np.square(1.0 / np.maximum(_radii(self._mapped) / self.whitening.far_radius, 1.0))


def most_rows(n_components: int) -> int:
    """Return the size of the subsample: enough for each component to be seen.

    Examples
    --------
    >>> most_rows(5)
    5000
    """
    return max(5_000, 100 * n_components)


def draw_start_rows(
    source: Source,
    n_components: int,
    family: Family,
    mean: Floats,
    covariance: Floats,
    rng: np.random.Generator,
    most: int | None = None,
) -> StartRows:
    """Return at most so many rows of positive weight, standardised by the covariance of their bulk.

    The order is by distance from the mean and by side, which no map that the family is blind to can change; so a start
    does not depend on the order of the rows, and a row of weight 2 is the same as the row twice: equal rows become
    one.

    Parameters
    ----------
    source : Source
        The data.
    n_components : int
        K.
    family : Family
        Decides which maps are taken out of the rows.
    mean, covariance : (D,) and (D, D) or (D,) arrays
        Of all rows; the covariance positive definite, or its diagonal.
    rng : numpy.random.Generator
        Draws the subsample, where there is one.
    most : int, optional
        The most rows to draw; :func:`most_rows` of K unless given.
    """
    n, most = source.n_rows, most_rows(n_components) if most is None else most
    chosen = np.arange(n) if n <= most else np.sort(rng.choice(n, size=most, replace=False, shuffle=False))
    X, weights = source.take(chosen)
    if not (weights > 0).all():
        X, weights = X[weights > 0], weights[weights > 0]
    pooled = WhiteningTransform(mean, family.whitening(covariance), family.frame)
    # A far row that was not drawn is not to set the scale of those that were.
    start = pooled if n <= most else whitening_of(X, weights, mean, family) or pooled
    rows = StartRows(X, weights, robust_whitening(X, weights, start, family))
    order = _order(rows)
    return StartRows(*_merged(X[order], weights[order]), rows.whitening)


def _order(rows: StartRows) -> Ints:
    """Return the order of rows by distance from the mean, then by side, then by their values from the last column on.

    In float32, what is equal but for rounding is equal. Of rows at one distance, the side that the data lean to
    decides, which turns with them.
    """
    X, distance, side = rows.X, np.empty(len(rows.X), np.float32), np.empty(len(rows.X), np.float32)
    lean = np.zeros(X.shape[1])
    # A power of two, so that weights of 1e50 leave the range of float32 no more than others do.
    weights = rows.weights * np.ldexp(1.0, -np.frexp(rows.weights.max())[1])
    for part in slices_in_cache(X):
        Z = rows.standardise(X[part])
        squared = np.einsum("nd,nd->n", Z, Z)
        lean += (weights[part] * squared) @ Z
        distance[part] = squared
    for part in slices_in_cache(X):
        side[part] = rows.standardise(X[part]) @ lean
    order = np.lexsort((side, distance))
    same = (np.diff(distance[order]) == 0) & (np.diff(side[order]) == 0)
    if not same.any():
        return order
    # The values are compared only where the rest is equal: a sort by every column is the work of all of them.
    place = np.concatenate([[0], np.cumsum(~same)])
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    among = order[tied]
    order[tied] = among[np.lexsort((*X[among].T, place[tied]))]
    return order


def _radii(Z: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("nd,nd->n", Z, Z)))


def _merged(X: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return sorted rows with equal ones made one row of their joint weight."""
    first = np.flatnonzero(np.concatenate([[True], (X[1:] != X[:-1]).any(axis=1)]))
    if len(first) == len(X):
        return X, weights
    return X[first], np.add.reduceat(weights, first)
