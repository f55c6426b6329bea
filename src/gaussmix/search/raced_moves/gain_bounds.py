r"""Bounds on what mergers and cuts of components gain.

With responsibilities R the log-likelihood after an M-step is at least

.. math:: \sum_k n_k \log p_k - \tfrac12 \sum_k n_k \log |\Sigma_k| + H(R) + \text{constant},

so that its change, but for the entropy H within a merged pair, ranks moves without an E-step, for every family. Sides
of cuts get pseudo-rows of what they have in common: their gains then rank moves, and are no strict bounds.

References
----------
Neal, R. M. and Hinton, G. E. (1998). A view of the EM algorithm that justifies incremental, sparse, and other variants.
In: Learning in Graphical Models, 355-368.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..._types import Floats
from ..local_em import Expectation
from ..search_data import SearchData
from .agglomeration import Parts, estimate, merge_gains, shared_gains
from .bisections import Cuts, cuts_of

__all__ = ["Bounds"]

MOST_CUT = 16
"""Components of a round that are cut: where there are more, other ones have their turn in the next."""


class Bounds:
    """The cuts of components and of pairs of them, and the bounds on what cuts and mergers gain.

    Parameters
    ----------
    data : SearchData
    expectation : Expectation
        A mixture of K components with its E-step.
    rng : numpy.random.Generator
        Draws the cuts.

    Attributes
    ----------
    components : Parts
        Moments of the components.
    pairs : list of (int, int)
        All pairs of components, those first that lose least by merging.
    pair_gains : (P,) array
        Bounds on the gains of merging them, nats.
    singles : (Q₁,) array
        The components that are cut: all, or some where they are many.
    parents : list of (int, int)
        The pairs that are cut, too: their cuts stand behind those of the components.
    """

    def __init__(self, data: SearchData, expectation: Expectation, rng: np.random.Generator) -> None:
        self.data, self.mixture = data, expectation.mixture
        self.full, self.alone = data.model.full, not data.model.pooled
        K, covariances = self.mixture.n_components, self.mixture.covariances
        counts = self.mixture.weights * data.total_weight
        framed = covariances.in_frame()
        wide = covariances.family.frame.expand(counts)
        self.components = Parts(counts, self.mixture.means, framed * wide)
        variances = covariances.variances().max(axis=0) + self.mixture.means.var(axis=0)
        self.scale = np.maximum(np.sqrt(variances), 1e-300)
        self.pairs, self.pair_gains = self._pairs(K)
        self.singles = np.arange(K) if K <= MOST_CUT else np.sort(rng.permutation(K)[:MOST_CUT])
        n_parents = 3 if K == 2 else min(len(self.pairs), K // 2, MOST_CUT // 2)
        self.parents = [self.pairs[p % len(self.pairs)] for p in range(n_parents)]
        first, second = np.array(self.parents).T
        r, columns = expectation.responsibilities, self.singles
        V = np.concatenate([r[:, columns], r[:, first] + r[:, second]], axis=1).T * data.weights
        Z = (data.X - data.rows.mean) / self.scale
        self.cuts: Cuts = cuts_of(Z, V, data.model.frame, data.least_rows, rng)
        self.origin = V @ data.X / np.maximum(V.sum(axis=1), 1e-300)[:, None]

    def _pairs(self, K: int) -> tuple[list[tuple[int, int]], Floats]:
        i, k = np.triu_indices(K, 1)
        n = self.components.counts
        both = n[i] + n[k]
        gains = merge_gains(self.data, self.components, i, k)
        gains = gains - n[i] * np.log(n[i] / both) - n[k] * np.log(n[k] / both)
        order = np.argsort(-gains, kind="stable")
        return [(int(i[p]), int(k[p])) for p in order], gains[order]

    @cached_property
    def cut_gains(self) -> Floats:
        """Bounds on the gains of the cuts, (Q, C); −∞ where a side has too few rows."""
        counts = self.cuts.counts
        enough = counts.min(axis=2) >= self.data.least_rows * (1.0 - 1e-6)
        n = np.maximum(counts.sum(axis=2), 1e-300)
        with np.errstate(all="ignore"):
            entropy = np.where(enough, (counts * np.log(counts / n[:, :, None])).sum(axis=2), 0.0)
        shifts = np.where(enough[:, :, None], self.cuts.means[:, :, 0] - self.cuts.means[:, :, 1], 0.0)
        gains = (self._own_gains if self.alone else self._shared_gains)(counts.prod(axis=2) / n, shifts)
        return np.where(enough & np.isfinite(gains), gains + entropy, -np.inf)

    def _shared_gains(self, shares: Floats, shifts: Floats) -> Floats:
        Q, C, D = shifts.shape
        within = self.components.scatter.sum(axis=0)
        flat = (shifts * self.scale).reshape(Q * C, D)
        return shared_gains(self.data, within, -shares.ravel(), flat).reshape(Q, C)

    def _own_gains(self, shares: Floats, shifts: Floats) -> Floats:
        counts, scatter = self.cuts.counts, self.cuts.scatter
        n, within = counts.sum(axis=2), scatter.sum(axis=2)
        frame = self.components.frame
        between = frame.expand(shares) * frame.outer(shifts, shifts)
        sides = self._log_determinants(*self.leaning(counts, scatter))
        whole = self._log_determinants(n[:, :1], (within + between)[:, :1])
        return np.asarray(-0.5 * ((counts * sides).sum(axis=2) - n * whole))

    def leaning(self, counts: Floats, scatter: Floats) -> tuple[Floats, Floats]:
        """Return counts (..., 2) and second moments of sides with D + 1 pseudo-rows of what they have in common."""
        lean = len(self.scale) + 1.0
        total = np.maximum(counts.sum(axis=-1), 1e-300)
        pooled = scatter.sum(axis=counts.ndim - 1) / self.components.frame.expand(total)
        return counts + lean, scatter + lean * np.expand_dims(pooled, counts.ndim - 1)

    def in_units(self, scatter: Floats) -> Floats:
        """Return second moments of scaled columns in the units of the columns."""
        return scatter * (np.outer(self.scale, self.scale) if self.full else self.scale**2)

    def _log_determinants(self, counts: Floats, scatter: Floats) -> Floats:
        flat = self.in_units(scatter).reshape(counts.size, *scatter.shape[counts.ndim :])
        return estimate(self.data, flat, counts.ravel()).log_determinants.reshape(counts.shape)
