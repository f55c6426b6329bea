r"""Common principal axes of several scatter matrices.

References
----------
Flury, B. N. and Gautschi, W. (1986). An algorithm for simultaneous orthogonal transformation of several positive
definite symmetric matrices to nearly diagonal form. SIAM J. Sci. Stat. Comput. 7, 169-184.
Browne, R. P. and McNicholas, P. D. (2014). Estimating common principal components in high dimensions. Advances in Data
Analysis and Classification 8, 217-226.
"""

from __future__ import annotations

import numpy as np

from .._types import Floats

__all__ = ["axes_of", "common_axes"]

_MOST_SWEEPS, _FEW_SWEEPS = 1000, 10
"""Sweeps of a search for axes, and those from given axes: generalised EM improves the axes of the iteration before."""
_LAST = 1e-18
"""A sweep is the last one if no rotation gains more, in nats for each unit of weight."""
_ROUNDING = 1e-15
"""A variance that is a smaller share of the total variance is none."""
_FIRST_AXES = 5
"""Number of components, those of largest weight, whose axes are starts of the search for common axes."""


def common_axes(scatter: Floats, counts: Floats, equal_volume: bool, start: Floats | None) -> Floats:
    r"""Return the orthogonal matrix, with axes as columns, of the common principal axes of scatter matrices, (D, D).

    .. math:: \min_Q \; \sum_k n_k \sum_d \log w_{kd}
              \quad\text{or}\quad
              \min_Q \; \log \sum_k \left( \prod_d w_{kd} \right)^{1/D}, \quad w_{kd} = q_d^T W_k q_d

    The second is that of equal volumes.

    Parameters
    ----------
    scatter : (K, D, D) array
        Scatter matrices W_k.
    counts : (K,) array
        Sums of the responsibilities n_k.
    equal_volume : bool
        Whether all components have one volume.
    start : (D, D) array or None
        Axes to improve by a few sweeps; None for the best axes from several starts.
    """
    if start is not None:
        return _rotated(scatter, counts, equal_volume, start, _FEW_SWEEPS)[0]
    heavy = np.argsort(-counts, kind="stable")[:_FIRST_AXES]
    starts = np.linalg.eigh(np.concatenate([scatter.sum(axis=0)[None], scatter[heavy]]))[1]
    if len(scatter) == 1:
        return np.asarray(starts[0])
    found = [_rotated(scatter, counts, equal_volume, first) for first in starts]
    return min(found, key=lambda pair: pair[1])[0]


def axes_of(matrices: Floats) -> Floats:
    """Return the common axes, as columns, of positive definite matrices (K, D, D), (D, D)."""
    scaled = matrices / np.trace(matrices, axis1=1, axis2=2)[:, None, None]
    return _rotated(scaled, np.ones(len(matrices)), False, np.linalg.eigh(scaled.sum(axis=0))[1])[0]


def _rotated(
    scatter: Floats, counts: Floats, equal_volume: bool, start: Floats, most: int = _MOST_SWEEPS
) -> tuple[Floats, float]:
    """Return the axes after rotations of planes (Jacobi's method), and the objective there."""
    axes, D = start.copy(), len(start)
    turned = axes.T @ scatter @ axes
    least = _ROUNDING * np.trace(turned, axis1=1, axis2=2)
    for _ in range(most):
        if not (np.diagonal(turned, axis1=1, axis2=2) > least[:, None]).all():
            # The objective has no minimum: a component has no extent along some axis.
            break
        planes = [(i, j) for i in range(D) for j in range(i + 1, D)]
        gains = [_turn(turned, axes, counts, equal_volume, plane) for plane in planes]
        if not max(gains, default=0.0) >= _LAST * counts.sum():
            break
    return axes, _objective(np.diagonal(turned, axis1=1, axis2=2), counts, equal_volume)


def _objective(variances: Floats, counts: Floats, equal_volume: bool) -> float:
    logarithms = np.log(variances).sum(axis=1)
    if equal_volume:
        return float(np.logaddexp.reduce(logarithms / variances.shape[1]))
    return float(counts @ logarithms)


def _turn(turned: Floats, axes: Floats, counts: Floats, equal_volume: bool, plane: tuple[int, int]) -> float:
    """Turn one plane in place by the best angle for the variances so far; return the gain, nats."""
    i, j = plane
    shares = counts
    if equal_volume:
        logarithms = np.log(np.diagonal(turned, axis1=1, axis2=2)).mean(axis=1)
        shares = np.exp(logarithms - logarithms.max())
        shares = shares * (counts.sum() / shares.sum())
    a, b, across = turned[:, i, i], turned[:, j, j], turned[:, i, j]
    gaps = shares / a - shares / b
    # The objective is level cos 2t + slope sin 2t, where level ≤ 0.
    level, slope = 0.5 * gaps @ (a - b), gaps @ across
    gain = 0.5 * slope * slope / (np.hypot(level, slope) - level) if slope else 0.0
    if not gain > 0.0:
        return 0.0
    angle = 0.5 * np.arctan2(-slope, -level)
    cosine, sine = np.cos(angle), np.sin(angle)
    rotation, pair = np.array([[cosine, -sine], [sine, cosine]]), [i, j]
    axes[:, pair] = axes[:, pair] @ rotation
    turned[:, :, pair] = turned[:, :, pair] @ rotation
    turned[:, pair, :] = rotation.T @ turned[:, pair, :]
    return float(gain)
