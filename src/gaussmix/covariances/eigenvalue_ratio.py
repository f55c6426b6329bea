r"""A bound of the ratio of eigenvalues over all components.

.. math:: \frac{\max_{k,j} \lambda_{kj}}{\min_{k,j} \lambda_{kj}} \le c

The likelihood is then bounded, and no component can collapse.
"""

from __future__ import annotations

import numpy as np

from .._types import Floats
from .covariances import Covariances
from .decomposed import Decomposed, expected_log_likelihood

__all__ = ["eigenvalue_ratio", "truncation", "within_ratio"]

_ROUNDING = 1e-9
_CLOSED = ("EEV", "VVE")
"""Models of common parts that a truncation of eigenvalues stays in."""


def truncation(eigenvalues: Floats, counts: Floats, ratio: float) -> float:
    r"""Return the lower bound m of the truncated eigenvalues of largest likelihood.

    .. math:: \min_m \sum_k n_k \sum_j \left( \log \lambda_{kj}^m + \lambda_{kj} / \lambda_{kj}^m \right), \quad
              \lambda^m = \min(\max(\lambda, m), c m)

    The sum is convex in log m, and between two breakpoints its minimum has a closed form.

    Parameters
    ----------
    eigenvalues : (K, D) array
    counts : (K,) array
        n_k.
    ratio : float
        c ≥ 1.

    Examples
    --------
    >>> truncation(np.array([[1.0], [9.0]]), np.array([1.0, 1.0]), 1.0)
    5.0

    References
    ----------
    Fritz, H., García-Escudero, L. A. and Mayo-Iscar, A. (2013). A fast algorithm for robust constrained clustering.
    Computational Statistics & Data Analysis 61, 124-136.
    """
    values = eigenvalues.ravel()
    weights = np.repeat(counts, eigenvalues.shape[1])
    breaks = np.unique(np.concatenate([values, values / ratio]))

    def slope(m: float) -> float:
        low, high = values < m, values > ratio * m
        return float(
            (weights[low] * (m - values[low])).sum() + (weights[high] * (m - values[high] / ratio)).sum()
        )

    below, above = 0, len(breaks) - 1
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if slope(breaks[middle]) <= 0 else (below, middle)
    inside = 0.5 * (breaks[below] + breaks[above])
    low, high = values < inside, values > ratio * inside
    total = weights[low].sum() + weights[high].sum()
    if not total > 0:
        return float(inside)
    best = ((weights[low] * values[low]).sum() + (weights[high] * values[high]).sum() / ratio) / total
    return float(np.clip(best, breaks[below], breaks[above]))


def eigenvalue_ratio(covariances: Covariances) -> float:
    """Return the ratio of the largest eigenvalue of all components to the smallest."""
    values = covariances.family.frame.eigenvalues(covariances.in_frame())
    least, most = float(values.min()), float(values.max())
    return most / least if least > 0 else np.inf


def within_ratio(
    covariances: Covariances,
    counts: Floats,
    ratio: float,
    scatter: Floats | None = None,
    start: Covariances | None = None,
) -> Covariances:
    """Return covariances with a bounded ratio of eigenvalues, of largest expected log-likelihood.

    The truncation is exact, but in families with a common volume or shape: there the logarithms of the eigenvalues are
    shrunk to their mean, unless the covariances before are more likely.

    Parameters
    ----------
    covariances : Covariances
        Those of maximum likelihood.
    counts : (K,) array
    ratio : float
        c ≥ 1.
    scatter : (K, D, D) or (K, D) array, optional
        Scatter matrices about the means, which families of common parts are compared by.
    start : Covariances, optional
        Those before the M-step.
    """
    family, framed = covariances.family, covariances.in_frame()
    full = family.frame.full
    values, vectors = np.linalg.eigh(framed) if full else (framed, None)
    if values.min() > 0 and values.max() <= ratio * values.min() * (1.0 + _ROUNDING):
        return covariances
    least = truncation(values, counts, ratio)
    partly = isinstance(family, Decomposed) and family.model not in _CLOSED
    bounded = _shrunk(values, counts, ratio, least) if partly else np.clip(values, least, ratio * least)
    framed = bounded if vectors is None else (vectors * bounded[:, None, :]) @ vectors.swapaxes(1, 2)
    if full:
        framed = 0.5 * (framed + framed.swapaxes(1, 2))
    if family.pooling is None:
        return family.nearest(framed, counts)
    result = family.of_frame(framed)
    if not isinstance(family, Decomposed) or scatter is None or start is None:
        return result
    if not eigenvalue_ratio(start) <= ratio * (1.0 + 1e-6):
        return result
    ours, theirs = (expected_log_likelihood(one, scatter, counts) for one in (result, start))
    return result if ours > theirs else start


def _shrunk(values: Floats, counts: Floats, ratio: float, least: float) -> Floats:
    """Return eigenvalues to a common power with a bounded ratio, times a factor: shapes and volumes stay common."""
    values = np.maximum(values, 1e-12 * values.max())
    power = min(1.0, np.log(ratio) / np.log(values.max() / values.min()))
    shrunk = np.exp(power * np.log(values))
    factor = float((counts @ (values / shrunk)).sum() / (counts.sum() * values.shape[1]))
    return np.asarray(factor * shrunk)
