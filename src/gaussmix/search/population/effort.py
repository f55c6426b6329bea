"""The effort of a search: its cost in plain fits, and the numbers of starts, children and passes within it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...starts.partitions import FEW
from ..budget import MANY, PATIENCE
from ..search_data import SearchData

__all__ = ["Effort", "work"]

PRICE, LEAST_PRICE = 240.0, 15.0
"""The most that a search costs, in plain fits of scikit-learn: of a short one, and of a long one.

Most searches end earlier, when enough runs agree.
"""
SHORT = 6e7
"""Up to this cost a plain fit is short; beyond, the price falls with the power 0.4 of the cost."""
FIT, ITERATIONS, PASS = 2e7, 7.0, 5e4
"""The fixed cost of a plain fit, its number of passes, and the fixed cost of one of our passes.

Costs are in tenths of a nanosecond.
"""
MOST_PASSES = 1_500
"""The number of passes for which starts and children have their full number."""
MOST_STARTS, MOST_CHILDREN, MOST_SURVIVORS = 24, 16, 8
"""Starts of a search (half of them with more than FEW components, where crossovers find more); children of a
generation; mixtures of the population that go on in a generation.
"""
FIRST, CHILD, GROWN, MORE = 8, 5, 20, 10
"""EM iterations of a start, of a child, of the best quarter of the children, and of a mixture of the population in each
generation.
"""
FEW_STARTS = 6
"""Starts where the rows are too few for the parameters: a search for higher likelihood would find spurious optima. With
four, 3 of 99 fits to well separated clusters in 20 to 100 columns missed them; with six to twelve, one.
"""


def work(data: SearchData, n_components: int) -> tuple[float, float]:
    """Return estimates of the cost of one of our passes and of one of scikit-learn's, in tenths of a nanosecond.

    Those of scikit-learn have a fixed part, for calls of NumPy, some for each covariance matrix.
    """
    n, D = data.X.shape
    pairs, square = n * n_components, (D + 1.0) * (D + 2.0)
    if not data.model.full:
        return pairs * (30.0 + 4.0 * D), 1.2e6 + pairs * (250.0 + 3.0 * D)
    if data.model.pooled:
        return pairs * (60.0 + 3.5 * D) + 5.0 * D**3, 2e6 + pairs * (250.0 + square)
    theirs = 2e6 + 4.5e5 * n_components + pairs * (250.0 + 1.5 * square)
    return pairs * (30.0 + 0.9 * square) + 2.0 * n_components * D**3, theirs


@dataclass(frozen=True)
class Effort:
    """The numbers of starts, children and passes of a search.

    Parameters
    ----------
    starts : int
        Starting partitions.
    children : int
        Crossovers of a generation.
    survivors : int
        Mixtures of the population that go on in a generation.
    passes : int
        The most passes over the rows before the last EM iterations; more only for the starts.
    patience : int
        The number of generations without a sufficient gain after which the search ends.
    factor : int
        The factor of the number of returns that end a population, and of the number of its mixtures.
    known : float
        The log-likelihood of a known fit, nats: a population that finds it again needs fewer returns.
    """

    starts: int
    children: int
    survivors: int
    passes: int
    patience: int = PATIENCE
    factor: int = 1
    known: float = -np.inf

    @classmethod
    def for_table(
        cls, data: SearchData, n_components: int, patience: int = PATIENCE, factor: int = 1
    ) -> Effort:
        """Return an effort that costs a few plain fits.

        A plain fit from k-means takes some milliseconds and some passes.
        """
        if not data.supports(n_components):
            return cls(FEW_STARTS, 0, 2, 0, patience)
        ours, theirs = work(data, n_components)
        fit = FIT + ITERATIONS * theirs
        most = PRICE * min(1.0, MANY / n_components)
        price = max(LEAST_PRICE, most * min(1.0, (SHORT / fit) ** 0.4))
        passes = price * fit / (PASS + ours)
        share = min(1.0, passes / MOST_PASSES) ** 0.6
        starts = MOST_STARTS if n_components <= FEW else MOST_STARTS // 2
        return cls(
            max(3, round(starts * share)),
            max(6, round(MOST_CHILDREN * share)),
            max(1, round(MOST_SURVIVORS * share)),
            # Twice the returns and generations of twice as many populations.
            int(passes * factor**3),
            patience * factor,
            factor,
        )

    @property
    def grown(self) -> int:
        """Number of children of a generation continued by EM."""
        return max(1, self.children // 4)

    @property
    def generation(self) -> int:
        """The passes of a generation."""
        return self.children * CHILD + self.grown * GROWN + self.survivors * MORE
