"""The reference kernel, written for clarity: other kernels agree with it up to rounding.

Shapes: X (n, D); weights (n,) or None; means (K, D); factors (K, D, D) lower triangular or (K, D) diagonal,
with Σ_k⁻¹ = L_kᵀ L_k; offsets (K,), the logarithm of each component's weight times its normalising constant;
reference (K, D), the points that the moments are taken about. Nothing is checked.
"""

from __future__ import annotations

import numpy as np

from .._types import Floats, Ints, Rows
from . import distant
from .incomplete_rows import Sums, em_pass_rows, rows_expected, rows_joint

__all__ = [
    "Sums",
    "em_pass",
    "em_pass_rows",
    "linear_pass",
    "log_joint",
    "log_prob",
    "predict",
    "responsibilities",
    "rows_expected",
    "rows_joint",
    "weighted_moments",
]


def log_joint(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log p_k N(x | μ_k, Σ_k) = offset_k − ½ |L_k (x − μ_k)|², as (n, K)."""
    return distant.mend_log_joint(_log_joint(X, means, factors, offsets), X, means, factors, offsets)


def _log_joint(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    rows = np.asarray(X, dtype=np.float64)
    result = np.empty((rows.shape[0], means.shape[0]))
    with np.errstate(over="ignore", invalid="ignore"):
        for k, (mean, factor) in enumerate(zip(means, factors, strict=True)):
            deviation = rows - mean
            whitened = deviation * factor if factor.ndim == 1 else deviation @ factor.T
            result[:, k] = offsets[k] - 0.5 * np.sum(whitened**2, axis=1)
    return result


def log_prob(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log Σ_k p_k N(x | μ_k, Σ_k), as (n,)."""
    result = _log_sum_exp(_log_joint(X, means, factors, offsets))
    return distant.mend_log_prob(result, X, means, factors, offsets, distant.LIMIT)


def responsibilities(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return p_k N(x | μ_k, Σ_k) / p(x), as (n, K)."""
    joint = _log_joint(X, means, factors, offsets)
    log_density = _log_sum_exp(joint)
    with np.errstate(invalid="ignore"):
        result = np.exp(joint - log_density[:, None])
    result[~(log_density > -distant.LIMIT)] = np.nan
    return distant.mend_responsibilities(result, X, means, factors, offsets)


def predict(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Ints:
    """Return the component of the largest responsibility, the first of equals, as (n,)."""
    joint = _log_joint(X, means, factors, offsets)
    labels = np.where(joint.max(axis=1) > -distant.LIMIT, joint.argmax(axis=1), -1)
    return distant.mend_labels(labels, X, means, factors, offsets)


def weighted_moments(
    X: Rows, responsibilities: Floats, reference: Floats, full: bool
) -> tuple[Floats, Floats, Floats]:
    """Return counts, first and second moments of rows with responsibilities (n, K), weights included."""
    rows = np.asarray(X, dtype=np.float64)
    K, D = reference.shape
    first, second = np.zeros((K, D)), np.zeros((K, D, D) if full else (K, D))
    for k in range(K):
        deviation = rows - reference[k]
        weighted = responsibilities[:, k, None] * deviation
        first[k] = weighted.sum(axis=0)
        second[k] = weighted.T @ deviation if full else (weighted * deviation).sum(axis=0)
    return responsibilities.sum(axis=0), first, second


def em_pass(
    X: Rows,
    weights: Floats | None,
    means: Floats,
    factors: Floats,
    offsets: Floats,
    reference: Floats,
    background: Floats | None = None,
) -> Sums:
    """Return the moments of one E-step: r = softmax_k(log_joint), then sums of w r about the reference.

    The background (n,) is the log-density of components that the pass leaves as they are: they take their share of
    every row, and have no moments.
    """
    joint = _log_joint(X, means, factors, offsets)
    all_joint = joint if background is None else np.column_stack([joint, background])
    log_density = _log_sum_exp(all_joint)
    if not np.isfinite(log_density).all():
        return distant.em_pass(X, weights, means, factors, offsets, reference, background)
    log_responsibilities = all_joint - log_density[:, None]
    row_weights = np.ones(len(X)) if weights is None else weights
    responsibilities = row_weights[:, None] * np.exp(log_responsibilities[:, : len(means)])
    sums = weighted_moments(X, responsibilities, reference, full=factors.ndim == 3)
    map_entropy = log_responsibilities.max(axis=1, initial=-np.inf) if len(X) else np.zeros(0)
    return *sums, float(row_weights @ log_density), float(row_weights @ map_entropy)


def linear_pass(X: Rows, weights: Floats | None, slopes: Floats, intercepts: Floats) -> Floats:
    """Return the sums of an E-step with log-joint densities a_k + b_kᵀ x, linear in rows X (n, D).

    So they are, less what all components have in common, where these share a covariance. The sums are one array of
    K + K D + 1: counts Σ w r_k, then Σ w r_k x, and last Σ w log Σ_k exp(a_k + b_kᵀ x).
    """
    joint = intercepts + np.asarray(X, dtype=np.float64) @ slopes.T
    log_total = _log_sum_exp(joint)
    row_weights = np.ones(len(X)) if weights is None else weights
    responsibilities = row_weights[:, None] * np.exp(joint - log_total[:, None])
    first = responsibilities.T @ X
    return np.concatenate([responsibilities.sum(axis=0), first.ravel(), [row_weights @ log_total]])


def _log_sum_exp(joint: Floats) -> Floats:
    top = joint.max(axis=1, initial=-np.inf) if joint.size else np.zeros(joint.shape[0])
    with np.errstate(invalid="ignore"):
        return np.asarray(top + np.log(np.exp(joint - top[:, None]).sum(axis=1)))
