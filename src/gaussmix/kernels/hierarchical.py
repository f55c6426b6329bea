"""Agglomerative hierarchical clustering by the classification likelihood."""

from __future__ import annotations

import numpy as np

from .._types import Floats, Ints

__all__ = ["mergers"]


def mergers(Z: Floats, weights: Floats) -> Ints:
    """Return the merges of an agglomerative clustering, (m - 1, 2).

    Parameters
    ----------
    Z : (m, D) array
        Whitened rows.
    weights : (m,) array
    """
    tree = _Tree(Z, weights)
    merged = np.empty((max(len(Z) - 1, 0), 2), dtype=np.intp)
    for step in range(len(merged)):
        merged[step] = tree.merge()
    return merged


class _Tree:
    """Separate parts, with the cost of merging each pair."""

    def __init__(self, Z: Floats, weights: Floats) -> None:
        m, D = Z.shape
        self._counts, self._means = weights.copy(), Z.copy()
        self._scatter = np.zeros((m, D, D))
        self._terms = self._term(self._scatter, self._counts)
        self._alive = np.ones(m, dtype=bool)
        self._costs = np.full((m, m), np.inf)
        for i in range(m - 1):
            self._update(i, np.arange(i + 1, m))
        self._best = self._costs.argmin(axis=1)

    def _term(self, scatter: Floats, counts: Floats) -> Floats:
        """Return n log |(W + I) / (n + 1)| of each part."""
        D = scatter.shape[-1]
        return np.asarray(counts * (np.linalg.slogdet(scatter + np.eye(D))[1] - D * np.log1p(counts)))

    def _joined(self, i: int, others: Ints) -> tuple[Floats, Floats, Floats]:
        """Return counts, means and scatter of the unions of a part with others."""
        n = self._counts
        both = n[i] + n[others]
        shifts = self._means[others] - self._means[i]
        share = n[i] * n[others] / both
        between = share[:, None, None] * shifts[:, :, None] * shifts[:, None, :]
        means = self._means[i] + (n[others] / both)[:, None] * shifts
        return both, means, self._scatter[i] + self._scatter[others] + between

    def _update(self, i: int, others: Ints) -> None:
        """Update the merging costs of a part with others, in the row of the smaller number."""
        if not len(others):
            return
        counts, _, scatter = self._joined(i, others)
        costs = self._term(scatter, counts) - self._terms[i] - self._terms[others]
        rows, columns = np.minimum(i, others), np.maximum(i, others)
        self._costs[rows, columns] = costs

    def merge(self) -> tuple[int, int]:
        """Merge the two parts of smallest cost, and return their numbers."""
        i = int(np.argmin(self._costs[np.arange(len(self._best)), self._best]))
        k = int(self._best[i])
        both, means, scatter = self._joined(i, np.array([k]))
        self._counts[i], self._means[i], self._scatter[i] = both[0], means[0], scatter[0]
        self._terms[i] = self._term(scatter, both)[0]
        self._alive[k] = False
        self._costs[k], self._costs[:, k] = np.inf, np.inf
        others = np.flatnonzero(self._alive)
        self._update(i, others[others != i])
        changed = self._alive & ((self._best == k) | (self._best == i) | (np.arange(len(self._best)) == i))
        self._best[changed] = self._costs[changed].argmin(axis=1)
        column = self._costs[:, i] < self._costs[np.arange(len(self._best)), self._best]
        self._best[column] = i
        return i, k
