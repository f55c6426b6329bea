r"""Passes over rows with missing values under multivariate t densities.

Of a row with the values o of d columns observed, x_o has a t density with the same degrees of freedom. With
:math:`\delta = |L_{oo}(x_o - \mu_o)|^2`, the latent precision τ and the true values v have the posterior moments

.. math:: u = E[\tau] = \frac{\nu + d}{\nu + \delta}, \qquad E[\tau v] = u \hat v, \qquad
          E[\tau v v^T] = u \hat v \hat v^T + C,

with :math:`\hat v` and C the mean and the covariance of v given x_o under the Gaussian of the same parameters.

Wang, H., Zhang, Q., Luo, B. and Wei, S. (2004). Robust mixture modelling using multivariate t-distribution with missing
information. Pattern Recognition Letters 25, 701-710.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import digamma

from .._types import Floats, Ints
from .incomplete_rows import Gaussians, Observations
from .patterns import patterns
from .student import log_normalisers

__all__ = [
    "StudentSums",
    "em_pass_rows",
    "log_scale_excess",
    "posterior_shares",
    "rows_expected",
    "rows_joint",
]

_VALUES = 1 << 20


class StudentSums(NamedTuple):
    """The sums of an E-step with t densities.

    Parameters
    ----------
    counts : (K,) array
        Σ w r u.
    first, second : (K, D) and (K, D, D) arrays
        Σ w r E[τ (v − c)] and Σ w r E[τ (v − c)(v − c)ᵀ].
    log_likelihood, map_entropy : float
        Σ w log p(x) and Σ w log max_k r_k.
    members : (K,) array
        Σ w r.
    log_scales : (K,) array
        Σ w r (E[log τ] − u).
    """

    counts: Floats
    first: Floats
    second: Floats
    log_likelihood: float
    map_entropy: float
    members: Floats
    log_scales: Floats


class _Given(NamedTuple):
    """One component, given the rows of one pattern."""

    log_joint: Floats  # (n,)
    ratio: Floats  # log(1 + δ/ν), (n,)
    expected: Floats  # v̂, (n, D)
    covariance: Floats  # C, (D, D)


def log_scale_excess(ratios: Floats, degrees: Floats, n_features: int) -> tuple[Floats, Floats]:
    """Return u and E[log τ] − u of log(1 + δ/ν), (n, K), for d observed columns."""
    log_u = np.log1p(n_features / degrees) - ratios
    u = np.exp(log_u)
    half = (degrees + n_features) / 2.0
    return u, np.asarray(log_u - u + digamma(half) - np.log(half))


def posterior_shares(joint: Floats, background: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Return responsibilities (n, K), log p(x) and log max_k r_k, (n,), beside a background."""
    # NumPy reduces short rows slowly: components come first.
    whole = np.array(joint.T, order="C") if background is None else np.vstack([joint.T, background])
    top = whole.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    whole -= safe
    np.exp(whole, out=whole)
    total = whole.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_density = safe + np.log(total)
        whole /= total
        return whole[: joint.shape[1]].T, log_density, top - log_density


def em_pass_rows(rows: Observations, gaussians: Gaussians, degrees: Floats, reference: Floats) -> StudentSums:
    """Return the sums of an E-step over rows with missing values, about a reference (K, D)."""
    K, D = gaussians.means.shape
    counts, members, log_scales = np.zeros((3, K))
    first, second = np.zeros((K, D)), np.zeros((K, D, D))
    log_likelihood = map_entropy = 0.0
    for some, columns in _patterns(rows, K):
        given = [_given(some, columns, gaussians, degrees, k) for k in range(K)]
        joint = np.column_stack([component.log_joint for component in given])
        if some.allowed is not None:
            joint[~some.allowed] = -np.inf
        shares, log_density, log_top = posterior_shares(joint, some.background)
        w = np.ones(len(joint)) if some.weights is None else some.weights
        log_likelihood += float(w @ log_density)
        map_entropy += float(w @ log_top)
        ratios = np.column_stack([component.ratio for component in given])
        u, excess = log_scale_excess(ratios, degrees, len(columns))
        r = w[:, None] * shares
        members += r.sum(axis=0)
        log_scales += (r * excess).sum(axis=0)
        counts += (r * u).sum(axis=0)
        for k, component in enumerate(given):
            deviations = component.expected - reference[k]
            weighted = deviations * (r[:, k] * u[:, k])[:, None]
            first[k] += weighted.sum(axis=0)
            second[k] += weighted.T @ deviations + r[:, k].sum() * component.covariance
    return StudentSums(counts, first, second, log_likelihood, map_entropy, members, log_scales)


def rows_joint(rows: Observations, gaussians: Gaussians, degrees: Floats) -> tuple[Floats, Floats]:
    """Return the log-joint densities of rows with missing values, and their u, (n, K)."""
    n, K = len(rows.X), len(gaussians.means)
    joint, u = np.empty((n, K)), np.empty((n, K))
    for some, columns, places in _placed_patterns(rows, K):
        for k in range(K):
            given = _given(some, columns, gaussians, degrees, k)
            joint[places, k] = given.log_joint
            u[places, k] = log_scale_excess(given.ratio, degrees[k : k + 1], len(columns))[0]
    return joint, u


def rows_expected(rows: Observations, gaussians: Gaussians, degrees: Floats) -> Floats:
    """Return the posterior means of the true values of rows, (n, D)."""
    K, D = gaussians.means.shape
    result = np.zeros((len(rows.X), D))
    for some, columns, places in _placed_patterns(rows, K):
        given = [_given(some, columns, gaussians, degrees, k) for k in range(K)]
        joint = np.column_stack([component.log_joint for component in given])
        shares = posterior_shares(joint, some.background)[0]
        for k, component in enumerate(given):
            result[places] += shares[:, k, None] * component.expected
    return result


def _given(rows: Observations, columns: Ints, gaussians: Gaussians, degrees: Floats, k: int) -> _Given:
    mean, covariance, nu = gaussians.means[k], gaussians.covariances[k], float(degrees[k])
    d, n = len(columns), len(rows.X)
    lower = np.linalg.cholesky(covariance[np.ix_(columns, columns)])
    shift = np.asarray(rows.X[:, columns], dtype=np.float64) - mean[columns]
    whitened = np.linalg.solve(lower, shift.T)
    across = np.linalg.solve(lower, covariance[columns])
    unit = np.maximum(np.abs(whitened).max(axis=0, initial=0.0), 1.0)
    lengths = np.log(unit) + 0.5 * np.log(np.square(whitened / unit).sum(axis=0) + 1e-300)
    ratio = np.where(unit < 1e100, np.log1p(np.exp(2.0 * lengths) / nu), 2.0 * lengths - np.log(nu))
    constant = log_normalisers(degrees[k : k + 1], d)[0] - 0.5 * d * np.log(2.0 * np.pi)
    constant += gaussians.log_weights[k] - np.log(np.diagonal(lower)).sum()
    expected = np.broadcast_to(mean, (n, len(mean))) + whitened.T @ across
    expected[:, columns] = rows.X[:, columns]
    rest = covariance - across.T @ across
    rest[columns, :] = rest[:, columns] = 0.0
    return _Given(constant - 0.5 * (nu + d) * ratio, ratio, expected, rest)


def _placed_patterns(rows: Observations, n_components: int) -> Iterator[tuple[Observations, Ints, Ints]]:
    """Yield the rows of each pattern of missing values, their observed columns and their places."""
    size = max(1, _VALUES // max(1, n_components * rows.X.shape[1]))
    for columns, places in patterns(np.isnan(rows.X)):
        for start in range(0, len(places), size):
            some = places[start : start + size]
            yield rows.take(some), columns, some


def _patterns(rows: Observations, n_components: int) -> Iterator[tuple[Observations, Ints]]:
    for some, columns, _ in _placed_patterns(rows, n_components):
        yield some, columns
