"""Bipartitions of the rows of a component, as starts of a split; the reference of the compiled kernel."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..._types import Floats

__all__ = ["bipartitions"]

Flags: TypeAlias = NDArray[np.bool_]

DIRECTIONS, NEARBY = 256, 8
"""Number of bins of directions in the plane, and of neighbouring bins on either side."""
LEAST_SCORE = 2.0
"""Smallest score of a crowded direction; a few hundred random rows have less."""
SCANNED_ROWS = 400
"""Number of rows in a plane scan."""


def bipartitions(Y: Floats, Z: Floats, v: Floats, least: int, uniform: Floats, n_balls: int) -> Floats:
    """Return the indicators of the first side of each bipartition, (S, m) of 0 and 1.

    Across the principal axis; two means in whitened and in standardised coordinates; a double cone; core and halo;
    balls of nearest neighbours; a plane scan.

    Parameters
    ----------
    Y, Z : (m, D) arrays
        Rows whitened by the component, and standardised for the whole table.
    v : (m,) array
        Weights times responsibilities.
    least : int
        Smallest number of rows of a side.
    uniform : (U,) array
        Random numbers: six, two for each ball, and D for each plane of the plane scan.
    n_balls : int
    """
    end = 6 + 2 * n_balls
    sides: list[Flags] = [_across(Z, v), _two_means(Y, v, *uniform[:2]), _two_means(Z, v, *uniform[2:4])]
    sides += [_double_cone(Y, v, *uniform[4:6]), _core_halo(Y, v)]
    sides += [_knn_ball(Y, v, least, *uniform[at : at + 2]) for at in range(6, end, 2)]
    if len(uniform) > end:
        sides.append(_plane_scan(Y, uniform[end:].reshape(-1, Y.shape[1])))
    return np.stack(sides).astype(np.float64)


def _across(Z: Floats, v: Floats, iterations: int = 20) -> Flags:
    """Return the bipartition of rows at their mean along the first principal axis, by power iterations."""
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


def _two_means(Y: Floats, v: Floats, u: float, other: float, iterations: int = 6) -> Flags:
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


def _double_cone(Y: Floats, v: Floats, u: float, other: float) -> Flags:
    """Return the rows in a double cone about a random direction, rather than about one at right angles to it.

    It separates two crossing components. Without a direction at right angles, it separates far rows from near ones.
    """
    a, b = Y[_draw(v, u)], Y[_draw(v, other)]
    length = np.linalg.norm(a)
    if not length > 1e-9:
        return np.zeros(len(Y), dtype=bool)
    a = a / length
    b = b - (a @ b) * a
    length = np.linalg.norm(b)
    beside = (Y @ (b / length)) ** 2 if length > 1e-9 else np.full(len(Y), 0.5)
    return np.asarray((Y @ a) ** 2 > beside)


def _core_halo(Y: Floats, v: Floats) -> Flags:
    """Return the rows farther from the centre than the mean square distance."""
    distances = (Y**2).sum(axis=1)
    return np.asarray(distances > v @ distances / v.sum())


def _knn_ball(Y: Floats, v: Floats, least: int, u: float, size: float) -> Flags:
    """Return the rows nearest to a random one: log-uniformly many, from twice the least to a half."""
    distances = ((Y - Y[_draw(v, u)]) ** 2).sum(axis=1)
    low, high = np.log(2.0 * least), np.log(max(0.5 * len(Y), 2.0 * least))
    inside = min(int(np.exp(low + (high - low) * size)), len(Y) - 1)
    return np.asarray(distances < np.partition(distances, inside)[inside])


def _plane_scan(Y: Floats, uniform: Floats) -> Flags:
    """Return the rows near the plane (two columns: the line) with the largest scan statistic against a Gaussian.

    Planes a · y = 1 go through D random rows; the statistic is computed from a few hundred evenly spaced rows. In two
    columns there are also lines from the first of these rows in the direction with the most other rows.
    """
    some = Y[:: -(-len(Y) // SCANNED_ROWS)]
    m, D = some.shape
    best, side = 0.0, np.zeros(len(Y), dtype=bool)
    for u in uniform:
        corners = np.minimum((u * m).astype(int), m - 1)
        tried = [corners]
        if D == 2 and (other := _crowded_direction(some, corners[0])) != corners[0]:
            tried.append(np.array([corners[0], other]))
        for chosen in tried:
            try:
                a = np.linalg.solve(some[chosen], np.ones(D))
            except np.linalg.LinAlgError:
                continue
            score, width = _scan_statistic(some, a)
            if score > best:
                best, side = score, np.abs(Y @ a - 1.0) < width * np.linalg.norm(a)
    return side


def _scan_statistic(rows: Floats, a: Floats) -> tuple[float, float]:
    """Return the scan statistic of the rows about a plane a · y = 1, and the half-width of its slab, a power of two.

    The score is that of a scan statistic: found · log(found / expected) − (found − expected).
    """
    m, D = rows.shape
    length = np.linalg.norm(a)
    distances = np.abs(rows @ a - 1.0) / length
    widths = 2.0 ** np.arange(-9, -2)
    # The D rows of the plane are inside by their choice.
    found = (distances[:, None] < widths).sum(axis=0) - D
    expected = m * 2.0 * widths * np.exp(-0.5 / length**2) / np.sqrt(2.0 * np.pi) + 0.1
    scores = np.where(
        found > expected, found * np.log(np.maximum(found, 1) / expected) - (found - expected), 0.0
    )
    return float(scores.max()), float(widths[scores.argmax()])


def _crowded_direction(rows: Floats, pivot: int) -> int:
    """Return the farthest row in the direction with the most rows from a pivot, or the pivot if there is none.

    Directions are measured along a diamond over half a turn. The score of two neighbouring bins is
    count² / (count nearby + 4).
    """
    shifts = rows - rows[pivot]
    slopes = np.where(shifts[:, 0] < 0, -1.0, 1.0) * shifts[:, 1] / (np.abs(shifts).sum(axis=1) + 1e-300)
    bins = ((slopes + 1.0) * (0.5 * (DIRECTIONS - 1))).astype(int)
    counts = np.bincount(np.delete(bins, pivot), minlength=DIRECTIONS)
    pairs = counts[:-1] + counts[1:]
    window = np.convolve(counts, np.ones(2 * NEARBY + 2, dtype=int))[NEARBY + 1 : NEARBY + DIRECTIONS]
    scores = pairs**2 / (window + 4)
    best = int(np.argmax(scores))
    if scores[best] <= LEAST_SCORE:
        return pivot
    distances = np.where((bins == best) | (bins == best + 1), (shifts**2).sum(axis=1), 0.0)
    return int(distances.argmax()) if distances.max() > 0 else pivot


def _draw(mass: Floats, u: float) -> int:
    """Return the row at a share u of all mass."""
    reached = np.cumsum(mass)
    return min(int(np.searchsorted(reached, u * reached[-1], side="right")), len(mass) - 1)
