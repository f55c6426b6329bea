"""Candidates: changes that keep the number of components, by what they would gain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..._types import Floats, Ints
from ...mixture import Mixture
from .climb import View
from .memory import Findings, Identities
from .merges import merged, pair_losses
from .partial import TOUCHED, Part, Scene, partial_em, replaced, scene_of
from .splits import best_split, uniforms
from .table import Table

__all__ = ["Candidate", "Trials", "after"]

Flags: TypeAlias = NDArray[np.bool_]
Found: TypeAlias = tuple[Part | None, float]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A change of a mixture that keeps the number of components.

    Parameters
    ----------
    gain : float
        Predicted gain, nats.
    removed : tuple of int
        Components that go: one that is split and two that are merged, or two that are fitted anew.
    parts : tuple of Part
        What takes their place.
    """

    gain: float
    removed: tuple[int, ...]
    parts: tuple[Part, ...] = field(repr=False)


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

    def splits(self, view: View) -> list[Found]:
        """Return for each component the pair that would best take its place, and what that gains."""
        touched = _touched(view)

        def ask(group: Sequence[int]) -> Callable[[], Found]:
            return partial(
                _split,
                self.table,
                view,
                group[0],
                np.flatnonzero(touched[group[0]]),
                uniforms(self.table, self.rng),
            )

        groups = [(j,) for j in range(view.mixture.n_components)]
        return self._splits.of(groups, ask, self.table.engine)

    def candidates(self, view: View) -> list[Candidate]:
        """Return the changes of a mixture, the most promising first."""
        divided, touched = self.splits(view), _touched(view)
        i, k, losses = pair_losses(view.mixture, self.table.total_weight)
        cheapest = np.argsort(losses, kind="stable")[: 2 * view.mixture.n_components]
        pairs = [(int(i[p]), int(k[p])) for p in cheapest]

        def scene(pair: Sequence[int]) -> Scene:
            rows = np.flatnonzero(touched[pair[0]] | touched[pair[1]])
            return scene_of(self.table, view, list(pair), rows)

        def merge(pair: Sequence[int]) -> Callable[[], Found]:
            return partial(_merge, self.table, view.mixture, pair, partial(scene, pair))

        def refit(pair: Sequence[int]) -> Callable[[], Found]:
            return partial(
                _refit, self.table, view.mixture, pair, partial(scene, pair), uniforms(self.table, self.rng)
            )

        engine = self.table.engine
        joined = self._mergers.of(pairs, merge, engine)
        # Two components that share no rows are the best two for theirs.
        close = [pair for pair in pairs if _overlap(touched[pair[0]], touched[pair[1]])]
        renewed = self._refits.of(close, refit, engine)
        found = [
            Candidate(gain + loss, (j, *pair), (halves, one))
            for pair, (one, loss) in zip(pairs, joined, strict=True)
            for j, (halves, gain) in enumerate(divided)
            if one is not None and halves is not None and j not in pair
        ]
        found += [
            Candidate(gain, pair, (two,))
            for pair, (two, gain) in zip(close, renewed, strict=True)
            if two is not None
        ]
        return sorted(found, key=lambda candidate: -candidate.gain)


def after(table: Table, mixture: Mixture, chosen: Sequence[Candidate]) -> Mixture:
    """Return a mixture after several changes of disjoint components."""
    removed = [component for candidate in chosen for component in candidate.removed]
    return replaced(table, mixture, removed, [part for candidate in chosen for part in candidate.parts])


def _touched(view: View) -> Flags:
    """Return which rows each component has a part in, (K, n)."""
    return np.ascontiguousarray((view.responsibilities > TOUCHED).T)


def _overlap(first: Flags, second: Flags) -> bool:
    """Return whether components that touch these rows share more than one in a hundred of them."""
    return bool((first & second).sum() > 0.01 * min(first.sum(), second.sum()))


def _split(table: Table, view: View, j: int, rows: Ints, uniform: Floats) -> Found:
    mixture = view.mixture
    if mixture.weights[j] * table.total_weight < 2 * table.least_rows:
        return None, -np.inf
    scene = scene_of(table, view, [j], rows)
    return best_split(table, scene, mixture.means[j], scene.before.covariances.factors[0], uniform)


def _merge(table: Table, mixture: Mixture, pair: Sequence[int], scene: Callable[[], Scene]) -> Found:
    one, gain = partial_em(table, scene(), merged(table, mixture, pair), 3)
    return (None, gain) if gain == -np.inf else (one, gain)


def _refit(
    table: Table, mixture: Mixture, pair: Sequence[int], scene: Callable[[], Scene], uniform: Floats
) -> Found:
    one = merged(table, mixture, pair)
    two, gain = best_split(table, scene(), one.means[0], one.covariances.factors[0], uniform)
    return (None, -np.inf) if gain < table.worth else (two, gain)
