"""Bounds of the columns: a region outside which rows are never seen, and limits beyond which values are censored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._types import Floats
from .densities import Densities
from .kernels.censored_rows import Limits
from .kernels.truncated_normal import truncated_moments
from .moments import Moments

__all__ = ["Bounds", "completed_by_unseen", "log_seen"]


@dataclass(frozen=True, eq=False)
class Bounds:
    """The bounds of the columns of a fit.

    Parameters
    ----------
    truncation : Limits, optional
        The box outside which rows are never seen.
    censoring : Limits, optional
        The limits at or beyond which only the side of a value is known.

    Examples
    --------
    >>> Bounds(truncation=Limits(np.array([0.0]), np.array([np.inf]))).truncated
    array([0])
    """

    truncation: Limits | None = None
    censoring: Limits | None = None

    @property
    def truncated(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The columns with a bound of the region."""
        if self.truncation is None:
            return np.empty(0, dtype=np.intp)
        lower, upper = self.truncation
        return np.flatnonzero(np.isfinite(lower) | np.isfinite(upper))

    def __eq__(self, other: object) -> bool:
        return self._values == other._values if isinstance(other, Bounds) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values)

    @property
    def _values(self) -> tuple[object, ...]:
        return tuple(
            None if limits is None else (tuple(limits.lower.tolist()), tuple(limits.upper.tolist()))
            for limits in (self.truncation, self.censoring)
        )

    def scaled(self, factors: Floats) -> Bounds:
        """Return the bounds for columns multiplied by positive factors, (D,)."""
        return Bounds(
            *(
                None if limits is None else Limits(limits.lower * factors, limits.upper * factors)
                for limits in (self.truncation, self.censoring)
            )
        )


def _inside(densities: Densities, bounds: Bounds) -> list[tuple[float, Floats, Floats]]:
    """Return log P, the mean and the covariance (D, D) of each component within the region."""
    columns, truncation = bounds.truncated, bounds.truncation
    assert truncation is not None
    result = []
    for mean, covariance in zip(
        densities.means, densities.frame.matrices(densities.covariances), strict=True
    ):
        inner = covariance[np.ix_(columns, columns)]
        box = truncation.lower[None, columns], truncation.upper[None, columns]
        log_p, centre, spread = truncated_moments(mean[None, columns], inner, *box, fine=True)
        # The other columns follow by regression.
        gain = np.linalg.solve(inner, covariance[columns]).T
        moved = mean + gain @ (centre[0] - mean[columns])
        result.append((float(log_p[0]), moved, covariance + gain @ (spread[0] - inner) @ gain.T))
    return result


def log_seen(densities: Densities, bounds: Bounds) -> float:
    """Return the logarithm of the probability of the region, nats; zero without truncation.

    Parameters
    ----------
    densities : Densities
        Of a mixture.
    """
    if not len(bounds.truncated):
        return 0.0
    weights = np.exp(densities.log_weights)
    return float(
        np.log(
            sum(p * np.exp(inside[0]) for p, inside in zip(weights, _inside(densities, bounds), strict=True))
        )
    )


def completed_by_unseen(moments: Moments, densities: Densities, bounds: Bounds) -> Moments:
    r"""Return the expected moments of seen and unseen rows, with the log-likelihood of the truncated mixture.

    For n rows within a region of probability P there are n (1 − P)/P unseen ones, of component k a number of

    .. math:: n \, p_k (1 - P_k) / P, \qquad P = \sum_k p_k P_k .

    Parameters
    ----------
    moments : Moments
        Of the rows that were seen.
    densities : Densities
        Of the mixture of the E-step.

    References
    ----------
    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM algorithm.
    J. R. Statist. Soc. B 39, 1-38, section 4.2.
    """
    inside, weights, n = _inside(densities, bounds), np.exp(densities.log_weights), moments.total_weight
    probabilities = np.exp([each[0] for each in inside])
    total = float(weights @ probabilities)
    counts = n * weights * (1.0 - probabilities) / total
    whole = densities.frame.matrices(densities.covariances)
    first, second = np.zeros_like(moments.first), np.zeros(whole.shape)
    for k, (_, centre, spread) in enumerate(inside):
        share, p = n * weights[k] / total, probabilities[k]
        all_shift, in_shift = densities.means[k] - moments.reference[k], centre - moments.reference[k]
        first[k] = share * (all_shift - p * in_shift)
        second[k] = share * (
            whole[k] + np.outer(all_shift, all_shift) - p * (spread + np.outer(in_shift, in_shift))
        )
    return Moments(
        moments.frame,
        moments.reference,
        moments.counts + counts,
        moments.first + first,
        moments.second + moments.frame.of_matrices(second),
        float(moments.log_likelihood - n * np.log(total)),
        moments.map_entropy,
        moments.total_weight,
        moments.uniform,
    )
