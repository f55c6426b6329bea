"""Two mixtures of the same columns, and formulas for all pairs of their components."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats
from ..errors import InputError
from ..mixture import Mixture
from ..mixture.of_model import gaussians_of

__all__ = ["divergences_of_pairs", "log_overlaps", "only_gaussians", "two_mixtures"]


def two_mixtures(p: Any, q: Any, what: str) -> tuple[Mixture, Mixture]:
    """Return the mixtures of two models of the same columns."""
    first, second = gaussians_of(p, what), gaussians_of(q, what)
    if first.n_features != second.n_features:
        raise InputError(
            f"the mixtures have {first.n_features} and {second.n_features} columns: give two of the same columns."
        )
    names = first.feature_names, second.feature_names
    if None not in names and names[0] != names[1]:
        raise InputError(
            f"the mixtures have the columns {', '.join(names[0] or ())} and {', '.join(names[1] or ())}: "
            "give two of the same columns in the same order."
        )
    for mixture in (first, second):
        if mixture.covariances.singular:
            raise InputError(
                f"{what} needs densities in all columns: give mixtures without singular covariances."
            )
    return first, second


def only_gaussians(p: Mixture, q: Mixture, what: str) -> None:
    """Raise InputError where a mixture has a uniform component."""
    if p.uniform is not None or q.uniform is not None:
        raise InputError(
            f"{what} has a closed form for Gaussian components only: leave out the uniform component with "
            "mixture.take(range(mixture.n_components)), or use kl_divergence."
        )


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


def log_overlaps(p: Mixture, q: Mixture) -> Floats:
    r"""Return the logarithms of the integrals of products of all pairs of components, (K, L).

    .. math:: \log \int N(x \mid \mu_a, \Sigma_a) N(x \mid \mu_b, \Sigma_b) \, dx
              = \log N(\mu_a \mid \mu_b, \Sigma_a + \Sigma_b)
    """
    covariances, D = p.covariances.dense(), p.n_features
    result = np.empty((p.n_components, q.n_components))
    for b, covariance in enumerate(q.covariances.dense()):
        roots = np.linalg.cholesky(covariances + covariance)
        apart = np.linalg.solve(roots, (p.means - q.means[b])[:, :, None])[:, :, 0]
        logs = 2.0 * np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
        result[:, b] = -0.5 * ((apart**2).sum(axis=1) + logs + D * np.log(2.0 * np.pi))
    return result
