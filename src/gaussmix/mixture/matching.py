"""Components in the order of those of another mixture."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy.optimize import linear_sum_assignment

from .._types import Floats, Ints
from ..covariances import Covariances

__all__ = ["matching_order"]


class Components(Protocol):
    """The components of a mixture."""

    @property
    def weights(self) -> Floats:
        """(K,)."""
        ...

    @property
    def means(self) -> Floats:
        """(K, D)."""
        ...

    @property
    def covariances(self) -> Covariances:
        """Of K components."""
        ...


def matching_order(mixture: Components, other: Components) -> Ints:
    """Return the components of a mixture in the order of those of another one, (K,).

    Each component of the other is matched with one of the mixture, so that the sum of the Bhattacharyya distances is
    least. Components that are left over follow in descending order of weight.

    Parameters
    ----------
    mixture, other : Mixture
        Of K and of L components, in the same columns.
    """
    distances = _bhattacharyya(mixture, other)
    # rows: components of the other
    positions, chosen = linear_sum_assignment(distances)
    found = chosen[np.argsort(positions)]
    left = np.setdiff1d(np.arange(len(mixture.weights)), found)
    return np.concatenate([found, left[np.argsort(-mixture.weights[left], kind="stable")]]).astype(np.intp)


def _bhattacharyya(mixture: Components, other: Components) -> Floats:
    r"""Return the distances of all pairs of components, (L, K).

    .. math:: \tfrac18 \delta^T \bar\Sigma^{-1} \delta + \tfrac12 \log |\bar\Sigma|
              - \tfrac14 \log |\Sigma_1| - \tfrac14 \log |\Sigma_2|, \quad \bar\Sigma = (\Sigma_1 + \Sigma_2) / 2
    """
    ours, theirs = mixture.covariances, other.covariances
    dense = ours.dense()
    result = np.empty((len(other.means), len(mixture.means)))
    for i, (mean, covariance) in enumerate(zip(other.means, theirs.dense(), strict=True)):
        between = (dense + covariance) / 2.0
        shift = (mixture.means - mean)[:, :, None]
        squared = (shift * np.linalg.solve(between, shift)).sum(axis=(1, 2))
        result[i] = squared / 8.0 + np.linalg.slogdet(between)[1] / 2.0
    return result - theirs.log_determinants[:, None] / 4.0 - ours.log_determinants / 4.0
