"""k-means++ seeding and Lloyd's iterations, on weighted rows."""

from __future__ import annotations

import numpy as np

from .._types import Floats, Ints

__all__ = ["TIE", "drawn_rows", "lloyd", "nearest", "plus_plus"]

TIE = 1e-9
"""Differences of standardised rows up to which rounding may decide: the first of equal distances is the smallest."""
_MANY_COLUMNS, _CACHE_VALUES = 16, 1 << 17


def plus_plus(Z: Floats, weights: Floats, n_clusters: int, rng: np.random.Generator) -> Floats:
    """Return K centres (K, D) drawn from the rows by greedy k-means++.

    Each new centre is the best of 2 + ⌊log K⌋ rows drawn with probability ∝ weight × squared distance to the
    nearest centre.

    Parameters
    ----------
    Z : (m, D) array
        Standardised rows.
    weights : (m,) array
        Weights of the rows.
    n_clusters : int
        K.
    rng : numpy.random.Generator

    Examples
    --------
    >>> import numpy as np
    >>> Z = np.array([[0.0], [0.0], [9.0]])
    >>> sorted(plus_plus(Z, np.ones(3), 2, np.random.default_rng(0)).ravel().tolist())
    [0.0, 9.0]

    References
    ----------
    Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA 2007, 1027-1035.
    """
    squares = np.einsum("nd,nd->n", Z, Z)
    trials = 2 + int(np.log(n_clusters))
    chosen = [int(_draw(weights, 1, rng)[0])]
    closest = _squared_distances(Z, squares, chosen)[0]
    for _ in range(1, n_clusters):
        mass = weights * closest
        candidates = _draw(mass if mass.sum() > 0 else weights, trials, rng)
        trial = np.minimum(_squared_distances(Z, squares, candidates), closest)
        best = int(np.argmin((trial @ weights) * (1.0 + TIE * np.arange(trials))))
        chosen.append(int(candidates[best]))
        closest = trial[best]
    return Z[chosen]


def _draw(mass: Floats, size: int, rng: np.random.Generator) -> Ints:
    """Draw rows with probability ∝ mass by inverting the distribution function, whatever the number of ties."""
    cumulative = np.cumsum(mass)
    drawn = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    return np.asarray(np.minimum(drawn, len(mass) - 1))


def drawn_rows(mass: Floats, rng: np.random.Generator) -> Ints:
    """Draw a row for each line of masses (S, m), with probability ∝ mass, (S,)."""
    reached = np.cumsum(mass, axis=1)
    u = rng.random(len(mass)) * reached[:, -1]
    return np.asarray(np.minimum((reached <= u[:, None]).sum(axis=1), mass.shape[1] - 1))


def _squared_distances(Z: Floats, squares: Floats, rows: list[int] | Ints) -> Floats:
    centres = Z[rows]
    distances = squares + squares[rows][:, None] - 2.0 * (centres @ Z.T)
    distances[np.arange(len(distances)), rows] = 0.0
    return np.maximum(distances, 0.0, out=distances)


def nearest(Z: Floats, centres: Floats) -> Ints:
    """Return the nearest centre of each row, (m,)."""
    squares = np.einsum("kd,kd->k", centres, centres)
    squares += TIE * centres.shape[1] * np.arange(len(centres))
    labels = np.empty(len(Z), dtype=np.intp)
    size = max(256, (1 << 20) // len(centres))
    for start in range(0, len(Z), size):
        labels[start : start + size] = np.argmin(
            squares - 2.0 * (Z[start : start + size] @ centres.T), axis=1
        )
    return labels


def _sums(Z: Floats, weights: Floats, labels: Ints, n_clusters: int) -> Floats:
    """Return the weighted sum of the rows of each cluster, (K, D)."""
    if Z.shape[1] < _MANY_COLUMNS:
        return np.stack([np.bincount(labels, weights * column, n_clusters) for column in Z.T], axis=1)
    total = np.zeros((n_clusters, Z.shape[1]))
    size = max(1, _CACHE_VALUES // n_clusters)
    for start in range(0, len(Z), size):
        rows = labels[start : start + size]
        shares = np.zeros((len(rows), n_clusters))
        shares[np.arange(len(rows)), rows] = weights[start : start + size]
        total += shares.T @ Z[start : start + size]
    return total


def lloyd(Z: Floats, weights: Floats, centres: Floats, max_iter: int = 30) -> Ints:
    """Return the labels (m,) after Lloyd's iterations from the centres; an empty cluster keeps its centre.

    Examples
    --------
    >>> import numpy as np
    >>> Z = np.array([[0.0], [1.0], [9.0]])
    >>> lloyd(Z, np.ones(3), np.array([[0.0], [1.0]])).tolist()
    [0, 0, 1]

    References
    ----------
    Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Trans. Inf. Theory 28, 129-137.
    """
    labels = nearest(Z, centres)
    K = len(centres)
    for _ in range(max_iter):
        mass = np.bincount(labels, weights, K)
        sums = _sums(Z, weights, labels, K)
        centres = np.where(mass[:, None] > 0, sums / np.where(mass > 0, mass, 1.0)[:, None], centres)
        moved = nearest(Z, centres)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels
