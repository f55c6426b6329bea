"""Passes over rows with missing values or measurement errors, written to be read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Rows
from .reference import Sums

__all__ = ["em_pass_rows", "rows_joint"]


def _row_parts(
    x: Floats, noise: Floats | None, means: Floats, covariances: Floats
) -> Iterator[tuple[float, Floats, Floats]]:
    """Yield, for each component, log N(x_o | μ_o, T), the expected row (D,) and its covariance (D, D)."""
    o = np.flatnonzero(~np.isnan(x))
    for mean, covariance in zip(means, covariances, strict=True):
        dense = covariance if covariance.ndim == 2 else np.diag(covariance)
        seen = dense[np.ix_(o, o)]
        if noise is not None:
            seen = seen + (noise[np.ix_(o, o)] if noise.ndim == 2 else np.diag(noise[o]))
        shift = x[o] - mean[o]
        gain = np.linalg.solve(seen, dense[o]).T
        log_normal = -0.5 * (
            len(o) * np.log(2 * np.pi) + np.linalg.slogdet(seen)[1] + shift @ np.linalg.solve(seen, shift)
        )
        yield log_normal, mean + gain @ shift, dense - gain @ dense[o]


def rows_joint(
    X: Rows, noise: Floats | None, means: Floats, covariances: Floats, log_weights: Floats
) -> Floats:
    """Return the log-joint densities of what was observed, (n, K)."""
    joint = np.empty((len(X), len(means)))
    for i, x in enumerate(np.asarray(X, dtype=float)):
        joint[i] = log_weights + [
            part[0] for part in _row_parts(x, None if noise is None else noise[i], means, covariances)
        ]
    return joint


def em_pass_rows(
    X: Rows,
    weights: Floats | None,
    noise: Floats | None,
    allowed: NDArray[np.bool_] | None,
    background: Floats | None,
    means: Floats,
    covariances: Floats,
    log_weights: Floats,
    reference: Floats,
) -> Sums:
    """Return the moments of one E-step: expected values given what was observed, about the reference."""
    K, D = means.shape
    full = covariances.ndim == 3
    counts, first, second, ll, me = np.zeros(K), np.zeros((K, D)), np.zeros(covariances.shape), 0.0, 0.0
    for i, x in enumerate(np.asarray(X, dtype=float)):
        w = 1.0 if weights is None else weights[i]
        parts = list(_row_parts(x, None if noise is None else noise[i], means, covariances))
        joint = log_weights + [p[0] for p in parts]
        if allowed is not None:
            joint = np.where(allowed[i], joint, -np.inf)
        allj = joint if background is None else np.append(joint, background[i])
        total = np.logaddexp.reduce(allj)
        ll += w * total
        me += w * (allj.max() - total)
        r = w * np.exp(joint - total)
        counts += r
        for k in np.flatnonzero(r):
            d = parts[k][1] - reference[k]
            first[k] += r[k] * d
            S = np.outer(d, d) + parts[k][2]
            second[k] += r[k] * (S if full else np.diag(S))
    return counts, first, second, ll, me
