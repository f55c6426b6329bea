r"""Probabilities and moments of Gaussians within boxes.

In one column they have a closed form. In several, the box is mapped to a cube by conditional distributions, one column
after the other; the last column is integrated exactly and the others by the tanh-sinh rule, or by a lattice rule beyond
three columns. The nodes are fixed, so that results are smooth functions of the parameters. At the ends of the cube, in
the tails, a quantile has a logarithmic singularity, in spite of which the tanh-sinh rule converges. For the lattice, a
polynomial makes the integrand periodic with three derivatives; in more than six columns its weights would vary too
much, and the baker's transformation makes it continuous.

Genz, A. (1992). Numerical computation of multivariate normal probabilities. J. Comput. Graph. Statist. 1, 141-149.
Sloan, I. H. and Joe, S. (1994). Lattice methods for multiple integration. Oxford University Press, chapter 2.
Takahasi, H. and Mori, M. (1974). Double exponential formulas for numerical integration. Publ. RIMS 9, 721-741.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import expit, log_ndtr, ndtri_exp

from .._types import Floats

__all__ = ["truncated_moments", "univariate_moments"]

_NODES = {1: (64, 3.6), 2: (32, 3.2)}
"""Nodes of each column that is integrated numerically, and the end of their parameter, by the number of columns."""
_LATTICE, _FINE_LATTICE = (1021, 413), (4093, 665)
"""Points and generator of the lattices for more columns: many boxes, and one box."""
_SMOOTH = 5
"""Most columns of a lattice for which a polynomial makes the integrand smooth."""
_FAR = 1e4
"""Standard deviations beyond which the tail is exponential to rounding."""


def univariate_moments(low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log P(a ≤ z ≤ b), E[z] and Var[z] of standard normal z within [a, b].

    Parameters
    ----------
    low, high : arrays
        Bounds a < b, perhaps infinite.

    Examples
    --------
    >>> log_p, mean, variance = univariate_moments(np.array([0.0]), np.array([np.inf]))
    >>> log_p.round(4), mean.round(4), variance.round(4)
    (array([-0.6931]), array([0.7979]), array([0.3634]))
    """
    # On the side of the lower tail, where probabilities keep their digits.
    flip = low > -high
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    log_p = _log_difference(log_ndtr(b), log_ndtr(a))
    at_a, at_b = (_density_over(bound, log_p) for bound in (a, b))
    mean = at_a - at_b
    edge = _times(a, at_a) - _times(b, at_b)
    variance = 1.0 + edge - mean * mean
    far = b < -_FAR
    with np.errstate(divide="ignore"):
        mean = np.where(far, b + 1.0 / b, mean)
        variance = np.where(far, 1.0 / np.square(b), np.maximum(variance, 1e-12))
    narrow = np.minimum(mean - a, b - mean) < 0
    mean = np.where(narrow, np.clip(mean, a, b), mean)
    return log_p, np.where(flip, -mean, mean), variance


def _log_difference(larger: Floats, smaller: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(larger + np.log1p(-np.exp(np.minimum(smaller - larger, 0.0))))


def _density_over(bound: Floats, log_p: Floats) -> Floats:
    """Return φ(z)/P."""
    with np.errstate(over="ignore", invalid="ignore"):
        value = np.exp(-0.5 * np.square(bound) - 0.5 * np.log(2.0 * np.pi) - log_p)
    return np.where(np.isfinite(bound), value, 0.0)


def _times(bound: Floats, value: Floats) -> Floats:
    return np.where(value == 0, 0.0, np.where(np.isfinite(bound), bound, 0.0) * value)


def truncated_moments(
    means: Floats, covariance: Floats, lower: Floats, upper: Floats, fine: bool = False
) -> tuple[Floats, Floats, Floats]:
    """Return log P, mean and covariance of Gaussians of one covariance within boxes.

    Parameters
    ----------
    means : (m, d) array
    covariance : (d, d) array
    lower, upper : (m, d) arrays
        The boxes, perhaps with infinite sides.
    fine : bool
        Whether to take four times as many points beyond three columns.

    Returns
    -------
    log_p : (m,) array
    mean : (m, d) array
    covariance : (m, d, d) array

    Examples
    --------
    >>> moments = truncated_moments(np.zeros((1, 2)), np.eye(2), np.zeros((1, 2)), np.full((1, 2), np.inf))
    >>> np.exp(moments[0]).round(6)
    array([0.25])
    """
    m, d = means.shape
    root = np.linalg.cholesky(covariance)
    if d == 1:
        sd = root[0, 0]
        log_p, mean, variance = univariate_moments(
            (lower[:, 0] - means[:, 0]) / sd, (upper[:, 0] - means[:, 0]) / sd
        )
        return log_p, means + sd * mean[:, None], sd * sd * variance[:, None, None]
    nodes, complements, weights = _rule(d - 1, _FINE_LATTICE if fine else _LATTICE)
    low, high = lower - means, upper - means
    z = np.zeros((m, len(nodes), d))
    log_w = np.broadcast_to(np.log(weights), (m, len(nodes))).copy()
    for j in range(d - 1):
        before = z[:, :, :j] @ root[j, :j]
        a, b = (low[:, j, None] - before) / root[j, j], (high[:, j, None] - before) / root[j, j]
        log_p, z[:, :, j] = _inverse(a, b, nodes[:, j], complements[:, j])
        log_w += log_p
    before = z[:, :, : d - 1] @ root[d - 1, : d - 1]
    log_p, z[:, :, d - 1], last = univariate_moments(
        (low[:, d - 1, None] - before) / root[d - 1, d - 1],
        (high[:, d - 1, None] - before) / root[d - 1, d - 1],
    )
    log_w += log_p
    top = log_w.max(axis=1, keepdims=True)
    shares = np.exp(log_w - top)
    total = shares.sum(axis=1, keepdims=True)
    shares /= total
    mean = np.einsum("mq,mqd->md", shares, z)
    deviations = z - mean[:, None]
    spread = np.einsum("mq,mqi,mqj->mij", shares, deviations, deviations)
    spread[:, d - 1, d - 1] += (shares * last).sum(axis=1)
    return (
        (top + np.log(total))[:, 0],
        means + mean @ root.T,
        np.asarray(root @ spread @ root.T),
    )


def _inverse(low: Floats, high: Floats, u: Floats, complement: Floats) -> tuple[Floats, Floats]:
    """Return log P(a ≤ z ≤ b), and the quantiles u = 1 − complement of z within."""
    flip = low > -high
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    share = np.where(flip, complement, u)
    log_a, log_b = log_ndtr(a), log_ndtr(b)
    log_p = _log_difference(log_b, log_a)
    z = ndtri_exp(np.minimum(np.logaddexp(log_a, np.log(share) + log_p), -1e-300))
    z = np.clip(z, a, b)
    return log_p, np.where(flip, -z, z)


@lru_cache(maxsize=8)
def _rule(d: int, lattice: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Return nodes u (q, d) in the unit cube, 1 − u, and their weights (q,)."""
    if d not in _NODES:
        return _lattice_rule(d, *lattice)
    n, end = _NODES[d]
    s = 0.5 * np.pi * np.sinh(t := np.linspace(-end, end, n))
    u, w = expit(2.0 * s), np.cosh(t) / np.square(np.cosh(s))
    grids = np.meshgrid(*[u] * d, indexing="ij")
    products = np.meshgrid(*[w / w.sum()] * d, indexing="ij")
    nodes = np.stack([g.ravel() for g in grids], axis=1)
    # The nodes are symmetric, and so 1 − u is exact.
    return nodes, nodes[::-1], np.prod([p.ravel() for p in products], axis=0)


def _lattice_rule(d: int, size: int, generator: int) -> tuple[Floats, Floats, Floats]:
    """Return the rule of a Korobov lattice after a periodising transformation."""
    steps = np.array([pow(generator, j, size) for j in range(d)])
    x = (np.arange(size)[:, None] * steps % size + 0.25) / size  # no node is an end or the middle
    if d > _SMOOTH:
        nodes = 1.0 - np.abs(2.0 * x - 1.0)
        return nodes, 1.0 - nodes, np.full(size, 1.0 / size)
    weights = np.prod(np.power(x * (1.0 - x), 3), axis=1)
    return _smooth_step(x), _smooth_step(1.0 - x), weights / weights.sum()


def _smooth_step(x: Floats) -> Floats:
    """Return the integral of 140 x³ (1 − x)³."""
    return np.asarray(x**4 * (35.0 - x * (84.0 - x * (70.0 - 20.0 * x))))
