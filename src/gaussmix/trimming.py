"""Trimming: the share of rows of least density that a fit leaves out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ._types import Floats
from .blocks import Block

__all__ = ["Cutoff", "Trimming"]


@dataclass(frozen=True, eq=False)
class Cutoff:
    """The density below which rows are left out.

    Parameters
    ----------
    score : float
        Rows of a smaller score are left out.
    share : float
        The share of the weight of rows of just this score that counts, so that the weight left out is exact.

    Examples
    --------
    >>> Cutoff(-1.0, 0.5).weights(np.array([-2.0, -1.0, 0.0]), None)
    array([0. , 0.5, 1. ])
    """

    score: float
    share: float

    def weights(self, scores: Floats, weights: Floats | None) -> Floats:
        """Return the weights (n,) of rows of given scores that are kept."""
        kept = np.where(scores > self.score, 1.0, np.where(scores == self.score, self.share, 0.0))
        return kept if weights is None else kept * weights

    @classmethod
    def of(cls, scores: Floats, weights: Floats, kept: float) -> Cutoff:
        """Return the cutoff that keeps a weight of the rows of largest score."""
        order = np.argsort(-scores, kind="stable")
        above = np.cumsum(weights[order])
        at = min(int(np.searchsorted(above, kept * (1.0 - 1e-12))), len(scores) - 1)
        score = float(scores[order[at]])
        equal = scores == score
        more = float(weights[scores > score].sum())
        total = float(weights[equal].sum())
        return cls(score, float(np.clip((kept - more) / total, 0.0, 1.0)) if total > 0 else 1.0)


@dataclass(frozen=True, eq=False)
class Trimming:
    r"""Leave out the share α of the rows with the least density.

    The score of a row is the logarithm of its density. A missing value counts as one of density 1/s, with s the scale
    of the column, so that rows of different columns can be compared in any units:

    .. math:: \log p(x_o) - \sum_{d \notin o} \log s_d

    Parameters
    ----------
    share : float
        α, of the weight of all rows.
    log_scales : (D,) array
        log s.

    Examples
    --------
    >>> Trimming(0.1, np.zeros(2)).share
    0.1

    References
    ----------
    García-Escudero, L. A., Gordaliza, A., Matrán, C. and Mayo-Iscar, A. (2008). A general trimming approach to robust
    cluster analysis. Ann. Statist. 36, 1324-1345.
    """

    share: float
    log_scales: Floats

    def scores(self, log_prob: Floats, block: Block) -> Floats:
        """Return the scores of rows of given log-densities, (n,)."""
        if not block.holes:
            return log_prob
        return np.asarray(log_prob - np.isnan(block.X) @ self.log_scales)

    def scaled(self, factors: Floats) -> Trimming:
        """Return the trimming for columns multiplied by factors, (D,)."""
        return replace(self, log_scales=self.log_scales + np.log(factors))
