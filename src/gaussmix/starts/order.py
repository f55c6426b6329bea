"""An order of rows that is invariant to their first order, units and offsets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints, Rows
from .whitening import slices_in_cache

__all__ = ["Lean", "canonical_order", "first_of_equal"]

_ROUNDING = 1e-9
"""Third moments less than this share of the absolute ones are zero but for rounding."""


@dataclass(frozen=True, eq=False)
class Lean:
    """The sum Σ w |z|² z over standardised rows: a direction equivariant under rotations.

    Parameters
    ----------
    sum : (D,) array
        Σ w |z|² z.
    size : float
        Σ w |z|³.
    """

    sum: Floats
    size: float

    @classmethod
    def of(cls, Z: Floats, squared: Floats, weights: Floats) -> Lean:
        """Return the sum over rows (m, D) of squared lengths and weights (m,)."""
        return cls((weights * squared) @ Z, float((weights * squared) @ np.sqrt(squared)))

    def __add__(self, other: Lean) -> Lean:
        return Lean(self.sum + other.sum, self.size + other.size)

    @property
    def direction(self) -> Floats:
        """Unit vector (D,); zero for symmetric rows."""
        length = float(np.sqrt(self.sum @ self.sum))
        return np.asarray(self.sum / length if length > _ROUNDING * self.size else np.zeros_like(self.sum))


def canonical_order(Z: Floats, weights: Floats, values: Floats) -> Ints:
    """Return the order of rows by distance from the origin, then by side, then by values from the last column on.

    Distances are compared in float32, so that rounding does not matter. Ties are broken by the side along a direction
    that is equivariant under rotations.

    Parameters
    ----------
    Z : (m, D) array
        Standardised rows.
    weights : (m,) array
        Positive.
    values : (m, C) array
        Values that break further ties.
    """
    distance, side = np.empty(len(Z), np.float32), np.empty(len(Z), np.float32)
    # A power of two, so that weights of 1e50 leave no range.
    weights = weights * math.ldexp(1.0, -math.frexp(weights.max(initial=1.0))[1])
    lean = Lean(np.zeros(Z.shape[1]), 0.0)
    for part in slices_in_cache(Z):
        squared = np.einsum("nd,nd->n", Z[part], Z[part])
        lean += Lean.of(Z[part], squared, weights[part])
        distance[part] = np.minimum(squared, np.finfo(np.float32).max)
    side[:] = _steps_of(Z @ lean.direction, distance)
    order, same = _order_of_pairs(distance, side)
    if not same.any():
        return order
    # Values are compared only for ties, because a sort by all columns would be slow.
    place, in_tie = np.zeros(len(order), np.intp), np.zeros(len(order), np.bool_)
    np.cumsum(~same, out=place[1:])
    in_tie[1:] = same
    in_tie[:-1] |= same
    tied = np.flatnonzero(in_tie)
    among, place = order[tied], place[tied]
    among = among[np.lexsort((among, place))]
    order[tied] = among[_order_of_values(values[among], place)]
    return order


def _order_of_pairs(distance: Rows, side: Rows) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the order of rows by distance and then by side, (m,) in float32, and which equal the one before."""
    if np.isfinite(distance).all() and np.isfinite(side).all():
        # Bits of positive numbers have their order; one whole number is sorted ten times as fast as a pair.
        bits = side.view(np.int32).astype(np.int64)
        key = (distance.view(np.int32).astype(np.int64) << 32) + np.where(
            bits < 0, -(bits & 0x7FFFFFFF), bits
        )
        order = np.argsort(key)
        key = key[order]
        return order, key[1:] == key[:-1]
    order = np.lexsort((side, distance))
    distance, side = distance[order], side[order]
    return order, (distance[1:] == distance[:-1]) & (side[1:] == side[:-1])


def _order_of_values(values: Floats, place: Ints) -> Ints:
    """Return the order of rows by place, and then by values from the last column on."""
    order = np.lexsort((values[:, -1], place))
    last, place_of = values[order, -1], place[order]
    # The last column alone mostly tells rows apart.
    if ((last[1:] == last[:-1]) & (place_of[1:] == place_of[:-1])).any():
        order = np.lexsort((*values.T, place))
    return order


def _steps_of(side: Floats, squared: Rows) -> Floats:
    """Return sides in steps of a millionth of the distance: of symmetric rows they are zero but for rounding."""
    return np.asarray(np.rint(np.ldexp(side, 20) / np.sqrt(np.maximum(squared, np.finfo(np.float32).tiny))))


def first_of_equal(values: Floats) -> Ints:
    """Return the positions of the first of equal rows (m, C) in a row.

    Examples
    --------
    >>> import numpy as np
    >>> first_of_equal(np.array([[1.0], [1.0], [2.0]]))
    array([0, 2])
    """
    return np.flatnonzero(np.concatenate([[True], (values[1:] != values[:-1]).any(axis=1)]))
