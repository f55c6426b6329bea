"""The standardised sample of a start, in an order that depends only on the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .._types import Floats
from ..covariances import Family
from ..engines import Engine
from ..sources import Source
from ..sources.row_counts import of_mean, row_counts
from .draw import draw_distinct
from .order import canonical_order, first_of_equal
from .whitening import WhiteningTransform, robust_whitening, whitening_of

__all__ = ["StartRows", "draw_start_rows", "has_ties", "most_rows"]


_COMPARED, _EQUAL = 1_000, 0.01
"""Many values are equal where more than this share of so many values of a column is equal to the one before, in order:
positions of traffic stops along streets have 5 %.
"""


@dataclass(frozen=True, eq=False)
class StartRows:
    """Rows for a start.

    Parameters
    ----------
    X : (m, D) array
        The rows, in the units of the columns.
    weights : (m,) array
        Positive numbers of rows, as of :func:`row_counts`.
    whitening : WhiteningTransform
        The map that takes the units out of the rows, as far as the family is blind to them.
    sampled : bool, default=False
        Whether some rows were left out.
    """

    X: Floats
    weights: Floats
    whitening: WhiteningTransform
    sampled: bool = False

    @cached_property
    def tied(self) -> bool:
        """Whether many values of a column are equal."""
        return has_ties(self.X)

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

    def part(self, most: int, rng: np.random.Generator) -> StartRows:
        """Return a random sample of at most ``most`` rows, in their order.

        Rows are drawn by priority sampling: with a probability that grows with their weight, and half of it with their
        squared distance from the mean, so that a component of few far rows is in the sample. A row has at least the
        weight that it stands for, so that sums are unbiased.

        Parameters
        ----------
        most : int
        rng : numpy.random.Generator

        References
        ----------
        Bachem, O., Lucic, M. and Krause, A. (2018). Scalable k-means clustering via lightweight coresets. KDD 2018,
        1119-1127.

        Duffield, N., Lund, C. and Thorup, M. (2007). Priority sampling for estimation of arbitrary subset sums. J. ACM
        54(6), article 32.
        """
        if len(self.X) <= most:
            return self
        squares = np.einsum("nd,nd->n", self._mapped, self._mapped)
        importance = self.weights * (1.0 + squares / np.average(squares, weights=self.weights))
        priorities = importance / (1.0 - rng.random(len(self.X)))
        order = np.argpartition(-priorities, most)
        chosen = np.sort(order[:most])
        weights = self.weights[chosen] * np.maximum(1.0, priorities[order[most]] / importance[chosen])
        mean = float(self.weights.mean())
        return replace(self, X=self.X.take(chosen, axis=0), weights=of_mean(weights, mean), sampled=True)

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


def has_ties(X: Floats) -> bool:
    """Return whether many values of a column of distinct rows (m, D) are equal.

    Examples
    --------
    >>> has_ties(np.array([[0.1, 5.0], [0.2, 5.0], [0.3, 7.0]]))
    True
    """
    values = np.sort(X[:: max(1, len(X) // _COMPARED)], axis=0)
    return len(values) > 1 and bool((np.diff(values, axis=0) == 0.0).mean(axis=0).max(initial=0.0) > _EQUAL)


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
    most: int,
    family: Family,
    mean: Floats,
    covariance: Floats,
    rng: np.random.Generator,
    engine: Engine,
) -> StartRows:
    """Return at most ``most`` rows of positive weight, standardised by the covariance of their bulk.

    The order is by distance from the mean and by side, which are invariant under the maps of the family's equivariance.
    So a start does not depend on the order of the rows. Equal rows become one, so that a row of weight 2 equals the row
    twice. Weights become numbers of rows, because a common factor has no meaning.

    Parameters
    ----------
    source : Source
        The data.
    most : int
        The most rows to draw.
    family : Family
        Its equivariance determines the invariance of the result.
    mean, covariance : (D,) and (D, D) or (D,) arrays
        Of all rows; the covariance positive definite, or its diagonal.
    rng : numpy.random.Generator
        Draws the sample, if there is one.
    engine : Engine
        Visits the blocks.
    """
    pooled = WhiteningTransform(mean, family.whitening(covariance), family.frame)
    drawn, whole = draw_distinct(source, engine, pooled, most, rng)
    X = np.asarray(drawn.X, dtype=np.float64)
    weights = np.ones(len(X)) if drawn.weights is None else drawn.weights
    # A far row that was not drawn is not to set the scale of those that were.
    start = pooled if whole else whitening_of(X, weights, mean, family) or pooled
    rows = StartRows(X, weights, robust_whitening(X, weights, start, family))
    order = canonical_order(rows.Z, weights, X)
    X, weights = X.take(order, axis=0), weights[order]
    first = first_of_equal(X)
    if len(first) < len(X):
        X, weights = X[first], np.add.reduceat(weights, first)
    return StartRows(X, row_counts(weights), rows.whitening, not whole).part(most, rng)


def _radii(Z: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("nd,nd->n", Z, Z)))
