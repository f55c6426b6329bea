"""Model-based agglomeration: hierarchical clustering that merges the parts whose merging costs least likelihood.

References
----------
Fraley, C. (1998). Algorithms for model-based Gaussian hierarchical clustering. SIAM J. Sci. Comput. 20, 270-281.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._types import Floats, Ints
from ...covariances import Covariances
from ...frames import DiagonalFrame, Frame, FullFrame
from ..merges import disjoint
from ..search_data import SearchData

__all__ = ["Parts", "agglomerated", "estimate", "merge_gains", "shared_gains"]

NAMES = ("counts", "means", "scatter")


@dataclass(frozen=True, eq=False)
class Parts:
    """The moments of parts of the rows, or of components.

    Parameters
    ----------
    counts : (M,) array
    means : (M, D) array
    scatter : (M, D, D) or (M, D) array
        About the means.
    """

    counts: Floats
    means: Floats
    scatter: Floats

    @property
    def frame(self) -> Frame:
        """The form of the second moments."""
        return FullFrame() if self.scatter.ndim == 3 else DiagonalFrame()

    def joined(self, i: Ints, k: Ints) -> Parts:
        """Return the unions of pairs of parts."""
        n, both = self.counts, self.counts[i] + self.counts[k]
        shifts = self.means[i] - self.means[k]
        between = self.frame.expand(n[i] * n[k] / both) * self.frame.outer(shifts, shifts)
        means = self.means[k] + (n[i] / both)[:, None] * shifts
        return Parts(both, means, self.scatter[i] + self.scatter[k] + between)


def estimate(data: SearchData, scatter: Floats, counts: Floats) -> Covariances:
    """Return the covariances of components, each estimated from its own scatter alone."""
    return data.model.separately(scatter, counts)


def shared_gains(data: SearchData, scatter: Floats, shares: Floats, shifts: Floats) -> Floats:
    r"""Return the change of −½ N log |Σ| when c δ δᵀ is added to the scatter of a shared covariance, nats.

    .. math:: |S + c\,\delta \delta^T| = |S| (1 + c\,\delta^T S^{-1} \delta)

    and correspondingly for diagonal and spherical covariances.

    Parameters
    ----------
    data : SearchData
    scatter : (D, D) or (D,) array
        S, the scatter of all rows about the means of their components.
    shares, shifts : (B,) and (B, D) arrays
        c and δ.
    """
    N, D = data.total_weight, shifts.shape[1]
    factor = estimate(data, scatter[None], np.array([N])).factors[0]
    ratios = data.model.frame.whiten(factor, shifts) ** 2 * (shares / N)[:, None]
    pooling = data.model.family.pooling
    if data.model.full:
        ratios = ratios.sum(axis=1, keepdims=True)
    elif pooling is not None and pooling.columns:
        ratios = np.repeat(ratios.mean(axis=1, keepdims=True), D, axis=1)
    return np.asarray(-0.5 * N * np.log(np.maximum(1.0 + ratios, 1e-12)).sum(axis=1))


def merge_gains(data: SearchData, parts: Parts, i: Ints, k: Ints, lean: float = 0.0) -> Floats:
    """Return the change of the classification log-likelihood when pairs are merged, without that of the weights, nats.

    Parameters
    ----------
    data : SearchData
    parts : Parts
    i, k : (P,) arrays
        The pairs.
    lean : float
        Pseudo-rows of the pooled covariance added to each part, as parts of few rows have no covariance of their own.
    """
    n = parts.counts
    if data.model.pooled:
        shares = n[i] * n[k] / (n[i] + n[k])
        return shared_gains(data, parts.scatter.sum(axis=0), shares, parts.means[i] - parts.means[k])
    one = parts.joined(i, k)
    pooled = lean * parts.scatter.sum(axis=0) / parts.counts.sum()
    chosen, places = np.unique(np.concatenate([i, k]), return_inverse=True)
    counts = np.concatenate([one.counts, parts.counts[chosen]])
    scatter = np.concatenate([one.scatter, parts.scatter[chosen]])
    terms = counts * estimate(data, scatter + pooled, counts + lean).log_determinants
    merged, single = terms[: len(i)], terms[len(i) :][places]
    return np.asarray(-0.5 * (merged - single[: len(i)] - single[len(i) :]))


def agglomerated(data: SearchData, parts: Parts, n_parts: int) -> Ints:
    """Return the merged part that each of M parts belongs to when they are merged to K, (M,).

    In each round a third of the surplus is merged: the disjoint pairs whose merging costs least.

    Parameters
    ----------
    data : SearchData
    parts : Parts
    n_parts : int
        K.
    """
    lean = parts.means.shape[1] + 1.0
    labels = np.arange(len(parts.counts))
    while (surplus := len(parts.counts) - n_parts) > 0:
        i, k = np.triu_indices(len(parts.counts), 1)
        order = np.argsort(-merge_gains(data, parts, i, k, lean), kind="stable")
        pairs = np.array(disjoint(i, k, order, -(-surplus // 3)))
        one = parts.joined(*pairs.T)
        stay = np.setdiff1d(np.arange(len(parts.counts)), pairs)
        to = np.empty(len(parts.counts), dtype=np.intp)
        to[stay] = np.arange(len(stay))
        to[pairs] = len(stay) + np.arange(len(pairs))[:, None]
        parts = Parts(*(np.concatenate([getattr(parts, name)[stay], getattr(one, name)]) for name in NAMES))
        labels = to[labels]
    return labels
