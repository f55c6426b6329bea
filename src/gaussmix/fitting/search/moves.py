r"""Split–merge moves of a mixture, ranked by a bound on what they gain.

A move merges two components and divides the rows of a third, or of the merged one, in two. With responsibilities R the
log-likelihood after an M-step is at least

.. math:: \sum_k n_k \log p_k - \tfrac12 \sum_k n_k \log |\Sigma_k| + H(R) + \text{constant},

so that its change, but for the entropy H within a merged pair, ranks moves without an E-step, for every family.

References
----------
Ueda, N., Nakano, R., Ghahramani, Z. and Hinton, G. E. (2000). SMEM algorithm for mixture models. Neural Computation 12,
2109-2128.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._types import Floats, Ints
from ...covariances import Covariances
from .agglomerate import Parts, merge_gains, shared_gains
from .climb import View
from .cuts import Cuts, cuts_of
from .runs import Runs, linear
from .table import Table

__all__ = ["Move", "Moves", "propose"]

NOISE = 5.0
"""Scale of the Gumbel noise on predicted gains, nats: moves are drawn in proportion to exp(gain / 5)."""
REFITS = 0.2
"""Share of the random moves that divide the merged pair itself."""
NEAR = 0.3
"""The parameter of the geometric distribution of the rank, by loss, of the pair that a random move merges."""


@dataclass(frozen=True)
class Move:
    """A split–merge move.

    Parameters
    ----------
    pair : (int, int)
        Components that are merged.
    split : int
        The component that is divided; the first of the pair where the merged one is.
    cut : (int, int)
        Which cut of which parent.
    gain : float
        Bound on the gain, nats.
    """

    pair: tuple[int, int]
    split: int
    cut: tuple[int, int]
    gain: float

    @property
    def refits(self) -> bool:
        """Whether the merged pair itself is divided."""
        return self.split == self.pair[0]

    @property
    def moving(self) -> tuple[int, ...]:
        """The components that change."""
        return self.pair if self.refits else (self.split, *self.pair)


@dataclass(frozen=True, eq=False)
class Moves:
    """Moves of one kind (exchanges or refits) with the mixtures that they begin at.

    Parameters
    ----------
    moves : list of Move
    runs : Runs
        One for each move, all K components.
    moving : (B, 2) or (B, 3) array
        The components that change.
    """

    moves: list[Move]
    runs: Runs
    moving: Ints


def propose(table: Table, view: View, n_moves: int, rng: np.random.Generator) -> list[Moves]:
    """Return split–merge moves of a mixture: half drawn by their predicted gain, half at random.

    Parameters
    ----------
    table : Table
    view : View
        The mixture with its E-step.
    n_moves : int
    rng : numpy.random.Generator
    """
    proposer = _Proposer(table, view, rng)
    predicted = proposer.by_gain(n_moves // 2)
    moves = predicted + proposer.at_random(n_moves - len(predicted))
    kinds = [[m for m in moves if not m.refits], [m for m in moves if m.refits]]
    return [proposer.begun(kind) for kind in kinds if kind]


class _Proposer:
    """Cuts of the components and of the pairs that lose least by merging, and what both would gain."""

    def __init__(self, table: Table, view: View, rng: np.random.Generator) -> None:
        self.table, self.mixture, self.rng = table, view.mixture, rng
        mixture, self.full = view.mixture, table.family.layout == "full"
        K, D = mixture.means.shape
        self.alone = table.family.own == table.family
        self.N, self.counts = table.total_weight, mixture.weights * table.total_weight
        cov = mixture.covariances
        self.scatter = (cov.dense() if self.full else cov.variances()) * self.counts.reshape(
            (-1,) + (1,) * (1 + self.full)
        )
        self.scale = np.maximum(
            np.sqrt(self._diagonal(self.scatter).sum(axis=0) / self.N + mixture.means.var(axis=0)), 1e-300
        )
        self.pairs, self.pair_gains = self._pairs(K)
        parents = min(len(self.pairs), max(1, K // 2)) * (3 if K == 2 else 1)
        self.parents = [self.pairs[p % len(self.pairs)] for p in range(parents)]
        V = (view.responsibilities * table.weights[:, None]).T
        V = np.concatenate([V, V[[a for a, _ in self.parents]] + V[[b for _, b in self.parents]]])
        self.cuts: Cuts = cuts_of(
            (table.X - table.rows.mean) / self.scale, V, self.full, table.least_rows, rng
        )
        mass = V.sum(axis=1)
        self.origin = V @ table.X / np.maximum(mass, 1e-300)[:, None]
        self.cut_gains = self._cut_gains()

    def _diagonal(self, scatter: Floats) -> Floats:
        return np.diagonal(scatter, axis1=1, axis2=2) if self.full else scatter

    def _outer(self, shifts: Floats) -> Floats:
        """Return products of shifts (..., D) in the layout of second moments."""
        return shifts[..., :, None] * shifts[..., None, :] if self.full else shifts**2

    def _units(self, scatter: Floats) -> Floats:
        """Return second moments of scaled columns in the units of the columns."""
        return scatter * (np.outer(self.scale, self.scale) if self.full else self.scale**2)

    def _estimate(self, scatter: Floats, counts: Floats) -> Covariances:
        return self.table.family.own.from_scatter(scatter, counts, self.table.prior)

    def _wide(self, counts: Floats) -> Floats:
        """Return counts with the axes of second moments behind theirs."""
        return counts.reshape(counts.shape + (1,) * (1 + self.full))

    def _pairs(self, K: int) -> tuple[list[tuple[int, int]], Floats]:
        """Return all pairs, those first that lose least by merging, and the bound on their gain."""
        i, k = np.triu_indices(K, 1)
        parts = Parts(self.counts, self.mixture.means, self.scatter)
        n, both = self.counts, self.counts[i] + self.counts[k]
        gains = merge_gains(self.table, parts, i, k)
        gains = gains - n[i] * np.log(n[i] / both) - n[k] * np.log(n[k] / both)
        order = np.argsort(-gains, kind="stable")
        return [(int(i[p]), int(k[p])) for p in order], gains[order]

    def _cut_gains(self) -> Floats:
        """Return the bound on the gain of each cut, (Q, C); −∞ where a side has too few rows."""
        c = self.cuts
        Q, C, _, D = c.means.shape
        n = c.counts.sum(axis=2)
        enough = c.counts.min(axis=2) >= self.table.least_rows * (1.0 - 1e-6)
        with np.errstate(all="ignore"):
            entropy = np.where(enough, (c.counts * np.log(c.counts / n[:, :, None])).sum(axis=2), 0.0)
        n = np.maximum(n, 1e-300)
        shifts = np.where(enough[:, :, None], c.means[:, :, 0] - c.means[:, :, 1], 0.0)
        shares = c.counts.prod(axis=2) / n
        if not self.alone:
            whole = self.scatter.sum(axis=0)
            gains = shared_gains(self.table, whole, -shares.ravel(), (shifts * self.scale).reshape(Q * C, D))
            return np.where(enough, gains.reshape(Q, C) + entropy, -np.inf)
        between = self._wide(shares) * self._outer(shifts)
        within = c.scatter.sum(axis=2)
        lean = D + 1.0
        leaning = c.scatter + lean * (within / self._wide(n))[:, :, None]
        sides = self._log_determinants(leaning, c.counts + lean)
        whole = self._log_determinants((within + between)[:, :1], n[:, :1])
        gains = -0.5 * ((c.counts * sides).sum(axis=2) - n * whole) + entropy
        return np.where(enough & np.isfinite(gains), gains, -np.inf)

    def _log_determinants(self, scatter: Floats, counts: Floats) -> Floats:
        flat = self._units(scatter).reshape(counts.size, *scatter.shape[counts.ndim :])
        return self._estimate(flat, counts.ravel()).log_determinants.reshape(counts.shape)

    def by_gain(self, n_moves: int) -> list[Move]:
        """Return moves drawn by their predicted gain."""
        K = self.mixture.n_components
        gains, moves = [], []
        best = np.argsort(-self.cut_gains, axis=1)[:, :4]
        singles = [(j, int(c)) for j in range(K) for c in best[j] if self.cut_gains[j, c] > -np.inf]
        for pair, loss in zip(self.pairs[: 3 * K], self.pair_gains, strict=False):
            for j, c in singles:
                if j not in pair:
                    moves.append((pair, j, (j, c)))
                    gains.append(loss + self.cut_gains[j, c])
        losses = dict(zip(self.pairs, self.pair_gains, strict=True))
        for p, pair in enumerate(self.parents):
            for c in np.flatnonzero(self.cut_gains[K + p] > -np.inf):
                moves.append((pair, pair[0], (K + p, int(c))))
                gains.append(losses[pair] + self.cut_gains[K + p, c])
        noisy = np.array(gains) + NOISE * self.rng.gumbel(size=len(gains))
        return [Move(*moves[m], float(gains[m])) for m in np.argsort(-noisy)[:n_moves]]

    def at_random(self, n_moves: int) -> list[Move]:
        """Return random moves: near pairs more often, large components more often."""
        K, rng = self.mixture.n_components, self.rng
        moves = []
        for _ in range(n_moves):
            p = min(int(rng.geometric(NEAR)), len(self.pairs)) - 1
            pair = self.pairs[p]
            if K == 2 or rng.random() < REFITS:
                q = int(rng.integers(len(self.parents)))
                pair, j, parent = self.parents[q], self.parents[q][0], K + q
            else:
                mass = self.counts.copy()
                mass[list(pair)] = 0.0
                j = parent = int(
                    min(np.searchsorted(np.cumsum(mass), rng.random() * mass.sum(), side="right"), K - 1)
                )
            c = int(rng.integers(self.cut_gains.shape[1]))
            if (j in pair and parent < K) or self.cut_gains[parent, c] == -np.inf:
                continue
            moves.append(Move(pair, j, (parent, c), float(self.pair_gains[p] + self.cut_gains[parent, c])))
        return moves

    def begun(self, moves: list[Move]) -> Moves:
        """Return moves of one kind with the mixtures that they begin at."""
        B, mixture = len(moves), self.mixture
        K, D = mixture.means.shape
        counts, means, scatter = (
            np.repeat(array[None], B, axis=0) for array in (self.counts, mixture.means, self.scatter)
        )
        at = np.arange(B)
        a, b = np.array([move.pair for move in moves]).T
        j = np.array([move.split for move in moves])
        q, c = np.array([move.cut for move in moves]).T
        both = counts[at, a] + counts[at, b]
        shifts = means[at, a] - means[at, b]
        scatter[at, a] += scatter[at, b] + self._wide(counts[at, a] * counts[at, b] / both) * self._outer(
            shifts
        )
        means[at, a] = means[at, b] + (counts[at, a] / both)[:, None] * shifts
        counts[at, a] = both
        halves = (
            self.cuts.counts[q, c],
            self.origin[q][:, None] + self.cuts.means[q, c] * self.scale,
            self._units(self.cuts.scatter[q, c]),
        )
        rows = counts.copy()
        lean = (D + 1.0) * halves[2].sum(axis=1) / self._wide(halves[0].sum(axis=1))
        for side, place in enumerate((j, b)):
            counts[at, place], means[at, place] = halves[0][:, side], halves[1][:, side]
            scatter[at, place] = halves[2][:, side] + lean
            rows[at, place] = halves[0][:, side] + D + 1.0
        moving = np.array([move.moving for move in moves])
        return Moves(moves, self._mixtures(counts, rows, means, scatter, moving), moving)

    def _mixtures(self, counts: Floats, rows: Floats, means: Floats, scatter: Floats, moving: Ints) -> Runs:
        """Return mixtures of which some components have new moments, and the others the old factors."""
        B, K, _ = means.shape
        old, family = self.mixture, self.table.family.own
        weights = counts / counts.sum(axis=1, keepdims=True)
        at = np.arange(B)[:, None]
        cov = old.covariances
        # A step writes covariances; those of components that stand still are the old ones.
        arrays = [cov.factors, cov.dense() if self.full else cov.variances(), cov.log_normalisers]
        if not self.alone:
            new = family.from_scatter(scatter.sum(axis=1), rows.sum(axis=1), self.table.prior)
            places = 1 if linear(self.table) else K
            factors = np.repeat(new.factors[:, None], places, axis=1)
            offsets = np.log(weights) + new.log_normalisers[:, None]
            return Runs(
                weights, means, np.empty_like(factors), factors, offsets, np.full(B, -np.inf), np.arange(B)
            )
        factors, covariances, normalisers = (np.repeat(array[None], B, axis=0) for array in arrays)
        new = self._estimate(scatter[at, moving].reshape(-1, *scatter.shape[2:]), rows[at, moving].ravel())
        factors[at, moving] = new.factors.reshape(*moving.shape, *factors.shape[2:])
        normalisers[at, moving] = new.log_normalisers.reshape(moving.shape)
        offsets = np.log(weights) + normalisers
        return Runs(weights, means, covariances, factors, offsets, np.full(B, -np.inf), np.arange(B))
