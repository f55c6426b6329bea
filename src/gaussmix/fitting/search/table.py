"""The rows that the search works on, and the rules that components of them follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..._types import Floats, Ints
from ...blocks import Block
from ...covariances import Family
from ...engines import Engine
from ...mixture import Mixture
from ...priors import CovariancePrior
from ...starts import StartRows
from ...starts.sample import most_rows as rows_of_a_start

__all__ = ["InBlocks", "Table", "most_rows", "predicts"]

WORK = 1 << 19
"""A block has so many rows × components × (columns + 1) at least: enough for a thread to pay."""
FEW_ROWS = 4_000
"""With fewer rows than this, moves are raced rather than chosen by their predicted gains, and no scan penalty is
asked: on real tables of 1,000 to 2,000 rows a quarter of the verdicts that rested on predictions were wrong.
"""


def most_rows(n_components: int, n_features: int, predicted: bool = True) -> int:
    """Return how many rows the search looks at: enough for every component to show its shape.

    Parameters
    ----------
    n_components, n_features : int
    predicted : bool
        Whether moves are chosen by predicted gains, of which most rows see little, and not by EM on all rows.

    Examples
    --------
    >>> most_rows(5, 2), most_rows(100, 10), most_rows(5, 2, predicted=False)
    (20000, 44000, 2000)
    """
    if predicted:
        return max(20_000, 40 * n_components * (n_features + 1))
    return max(2_000, 100 * n_components)


def predicts(n_rows: float, n_components: int, family: Family) -> bool:
    """Return whether partial EM predicts what a move gains well enough to choose among moves by it.

    With few rows likelihoods differ by too little; where components share a covariance, no few of them can be judged
    apart from the others; and up to three components have no move that leaves one to stand still.
    """
    return n_rows >= FEW_ROWS and n_components > 3 and family.own == family


@dataclass(frozen=True, eq=False)
class InBlocks:
    """Rows (n, D) with weights (n,) as a source of a given number of blocks."""

    X: Floats
    weights: Floats
    n_blocks: int

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return len(self.X)

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return int(self.X.shape[1])

    def block(self, index: int) -> Block:
        """Return one block."""
        size = -(-len(self.X) // self.n_blocks)
        rows = slice(index * size, (index + 1) * size)
        return Block(self.X[rows], self.weights[rows])

    def take(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return some rows (m, D) and their weights (m,)."""
        return self.X[rows], self.weights[rows]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows, and the rules that components of them follow.

    Parameters
    ----------
    rows : StartRows
        n rows with weights and standardised coordinates.
    family : Family
    prior : CovariancePrior
    engine : Engine
        Shares out passes and trials.
    sound : callable
        Says whether a mixture is free of collapsed components.
    fewest : float, optional
        The smallest effective number of rows that a component of the search may have; D + 1 unless given.
    likelihood : bool, default=False
        Compare mixtures by their likelihood alone, without the scan penalty.
    """

    rows: StartRows
    family: Family
    prior: CovariancePrior
    engine: Engine
    sound: Callable[[Mixture], bool] = lambda mixture: True
    fewest: float | None = None
    likelihood: bool = False

    @property
    def X(self) -> Floats:
        """Rows (n, D)."""
        return self.rows.X

    @property
    def weights(self) -> Floats:
        """Weights (n,), all positive."""
        return self.rows.weights

    @cached_property
    def total_weight(self) -> float:
        """Σ w."""
        return float(self.weights.sum())

    @cached_property
    def centred(self) -> Floats:
        """Rows less their mean, (n, D)."""
        return self.X - self.rows.mean

    @cached_property
    def total_scatter(self) -> Floats:
        """Second moments of all rows about their mean in the layout of the family, (D, D) or (D,)."""
        if self.family.layout == "full":
            return np.asarray((self.weights * self.centred.T) @ self.centred)
        return np.asarray(self.weights @ self.centred**2)

    @cached_property
    def worth(self) -> float:
        """Nats that matter: what gains less is the same optimum, further converged."""
        return max(0.5, 1e-4 * self.total_weight)

    @cached_property
    def terms(self) -> tuple[Floats | None, Floats | None]:
        """What the prior adds to a diagonal, and what a covariance may not fall below."""
        return self.prior.terms(self.X.shape[1], self.family.layout == "full")

    @cached_property
    def foretells(self) -> bool:
        """Whether partial EM foretells well enough to settle something.

        With few rows likelihoods differ by too little; where components share a covariance, no few of them can be
        judged apart from the others.
        """
        return self.total_weight >= FEW_ROWS and self.family.own == self.family

    @property
    def least_rows(self) -> float:
        """The smallest effective number of rows that a component of the search may have."""
        return self.X.shape[1] + 1.0 if self.fewest is None else self.fewest

    def source(self, n_components: int) -> InBlocks:
        """Return the rows in blocks that suit passes of so many components."""
        n, D = self.X.shape
        return InBlocks(self.X, self.weights, min(8, max(1, n * n_components * (D + 1) // WORK)))

    def part(self, most: int, rng: np.random.Generator) -> Table:
        """Return the table of a random part of the rows, at most so many."""
        n = len(self.X)
        if n <= most:
            return self
        chosen = np.sort(rng.choice(n, size=most, replace=False, shuffle=False))
        rows = replace(self.rows, X=self.X[chosen], weights=self.weights[chosen])
        return replace(self, rows=rows)

    def seeds(self, n_components: int, rng: np.random.Generator) -> StartRows:
        """Return rows for seeding: all, or a random part of a large table."""
        return self.part(rows_of_a_start(n_components), rng).rows
