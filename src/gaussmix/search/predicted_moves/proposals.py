"""Split-merge moves and refits of pairs, ranked by predicted gain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..._types import Floats
from ...mixture import Mixture
from ..local_em import MIN_RESPONSIBILITY, Expectation
from ..merges import merged, pair_losses
from ..scan_penalty import scan_penalty
from ..search_data import SearchData
from .best_split import best_split, uniforms
from .cache import ComponentIds, TrialCache
from .partial_em import RestrictedRows, partial_em, replaced, restricted_rows

__all__ = ["LEAST_GAIN", "CandidateMove", "MoveProposer", "SearchResult", "after", "with_penalty_change"]

Kind: TypeAlias = Literal["split_merge", "refit"]
Flags: TypeAlias = NDArray[np.bool_]
SearchResult: TypeAlias = tuple[Mixture | None, float]
"""The new components of a trial, and their gain; −∞ without any."""

LEAST_GAIN = -5.0
"""The least predicted gain of a move that is tried, in nats."""


@dataclass(frozen=True, eq=False)
class CandidateMove:
    """A move: a change of a mixture that keeps the number of components.

    Parameters
    ----------
    gain : float
        Predicted gain of log-likelihood, nats.
    penalty_change : float
        How many more :func:`scan_penalty` the parts have than what they take the place of, nats.
    removed : tuple of int
        Components that go: one that is split and two that are merged, or two that are fitted anew.
    parts : tuple of Mixture
        What takes their place.
    kind : "split_merge" or "refit"
    """

    gain: float
    penalty_change: float
    removed: tuple[int, ...]
    parts: tuple[Mixture, ...] = field(repr=False)
    kind: Kind = "split_merge"

    @property
    def net(self) -> float:
        """The gain less the change of the scan penalty, nats."""
        return self.gain - self.penalty_change

    def beside(self, other: CandidateMove) -> CandidateMove:
        """Return this change and one of other components as one."""
        return CandidateMove(
            self.gain + other.gain,
            self.penalty_change + other.penalty_change,
            (*self.removed, *other.removed),
            (*self.parts, *other.parts),
            self.kind,
        )


class MoveProposer:
    """Proposes moves, from splits, mergers and refits of pairs by partial EM; results are cached.

    Parameters
    ----------
    data : SearchData
    ids : ComponentIds
    rng : numpy.random.Generator
    """

    def __init__(self, data: SearchData, ids: ComponentIds, rng: np.random.Generator) -> None:
        self.data, self.rng = data, rng
        self._splits: TrialCache[SearchResult] = TrialCache(ids)
        self._mergers: TrialCache[SearchResult] = TrialCache(ids)
        self._refits: TrialCache[SearchResult] = TrialCache(ids)
        self._paired: tuple[Expectation, dict[tuple[int, int], Mixture]] | None = None

    def splits(self, expectation: Expectation) -> list[SearchResult]:
        """Return for each component the pair that would best take its place, and what that gains."""

        def ask(group: Sequence[int]) -> Callable[[], SearchResult]:
            return partial(_split, self.data, expectation, group[0], uniforms(self.data, self.rng))

        groups = [(j,) for j in range(expectation.mixture.n_components)]
        return self._splits.of(groups, ask, self.data.engine)

    def mergers(self, expectation: Expectation) -> list[CandidateMove]:
        """Return what it costs to merge each of the pairs that lose least; nothing is −∞."""
        one_of = self._pairs(expectation)
        pairs = list(one_of)

        def merge(pair: Sequence[int]) -> Callable[[], SearchResult]:
            return lambda: _merge(self.data, self._restricted(expectation, pair), one_of[pair[0], pair[1]])

        joined = self._mergers.of(pairs, merge, self.data.engine)
        return with_penalty_change(self.data, expectation.mixture, pairs, joined)

    def refits(self, expectation: Expectation) -> list[CandidateMove]:
        """Return what new fits of pairs that overlap gain."""
        one_of, touched = self._pairs(expectation), _touched(expectation)

        def refit(pair: Sequence[int]) -> Callable[[], SearchResult]:
            uniform = uniforms(self.data, self.rng)
            return lambda: _refit(
                self.data, self._restricted(expectation, pair), one_of[pair[0], pair[1]], uniform
            )

        # Two components that share no rows are the best two for theirs.
        close = [pair for pair in one_of if _overlap(touched[pair[0]], touched[pair[1]])]
        renewed = self._refits.of(close, refit, self.data.engine)
        return [
            named
            for named in with_penalty_change(self.data, expectation.mixture, close, renewed, "refit")
            if named.parts
        ]

    def candidates(self, expectation: Expectation) -> list[CandidateMove]:
        """Return the proposed moves, in descending order of net gain."""
        components = [(j,) for j in range(expectation.mixture.n_components)]
        splits = with_penalty_change(self.data, expectation.mixture, components, self.splits(expectation))
        found = _combined(splits, self.mergers(expectation)) + self.refits(expectation)
        return sorted(found, key=lambda candidate: -candidate.net)

    def _pairs(self, expectation: Expectation) -> dict[tuple[int, int], Mixture]:
        """Return the pairs whose merger loses least, and the one component that each would become."""
        if self._paired is None or self._paired[0] is not expectation:
            i, k, losses = pair_losses(expectation.mixture, self.data.total_weight)
            cheapest = np.argsort(losses, kind="stable")[: 2 * expectation.mixture.n_components]
            pairs = [(int(i[p]), int(k[p])) for p in cheapest]
            self._paired = (
                expectation,
                dict(zip(pairs, merged(self.data, expectation.mixture, pairs), strict=True)),
            )
        return self._paired[1]

    def _restricted(self, expectation: Expectation, pair: Sequence[int]) -> RestrictedRows:
        return restricted_rows(self.data, expectation, list(pair), expectation.touched(pair))


def after(data: SearchData, mixture: Mixture, chosen: Sequence[CandidateMove]) -> Mixture:
    """Return a mixture after several changes of disjoint components."""
    removed = [component for candidate in chosen for component in candidate.removed]
    return replaced(data, mixture, removed, [part for candidate in chosen for part in candidate.parts])


def with_penalty_change(
    data: SearchData,
    mixture: Mixture,
    groups: Sequence[tuple[int, ...]],
    found: Sequence[SearchResult],
    kind: Kind = "split_merge",
) -> list[CandidateMove]:
    """Return what was found about groups of components with the looks that it has more than they; nothing is −∞."""
    before = scan_penalty(data, mixture.covariances.in_frame())
    framed = [part.covariances.in_frame() for part, _ in found if part is not None]
    after = iter(scan_penalty(data, np.concatenate(framed)) if framed else ())
    result = []
    for group, (part, gain) in zip(groups, found, strict=True):
        if part is None:
            result.append(CandidateMove(-np.inf, 0.0, group, ()))
        else:
            more = sum(next(after) for _ in part.weights) - before[list(group)].sum()
            result.append(CandidateMove(gain, float(more), group, (part,), kind))
    return result


def _combined(splits: Sequence[CandidateMove], mergers: Sequence[CandidateMove]) -> list[CandidateMove]:
    """Return the splits with the mergers of others that are worth a trial, and the best pair in any case."""
    net = np.add.outer([merger.net for merger in mergers], [split.net for split in splits])
    for p, merger in enumerate(mergers):
        net[p, list(merger.removed)] = -np.inf
    if not net.size or net.max() == -np.inf:
        return []
    chosen = np.argwhere(net >= min(LEAST_GAIN, net.max()))
    return [splits[j].beside(mergers[p]) for p, j in chosen]


def _touched(expectation: Expectation) -> Flags:
    """Return which rows each component has a part in, (K, n)."""
    return np.ascontiguousarray((expectation.responsibilities > MIN_RESPONSIBILITY).T)


def _overlap(first: Flags, second: Flags) -> bool:
    """Return whether components that touch these rows share more than one in a hundred of them."""
    return bool((first & second).sum() > 0.01 * min(first.sum(), second.sum()))


def _split(data: SearchData, expectation: Expectation, j: int, uniform: Floats) -> SearchResult:
    mixture = expectation.mixture
    if mixture.weights[j] * data.total_weight < 2 * data.least_rows:
        return None, -np.inf
    restricted = restricted_rows(data, expectation, [j], expectation.touched([j]))
    return best_split(data, restricted, mixture.means[j], restricted.before.covariances.factors[0], uniform)


def _merge(data: SearchData, restricted: RestrictedRows, one: Mixture) -> SearchResult:
    one, gain = partial_em(data, restricted, one, 3)
    return (None, gain) if gain == -np.inf else (one, gain)


def _refit(data: SearchData, restricted: RestrictedRows, one: Mixture, uniform: Floats) -> SearchResult:
    two, gain = best_split(data, restricted, one.means[0], one.covariances.factors[0], uniform)
    return (None, -np.inf) if gain < data.gain_tol else (two, gain)
