"""Bisections of the rows of a component, with the moments of both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..._types import Floats
from ...frames import Frame
from ...starts.kmeans import drawn_rows

__all__ = ["Cuts", "cuts_of"]

Flags = NDArray[np.bool_]

LLOYD = 4
"""Lloyd iterations of 2-means."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """Q components with C cuts each, and the moments of the two sides, relative to the component's mean.

    Parameters
    ----------
    counts : (Q, C, 2) array
    means : (Q, C, 2, D) array
    scatter : (Q, C, 2, D, D) or (Q, C, 2, D) array
    """

    counts: Floats
    means: Floats
    scatter: Floats


def cuts_of(Z: Floats, V: Floats, frame: Frame, least: float, rng: np.random.Generator) -> Cuts:
    """Return cuts of components and the moments of their sides.

    Eight for each: across the longest axis, by 2-means of scaled and of whitened rows, two balls about random rows, a
    core about the mean, and across two random directions.

    Parameters
    ----------
    Z : (n, D) array
        Rows, each column in the units of its spread.
    V : (Q, n) array
        Weight times responsibility of each row for each component.
    frame : Frame
        The form of second moments.
    least : float
        The fewest rows of a ball.
    rng : numpy.random.Generator
    """
    total = np.maximum(V.sum(axis=1), 1e-300)
    deviations = Z - (V @ Z / total[:, None])[:, None, :]
    second = _second(deviations, V, frame)
    whitened = _whitened(deviations, frame, second / frame.expand(total))
    sides = np.stack(
        [
            _longest(deviations, frame, second),
            _two_means(deviations, V, rng),
            _two_means(whitened, V, rng),
            _ball(deviations, V, least, rng),
            _ball(whitened, V, least, rng),
            _core(whitened, V, rng),
            _halved(whitened, rng),
            _halved(whitened, rng),
        ],
        axis=1,
    )
    return _moments(deviations, V, second, sides, frame)


def _moments(deviations: Floats, V: Floats, second: Floats, sides: Flags, frame: Frame) -> Cuts:
    """Return the moments of one side (Q, C, n) of each cut and of the other."""
    inside = sides * V[:, None, :]
    one = inside.sum(axis=2)
    counts = np.stack([one, V.sum(axis=1)[:, None] - one], axis=2)
    first = inside @ deviations
    sums = np.stack([first, -first], axis=2)  # the deviations of all rows of a component sum to zero
    part = np.stack([_sides(own, weights, frame) for own, weights in zip(deviations, inside, strict=True)])
    squares = np.stack([part, second[:, None] - part], axis=2)
    # A side without rows has no mean and is never used for a move.
    means = sums / np.where(counts > 0, counts, np.inf)[..., None]
    return Cuts(counts, means, squares - frame.outer(means, sums))


def _sides(Y: Floats, weights: Floats, frame: Frame) -> Floats:
    """Return the second moments of rows (n, D) under several sets of weights (C, n)."""
    return _second(np.broadcast_to(Y, (len(weights), *Y.shape)), weights, frame)


def _second(deviations: Floats, V: Floats, frame: Frame) -> Floats:
    """Return Σ v y yᵀ, (Q, D, D), or its diagonals (Q, D)."""
    if not frame.full:
        return np.asarray(np.einsum("qn,qnd->qd", V, deviations**2))
    return np.stack([(v * y.T) @ y for v, y in zip(V, deviations, strict=True)])


def _whitened(deviations: Floats, frame: Frame, covariances: Floats) -> Floats:
    """Return deviations (Q, n, D) whitened by the covariance of their component."""
    if not frame.full:
        return np.asarray(deviations / np.sqrt(np.maximum(covariances, 1e-12))[:, None, :])
    values, vectors = np.linalg.eigh(covariances)
    least = np.maximum(1e-9 * values[:, -1:], 1e-300)
    return np.asarray(deviations @ (vectors / np.sqrt(np.maximum(values, least))[:, None, :]))


def _longest(deviations: Floats, frame: Frame, second: Floats) -> Flags:
    """Return the rows on one side of the mean along the axis of largest variance."""
    if not frame.full:
        axis = np.eye(second.shape[1])[second.argmax(axis=1)]
    else:
        axis = np.linalg.eigh(second)[1][:, :, -1]
    return np.asarray((deviations @ axis[:, :, None])[:, :, 0] > 0)


def _halved(Y: Floats, rng: np.random.Generator) -> Flags:
    """Return the rows on one side of the mean along a random direction."""
    return np.asarray((Y @ rng.standard_normal((len(Y), Y.shape[2], 1)))[:, :, 0] > 0)


def _core(Y: Floats, V: Floats, rng: np.random.Generator) -> Flags:
    """Return the rows nearest to the mean, with 30 to 80 % of the weight."""
    return _nearest(np.einsum("qnd,qnd->qn", Y, Y), V, rng.uniform(0.3, 0.8, len(Y)))


def _ball(Y: Floats, V: Floats, least: float, rng: np.random.Generator) -> Flags:
    """Return the rows nearest to a random row, with a log-uniform share of the weight, at least so many rows."""
    centre = Y[np.arange(len(Y)), drawn_rows(V, rng)]
    smallest = np.minimum(least / np.maximum(V.sum(axis=1), 1e-300), 0.5)
    shares = np.exp(rng.uniform(np.log(smallest), np.log(0.6)))
    shifts = Y - centre[:, None, :]
    return _nearest(np.einsum("qnd,qnd->qn", shifts, shifts), V, shares)


def _nearest(squared: Floats, V: Floats, shares: Floats) -> Flags:
    """Return the nearest rows that have a given share of the weight."""
    order = np.argsort(squared, axis=1)
    reached = np.cumsum(np.take_along_axis(V, order, axis=1), axis=1)
    inside = np.empty(V.shape, dtype=bool)
    np.put_along_axis(inside, order, reached <= (1.0 + 1e-9) * shares[:, None] * reached[:, -1:], axis=1)
    return inside


def _two_means(Y: Floats, V: Floats, rng: np.random.Generator) -> Flags:
    """Return the sides of 2-means, seeded as k-means++ does."""
    first = Y[np.arange(len(Y)), drawn_rows(V, rng)]
    shifts = Y - first[:, None, :]
    mass = V * np.einsum("qnd,qnd->qn", shifts, shifts)
    second = Y[np.arange(len(Y)), drawn_rows(np.where(mass.sum(axis=1, keepdims=True) > 0, mass, V), rng)]
    for step in range(LLOYD):
        direction = first - second
        middle = 0.5 * np.einsum("qd,qd->q", direction, first + second)
        side = (Y @ direction[:, :, None])[:, :, 0] > middle[:, None]
        if step + 1 < LLOYD:
            first, second = _mean(Y, V * side, first), _mean(Y, V * ~side, second)
    return np.asarray(side)


def _mean(Y: Floats, V: Floats, otherwise: Floats) -> Floats:
    """Return weighted means (Q, D), or a default where the weight is zero."""
    total = V.sum(axis=1)[:, None]
    sums = (V[:, None, :] @ Y)[:, 0]
    return np.where(total > 0, sums / np.where(total > 0, total, 1.0), otherwise)
