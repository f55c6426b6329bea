"""The effort of a search: the numbers of starts, children and passes within its budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...starts.partitions import FEW
from ..budget import PATIENCE
from ..search_data import SearchData

__all__ = ["Effort"]

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
RETURNS, PER_COMPONENT = 20, 4
"""Number of starts and children at the maximum of the best mixture that ends the search with a clear verdict: 20, or
four for each component if they are fewer. On 900 fits of two and three components to real tables, the clear verdicts
were 91 instead of 81 %, and 0.7 instead of 0.4 % of them were wrong, compared with 20.
"""
RETURNS_TO_KNOWN = 10
"""The most of them where the best mixture has the likelihood of a known fit, which other starts found. Of 426
selections among the families of mclust (213 real tables of 15 to 320 rows, two seeds), one chose a BIC that differed by
more than 0.01 from that with twice as many, a lower one; with half as many, seven chose a higher one. One on the
airquality table took 5 % less time.
"""
FEW_STARTS = 6
"""Starts where the rows are too few for the parameters: a search for higher likelihood would find spurious optima. With
four, 3 of 99 fits to well separated clusters in 20 to 100 columns missed them; with six to twelve, one.
"""


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
        The factor of the number of mixtures of a population.
    returns : int
        The number of starts and children at the best maximum that ends a population.
    known : float
        The log-likelihood of a known fit, nats: a population that finds it again needs fewer returns.
    """

    starts: int
    children: int
    survivors: int
    passes: int
    patience: int = PATIENCE
    factor: int = 1
    returns: int = RETURNS
    known: float = -np.inf

    @classmethod
    def within(
        cls, passes: float, data: SearchData, n_components: int, patience: int = PATIENCE, factor: int = 1
    ) -> Effort:
        """Return the effort of a population within a number of passes; only starts if the rows are few.

        Parameters
        ----------
        passes : float
        data : SearchData
        n_components : int
            K.
        patience, factor : int
            See :class:`Effort`; both ``patience`` and the returns are multiplied by ``factor``.
        """
        if not data.supports(n_components):
            return cls(FEW_STARTS, 0, 2, 0, patience)
        n_parts = n_components + (data.model.uniform is not None)
        share = max(0.0, min(1.0, passes / MOST_PASSES)) ** 0.6
        starts = MOST_STARTS if n_parts <= FEW else MOST_STARTS // 2
        return cls(
            max(3, round(starts * share)),
            max(6, round(MOST_CHILDREN * share)),
            max(1, round(MOST_SURVIVORS * share)),
            int(passes),
            patience * factor,
            factor,
            RETURNS * factor if factor > 1 else min(RETURNS, PER_COMPONENT * n_parts),
        )

    @property
    def returns_to_known(self) -> int:
        """The number of returns to the likelihood of a known fit that ends a population."""
        return min(self.returns, RETURNS_TO_KNOWN * self.factor)

    @property
    def grown(self) -> int:
        """Number of children of a generation continued by EM."""
        return max(1, self.children // 4)

    @property
    def generation(self) -> int:
        """The passes of a generation."""
        return self.children * CHILD + self.grown * GROWN + self.survivors * MORE
