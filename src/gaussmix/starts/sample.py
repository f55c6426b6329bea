"""The rows that a start looks at: a subsample, standardised, in an order that the data alone decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .._types import Floats
from ..covariances import Family
from ..data import Source

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
    mean : (D,) array
        The mean of all rows.
    sphering : (D, D) array
        The map that takes the units out of the rows, as far as the family is blind to them.
    """

    X: Floats
    weights: Floats
    mean: Floats
    sphering: Floats

    def standardise(self, X: Floats) -> Floats:
        """Return rows (n, D) standardised: distances between them have no unit."""
        return np.asarray((X - self.mean) @ self.sphering.T)

    @cached_property
    def Z(self) -> Floats:
        """The rows of the start, standardised."""
        return self.standardise(self.X)


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
) -> StartRows:
    """Return at most :func:`most_rows` rows of positive weight, standardised by the pooled covariance.

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
    mean, covariance : (D,) and (D, D) arrays
        Of all rows; the covariance positive definite.
    rng : numpy.random.Generator
        Draws the subsample, where there is one.
    """
    n, most = source.n_rows, most_rows(n_components)
    chosen = np.arange(n) if n <= most else np.sort(rng.choice(n, size=most, replace=False, shuffle=False))
    X, weights = source.take(chosen)
    if not (weights > 0).all():
        X, weights = X[weights > 0], weights[weights > 0]
    rows = StartRows(X, weights, mean, family.sphering(covariance))
    # In float32, what is equal but for rounding is equal. Of rows at one distance, the side that the data lean to
    # decides, which turns with them; then the values.
    distance = np.einsum("nd,nd->n", rows.Z, rows.Z)
    side = rows.Z @ ((weights * distance) @ rows.Z)
    order = np.lexsort((*X.T, side.astype(np.float32), distance.astype(np.float32)))
    return replace(rows, **_merged(X[order], weights[order]))


def _merged(X: Floats, weights: Floats) -> dict[str, Floats]:
    """Return sorted rows with equal ones made one row of their joint weight."""
    first = np.flatnonzero(np.concatenate([[True], (X[1:] != X[:-1]).any(axis=1)]))
    if len(first) == len(X):
        return {"X": X, "weights": weights}
    return {"X": X[first], "weights": np.add.reduceat(weights, first)}
