"""Rows with missing values and measurement errors: observed densities, and the distribution of the true values.

A row x observes the columns o of a true value v, or of its projection R v, with an error of covariance N. With R of
these columns, or of the unit matrix, x_o is normal under component k with mean R μ_k and covariance R Σ_k Rᵀ + N_oo,
and v given x_o is normal with mean μ_k + G (x_o − R μ_k), where G = Σ_k Rᵀ (R Σ_k Rᵀ + N_oo)⁻¹.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammainc

from ._types import Floats, Ints
from .blocks import Block
from .densities import Densities
from .frames import Frame
from .kernels.patterns import patterns
from .log_space import log_sum_exp

__all__ = [
    "conditional_draws",
    "conditional_means",
    "log_joint",
    "posterior",
    "squared_distances",
    "tail_probabilities",
]

_NUMBERS = 1 << 22
"""Matrix entries that are held at a time."""
_NEGLIGIBLE = 2.0**-60
"""A smaller responsibility changes no digit of a probability."""


def log_joint(densities: Densities, block: Block) -> Floats:
    """Return the log-joint densities of rows, (n, K); that of a uniform component is in the last of K + 1 columns.

    Parameters
    ----------
    densities : Densities
        Of K components in D features.
    block : Block
        Rows (n, D).
    """
    if block.complete and densities.limits is None:
        joint = densities.kernel.log_joint(block.X, *densities.arrays)
    else:
        rows = replace(block, allowed=None).observations(len(densities.offsets))
        joint = densities.rows_joint(rows)
        if densities.uniform is not None:
            joint = np.column_stack([joint, densities.uniform.log_density(block.X)])
    if block.allowed is not None:
        joint[~block.allowed[:, : joint.shape[1]]] = -np.inf
    return joint


@dataclass(frozen=True, eq=False)
class _Observed:
    """Rows with the same observed columns: m rows, o of D columns, with or without errors."""

    columns: Ints
    values: Floats
    noise: Floats | None
    projections: Floats | None

    def project(self, means: Floats) -> Floats:
        """Return R μ of one mean each (m, D), as (m, o)."""
        R = self.projections
        return means[:, self.columns] if R is None else np.einsum("mod,md->mo", R, means)

    def squares(self, means: Floats, covariances: Floats) -> Floats:
        """Return the squared Mahalanobis distances from K components, (m, K)."""
        if self.projections is None:
            seen, centres = covariances[:, self.columns[:, None], self.columns], means[:, self.columns]
        else:
            R = self.projections[:, None]
            seen, centres = R @ covariances @ R.swapaxes(2, 3), (R @ means[:, :, None])[..., 0]
        if self.noise is not None:
            seen = seen + self.noise[:, None]
        if seen.ndim == 3:
            shifts = self.values.T - centres[:, :, None]
            return np.asarray((shifts * np.linalg.solve(seen, shifts)).sum(axis=1).T)
        shift = (self.values[:, None, :] - centres)[..., None]
        return np.asarray((shift * np.linalg.solve(seen, shift)).sum(axis=(2, 3)))

    def gains(self, covariances: Floats) -> Floats:
        """Return the regression matrices G of covariances (..., D, D), (..., D, o), broadcast against the rows."""
        R = self.projections
        across = covariances[..., self.columns, :] if R is None else R @ covariances
        seen = across[..., self.columns] if R is None else across @ R.swapaxes(1, 2)
        if self.noise is not None:
            seen = seen + self.noise
        shape = np.broadcast_shapes(seen.shape[:-2], across.shape[:-2])
        solved = np.linalg.solve(seen, np.broadcast_to(across, (*shape, *across.shape[-2:])))
        return np.asarray(solved.swapaxes(-1, -2))


def _observed(block: Block, n_components: int = 1) -> Iterator[tuple[Ints, _Observed]]:
    """Yield the rows of each pattern, in pieces of limited memory."""
    X = np.asarray(block.X, dtype=np.float64)
    m, D = X.shape[1], block.n_features
    most = max(1, _NUMBERS // (n_components * max(m, D) * D))
    for columns, rows in patterns(np.isnan(X)):
        for start in range(0, len(rows), most):
            piece = rows[start : start + most]
            noise = None if block.noise is None else block.noise[piece]
            if noise is not None:
                dense = noise if noise.ndim == 3 else noise[:, :, None] * np.eye(m)
                noise = dense[:, columns[:, None], columns]
            R = None if block.projections is None else block.projections[piece][:, columns]
            yield piece, _Observed(columns, X[piece][:, columns], noise, R)


def posterior(densities: Densities, block: Block) -> Floats:
    """Return the responsibilities of rows, (n, K); those of a uniform component are in the last of K + 1 columns.

    Parameters
    ----------
    densities : Densities
        Of K components in D features.
    block : Block
        Rows (n, D).
    """
    joint = log_joint(densities, block)
    return np.exp(joint - log_sum_exp(joint)[:, None])


def conditional_means(densities: Densities, block: Block) -> Floats:
    """Return the posterior means of the true values of rows, (n, D).

    Parameters
    ----------
    densities : Densities
        Of K components in D features.
    block : Block
        Rows (n, D).
    """
    n, D = block.n_rows, block.n_features
    result, size = np.empty((n, D)), max(1, _NUMBERS // (D * D))
    for start in range(0, n, size):
        piece = block.take(slice(start, start + size))
        rows = piece.observations(len(densities.offsets))
        expected = densities.rows_expected(rows)
        if densities.uniform is not None:
            alone = np.where(np.isnan(piece.X), densities.uniform.centre, piece.X)
            expected += posterior(densities, piece)[:, -1:] * (alone - expected)
        result[start : start + size] = expected
    return _with_exact_values(result, block)


def tail_probabilities(densities: Densities, block: Block) -> Floats:
    """Return the probability of a smaller Mahalanobis distance than that of each row, (n,).

    Parameters
    ----------
    densities : Densities
        Of K components in D features, without a uniform one.
    block : Block
        Rows (n, D).
    """
    squares, observed = squared_distances(densities, block)
    shares = posterior(densities, block)
    rows, components = np.nonzero((shares > _NEGLIGIBLE) & (observed > 0)[:, None])
    tails = np.zeros_like(squares)
    tails[rows, components] = gammainc(observed[rows] / 2.0, squares[rows, components] / 2.0)
    return np.asarray((shares * tails).sum(axis=1))


def squared_distances(densities: Densities, block: Block) -> tuple[Floats, Ints]:
    """Return the squared Mahalanobis distances of the observed values, (n, K), and their number, (n,).

    Parameters
    ----------
    densities : Densities
        Of K components in D features.
    block : Block
        Rows (n, D).
    """
    means, seen = densities.means, (~np.isnan(block.X)).sum(axis=1)
    if block.complete and isinstance(densities.frame, Frame):
        constants = np.zeros(len(means))
        return -2.0 * densities.gaussian_kernel.log_joint(block.X, means, densities.factors, constants), seen
    if not isinstance(densities.frame, Frame):
        return densities.rows_squares(block.observations(len(means))), seen
    covariances = densities.frame.dense(densities.covariances)
    result = np.zeros((block.n_rows, len(means)))
    for rows, observed in _observed(block, len(means)):
        if len(observed.columns):
            result[rows] = observed.squares(means, covariances)
    return result, seen


def conditional_draws(densities: Densities, block: Block, rng: np.random.Generator) -> Floats:
    """Draw the true values of rows from their posterior distribution, (n, D).

    A draw of the component is corrected by G times the difference between the observed row and the simulated
    observation of the draw (Matheron's rule).

    Parameters
    ----------
    densities : Densities
        Of K components in D features.
    block : Block
        Rows (n, D).

    References
    ----------
    Doucet, A. (2010). A note on efficient conditional simulation of Gaussian distributions. University of British
    Columbia.
    """
    means = densities.means
    K, D = means.shape
    below = np.cumsum(posterior(densities, block), axis=1)
    labels = (below < rng.uniform(size=(block.n_rows, 1)) * below[:, -1:]).sum(axis=1)
    if not isinstance(densities.frame, Frame):
        return _low_rank_draws(densities, block, labels, rng)
    covariances = densities.frame.dense(densities.covariances)
    width = max(D, block.X.shape[1])
    normal, uniform = rng.standard_normal((2, block.n_rows, width)), rng.uniform(size=(block.n_rows, D))
    roots = np.linalg.cholesky(covariances)
    result = np.empty((block.n_rows, D))
    for rows, observed in _observed(block):
        scattered, k = labels[rows] == K, np.minimum(labels[rows], K - 1)
        prior = means[k] + np.einsum("mij,mj->mi", roots[k], normal[0][rows, :D])
        expected = observed.project(prior)
        if observed.noise is not None:
            expected = expected + _coloured(observed.noise, normal[1][rows][:, observed.columns])
        if densities.degrees is not None:
            # Given the latent precision τ of a row, its values are Gaussian with covariance Σ/τ.
            expected, prior = _spread_by_precision(densities, observed, (k, expected, prior), rng)
        moved = np.einsum("mdo,mo->md", observed.gains(covariances[k]), observed.values - expected)
        drawn = prior + moved
        if densities.uniform is not None and scattered.any():
            box = densities.uniform
            free = box.lower + uniform[rows] * (box.upper - box.lower)
            free[:, observed.columns] = observed.values
            drawn[scattered] = free[scattered]
        result[rows] = drawn
    return _with_exact_values(result, block)


def _spread_by_precision(
    densities: Densities,
    observed: _Observed,
    drawn: tuple[Ints, Floats, Floats],
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Return simulated observations and draws with their deviations divided by √τ, τ drawn given what was observed."""
    k, expected, prior = drawn
    degrees, means = np.asarray(densities.degrees)[k], densities.means[k]
    covariances = densities.frame.matrices(densities.covariances)
    squares = (
        observed.squares(densities.means, covariances)[np.arange(len(k)), k] if len(observed.columns) else 0.0
    )
    tau = rng.gamma((degrees + len(observed.columns)) / 2.0) / ((degrees + squares) / 2.0)
    factor = 1.0 / np.sqrt(tau)[:, None]
    seen = observed.project(means)
    return seen + (expected - seen) * factor, means + (prior - means) * factor


def _low_rank_draws(densities: Densities, block: Block, labels: Ints, rng: np.random.Generator) -> Floats:
    K = len(densities.means)
    rows = replace(block, allowed=None).observations(K)
    result = densities.rows_draw(rows, np.minimum(labels, K - 1), rng)
    scattered = np.flatnonzero(labels == K)
    if len(scattered) and densities.uniform is not None:
        box, X = densities.uniform, np.asarray(block.X[scattered], dtype=np.float64)
        free = box.lower + rng.uniform(size=X.shape) * (box.upper - box.lower)
        result[scattered] = np.where(np.isnan(X), free, X)
    return _with_exact_values(result, block)


def _coloured(noise: Floats, normal: Floats) -> Floats:
    """Return errors of covariances (m, o, o), perhaps singular, from standard normal numbers (m, o).

    The symmetric root of the correlations makes them equivariant under changes of the units of columns.
    """
    sd = np.sqrt(np.diagonal(noise, axis1=1, axis2=2))
    scale = np.where(sd > 0, sd, 1.0)
    values, vectors = np.linalg.eigh(noise / scale[:, :, None] / scale[:, None, :])
    half = np.sqrt(np.maximum(values, 0.0))[:, :, None] * vectors.swapaxes(1, 2)
    return np.asarray(sd * np.einsum("mij,mjl,ml->mi", vectors, half, normal, optimize=True))


def _with_exact_values(rows: Floats, block: Block) -> Floats:
    """Replace the conditional means of exactly measured values by the values."""
    if block.projections is not None:
        return rows
    exact = ~np.isnan(block.X)
    if block.noise is not None:
        variances = block.noise if block.noise.ndim == 2 else np.diagonal(block.noise, axis1=1, axis2=2)
        exact &= variances == 0
    rows[exact] = block.X[exact]
    return rows
