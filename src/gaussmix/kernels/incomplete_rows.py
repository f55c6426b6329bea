"""Rows with measurement errors and missing values: the definition of their passes in NumPy.

A row of m values is x = R v + e with D true values v ~ N(μ_k, Σ_k), a projection R, which is the unit matrix unless
given, and errors e ~ N(0, N). Over its observed values o, with R of these, T = R Σ Rᵀ + N_oo = C Cᵀ,
y = C⁻¹ (x_o − R μ) and A = C⁻¹ R Σ,

    log N(x_o | R μ, T) = −½ (|o| log 2π + log |T| + |y|²),   E[v | x] = μ + Aᵀ y,   Cov[v | x] = Σ − Aᵀ A.

Bovy, J., Hogg, D. W. and Roweis, S. T. (2011). Extreme deconvolution: inferring complete distribution functions from
noisy, heterogeneous and incomplete observations. Ann. Appl. Stat. 5, 1657-1677.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Rows
from . import distant

__all__ = ["Gaussians", "Observations", "Sums", "em_pass_rows", "rows_expected", "rows_joint"]

Sums = tuple[Floats, Floats, Floats, float, float]
"""counts (K,), first (K, D), second (K, D, D) or (K, D), Σ w log p(x), Σ w log max_k r_k."""

_VALUES = 1 << 20


class Observations(NamedTuple):
    """Rows with weights, measurement errors, allowed components and background.

    Parameters
    ----------
    X : (n, m) float32 or float64 array
        Rows, with NaN for missing values; m is D without projections.
    weights : (n,) array or None
        Weights of the rows; None means one each.
    noise : (n, m) or (n, m, m) array or None
        Variances or covariances of the measurement errors: symmetric, positive semidefinite. Those of missing values
        may be anything.
    allowed : (n, K) bool array or None
        Components allowed for each row; None for all.
    background : (n,) array or None
        Log-density of fixed other components, nats.
    projections : (n, m, D) array or None
        The projections R of the true values; None for the unit matrix.
    """

    X: Rows
    weights: Floats | None = None
    noise: Floats | None = None
    allowed: NDArray[np.bool_] | None = None
    background: Floats | None = None
    projections: Floats | None = None

    def take(self, chosen: slice | NDArray[np.intp]) -> Observations:
        """Return some rows."""
        parts: list[Any] = [None if part is None else part[chosen] for part in self]
        return Observations(*parts)


class Gaussians(NamedTuple):
    """Weighted Gaussian densities by their covariances, perhaps singular if there are errors.

    Parameters
    ----------
    log_weights : (K,) array
        −∞ excludes a component.
    means : (K, D) array
    covariances : (K, D, D) or (K, D) array
    """

    log_weights: Floats
    means: Floats
    covariances: Floats


class _Conditional(NamedTuple):
    """A component seen through the errors of some rows, and its true values given these."""

    offset: Floats  # log weight − ½ (|o| log 2π + log |T|), (n,)
    square: Floats  # |y|², (n,)
    factor: Floats  # C, (n, m, m)
    mean: Floats  # (n, D)
    covariance: Floats  # (n, D, D)

    @property
    def log_joint(self) -> Floats:
        """The logarithm of the weighted density, (n,)."""
        return np.where(np.isneginf(self.offset), -np.inf, self.offset - 0.5 * self.square)


def rows_joint(observations: Observations, gaussians: Gaussians) -> Floats:
    """Return log p_k N(x_o | μ_k, Σ_k + N) of the observed columns of each row, (n, K); −∞ if k is not allowed."""
    parts = [_joint(piece, conditionals) for piece, conditionals in _pieces(observations, gaussians)]
    return np.concatenate([np.zeros((0, len(gaussians.means))), *parts])


def em_pass_rows(observations: Observations, gaussians: Gaussians, reference: Floats, full: bool) -> Sums:
    """Return the moments of the true values about a reference (K, D), expected given the rows.

    With r = softmax_k of :func:`rows_joint` and the background, b = E_k[v | x] and B = Cov_k[v | x]: Σ w r,
    Σ w r (b − c_k), and Σ w r [(b − c_k)(b − c_k)ᵀ + B] or its diagonal. Rows without weight add nothing.
    """
    K, D = reference.shape
    counts, first = np.zeros(K), np.zeros((K, D))
    second = np.zeros((K, D, D) if full else (K, D))
    log_likelihood = map_entropy = 0.0
    for piece, conditionals in _pieces(observations, gaussians):
        w = np.ones(len(piece.X)) if piece.weights is None else piece.weights
        log_prob, log_r = _posterior(piece, gaussians, conditionals)
        log_top = log_r.max(axis=1, initial=-np.inf)
        if piece.background is not None:
            total = np.logaddexp(log_prob, piece.background)
            share = np.where(np.isneginf(total), 0.0, log_prob - total)
            log_r, log_top = log_r + share[:, None], np.maximum(log_top + share, piece.background - total)
            log_prob = total
        used = w > 0
        r = np.where(used[:, None], w[:, None] * np.exp(log_r), 0.0)
        log_likelihood += float(w[used] @ log_prob[used])
        map_entropy += float(w[used] @ log_top[used])
        for k, conditional in enumerate(conditionals):
            some = r[:, k] > 0
            weight, deviation = r[some, k, None], conditional.mean[some] - reference[k]
            spread = conditional.covariance[some]
            counts[k] += weight.sum()
            first[k] += (weight * deviation).sum(axis=0)
            if full:
                second[k] += (weight * deviation).T @ deviation + (weight[:, :, None] * spread).sum(axis=0)
            else:
                variances = np.diagonal(spread, axis1=1, axis2=2)
                second[k] += (weight * (deviation**2 + variances)).sum(axis=0)
    return counts, first, second, log_likelihood, map_entropy


def rows_expected(observations: Observations, gaussians: Gaussians) -> tuple[Floats, Floats]:
    """Return the conditional mean (n, D) and covariance (n, D, D) of the true values of each row."""
    n, D = len(observations.X), gaussians.means.shape[1]
    means, covariances = np.empty((n, D)), np.empty((n, D, D))
    start = 0
    for piece, conditionals in _pieces(observations, gaussians):
        r = np.exp(_posterior(piece, gaussians, conditionals)[1])
        centres, spreads = (np.stack([part[field] for part in conditionals], axis=1) for field in (3, 4))
        # The density of a component that is not allowed may be undefined.
        centres, spreads = (
            np.where(r[:, :, None] > 0, centres, 0.0),
            np.where(r[:, :, None, None] > 0, spreads, 0.0),
        )
        mean = np.einsum("nk,nki->ni", r, centres)
        between = centres - mean[:, None]
        rows = slice(start, start := start + len(piece.X))
        means[rows] = mean
        covariances[rows] = np.einsum("nk,nkij->nij", r, spreads)
        covariances[rows] += np.einsum("nk,nki,nkj->nij", r, between, between)
    return means, covariances


def _pieces(
    observations: Observations, gaussians: Gaussians
) -> Iterator[tuple[Observations, list[_Conditional]]]:
    """Yield pieces of the rows, with the conditional distributions of each component."""
    K, D = gaussians.means.shape
    size = max(1, _VALUES // (K * D * max(D, observations.X.shape[1])))
    for start in range(0, len(observations.X), size):
        piece = observations.take(slice(start, start + size))
        seen = ~np.isnan(piece.X)
        noise = _noise(piece, seen)
        yield (
            piece,
            [_conditional(piece, seen, noise, *component) for component in zip(*gaussians, strict=True)],
        )


def _noise(piece: Observations, seen: NDArray[np.bool_]) -> Floats:
    """Return the covariances of the errors (n, m, m), with those of the unit matrix for missing values."""
    m = seen.shape[1]
    both, given = seen[:, :, None] & seen[:, None, :], piece.noise
    if given is None:
        given = np.zeros(both.shape)
    elif given.ndim == 2:
        given = np.where(np.eye(m, dtype=bool), given[:, :, None], 0.0)
    return np.where(both, given, np.eye(m))


def _conditional(
    piece: Observations,
    seen: NDArray[np.bool_],
    noise: Floats,
    log_weight: float,
    mean: Floats,
    covariance: Floats,
) -> _Conditional:
    whole, R = covariance if covariance.ndim == 2 else np.diag(covariance), piece.projections
    if R is None:
        cross, centre = seen[:, :, None] * whole, mean
        within = cross * seen[:, None, :]
    else:
        R = seen[:, :, None] * R
        cross, centre = R @ whole, R @ mean
        within = cross @ R.swapaxes(1, 2)
    factor = _cholesky(within + noise)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        gain = _solve(factor, cross)
        whitened = _solve(factor, np.where(seen, piece.X - centre, 0.0)[:, :, None])[:, :, 0]
        square = np.square(whitened).sum(axis=1)
        expected = mean + np.einsum("nmi,nm->ni", gain, whitened)
        log_volume = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    offset = log_weight - 0.5 * np.log(2.0 * np.pi) * seen.sum(axis=1) - log_volume
    offset = np.where(np.isneginf(log_weight), -np.inf, offset)
    spread = whole - np.einsum("nmi,nmj->nij", gain, gain)
    return _Conditional(offset, square, factor, expected, spread)


def _cholesky(matrices: Floats) -> Floats:
    """Return lower triangular factors of matrices (n, D, D); NaN for matrices that are not positive definite."""
    factors = np.zeros(matrices.shape)
    for j in range(matrices.shape[1]):
        row = factors[:, j, :j]
        pivot = matrices[:, j, j] - np.square(row).sum(axis=1)
        factors[:, j, j] = np.sqrt(np.where(pivot > 0, pivot, np.nan))
        below = matrices[:, j + 1 :, j] - np.einsum("nil,nl->ni", factors[:, j + 1 :, :j], row)
        factors[:, j + 1 :, j] = below / factors[:, j, j, None]
    return factors


def _solve(factors: Floats, right: Floats) -> Floats:
    """Return C⁻¹ b for lower triangular C (n, D, D) and b (n, D, m)."""
    result = np.empty(right.shape)
    for i in range(factors.shape[1]):
        known = np.einsum("nl,nlm->nm", factors[:, i, :i], result[:, :i])
        result[:, i] = (right[:, i] - known) / factors[:, i, i, None]
    return result


def _joint(piece: Observations, conditionals: list[_Conditional]) -> Floats:
    joint = np.stack([part.log_joint for part in conditionals], axis=1)
    return joint if piece.allowed is None else np.where(piece.allowed, joint, -np.inf)


def _posterior(
    piece: Observations, gaussians: Gaussians, conditionals: list[_Conditional]
) -> tuple[Floats, Floats]:
    """Return log p(x) (n,) and the logarithms of responsibilities (n, K), of rows at any distance."""
    joint = _joint(piece, conditionals)
    with np.errstate(invalid="ignore"):
        log_prob: Floats = np.asarray(np.logaddexp.reduce(joint, axis=1))
        log_r = np.where(np.isneginf(log_prob)[:, None], -np.inf, joint - log_prob[:, None])
    for i in np.flatnonzero(np.isneginf(log_prob)):
        offsets = np.array([part.offset[i] for part in conditionals])
        possible = np.isfinite(offsets) if piece.allowed is None else np.isfinite(offsets) & piece.allowed[i]
        if possible.any():
            seen = ~np.isnan(piece.X[i])
            factors = np.stack([part.factor[i][seen][:, seen] for part in conditionals])
            means = gaussians.means
            centres = means[:, seen] if piece.projections is None else means @ piece.projections[i][seen].T
            parameters = centres, np.linalg.inv(factors), offsets
            chosen = (array[possible] for array in parameters)
            mended = distant.log_posterior(piece.X[i : i + 1, seen], *chosen)
            log_prob[i], log_r[i, possible] = mended[0][0], mended[1][0]
    return log_prob, log_r
