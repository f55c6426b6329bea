"""Split-merge moves and refits of pairs, ranked by predicted gain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..._types import Floats, Ints
from ...mixture import Mixture
from ..local_em import MIN_RESPONSIBILITY, Expectation, LocalEM
from ..merge_losses import merged, pair_losses
from ..search_data import SearchData
from .best_split import best_split, split_iterations, uniforms
from .cache import ComponentIds, TrialCache
from .partial_em import partial_em, replaced, restricted_rows

__all__ = ["LEAST_GAIN", "CandidateMove", "MoveProposer", "SearchResult", "after", "as_moves"]

Kind: TypeAlias = Literal["split_merge", "refit"]
Flags: TypeAlias = NDArray[np.bool_]
SearchResult: TypeAlias = tuple[Mixture | None, float]
"""The new components of a trial, and their gain; −∞ without any."""

LEAST_GAIN = -5.0
"""Smallest predicted gain of a move worth a trial, in nats."""

MERGE_ITERATIONS = 3
"""Iterations of partial EM of a merged component."""


@dataclass(frozen=True, eq=False)
class CandidateMove:
    """A move that keeps the number of components: a split-merge move or a refit of two components.

    Parameters
    ----------
    gain : float
        Predicted gain of log-likelihood, nats.
    removed : tuple of int
        Removed components: the split one and the two merged ones, or the two refitted ones.
    parts : tuple of Mixture
        The new components.
    kind : "split_merge" or "refit"
    """

    gain: float
    removed: tuple[int, ...]
    parts: tuple[Mixture, ...] = field(repr=False)
    kind: Kind = "split_merge"

    def beside(self, other: CandidateMove) -> CandidateMove:
        """Return this move and one of other components as a single move."""
        return CandidateMove(
            self.gain + other.gain,
            (*self.removed, *other.removed),
            (*self.parts, *other.parts),
            self.kind,
        )


class MoveProposer:
    """Proposes moves, from splits, mergers and refits of pairs by partial EM; results are cached.

    Parameters
    ----------
    local_em : LocalEM
        Counts the passes of partial EM as well.
    ids : ComponentIds
    rng : numpy.random.Generator
    late : callable
        See :class:`TrialCache`.
    """

    def __init__(
        self,
        local_em: LocalEM,
        ids: ComponentIds,
        rng: np.random.Generator,
        late: Callable[[], bool] = lambda: False,
    ) -> None:
        self.local_em, self.data, self.rng = local_em, local_em.data, rng
        self._splits: TrialCache[SearchResult] = TrialCache(ids, late)
        self._mergers: TrialCache[SearchResult] = TrialCache(ids, late)
        self._refits: TrialCache[SearchResult] = TrialCache(ids, late)
        self._paired: tuple[Expectation, dict[tuple[int, int], Mixture]] | None = None
        self.largest_split = -np.inf

    def splits(self, expectation: Expectation) -> list[SearchResult]:
        """Return the best pair of components instead of each component, and its gain."""

        def ask(group: Sequence[int]) -> Callable[[], SearchResult]:
            touched = self._touched(expectation, group, 2 * split_iterations(self.data))
            return partial(_split, self.data, expectation, group[0], touched, uniforms(self.data, self.rng))

        groups = [(j,) for j in range(expectation.mixture.n_components)]
        return self._splits.of(groups, ask, self.data.engine)

    def mergers(self, expectation: Expectation) -> list[CandidateMove]:
        """Return the mergers of the pairs of smallest loss, with their gains; an impossible one has −∞."""
        one_of = self._pairs(expectation)
        pairs = list(one_of)

        def merge(pair: Sequence[int]) -> Callable[[], SearchResult]:
            touched = self._touched(expectation, pair, MERGE_ITERATIONS)
            return partial(_merge, self.data, expectation, pair, touched, one_of[pair[0], pair[1]])

        joined = self._mergers.of(pairs, merge, self.data.engine)
        return as_moves(pairs, joined)

    def refits(self, expectation: Expectation) -> list[CandidateMove]:
        """Return the refits of overlapping pairs, with their gains."""
        one_of, touched = self._pairs(expectation), _touched(expectation)

        def refit(pair: Sequence[int]) -> Callable[[], SearchResult]:
            touched = self._touched(expectation, pair, 2 * split_iterations(self.data))
            one, uniform = one_of[pair[0], pair[1]], uniforms(self.data, self.rng)
            return partial(_refit, self.data, expectation, pair, touched, one, uniform)

        # Two components without common rows are optimal for their rows.
        close = [pair for pair in one_of if _overlap(touched[pair[0]], touched[pair[1]])]
        renewed = self._refits.of(close, refit, self.data.engine)
        return [move for move in as_moves(close, renewed, "refit") if move.parts]

    def candidates(self, expectation: Expectation) -> list[CandidateMove]:
        """Return the proposed moves, in descending order of gain."""
        components = [(j,) for j in range(expectation.mixture.n_components)]
        splits = as_moves(components, self.splits(expectation))
        self.largest_split = max(split.gain for split in splits)
        found = _combined(splits, self.mergers(expectation)) + self.refits(expectation)
        return sorted(found, key=lambda candidate: -candidate.gain)

    def _pairs(self, expectation: Expectation) -> dict[tuple[int, int], Mixture]:
        """Return the pairs of smallest loss, with the merged component of each."""
        if self._paired is None or self._paired[0] is not expectation:
            i, k, losses = pair_losses(expectation.mixture, self.data.total_weight)
            cheapest = np.argsort(losses, kind="stable")[: 2 * expectation.mixture.n_components]
            pairs = [(int(i[p]), int(k[p])) for p in cheapest]
            self._paired = (
                expectation,
                dict(zip(pairs, merged(self.data, expectation.mixture, pairs), strict=True)),
            )
        return self._paired[1]

    def _touched(self, expectation: Expectation, group: Sequence[int], components: int) -> Ints:
        """Return the rows of some components, and count the passes of partial EM over them.

        Parameters
        ----------
        expectation : Expectation
        group : sequence of int
        components : int
            The sum of the numbers of free components over the iterations.
        """
        touched = expectation.touched(group)
        self.local_em.count(len(touched) * components / expectation.responsibilities.size)
        return touched


def after(data: SearchData, mixture: Mixture, chosen: Sequence[CandidateMove]) -> Mixture:
    """Return a mixture after several changes of disjoint components."""
    removed = [component for candidate in chosen for component in candidate.removed]
    return replaced(data, mixture, removed, [part for candidate in chosen for part in candidate.parts])


def as_moves(
    groups: Sequence[tuple[int, ...]], found: Sequence[SearchResult], kind: Kind = "split_merge"
) -> list[CandidateMove]:
    """Return the moves of trials, without parts where a trial had no result."""
    return [
        CandidateMove(-np.inf, group, ()) if part is None else CandidateMove(gain, group, (part,), kind)
        for group, (part, gain) in zip(groups, found, strict=True)
    ]


def _combined(splits: Sequence[CandidateMove], mergers: Sequence[CandidateMove]) -> list[CandidateMove]:
    """Return the promising combinations of a split with a merger of two others, at least the best one."""
    gains = np.add.outer([merger.gain for merger in mergers], [split.gain for split in splits])
    for p, merger in enumerate(mergers):
        gains[p, list(merger.removed)] = -np.inf
    if not gains.size or gains.max() == -np.inf:
        return []
    chosen = np.argwhere(gains >= min(LEAST_GAIN, gains.max()))
    return [splits[j].beside(mergers[p]) for p, j in chosen]


def _touched(expectation: Expectation) -> Flags:
    """Return a mask (K, n) of the rows with a responsibility above 0.01 for each component."""
    return np.ascontiguousarray((expectation.responsibilities > MIN_RESPONSIBILITY).T)


def _overlap(first: Flags, second: Flags) -> bool:
    """Return whether two components have more than one in a hundred of these rows in common."""
    counts = np.count_nonzero(first), np.count_nonzero(second)
    return bool(np.count_nonzero(first & second) > 0.01 * min(counts))


def _split(
    data: SearchData, expectation: Expectation, j: int, touched: Ints, uniform: Floats
) -> SearchResult:
    mixture = expectation.mixture
    if mixture.weights[j] * data.total_weight < 2 * data.least_rows:
        return None, -np.inf
    restricted = restricted_rows(data, expectation, [j], touched)
    return best_split(data, restricted, mixture.means[j], restricted.before.covariances.factors[0], uniform)


def _merge(
    data: SearchData, expectation: Expectation, pair: Sequence[int], touched: Ints, one: Mixture
) -> SearchResult:
    restricted = restricted_rows(data, expectation, list(pair), touched)
    one, gain = partial_em(data, restricted, one, MERGE_ITERATIONS)
    return (None, gain) if gain == -np.inf else (one, gain)


def _refit(
    data: SearchData,
    expectation: Expectation,
    pair: Sequence[int],
    touched: Ints,
    one: Mixture,
    uniform: Floats,
) -> SearchResult:
    restricted = restricted_rows(data, expectation, list(pair), touched)
    two, gain = best_split(data, restricted, one.means[0], one.covariances.factors[0], uniform)
    return (None, -np.inf) if gain < data.gain_tol else (two, gain)
