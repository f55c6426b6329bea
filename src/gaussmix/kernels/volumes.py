r"""Volumes of components: equal, or free with a common shape.

The volume of a covariance is :math:`\lambda_k = |\Sigma_k|^{1/D}`.

References
----------
Celeux, G. and Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern Recognition 28, 781-793.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats

__all__ = ["equal_volumes", "volumes_of_one_matrix", "volumes_of_one_shape"]

_MOST_STEPS = 200
"""Newton's method needs a handful of steps."""
_LAST = 1e-8
"""A step of Newton's method that is shorter is the last one: its error is about its square."""


def equal_volumes(log_volumes: Floats, counts: Floats) -> Floats:
    r"""Return the factors from scatter matrices to covariances of equal volume, (K,).

    .. math:: \Sigma_k = \frac{\sum_j |W_j|^{1/D}}{N} \, \frac{W_k}{|W_k|^{1/D}}

    Parameters
    ----------
    log_volumes : (K,) array
        Logarithms of :math:`|W_k|^{1/D}`.
    counts : (K,) array
        Sums of the responsibilities, whose total is N.
    """
    top = log_volumes.max()
    return np.asarray(np.exp(log_volumes - top).sum() / counts.sum() * np.exp(top - log_volumes))


def volumes_of_one_shape(scatter: Floats, counts: Floats, start: Floats) -> tuple[Floats, Floats]:
    r"""Return λ_k (K,) and b (D,) of variances :math:`\sigma_{kd}^2 = \lambda_k b_d`.

    Parameters
    ----------
    scatter : (K, D) array
        Sums of squares along the axes.
    counts : (K,) array
        Sums of the responsibilities.
    start : (K,) array
        Volumes to begin at, up to a common factor.
    """

    def shares(logarithms: Floats) -> tuple[float, Floats, Floats]:
        parts = scatter * np.exp(-logarithms)[:, None]
        total = parts.sum(axis=0)
        parts /= total
        return float(np.log(total).sum()), parts.sum(axis=1), parts @ parts.T

    volumes = _newton(shares, counts, scatter.shape[1], start)
    return volumes, (scatter / volumes[:, None]).sum(axis=0) / counts.sum()


def volumes_of_one_matrix(scatter: Floats, counts: Floats, start: Floats) -> tuple[Floats, Floats]:
    r"""Return λ_k (K,) and C (D, D) of covariances :math:`\Sigma_k = \lambda_k C`.

    Parameters
    ----------
    scatter : (K, D, D) array
        Scatter matrices.
    counts : (K,) array
        Sums of the responsibilities.
    start : (K,) array
        Volumes to begin at, up to a common factor.
    """

    def shares(logarithms: Floats) -> tuple[float, Floats, Floats]:
        parts = scatter * np.exp(-logarithms)[:, None, None]
        total = parts.sum(axis=0)
        parts = np.linalg.solve(total, parts)
        traces = np.trace(parts, axis1=1, axis2=2)
        return float(np.linalg.slogdet(total)[1]), traces, np.einsum("kij,lji->kl", parts, parts)

    volumes = _newton(shares, counts, scatter.shape[1], start)
    return volumes, (scatter / volumes[:, None, None]).sum(axis=0) / counts.sum()


def _newton(shares: Any, counts: Floats, D: int, start: Floats) -> Floats:
    r"""Return the volumes that minimise the convex function of their logarithms

    .. math:: D \sum_k n_k \log \lambda_k + N \log \left| \sum_k W_k / \lambda_k \right| .

    Where a step of Newton's method leads up, the step is that of the fixed point, which never does.
    """  # noqa: D400
    N, logarithms = counts.sum(), np.log(start)
    logarithms = logarithms - logarithms.mean()
    log_determinant, traces, products = shares(logarithms)
    value = D * counts @ logarithms + N * log_determinant
    for _ in range(_MOST_STEPS):
        # The function does not change when all volumes grow by one factor: the ones make the matrix definite.
        hessian = N * (np.diag(traces) - products) + N
        step = np.linalg.solve(hessian, N * traces - D * counts)
        tried = logarithms + step
        found = shares(tried)
        following = D * counts @ tried + N * found[0]
        if not following <= value + 1e-13 * abs(value):
            step = np.log(N * traces / (D * counts))
            tried = logarithms + step
            found = shares(tried)
            following = D * counts @ tried + N * found[0]
        logarithms, value, (_, traces, products) = tried, following, found
        if np.abs(step).max() < _LAST:
            break
    return np.asarray(np.exp(logarithms))
