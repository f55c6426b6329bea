r"""Passes over rows with missing values and measurement errors, of components Σ_k = Λ_k Λ_kᵀ + Ψ_k.

Errors are uncorrelated, of variances e. With a = 1/(ψ + e), or 0 where a value is missing, y = x − μ, κ = ψ a and
M = I + Λᵀ diag(a) Λ, the factors and the true value v of a row have the posterior moments

.. math:: \bar z = M^{-1} \Lambda^T (a y), \quad E[v] - \mu = (1 - \kappa) \Lambda \bar z + \kappa y, \quad
          \mathrm{Cov}[v] = (1 - \kappa) \Lambda M^{-1} \Lambda^T (1 - \kappa) + \psi (1 - \kappa).

All sums over rows are products of matrices of D × n and n × q² numbers, and so linear in D.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._types import Floats, Ints
from .incomplete_rows import Gaussians, Observations, Sums

__all__ = ["em_pass_rows", "expected_rows", "rows_draw", "rows_joint", "rows_squares"]

_VALUES = 1 << 21


class _Posterior(NamedTuple):
    """A component given rows (n, D)."""

    log_joint: Floats  # (n,)
    square: Floats  # the squared Mahalanobis distance of what was observed, (n,)
    left: Floats  # 1 − κ, (n, D)
    mean: Floats  # E[v] − μ, (n, D)
    factors: Floats  # z̄, (n, q)
    spread: Floats  # M⁻¹, (n, q, q)


def _pieces(rows: Observations, q: int) -> Iterator[tuple[slice, Observations]]:
    n, D = rows.X.shape
    size = max(16, _VALUES // (6 * D + 4 * q * q + 1))
    for start in range(0, n, size):
        piece = slice(start, min(n, start + size))
        yield piece, rows.take(piece)


def _products(A: Floats, B: Floats) -> Floats:
    """Return the outer products of rows of A (D, p) and B (D, q), flat, (D, p q)."""
    return np.asarray((A[:, :, None] * B[:, None, :]).reshape(len(A), -1))


def _posterior(rows: Observations, gaussians: Gaussians, k: int) -> _Posterior:
    noise, loadings = gaussians.covariances[k, :, 0], gaussians.covariances[k, :, 1:]
    n, q = len(rows.X), loadings.shape[1]
    X = np.asarray(rows.X, dtype=np.float64)
    missing = np.isnan(X)
    total = noise if rows.noise is None else noise + np.where(missing, 0.0, rows.noise)
    a = np.where(missing, 0.0, 1.0 / total)
    y = np.where(missing, 0.0, X - gaussians.means[k])
    inner = np.eye(q) + (a @ _products(loadings, loadings)).reshape(n, q, q)
    lower = np.linalg.cholesky(inner)
    inverse_lower = np.linalg.inv(lower)
    spread = inverse_lower.swapaxes(1, 2) @ inverse_lower
    weighted = a * y
    projected = weighted @ loadings
    factors = (spread @ projected[:, :, None])[:, :, 0]
    # The square as a sum of squares: nothing cancels where factors are strong.
    left_over = y - factors @ loadings.T
    square = np.einsum("nd,nd->n", a, left_over * left_over) + np.einsum("nq,nq->n", factors, factors)
    seen = ~missing
    log_determinant = np.where(seen, np.log(total), 0.0).sum(axis=1)
    log_determinant += 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    constant = seen.sum(axis=1) * np.log(2.0 * np.pi)
    joint = gaussians.log_weights[k] - 0.5 * (constant + log_determinant + square)
    if rows.allowed is not None:
        joint = np.where(rows.allowed[:, k], joint, -np.inf)
    kappa = noise * a
    mean = (1.0 - kappa) * (factors @ loadings.T) + kappa * y
    return _Posterior(joint, square, 1.0 - kappa, mean, factors, spread)


def _log_sum_exp(joint: Floats) -> Floats:
    top = joint.max(axis=1, initial=-np.inf)
    safe = np.where(np.isneginf(top), 0.0, top)
    with np.errstate(divide="ignore"):
        return np.asarray(safe + np.log(np.exp(joint - safe[:, None]).sum(axis=1)))


def rows_joint(rows: Observations, gaussians: Gaussians) -> Floats:
    """Return log p_k N(x_o | μ_k, Σ_k + N) of the observed columns of each row, (n, K); −∞ if k is not allowed."""
    K, q = len(gaussians.means), gaussians.covariances.shape[2] - 1
    result = np.empty((len(rows.X), K))
    for piece, part in _pieces(rows, q):
        for k in range(K):
            result[piece, k] = _posterior(part, gaussians, k).log_joint
    return result


def rows_squares(rows: Observations, gaussians: Gaussians) -> Floats:
    """Return the squared Mahalanobis distances of the observed columns of each row from all components, (n, K)."""
    K, q = len(gaussians.means), gaussians.covariances.shape[2] - 1
    result = np.empty((len(rows.X), K))
    for piece, part in _pieces(rows, q):
        for k in range(K):
            result[piece, k] = _posterior(part, gaussians, k).square
    return result


def em_pass_rows(rows: Observations, gaussians: Gaussians, reference: Floats, basis: Floats) -> Sums:
    """Return the moments of the true values about a reference (K, D), the second ones (K, D, 1 + q) for a basis G."""
    K, D, q = basis.shape
    counts, first, second = np.zeros(K), np.zeros((K, D)), np.zeros((K, D, 1 + q))
    log_likelihood = map_entropy = 0.0
    for _, part in _pieces(rows, q):
        w = np.ones(len(part.X)) if part.weights is None else part.weights
        posteriors = [_posterior(part, gaussians, k) for k in range(K)]
        joint = np.stack([p.log_joint for p in posteriors], axis=1)
        whole = joint if part.background is None else np.column_stack([joint, part.background])
        log_density = _log_sum_exp(whole)
        # Where no component is possible there is nothing to share.
        log_r = whole - np.where(np.isneginf(log_density), 0.0, log_density)[:, None]
        used = w > 0
        log_likelihood += float(w[used] @ log_density[used])
        map_entropy += float(w[used] @ log_r[used].max(axis=1, initial=-np.inf))
        r = np.where(used[:, None], w[:, None] * np.exp(log_r), 0.0)
        for k, posterior in enumerate(posteriors):
            shift = gaussians.means[k] - reference[k]
            noise, loadings = gaussians.covariances[k, :, 0], gaussians.covariances[k, :, 1:]
            counts[k] += r[:, k].sum()
            first[k] += r[:, k] @ (posterior.mean + shift)
            second[k] += _second(posterior, shift, r[:, k], noise, loadings, basis[k])
    return counts, first, second, log_likelihood, map_entropy


def _second(
    posterior: _Posterior, shift: Floats, r: Floats, noise: Floats, loadings: Floats, basis: Floats
) -> Floats:
    """Return Σ r E[y y^T] of true values about the reference: its diagonal, and its product with the basis."""
    n, (D, q) = len(r), basis.shape
    b, left = posterior.mean + shift, posterior.left
    weighted = r[:, None] * left
    spread = posterior.spread.reshape(n, -1)
    diagonal = r @ (b * b) + noise * weighted.sum(axis=0)
    diagonal += np.einsum("dp,dp->d", (weighted * left).T @ spread, _products(loadings, loadings))
    projected = b.T @ (r[:, None] * (b @ basis)) + (noise * weighted.sum(axis=0))[:, None] * basis
    across = (left @ _products(loadings, basis)).reshape(n, q, q)
    moved = (weighted.T @ (posterior.spread @ across).reshape(n, -1)).reshape(D, q, q)
    projected += np.einsum("dp,dpq->dq", loadings, moved)
    return np.concatenate([diagonal[:, None], projected], axis=1)


def expected_rows(rows: Observations, gaussians: Gaussians) -> Floats:
    """Return the posterior means of the true values of rows, (n, D)."""
    q = gaussians.covariances.shape[2] - 1
    result = np.zeros(rows.X.shape)
    for piece, part in _pieces(rows, q):
        posteriors = [_posterior(part, gaussians, k) for k in range(len(gaussians.means))]
        joint = np.stack([p.log_joint for p in posteriors], axis=1)
        r = np.exp(joint - _log_sum_exp(joint)[:, None])
        for k, posterior in enumerate(posteriors):
            result[piece] += r[:, k, None] * (posterior.mean + gaussians.means[k])
    return result


def rows_draw(rows: Observations, gaussians: Gaussians, labels: Ints, rng: np.random.Generator) -> Floats:
    """Draw the true values of rows from their posterior distribution under the components of their labels, (n, D)."""
    q = gaussians.covariances.shape[2] - 1
    result = np.empty(rows.X.shape)
    for k in np.unique(labels):
        chosen = np.flatnonzero(labels == k)
        noise, loadings = gaussians.covariances[k, :, 0], gaussians.covariances[k, :, 1:]
        for piece, part in _pieces(rows.take(chosen), q):
            posterior = _posterior(part, gaussians, int(k))
            root = np.linalg.cholesky(posterior.spread)
            factors = (root @ rng.standard_normal((len(part.X), q, 1)))[:, :, 0]
            own = rng.standard_normal(part.X.shape) * np.sqrt(noise * posterior.left)
            moved = posterior.mean + posterior.left * (factors @ loadings.T) + own
            result[chosen[piece]] = gaussians.means[k] + moved
    return result
