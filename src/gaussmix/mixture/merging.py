"""Mixtures of fewer components: moment-preserving mergers of the least loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from .._types import Floats, Ints
from .packed import PackedGaussians

__all__ = ["grouped", "merged"]

_EXACT = 1024
"""Number of components from which on all pairs are compared."""
_NEIGHBOURS = 8
_MOST_SHARE = 0.15
"""The largest share of the components that is merged before distances are computed again."""
_PIECE = 1 << 17
"""Components, or pairs, whose numbers are in memory at a time."""
_ROUNDS = 20
_SETTLED = 1e-4


def merged(gaussians: PackedGaussians, labels: Ints, n_components: int) -> PackedGaussians:
    """Return the Gaussians with the moments of groups: weights, means and covariances are preserved.

    Parameters
    ----------
    gaussians : PackedGaussians
        Of K components.
    labels : (K,) array of int
        The group of each.
    n_components : int
        Number of groups.
    """
    weights = np.asarray(np.bincount(labels, gaussians.weights, n_components), dtype=np.float64)
    # Groups without weight have the moments of equal weights.
    counted = np.where(weights[labels] > 0, gaussians.weights, 1.0)
    shares = counted / np.bincount(labels, counted, n_components)[labels]
    means = _sums(gaussians.means, shares, labels, n_components)
    apart = gaussians.means - means[:, labels]
    spreads = gaussians.covariances + gaussians.products(apart)
    return PackedGaussians(weights, means, _sums(spreads, shares, labels, n_components))


def _sums(values: Floats, shares: Floats, labels: Ints, n_groups: int) -> Floats:
    return np.stack([np.bincount(labels, shares * row, n_groups) for row in values])


def losses(gaussians: PackedGaussians, first: Ints, second: Ints) -> Floats:
    r"""Return the losses of mergers of pairs, bounds for the increase of the Kullback-Leibler divergence.

    .. math:: \tfrac12 \left( (w_i + w_j) \log |\Sigma_{ij}| - w_i \log |\Sigma_i| - w_j \log |\Sigma_j| \right)

    References
    ----------
    Runnalls, A. R. (2007). Kullback-Leibler approach to Gaussian mixture reduction. IEEE Trans. Aerosp. Electron.
    Syst. 43, 989-999.
    """
    result, w, logs = np.empty(len(first)), gaussians.weights, gaussians.log_determinants
    for start in range(0, len(first), _PIECE):
        i, j = first[start : start + _PIECE], second[start : start + _PIECE]
        whole = w[i] + w[j]
        a, b = w[i] / whole, w[j] / whole
        apart = gaussians.means[:, i] - gaussians.means[:, j]
        spread = a * gaussians.covariances[:, i] + b * gaussians.covariances[:, j]
        spread += a * b * gaussians.products(apart)
        result[start : start + _PIECE] = 0.5 * (
            whole * gaussians.log_determinants_of(spread) - w[i] * logs[i] - w[j] * logs[j]
        )
    return result


def grouped(gaussians: PackedGaussians, n_components: int) -> Ints:
    """Return the groups (K,) of components of a reduction: greedy mergers, then exchanges between the groups.

    Parameters
    ----------
    gaussians : PackedGaussians
        Of K components, in standard units.
    n_components : int
        Number of groups, at most K.
    """
    groups = _Groups(gaussians, gaussians, np.arange(gaussians.n_components))
    many = max(n_components, _EXACT)
    while groups.now.n_components > many:
        groups = groups.merge_near(groups.now.n_components - many)
    if groups.now.n_components > n_components:
        groups = groups.merge_all(n_components)
    return groups.refined().labels


@dataclass(frozen=True, eq=False)
class _Groups:
    """The components before the reduction, those of now, and the group of each component before."""

    before: PackedGaussians
    now: PackedGaussians
    labels: Ints

    def _grouped(self, of_now: Ints, n_groups: int) -> _Groups:
        return _Groups(self.before, merged(self.now, of_now, n_groups), of_now[self.labels])

    def merge_near(self, most: int) -> _Groups:
        """Return the groups after mergers of near pairs, of which no other choice of either has a smaller loss."""
        K = self.now.n_components
        first = np.arange(K)
        second, loss = _best_partners(self.now)
        rank = np.empty(K, dtype=np.intp)
        rank[np.argsort(loss, kind="stable")] = first
        least = rank.copy()
        np.minimum.at(least, second, rank)
        pairs = np.flatnonzero((least == rank) & (least[second] == rank))
        count = min(most, max(1, int(_MOST_SHARE * K)))
        if len(pairs) > count:
            pairs = pairs[np.argsort(rank[pairs])[:count]]
        target = first
        target[second[pairs]] = pairs
        kept, labels = np.unique(target, return_inverse=True)
        return self._grouped(labels.ravel(), len(kept))

    def merge_all(self, n_components: int) -> _Groups:
        """Return the groups after one merger at a time, of the least loss among all pairs."""
        K = self.now.n_components
        table = _Table.of(self.now)
        target = np.arange(K)
        for _ in range(K - n_components):
            i, j = table.merge_best()
            target[target == j] = i
        kept, labels = np.unique(target, return_inverse=True)
        return self._grouped(labels.ravel(), len(kept))

    def refined(self) -> _Groups:
        """Return the groups after each component joined the group of least divergence, again and again.

        The sum of the weighted divergences never increases, as the moments of a group minimise those of its members.

        References
        ----------
        Goldberger, J. and Roweis, S. (2004). Hierarchical clustering of a mixture model. Advances in Neural Information
        Processing Systems 17, 505-512.
        """
        groups, cost = self, np.inf
        for _ in range(_ROUNDS):
            labels, divergences = groups._nearest()
            total = float(groups.before.weights @ divergences)
            if not total < cost * (1.0 - _SETTLED):
                break
            cost = total
            labels = _without_empty(labels, groups.before.weights * divergences, groups.now.n_components)
            now = merged(groups.before, labels, groups.now.n_components)
            groups = _Groups(groups.before, now, labels)
        return groups

    def _nearest(self) -> tuple[Ints, Floats]:
        """Return the group of least divergence for each component, and the divergence."""
        labels, best = self.labels.copy(), np.empty(self.before.n_components)
        for rows, near in _neighbours(self.now.means, self.before.means, _NEIGHBOURS):
            best[rows] = self.before.divergences(self.now, rows, labels[rows])
            for column in near.T:
                there = self.before.divergences(self.now, rows, column)
                better = there < best[rows] * (1.0 - 1e-12)
                best[rows[better]], labels[rows[better]] = there[better], column[better]
        return labels, best


def _neighbours(points: Floats, queries: Floats, count: int) -> Iterator[tuple[Ints, Ints]]:
    """Yield pieces of the queries (D, n) with the numbers (m, count) of the nearest points (D, K)."""
    tree, most = KDTree(points.T), min(count, points.shape[1])
    for start in range(0, queries.shape[1], _PIECE):
        rows = np.arange(start, min(start + _PIECE, queries.shape[1]))
        yield rows, tree.query(queries[:, rows].T, k=most)[1].reshape(len(rows), most)


def _without_empty(labels: Ints, costs: Floats, n_groups: int) -> Ints:
    """Return labels with a member for each group: an empty one takes a component that costs most."""
    sizes, labels = np.bincount(labels, minlength=n_groups), labels.copy()
    empty = list(np.flatnonzero(sizes == 0))
    for i in np.argsort(-costs) if empty else ():
        if not empty:
            break
        if sizes[labels[i]] > 1:
            sizes[labels[i]] -= 1
            labels[i] = empty.pop()
    return labels


def _best_partners(gaussians: PackedGaussians) -> tuple[Ints, Floats]:
    """Return the partner of least loss among the nearest for each component, (K,), and the loss."""
    K = gaussians.n_components
    best, loss = np.empty(K, dtype=np.intp), np.full(K, np.inf)
    for rows, near in _neighbours(gaussians.means, gaussians.means, _NEIGHBOURS + 1):
        for column in near.T:
            # Equal means may hide a component from its own neighbours.
            others = np.flatnonzero(column != rows)
            i, j = rows[others], column[others]
            there = losses(gaussians, i, j)
            better = there < loss[i]
            best[i[better]], loss[i[better]] = j[better], there[better]
    return best, loss


@dataclass(eq=False)
class _Table:
    """The losses of all pairs of components, kept while they merge."""

    gaussians: PackedGaussians
    loss: Floats
    alive: Any

    @classmethod
    def of(cls, gaussians: PackedGaussians) -> _Table:
        K = gaussians.n_components
        first, second = np.triu_indices(K, 1)
        loss = np.full((K, K), np.inf)
        loss[first, second] = loss[second, first] = losses(gaussians, first, second)
        return cls(gaussians.writable(), loss, np.ones(K, dtype=bool))

    def merge_best(self) -> tuple[int, int]:
        """Merge the pair i < j of least loss into i, and return the pair."""
        i, j = sorted(int(k) for k in np.unravel_index(self.loss.argmin(), self.loss.shape))
        self.gaussians.put(i, merged(self.gaussians.take(np.array([i, j])), np.zeros(2, dtype=np.intp), 1))
        self.alive[j] = False
        self.loss[j] = self.loss[:, j] = np.inf
        others = np.flatnonzero(self.alive)
        others = others[others != i]
        if len(others):
            self.loss[i, others] = self.loss[others, i] = losses(
                self.gaussians, np.full(len(others), i), others
            )
        return i, j
