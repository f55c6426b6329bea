r"""EM that leaves out the rows of least density, anew in each step.

.. math:: \max_{v, \theta} \sum_n v_n \log p(x_n \mid \theta), \qquad 0 \le v_n \le w_n, \quad
          \sum_n v_n = (1 - \alpha) \sum_n w_n

Given the mixture, the best v keeps the rows of largest density; given v, a step of EM does not lower the sum. So the
trimmed log-likelihood never falls.

References
----------
Neykov, N., Filzmoser, P., Dimova, R. and Neytchev, P. (2007). Robust fitting of mixtures using the trimmed likelihood
estimator. Computational Statistics & Data Analysis 52, 299-308.
García-Escudero, L. A., Gordaliza, A., Matrán, C. and Mayo-Iscar, A. (2008). A general trimming approach to robust
cluster analysis. Ann. Statist. 36, 1324-1345.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..densities import Densities
from ..em import e_step
from ..engines import Engine
from ..incomplete import log_joint
from ..log_space import log_sum_exp
from ..mixture import Mixture
from ..moments import Moments
from ..sources import Source
from ..trimming import Cutoff, Trimming
from .batch import BatchEM
from .spread import Spread

__all__ = ["TrimmedEM", "cutoff_of", "kept_rows", "scores_of", "trimming_of"]

_GATHERED = 1 << 22
"""Number of rows whose scores are held at a time."""
_BITS = 16
"""Bits of a score that one histogram resolves."""


def trimming_of(share: float, spread: Spread) -> Trimming | None:
    """Return the trimming of a share of the rows, with the scales of the columns; None without a share.

    Parameters
    ----------
    share : float
        α.
    spread : Spread
        Of the rows.
    """
    return Trimming(share, 0.5 * np.log(spread.frame.diagonal(spread.scale))) if share > 0 else None


def scores_of(densities: Densities, trimming: Trimming, block: Block) -> Floats:
    """Return the scores of the rows of a block, (n,)."""
    if block.plain:
        return densities.kernel.log_prob(block.X, *densities.arrays)
    return trimming.scores(log_sum_exp(log_joint(densities, block)), block)


@dataclass(frozen=True, eq=False)
class _Scores:
    """Scores and weights of rows, in their order."""

    values: Floats
    weights: Floats

    def __add__(self, other: _Scores) -> _Scores:
        return _Scores(
            np.concatenate([self.values, other.values]), np.concatenate([self.weights, other.weights])
        )


def _gathered(densities: Densities, trimming: Trimming, low: int, high: int, block: Block) -> _Scores:
    """Return the scores whose keys are in a range, and their weights."""
    scores = scores_of(densities, trimming, block)
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    if (low, high) == (0, 1 << 64):
        return _Scores(scores, weights)
    keys = _keys(scores)
    inside = (keys >= np.uint64(low)) & (keys <= np.uint64(high - 1))
    return _Scores(scores[inside], weights[inside])


def _histogram(densities: Densities, trimming: Trimming, block: Block) -> Floats:
    """Return the weights and the numbers of rows by the leading bits of their scores' keys, (2, bins)."""
    scores = scores_of(densities, trimming, block)
    bins = (_keys(scores) >> np.uint64(64 - _BITS)).astype(np.intp)
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    return np.stack([np.bincount(bins, w, 1 << _BITS) for w in (weights, np.ones(len(bins)))])


def _keys(scores: Floats) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return whole numbers in the order of the scores."""
    bits = (scores + 0.0).view(np.uint64)
    sign = np.uint64(1 << 63)
    return np.where(bits & sign, ~bits, bits | sign)


def cutoff_of(mixture: Mixture, trimming: Trimming, source: Source, engine: Engine) -> Cutoff:
    """Return the cutoff of a mixture: the exact quantile of the scores, by one pass, or by two over many rows.

    Parameters
    ----------
    source : Source
        Rows.
    engine : Engine
        Adds up over its blocks.

    Examples
    --------
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.sources import ArraySource
    >>> rows = ArraySource(np.array([[0.0], [1.0], [2.0], [9.0]]))
    >>> cutoff_of(Mixture([1.0], [[0.0]], [1.0]), Trimming(0.25, np.zeros(1)), rows, SerialEngine()).share
    1.0
    """
    densities = mixture.densities
    if source.n_rows is not None and source.n_rows <= _GATHERED:
        everything = engine.sum(partial(_gathered, densities, trimming, 0, 1 << 64), source)
        total = float(everything.weights.sum())
        return Cutoff.of(everything.values, everything.weights, (1.0 - trimming.share) * total)
    histogram = engine.sum(partial(_histogram, densities, trimming), source)[0]
    kept = (1.0 - trimming.share) * float(histogram.sum())
    above = np.cumsum(histogram[::-1])
    at = len(histogram) - 1 - int(np.searchsorted(above, kept * (1.0 - 1e-12)))
    low, high = at << (64 - _BITS), (at + 1) << (64 - _BITS)
    inside = engine.sum(partial(_gathered, densities, trimming, low, high), source)
    return Cutoff.of(inside.values, inside.weights, kept - float(histogram[at + 1 :].sum()))


def kept_rows(densities: Densities, trimming: Trimming, cutoff: Cutoff, block: Block) -> tuple[Block, float]:
    """Return the rows that are kept, with their weights, and Σ v times the excess of their scores over log p."""
    scores = scores_of(densities, trimming, block)
    weights = cutoff.weights(scores, block.weights)
    chosen = np.flatnonzero(weights > 0)
    kept = replace(block.take(chosen), weights=weights[chosen])
    if not block.holes:
        return kept, 0.0
    return kept, -float(weights[chosen] @ (np.isnan(kept.X) @ trimming.log_scales))


def trimmed_step(
    densities: Densities, trimming: Trimming, cutoff: Cutoff, block: Block, reference: Floats | None = None
) -> Moments:
    """Return the moments of the rows of a block that are kept; the log-likelihood is the sum of their scores.

    Parameters
    ----------
    reference : (K, D) array, optional
        As in :func:`gaussmix.em.e_step`.
    """
    kept, excess = kept_rows(densities, trimming, cutoff, block)
    if not kept.n_rows:
        return Moments.zero(densities.frame, densities.means if reference is None else reference)
    moments = e_step(densities, kept, reference)
    return replace(moments, log_likelihood=moments.log_likelihood + excess)


@dataclass(frozen=True, eq=False)
class TrimmedEM(BatchEM):
    """Plain EM on the rows that are not trimmed, which each step chooses anew.

    Parameters
    ----------
    problem : Problem
        The rows, the model with its trimming, and the engine.

    Examples
    --------
    >>> from gaussmix import Spherical
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import Problem
    >>> from gaussmix.model import Model
    >>> from gaussmix.sources import ArraySource
    >>> rows = ArraySource(np.array([[0.0], [1.0], [2.0], [99.0]]))
    >>> model = Model(Spherical(), trimming=Trimming(0.25, np.zeros(1)))
    >>> driver = TrimmedEM(Problem(rows, model, SerialEngine()))
    >>> driver.step(driver.init(Mixture([1.0], [[3.0]], [9.0]))).mixture.means
    array([[1.]])
    """

    def e_step_of(self, mixture: Mixture) -> Callable[..., Moments]:
        """Return the E-step of the rows of a block that are kept."""
        problem, trimming = self.problem, self.problem.model.trimming
        assert trimming is not None
        cutoff = cutoff_of(mixture, trimming, problem.source, problem.engine)
        return partial(trimmed_step, mixture.densities, trimming, cutoff)
