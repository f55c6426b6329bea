"""The elbow of a curve: the first change point of its best piecewise linear fit."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from .._types import Floats

__all__ = ["change_points"]


def change_points(x: Floats, y: Floats, n_pieces: int) -> list[int]:
    """Return the positions where the lines of the best piecewise linear fit by least squares meet.

    Neighbouring lines share the point at which they meet, but are fitted apart: there is no constraint of continuity.

    Parameters
    ----------
    x, y : (m,) array
        The points, x ascending; m is more than ``n_pieces``.
    n_pieces : int
        Number of lines.
    """
    m = len(x)
    cost = {
        (i, j): _residual(x[i : j + 1], y[i : j + 1]) for i, j in combinations(range(m), 2) if x[i] < x[j]
    }
    best, found = np.inf, list(range(1, n_pieces))
    for inner in combinations(range(1, m - 1), n_pieces - 1):
        ends = (0, *inner, m - 1)
        total = sum(cost.get((i, j), np.inf) for i, j in pairwise(ends))
        if total < best:
            best, found = total, list(inner)
    return found


def _residual(x: Floats, y: Floats) -> float:
    """Return the residual sum of squares of the regression line."""
    dx, dy = x - x.mean(), y - y.mean()
    return max(float(dy @ dy - (dx @ dy) ** 2 / (dx @ dx)), 0.0)
