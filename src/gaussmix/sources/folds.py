"""Random subsets of the rows of a source, chosen by their positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..blocks import Block
from .base import Part, Source
from .derived import DerivedSource
from .distinct import mixed

__all__ = ["Fold", "FoldPart", "FoldSource"]


@dataclass(frozen=True)
class Fold:
    """Random share of the rows: those whose position has a random number between two bounds.

    Parameters
    ----------
    salt : int
        Chooses the random numbers.
    low, high : float
        0 ≤ low < high ≤ 1.
    inside : bool, default=True
        Whether the rows are these, or all others.

    Examples
    --------
    >>> halves = [Fold(10, 0.0, 0.5, inside).of(np.arange(6)) for inside in (True, False)]
    >>> [half.tolist() for half in halves]
    [[0, 2, 5], [1, 3, 4]]
    """

    salt: int
    low: float
    high: float
    inside: bool = True

    def of(self, positions: NDArray[np.integer]) -> NDArray[np.intp]:
        """Return the indices of the positions in the fold, ascending."""
        keys = mixed(positions.astype(np.uint64) ^ np.uint64(self.salt))
        uniform = (mixed(keys) >> np.uint64(11)) * 2.0**-53
        return np.flatnonzero(((uniform >= self.low) & (uniform < self.high)) == self.inside)


@dataclass(frozen=True, slots=True, eq=False)
class FoldPart:
    """Some rows of a part of another source."""

    part: Part
    fold: Fold

    def read(self) -> Block:
        """Return the rows of the fold, possibly none, with a ``start`` that no other part has."""
        block = self.part.read()
        return block.take(self.fold.of(block.start + np.arange(block.n_rows)))


@dataclass(frozen=True, eq=False)
class FoldSource(DerivedSource):
    """A random share of the rows of another source, read with all of them.

    Examples
    --------
    >>> from gaussmix.sources import ArraySource
    >>> rest = FoldSource(ArraySource(np.arange(6.0)[:, None]), Fold(10, 0.0, 0.5, inside=False))
    >>> rest.parts()[0].read().X.ravel()
    array([1., 3., 4.])
    """

    source: Source
    fold: Fold

    @property
    def n_rows(self) -> None:
        """None: only a pass over the rows can tell."""
        return

    def _part(self, part: Part) -> FoldPart:
        return FoldPart(part, self.fold)
