"""Ways to cut the rows of a component in two, to begin with: the compiled kernel's, written in NumPy."""

from __future__ import annotations

import numpy as np

from ..._types import Floats

__all__ = ["sides_of_guesses"]


def sides_of_guesses(Y: Floats, Z: Floats, v: Floats, least: int, uniform: Floats) -> Floats:
    """Return which rows are on the first side of each cut, (S, m) of 0 and 1.

    Across the longest axis; two means in whitened and in standardised coordinates; balls of nearest neighbours.

    Parameters
    ----------
    Y, Z : (m, D) arrays
        Rows whitened by the component, and standardised for the whole table.
    v : (m,) array
        Weights times responsibilities.
    least : int
        The fewest rows of a side.
    uniform : (U,) array
        Four random numbers, and two for each ball.
    """
    balls = [_ball(Y, v, least, *uniform[at : at + 2]) for at in range(4, len(uniform), 2)]
    return np.stack(
        [_across(Z, v), _two_means(Y, v, *uniform[:2]), _two_means(Z, v, *uniform[2:4]), *balls]
    ).astype(np.float64)


def _across(Z: Floats, v: Floats, iterations: int = 20) -> Floats:
    """Return the side of the mean along the longest axis, by power iterations from the longest column."""
    deviations = Z - v @ Z / v.sum()
    scatter = (v * deviations.T) @ deviations
    axis = scatter[int(np.argmax(np.diagonal(scatter)))]
    for _ in range(iterations):
        axis = scatter @ axis
        length = np.linalg.norm(axis)
        if not length > 0:
            break
        axis = axis / length
    return np.asarray(deviations @ axis > 0)


def _two_means(Y: Floats, v: Floats, u: float, other: float, iterations: int = 6) -> Floats:
    """Return the side of each row after Lloyd's iterations from a random row and one drawn by its distance."""
    first = Y[_draw(v, u)]
    second = Y[_draw(v * ((Y - first) ** 2).sum(axis=1), other)]
    total, everything, side = v.sum(), v @ Y, np.zeros(len(Y), dtype=bool)
    for _ in range(iterations):
        moved = Y @ (first - second) > 0.5 * (first - second) @ (first + second)
        same, side = bool((moved == side).all()), moved
        inside = v @ side
        if same or not inside > 0 or not total - inside > 0:
            break
        near = (v * side) @ Y
        first, second = near / inside, (everything - near) / (total - inside)
    return side


def _ball(Y: Floats, v: Floats, least: int, u: float, size: float) -> Floats:
    """Return the rows nearest to a random one: log-uniformly many, from twice the least to a half."""
    distances = ((Y - Y[_draw(v, u)]) ** 2).sum(axis=1)
    low, high = np.log(2.0 * least), np.log(max(0.5 * len(Y), 2.0 * least))
    inside = min(int(np.exp(low + (high - low) * size)), len(Y) - 1)
    return np.asarray(distances < np.partition(distances, inside)[inside])


def _draw(mass: Floats, u: float) -> int:
    """Return the row at a share u of all mass."""
    reached = np.cumsum(mass)
    return min(int(np.searchsorted(reached, u * reached[-1], side="right")), len(mass) - 1)
