"""Candidates: changes that keep the number of components, by what they would gain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._types import Floats
from ..mixture import Mixture
from .chance import looks
from .climb import TOUCHED, View
from .memory import Findings, Identities
from .merges import merged, pair_losses
from .partial import Scene, partial_em, replaced, scene_of
from .splits import best_split, uniforms
from .table import Table

__all__ = ["HOPELESS", "Candidate", "Found", "Trials", "after", "with_looks"]

Kind: TypeAlias = Literal["exchange", "refit"]
Flags: TypeAlias = NDArray[np.bool_]
Found: TypeAlias = tuple[Mixture | None, float]
"""What came of a trial, and its gain; nothing is −∞."""

HOPELESS = -5.0
"""Nats: a candidate that is predicted to lose more than this is not tried."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A change of a mixture that keeps the number of components.

    Parameters
    ----------
    gain : float
        Predicted gain of log-likelihood, nats.
    more_looks : float
        How many more :func:`looks` the parts have than what they take the place of, nats.
    removed : tuple of int
        Components that go: one that is split and two that are merged, or two that are fitted anew.
    parts : tuple of Mixture
        What takes their place.
    kind : "exchange" or "refit"
    """

    gain: float
    more_looks: float
    removed: tuple[int, ...]
    parts: tuple[Mixture, ...] = field(repr=False)
    kind: Kind = "exchange"

    @property
    def net(self) -> float:
        """The gain beyond what chance offers, nats."""
        return self.gain - self.more_looks

    def beside(self, other: Candidate) -> Candidate:
        """Return this change and one of other components as one."""
        return Candidate(
            self.gain + other.gain,
            self.more_looks + other.more_looks,
            (*self.removed, *other.removed),
            (*self.parts, *other.parts),
            self.kind,
        )


class Trials:
    """Trials of splits, mergers and new fits of pairs, with what earlier ones found.

    Parameters
    ----------
    table : Table
    identities : Identities
    rng : numpy.random.Generator
    """

    def __init__(self, table: Table, identities: Identities, rng: np.random.Generator) -> None:
        self.table, self.rng = table, rng
        self._splits: Findings[Found] = Findings(identities)
        self._mergers: Findings[Found] = Findings(identities)
        self._refits: Findings[Found] = Findings(identities)
        self._paired: tuple[View, dict[tuple[int, int], Mixture]] | None = None

    def splits(self, view: View) -> list[Found]:
        """Return for each component the pair that would best take its place, and what that gains."""

        def ask(group: Sequence[int]) -> Callable[[], Found]:
            return partial(_split, self.table, view, group[0], uniforms(self.table, self.rng))

        groups = [(j,) for j in range(view.mixture.n_components)]
        return self._splits.of(groups, ask, self.table.engine)

    def mergers(self, view: View) -> list[Candidate]:
        """Return what it costs to merge each of the pairs that lose least; nothing is −∞."""
        one_of = self._pairs(view)
        pairs = list(one_of)

        def merge(pair: Sequence[int]) -> Callable[[], Found]:
            return lambda: _merge(self.table, self._scene(view, pair), one_of[pair[0], pair[1]])

        joined = self._mergers.of(pairs, merge, self.table.engine)
        return with_looks(self.table, view.mixture, pairs, joined)

    def refits(self, view: View) -> list[Candidate]:
        """Return what new fits of pairs that overlap gain."""
        one_of, touched = self._pairs(view), _touched(view)

        def refit(pair: Sequence[int]) -> Callable[[], Found]:
            uniform = uniforms(self.table, self.rng)
            return lambda: _refit(self.table, self._scene(view, pair), one_of[pair[0], pair[1]], uniform)

        # Two components that share no rows are the best two for theirs.
        close = [pair for pair in one_of if _overlap(touched[pair[0]], touched[pair[1]])]
        renewed = self._refits.of(close, refit, self.table.engine)
        return [told for told in with_looks(self.table, view.mixture, close, renewed, "refit") if told.parts]

    def candidates(self, view: View) -> list[Candidate]:
        """Return the changes of a mixture, the most promising first."""
        components = [(j,) for j in range(view.mixture.n_components)]
        splits = with_looks(self.table, view.mixture, components, self.splits(view))
        found = _combined(splits, self.mergers(view)) + self.refits(view)
        return sorted(found, key=lambda candidate: -candidate.net)

    def _pairs(self, view: View) -> dict[tuple[int, int], Mixture]:
        """Return the pairs whose merger loses least, and the one component that each would become."""
        if self._paired is None or self._paired[0] is not view:
            i, k, losses = pair_losses(view.mixture, self.table.total_weight)
            cheapest = np.argsort(losses, kind="stable")[: 2 * view.mixture.n_components]
            pairs = [(int(i[p]), int(k[p])) for p in cheapest]
            self._paired = view, dict(zip(pairs, merged(self.table, view.mixture, pairs), strict=True))
        return self._paired[1]

    def _scene(self, view: View, pair: Sequence[int]) -> Scene:
        return scene_of(self.table, view, list(pair), view.touched(pair))


def after(table: Table, mixture: Mixture, chosen: Sequence[Candidate]) -> Mixture:
    """Return a mixture after several changes of disjoint components."""
    removed = [component for candidate in chosen for component in candidate.removed]
    return replaced(table, mixture, removed, [part for candidate in chosen for part in candidate.parts])


def with_looks(
    table: Table,
    mixture: Mixture,
    groups: Sequence[tuple[int, ...]],
    found: Sequence[Found],
    kind: Kind = "exchange",
) -> list[Candidate]:
    """Return what was found about groups of components with the looks that it has more than they; nothing is −∞."""
    before = looks(table, mixture.covariances.in_frame())
    framed = [part.covariances.in_frame() for part, _ in found if part is not None]
    after = iter(looks(table, np.concatenate(framed)) if framed else ())
    result = []
    for group, (part, gain) in zip(groups, found, strict=True):
        if part is None:
            result.append(Candidate(-np.inf, 0.0, group, ()))
        else:
            more = sum(next(after) for _ in part.weights) - before[list(group)].sum()
            result.append(Candidate(gain, float(more), group, (part,), kind))
    return result


def _combined(splits: Sequence[Candidate], mergers: Sequence[Candidate]) -> list[Candidate]:
    """Return the splits with the mergers of others that are worth a trial, and the best pair in any case."""
    net = np.add.outer([merger.net for merger in mergers], [split.net for split in splits])
    for p, merger in enumerate(mergers):
        net[p, list(merger.removed)] = -np.inf
    if not net.size or net.max() == -np.inf:
        return []
    chosen = np.argwhere(net >= min(HOPELESS, net.max()))
    return [splits[j].beside(mergers[p]) for p, j in chosen]


def _touched(view: View) -> Flags:
    """Return which rows each component has a part in, (K, n)."""
    return np.ascontiguousarray((view.responsibilities > TOUCHED).T)


def _overlap(first: Flags, second: Flags) -> bool:
    """Return whether components that touch these rows share more than one in a hundred of them."""
    return bool((first & second).sum() > 0.01 * min(first.sum(), second.sum()))


def _split(table: Table, view: View, j: int, uniform: Floats) -> Found:
    mixture = view.mixture
    if mixture.weights[j] * table.total_weight < 2 * table.least_rows:
        return None, -np.inf
    scene = scene_of(table, view, [j], view.touched([j]))
    return best_split(table, scene, mixture.means[j], scene.before.covariances.factors[0], uniform)


def _merge(table: Table, scene: Scene, one: Mixture) -> Found:
    one, gain = partial_em(table, scene, one, 3)
    return (None, gain) if gain == -np.inf else (one, gain)


def _refit(table: Table, scene: Scene, one: Mixture, uniform: Floats) -> Found:
    two, gain = best_split(table, scene, one.means[0], one.covariances.factors[0], uniform)
    return (None, -np.inf) if gain < table.worth else (two, gain)
