"""Partitions of rows: seeds, Lloyd's iterations, cuts, and the moments of parts."""

from __future__ import annotations

import numpy as np

from .._types import Floats, Ints

__all__ = ["TIE", "cuts", "drawn_rows", "farthest", "lloyd", "part_moments", "seeds"]

TIE = 1e-9
"""Differences of standardised rows up to which rounding may decide: the first of equal distances is the smallest."""
_NUMBERS = 1 << 20
"""Distances that are computed at once."""


def seeds(Z: Floats, weights: Floats, uniform: Floats, n_parts: int) -> Ints:
    """Return rows drawn by greedy k-means++, (S, K).

    Each is the best of T rows drawn with probability ∝ weight × squared distance to the nearest one so far.

    Parameters
    ----------
    Z : (n, D) array
        Standardised rows.
    weights : (n,) array
        Weights of the rows.
    uniform : (S, 1 + (K − 1) T) array
        Uniform random numbers: one for the first row of each line, T for each other.
    n_parts : int
        K.

    References
    ----------
    Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA 2007, 1027-1035.
    """
    S, trials = len(uniform), (uniform.shape[1] - 1) // max(n_parts - 1, 1)
    chosen = np.empty((S, n_parts), dtype=np.intp)
    for line, u in zip(chosen, uniform, strict=True):
        line[:1] = drawn_rows(weights, u[:1])
        closest = np.full(len(Z), np.inf)
        for k in range(1, n_parts):
            closest = np.minimum(closest, _squared_distances(Z, line[k - 1 : k])[0])
            mass = weights * closest
            at = 1 + (k - 1) * trials
            drawn = drawn_rows(mass if mass.sum() > 0 else weights, u[at : at + trials])
            within = np.minimum(_squared_distances(Z, drawn), closest) @ weights
            line[k] = drawn[int(np.argmin(within * (1.0 + TIE * np.arange(trials))))]
    return chosen


def drawn_rows(mass: Floats, uniform: Floats) -> Ints:
    """Return rows at shares of a total mass; the probability of a row is in proportion to its mass.

    Parameters
    ----------
    mass : (n,) array
    uniform : array
        Uniform random numbers, one for each row to be drawn.

    Examples
    --------
    >>> drawn_rows(np.array([3.0, 1.0]), np.array([[0.2, 0.8]]))
    array([[0, 1]])
    """
    reached = np.cumsum(mass)
    drawn = np.searchsorted(reached, uniform * reached[-1], side="right")
    return np.asarray(np.minimum(drawn, len(mass) - 1))


def _squared_distances(Z: Floats, rows: Ints) -> Floats:
    """Return the squared distances of all rows from some, (m, n)."""
    squares, centres = np.einsum("nd,nd->n", Z, Z), Z[rows]
    distances = squares + squares[rows][:, None] - 2.0 * (centres @ Z.T)
    distances[np.arange(len(rows)), rows] = 0.0
    return np.asarray(np.maximum(distances, 0.0))


def farthest(Z: Floats, first: Ints, n_parts: int) -> Ints:
    """Return the rows of farthest-first traversals, (S, K): each is the farthest from those before it.

    Parameters
    ----------
    Z : (n, D) array
    first : (S,) array
        The first row of each.
    n_parts : int
        K.

    References
    ----------
    Gonzalez, T. F. (1985). Clustering to minimize the maximum intercluster distance. Theor. Comput. Sci. 38, 293-306.
    """
    chosen = np.empty((len(first), n_parts), dtype=np.intp)
    chosen[:, 0] = first
    closest = np.full((len(first), len(Z)), np.inf)
    for k in range(1, n_parts):
        shifts = Z[None] - Z[chosen[:, k - 1]][:, None]
        closest = np.minimum(closest, np.einsum("snd,snd->sn", shifts, shifts))
        chosen[:, k] = (closest * (1.0 - TIE * np.arange(len(Z)))).argmax(axis=1)
    return chosen


def lloyd(Z: Floats, weights: Floats, centres: Floats, iterations: int) -> Ints:
    """Return the labels (S, n) of k-means partitions after Lloyd's iterations; an empty part keeps its centre.

    Parameters
    ----------
    Z : (n, D) array
    weights : (n,) array
    centres : (S, K, D) array
    iterations : int
        The most iterations; with none, rows get the label of the nearest centre.

    References
    ----------
    Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Trans. Inf. Theory 28, 129-137.
    """
    labels = _nearest(Z, centres)
    for _ in range(iterations):
        counts, means = _part_means(Z, weights, labels, centres.shape[1])
        centres = np.where(counts[:, :, None] > 0, means, centres)
        moved = _nearest(Z, centres)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels


def _nearest(Z: Floats, centres: Floats) -> Ints:
    """Return the nearest centre of each row, (S, n)."""
    S, K, D = centres.shape
    squares = np.einsum("skd,skd->sk", centres, centres) + TIE * D * np.arange(K)
    labels = np.empty((S, len(Z)), dtype=np.intp)
    size = max(256, _NUMBERS // (S * K))
    for start in range(0, len(Z), size):
        rows = slice(start, start + size)
        products = (centres.reshape(S * K, D) @ Z[rows].T).reshape(S, K, -1)
        labels[:, rows] = np.argmin(squares[:, :, None] - 2.0 * products, axis=1)
    return labels


def _part_means(X: Floats, weights: Floats, labels: Ints, n_parts: int) -> tuple[Floats, Floats]:
    """Return the weights (S, K) and the means (S, K, D) of parts; the mean of an empty part is zero."""
    S, n = labels.shape
    counts, sums = np.zeros((S, n_parts)), np.zeros((S, n_parts, X.shape[1]))
    size = max(256, _NUMBERS // n_parts)
    for s, line in enumerate(labels):
        for start in range(0, n, size):
            rows = slice(start, start + size)
            members = _members(line[rows], weights[rows], n_parts)
            counts[s] += members.sum(axis=1)
            sums[s] += members @ X[rows]
    return counts, sums / np.where(counts > 0, counts, 1.0)[:, :, None]


def _members(labels: Ints, weights: Floats, n_parts: int) -> Floats:
    """Return the weight of each row in its part, and zero in others, (K, n)."""
    members = np.zeros((n_parts, len(labels)))
    members[labels, np.arange(len(labels))] = weights
    return members


def cuts(scores: Floats, weights: Floats, shares: Floats) -> Ints:
    """Return the labels (S, n) of cuts at quantiles of scores.

    Parameters
    ----------
    scores : (S, n) array
    weights : (n,) array
    shares : (S, K − 1) array
        The shares of the total weight up to each cut, in ascending order.
    """
    order = np.argsort(np.round(scores / TIE), axis=1, kind="stable")
    reached = np.cumsum(weights[order], axis=1)
    quantiles = shares * reached[:, -1:]
    labels = np.empty_like(order)
    sorted_labels = (reached[:, :, None] > quantiles[:, None, :]).sum(axis=2)
    np.put_along_axis(labels, order, sorted_labels, axis=1)
    return labels


def part_moments(
    X: Floats, weights: Floats, labels: Ints, n_parts: int, full: bool
) -> tuple[Floats, Floats, Floats]:
    """Return the counts (S, K) and the means (S, K, D) of parts, and their scatter about the means.

    The scatter is (S, K, D, D), or its diagonal (S, K, D).

    Parameters
    ----------
    X : (n, D) array
    weights : (n,) array
    labels : (S, n) array
    n_parts : int
        K.
    full : bool
        Whether the scatter is a matrix.
    """
    D = X.shape[1]
    counts, means = _part_means(X, weights, labels, n_parts)
    scatter = np.empty((*counts.shape, D, D) if full else (*counts.shape, D))
    for s, line in enumerate(labels):
        Y, members = X - means[s][line], _members(line, weights, n_parts)
        scatter[s] = [(share * Y.T) @ Y for share in members] if full else members @ Y**2
    return counts, means, scatter
