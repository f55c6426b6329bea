"""Two mixtures of the same columns, and formulas for all pairs of their components."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats
from ..mixture import Mixture
from ..mixture.distances import check_columns, check_gaussians, check_regular
from ..mixture.of_model import gaussians_of

__all__ = ["divergences_of_pairs", "two_gaussian_mixtures", "two_mixtures"]


def two_mixtures(p: Any, q: Any, what: str) -> tuple[Mixture, Mixture]:
    """Return the mixtures of two models of the same columns."""
    first, second = gaussians_of(p, what), gaussians_of(q, what)
    check_columns(first, second)
    check_regular(first, second, what)
    return first, second


def two_gaussian_mixtures(p: Any, q: Any, what: str) -> tuple[Mixture, Mixture]:
    """Return the mixtures of two models of the same columns, if they have no uniform component."""
    first, second = two_mixtures(p, q, what)
    check_gaussians(first, second, what)
    return first, second


def divergences_of_pairs(p: Mixture, q: Mixture) -> Floats:
    r"""Return the Kullback-Leibler divergences of all pairs of components, (K, L).

    .. math:: \tfrac12 \left( \operatorname{tr} \Sigma_b^{-1} \Sigma_a + \delta^T \Sigma_b^{-1} \delta - D
              + \log |\Sigma_b| - \log |\Sigma_a| \right)
    """
    covariances, D = p.covariances.dense(), p.n_features
    factors = np.linalg.inv(np.linalg.cholesky(q.covariances.dense()))
    result = np.empty((p.n_components, q.n_components))
    for b, factor in enumerate(factors):
        apart = (p.means - q.means[b]) @ factor.T
        traces = np.einsum("ij,kjl,il->k", factor, covariances, factor, optimize=True)
        result[:, b] = traces + (apart**2).sum(axis=1) - D
    result += q.covariances.log_determinants - p.covariances.log_determinants[:, None]
    return np.maximum(0.5 * result, 0.0)
