r"""One step of the maximum-likelihood estimate of loadings and noise, from expected products with the factors.

The step is that of parameter-expanded EM: the loadings are a regression of the columns on the factors, rotated and
stretched by the root of the second moment of the factors.

Rubin, D. B. and Thayer, D. T. (1982). EM algorithms for ML factor analysis. Psychometrika 47, 69-76.
Liu, C., Rubin, D. B. and Wu, Y. N. (1998). Parameter expansion to accelerate EM. Biometrika 85, 755-770.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._types import Floats
from .constraints import Constraint
from .covariances import Covariances
from .diagonal import Diagonal
from .family import Family

__all__ = ["FactorMoments", "NoiseStep", "Parameters", "conditional_step", "first_parameters"]

_TINY = 1e-9
"""Share of a column's variance that its noise keeps, so that there is a covariance to invert."""
_ROUNDING = 1e-12
_CONSTANT, _LEAST = 1e-20, 1e-300


@dataclass(frozen=True, eq=False)
class Parameters:
    """Loadings (K, D, q) and noise variances (K, D)."""

    loadings: Floats
    noise: Floats


@dataclass(frozen=True, eq=False)
class NoiseStep:
    """The estimate of noise variances within a family without correlations, under a bound.

    Parameters
    ----------
    counts : (K,) array
    variances : (K, D) array
        The diagonals of S_k, a share of which the noise keeps.
    """

    family: Family
    constraint: Constraint
    counts: Floats
    variances: Floats

    @property
    def separate(self) -> bool:
        """Whether each component and column has a variance of its own."""
        return self.family == Diagonal()

    @cached_property
    def least(self) -> Floats:
        """The least variance of each column, (K, D), where there is no other bound."""
        # A column that is constant has no scale of its own: any that leaves finite numbers does.
        others = _CONSTANT * self.variances.mean() + np.finfo(np.float64).tiny ** 0.5
        return np.where(self.variances > 0, np.maximum(_TINY * self.variances, _LEAST), others)

    def estimate(self, residual: Floats, start: Floats | None = None) -> Covariances:
        """Return the noise from residual variances (K, D)."""
        scatter = np.maximum(residual, self.least) * self.counts[:, None]
        before = None if start is None else self.family.nearest(start, self.counts)
        return self.bounded(self.family.maximum_likelihood(scatter, self.counts, before))

    def bounded(self, noise: Covariances) -> Covariances:
        """Return noise within the bound, if there is one."""
        if not self.constraint.bounds:
            return noise
        return self.family.constrain(noise, self.constraint, self.counts)

    def feasible(self, variances: Floats) -> Floats:
        """Return noise variances (K, D) within the bound."""
        noise = self.family.nearest(np.maximum(variances, self.least), self.counts)
        return self.bounded(noise).in_frame()


@dataclass(frozen=True, eq=False)
class FactorMoments:
    """Expected products with the factors, for parameters with β = (I + ΛᵀΨ⁻¹Λ)⁻¹ ΛᵀΨ⁻¹.

    Parameters
    ----------
    variances : (K, D) array
        The diagonals of S_k.
    cross : (K, D, q) array
        S_k β_kᵀ.
    factors : (K, q, q) array
        Θ_k = I − β_k Λ_k + β_k S_k β_kᵀ.
    """

    variances: Floats
    cross: Floats
    factors: Floats

    @classmethod
    def of(cls, variances: Floats, product: Floats, basis: Floats, roots: Floats) -> FactorMoments:
        """Return the moments of the factors from S G, (K, D, q), the basis G and the roots C⁻ᵀ of the parameters."""
        one, inverse_lower = np.eye(roots.shape[2]), roots.swapaxes(1, 2)
        theta = roots @ (one + basis.swapaxes(1, 2) @ product) @ inverse_lower
        # Columns that are equal leave a factor of any length, whose second moment rounding may make negative.
        theta = 0.5 * (theta + theta.swapaxes(1, 2)) + _ROUNDING * one
        return cls(variances, product @ inverse_lower, theta)


def conditional_step(
    moments: FactorMoments, before: Parameters, noise: NoiseStep, shared: bool, fixed: bool = False
) -> tuple[Floats, Covariances]:
    """Return loadings (K, D, q) and noise after one step of parameter-expanded EM.

    Parameters
    ----------
    moments : FactorMoments
        Under the parameters before.
    shared : bool
        Whether all components have the same loadings.
    fixed : bool, default=False
        Whether the loadings stay as they are.
    """
    theta, cross, counts = moments.factors, moments.cross, noise.counts
    if fixed:
        loadings = before.loadings
    else:
        loadings = _shared_loadings(moments, before, counts) if shared else _solved(theta, cross)
    fitted = 2.0 * cross - loadings @ theta
    residual = moments.variances - np.einsum("kdq,kdq->kd", loadings, fitted)
    after = noise.estimate(residual, before.noise)
    if fixed:
        return loadings, after
    expanded = np.einsum("k,kpq->pq", counts / counts.sum(), theta)[None] if shared else theta
    return loadings @ np.linalg.cholesky(expanded), after


def _solved(theta: Floats, cross: Floats) -> Floats:
    return np.asarray(np.linalg.solve(theta, cross.swapaxes(1, 2)).swapaxes(1, 2))


def _shared_loadings(moments: FactorMoments, before: Parameters, counts: Floats) -> Floats:
    """Return the loadings of all components given their noise: a weighted regression for each column."""
    precision = counts[:, None] / before.noise
    precision = precision / precision.sum(axis=0)
    right = np.einsum("kd,kdq->dq", precision, moments.cross)
    left = np.einsum("kd,kpq->dpq", precision, moments.factors)
    one = np.linalg.solve(left, right[..., None])[..., 0]
    return np.repeat(one[None], len(counts), axis=0)


def first_parameters(covariances: Floats, n_factors: int, shared: bool, weights: Floats) -> Parameters:
    """Return initial loadings and noise variances: principal axes of the correlations, and the residual variances."""
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    deviation = np.sqrt(np.where(variances > _LEAST, variances, 1.0))
    correlation = covariances / deviation[:, :, None] / deviation[:, None, :]
    correlation = np.clip(correlation, -1.0, 1.0)  # rounding, where a column is as good as constant
    if shared:
        correlation = np.repeat(
            np.einsum("k,kij->ij", weights / weights.sum(), correlation)[None], len(weights), axis=0
        )
        deviation = np.repeat(np.sqrt(weights @ deviation**2 / weights.sum())[None], len(weights), axis=0)
    values, vectors = np.linalg.eigh(correlation)
    q, D = n_factors, variances.shape[1]
    left = values[:, : D - q].mean(axis=1) if q < D else np.zeros(len(values))
    left = np.clip(left, 0.05, 1.0)
    lengths = np.sqrt(np.maximum(values[:, D - q :] - left[:, None], 0.0))
    loadings = deviation[:, :, None] * vectors[:, :, D - q :] * lengths[:, None, :]
    return Parameters(loadings, np.maximum(left[:, None] * variances, np.finfo(np.float64).tiny))
