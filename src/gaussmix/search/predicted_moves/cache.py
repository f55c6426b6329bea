"""Cache of trial results, keyed by component ids; an id changes when 5 % of its rows do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np

from ..._types import Floats
from ...engines import TaskPool
from ..local_em import Expectation

__all__ = ["ComponentIds", "OutOfTimeError", "TrialCache", "same_optimum"]

F = TypeVar("F")

CHANGED = 0.05
"""A component gets a new id if more than this fraction of its rows changed."""


class OutOfTimeError(Exception):
    """Lack of time for the trials of a search."""


class ComponentIds:
    """Component ids, with a new id for a changed component.

    Parameters
    ----------
    n_components : int
    """

    def __init__(self, n_components: int) -> None:
        self.names = list(range(n_components))
        self._next = n_components

    def of(self, components: Sequence[int]) -> frozenset[int]:
        """Return the ids of some components."""
        return frozenset(self.names[c] for c in components)

    def follow(self, before: Expectation, after: Expectation, kept: list[int], weights: Floats) -> None:
        """Update the ids for a new mixture, with the components ``kept`` of the old one first.

        Parameters
        ----------
        before, after : Expectation
        kept : list of int
        weights : (n,) array
            Of the rows.
        """
        names: list[int | None] = []
        for now, then in enumerate(kept):  # one by one, to save memory
            old = before.responsibilities[:, then]
            moved = weights @ np.abs(after.responsibilities[:, now] - old)
            names.append(self.names[then] if moved < CHANGED * (weights @ old) else None)
        names += [None] * (after.mixture.n_components - len(kept))
        self.names = [self._new() if name is None else name for name in names]

    def _new(self) -> int:
        self._next += 1
        return self._next - 1


def same_optimum(one: Expectation, other: Expectation, weights: Floats) -> bool:
    """Return whether two mixtures are (nearly) the same up to the order of their components.

    Parameters
    ----------
    one, other : Expectation
    weights : (n,) array
        Of the rows.
    """
    mine, theirs = one.responsibilities, other.responsibilities
    weighted = theirs * weights[:, None]
    partners = (mine.T @ weighted).argmax(axis=1)
    if len(set(partners)) < len(partners):
        return False
    counts = weighted.sum(axis=0)
    return all(
        weights @ np.abs(mine[:, k] - theirs[:, partner]) < 2 * CHANGED * counts[partner]
        for k, partner in enumerate(partners)
    )


class TrialCache(Generic[F]):
    """Cache of results for groups of components, by their ids.

    Parameters
    ----------
    ids : ComponentIds
    late : callable
        Returns whether no further trial is to be begun: :class:`OutOfTimeError` is then raised.
    """

    def __init__(self, ids: ComponentIds, late: Callable[[], bool] = lambda: False) -> None:
        self.ids, self.late = ids, late
        self._known: dict[frozenset[int], F] = {}

    def __contains__(self, components: Sequence[int]) -> bool:
        """Return whether the cache has a result for a group of components."""
        return self.ids.of(components) in self._known

    def known(self, components: Sequence[int]) -> F:
        """Return the result for a group of components."""
        return self._known[self.ids.of(components)]

    def keep(self, components: Sequence[int], finding: F) -> None:
        """Store the result for a group of components."""
        self._known[self.ids.of(components)] = finding

    def of(
        self, groups: Sequence[Sequence[int]], ask: Callable[[Sequence[int]], Callable[[], F]], pool: TaskPool
    ) -> list[F]:
        """Return the result for each group; missing results are computed in parallel.

        Parameters
        ----------
        groups : sequence of groups of components
        ask : callable
            Called in order for the groups without a result; returns the function to compute it, called in any order.
        pool : TaskPool
        """
        unknown = [group for group in groups if group not in self]
        for group, finding in zip(
            unknown, pool.map(self._call, [ask(group) for group in unknown]), strict=True
        ):
            self.keep(group, finding)
        return [self._known[self.ids.of(group)] for group in groups]

    def _call(self, find: Callable[[], F]) -> F:
        if self.late():
            raise OutOfTimeError
        return find()
