"""Split–merge moves: two components are merged, and a third one, or the merged one, is split in two.

References
----------
Ueda, N., Nakano, R., Ghahramani, Z. and Hinton, G. E. (2000). SMEM algorithm for mixture models. Neural Computation 12,
2109-2128.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._types import Floats, Ints
from ..local_em import Expectation
from ..search_data import SearchData
from .agglomeration import Parts, estimate
from .batched_em import Runs, linear
from .gain_bounds import Bounds

__all__ = ["Move", "Moves", "propose"]

NOISE = 5.0
"""Scale of the Gumbel noise on predicted gains, nats: moves are drawn in proportion to exp(gain / 5)."""
REFITS = 0.2
"""Share of the random moves that split the merged pair again."""
NEAR = 0.3
"""Parameter of the geometric distribution of the rank, in increasing loss, of the pair that a random move merges."""
BEST_CUTS, NEAREST = 4, 3
"""Predicted moves combine the four best cuts of each component with the 3K pairs whose merging loses least."""


@dataclass(frozen=True)
class Move:
    """A split–merge move.

    Parameters
    ----------
    pair : (int, int)
        Components that are merged.
    split : int
        The component that is split; the first of the pair if the merged one is.
    cut : (int, int)
        The number of the parent and of its cut.
    gain : float
        Predicted gain, from a bound on the log-likelihood, nats.
    """

    pair: tuple[int, int]
    split: int
    cut: tuple[int, int]
    gain: float

    @property
    def refits(self) -> bool:
        """Whether the merged pair is split again."""
        return self.split == self.pair[0]

    @property
    def moving(self) -> tuple[int, ...]:
        """The components that change."""
        return self.pair if self.refits else (self.split, *self.pair)


@dataclass(frozen=True, eq=False)
class Moves:
    """Moves of one kind (exchanges or refits), with their first mixtures.

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


def propose(
    data: SearchData, expectation: Expectation, n_moves: int, rng: np.random.Generator
) -> list[Moves]:
    """Return split–merge moves of a mixture: half drawn by their predicted gain, half at random.

    Parameters
    ----------
    data : SearchData
    expectation : Expectation
        The mixture with its E-step.
    n_moves : int
    rng : numpy.random.Generator
    """
    bounds = Bounds(data, expectation, rng)
    predicted = _by_gain(bounds, n_moves // 2, rng)
    moves = predicted + _at_random(bounds, n_moves - len(predicted), rng)
    kinds = [move for move in moves if not move.refits], [move for move in moves if move.refits]
    return [_begun(bounds, kind) for kind in kinds if kind]


def _by_gain(bounds: Bounds, n_moves: int, rng: np.random.Generator) -> list[Move]:
    """Return moves drawn by their predicted gain."""
    K, singles, cut_gains = bounds.mixture.n_components, bounds.singles, bounds.cut_gains
    losses = dict(zip(bounds.pairs, bounds.pair_gains.tolist(), strict=True))
    best = np.argsort(-cut_gains, axis=1)[:, :BEST_CUTS]
    moves = [
        Move(pair, int(j), (q, int(c)), losses[pair] + float(cut_gains[q, c]))
        for pair in bounds.pairs[: NEAREST * K]
        for q, j in enumerate(singles)
        for c in best[q]
        if j not in pair
    ]
    moves += [
        Move(pair, pair[0], (len(singles) + p, c), losses[pair] + float(cut_gains[len(singles) + p, c]))
        for p, pair in enumerate(bounds.parents)
        for c in range(cut_gains.shape[1])
    ]
    gains = np.array([move.gain for move in moves])
    order = np.argsort(-(gains + NOISE * rng.gumbel(size=len(gains))), kind="stable")
    return [moves[m] for m in order[:n_moves] if gains[m] > -np.inf]


def _at_random(bounds: Bounds, n_moves: int, rng: np.random.Generator) -> list[Move]:
    """Return random moves; close pairs and large components are drawn more often."""
    K, n_cuts = bounds.mixture.n_components, bounds.cut_gains.shape[1]
    losses = dict(zip(bounds.pairs, bounds.pair_gains.tolist(), strict=True))
    moves = []
    for _ in range(n_moves):
        pair = bounds.pairs[min(int(rng.geometric(NEAR)), len(bounds.pairs)) - 1]
        if K == 2 or rng.random() < REFITS:
            p = int(rng.integers(len(bounds.parents)))
            pair = bounds.parents[p]
            j, parent = pair[0], len(bounds.singles) + p
        else:
            mass = np.where(np.isin(bounds.singles, pair), 0.0, bounds.components.counts[bounds.singles])
            reached = np.cumsum(mass)
            parent = int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))
            j = int(bounds.singles[min(parent, len(mass) - 1)])
        c = int(rng.integers(n_cuts))
        if parent < len(bounds.cut_gains) and bounds.cut_gains[parent, c] > -np.inf:
            moves.append(Move(pair, j, (parent, c), losses[pair] + float(bounds.cut_gains[parent, c])))
    return moves


def _begun(bounds: Bounds, moves: list[Move]) -> Moves:
    """Return moves of one kind with their first mixtures."""
    B, at = len(moves), np.arange(len(moves))
    old = bounds.components
    counts, means, scatter = (np.repeat(x[None], B, axis=0) for x in (old.counts, old.means, old.scatter))
    a, b = np.array([move.pair for move in moves]).T
    j = np.array([move.split for move in moves])
    q, c = np.array([move.cut for move in moves]).T
    merged = old.joined(a, b)
    counts[at, a], means[at, a], scatter[at, a] = merged.counts, merged.means, merged.scatter
    rows = counts.copy()
    cuts = bounds.cuts
    halves = bounds.origin[q][:, None] + cuts.means[q, c] * bounds.scale
    leaning, second = bounds.leaning(cuts.counts[q, c], bounds.in_units(cuts.scatter[q, c]))
    for side, place in enumerate((j, b)):
        counts[at, place], means[at, place] = cuts.counts[q, c, side], halves[:, side]
        rows[at, place], scatter[at, place] = leaning[:, side], second[:, side]
    moving = np.array([move.moving for move in moves])
    weights = counts / counts.sum(axis=1, keepdims=True)
    covariances = _own if bounds.alone else _shared
    return Moves(moves, covariances(bounds, weights, Parts(rows, means, scatter), moving), moving)


def _own(bounds: Bounds, weights: Floats, parts: Parts, moving: Ints) -> Runs:
    """Return mixtures whose moving components (B, m) have new covariances."""
    B, old = len(weights), bounds.mixture.covariances
    at = np.arange(B)[:, None]
    # A step overwrites covariances; components that do not change keep theirs.
    arrays = old.factors, old.in_frame(), old.log_normalisers
    factors, covariances, normalisers = (np.repeat(array[None], B, axis=0) for array in arrays)
    scatter, rows = parts.scatter[at, moving], parts.counts[at, moving]
    new = estimate(bounds.data, scatter.reshape(-1, *scatter.shape[2:]), rows.ravel())
    factors[at, moving] = new.factors.reshape(scatter.shape)
    normalisers[at, moving] = new.log_normalisers.reshape(moving.shape)
    offsets = np.log(weights) + normalisers
    return Runs(weights, parts.means, covariances, factors, offsets, np.full(B, -np.inf), np.arange(B))


def _shared(bounds: Bounds, weights: Floats, parts: Parts, moving: Ints) -> Runs:
    """Return mixtures whose components share a new covariance."""
    B, K = weights.shape
    new = estimate(bounds.data, parts.scatter.sum(axis=1), parts.counts.sum(axis=1))
    factors = np.repeat(new.factors[:, None], 1 if linear(bounds.data) else K, axis=1)
    offsets = np.log(weights) + new.log_normalisers[:, None]
    return Runs(
        weights, parts.means, np.empty_like(factors), factors, offsets, np.full(B, -np.inf), np.arange(B)
    )
