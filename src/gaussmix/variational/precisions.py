"""Distributions of the precisions of a family: Wishart for matrices, Gamma for variances.

The scale of all of them is written as a covariance: with ν degrees of freedom and Σ the inverse of the expected
precision, a Wishart distribution has E Λ = Σ⁻¹ and the scale matrix (ν Σ)⁻¹. Its density is
|Λ|^((ν − D − 1)/2) exp(−½ ν tr Λ Σ) over the normaliser Z; those of Gamma distributions have the same powers of ν.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import digamma, gammaln

from .._types import Floats
from ..covariances import Diagonal, Family, Full, Spherical, Tied
from ..errors import InputError

__all__ = ["GammaByColumn", "OneGamma", "PrecisionDistribution", "Wishart", "precision_distribution"]


@dataclass(frozen=True)
class Wishart:
    """Precision matrices with a Wishart distribution.

    Parameters
    ----------
    n_features : int
        D.

    Examples
    --------
    >>> import numpy as np
    >>> Wishart(1).log_correction(np.array([1e9])).round(6)
    array([-0.])
    """

    n_features: int

    def log_correction(self, dof: Floats) -> Floats:
        """Return E log |Λ| + log |Σ|, for degrees of freedom (K,)."""
        D = self.n_features
        halves = (dof[:, None] - np.arange(D)) / 2.0
        return np.asarray(digamma(halves).sum(axis=1) - D * np.log(dof / 2.0))

    def log_norm(self, dof: Floats, log_determinants: Floats) -> Floats:
        """Return the log-normalisers of densities of Λ with Σ of given log-determinants, (K,)."""
        D = self.n_features
        log_scale = D * np.log(dof / 2.0) + log_determinants
        log_gamma = gammaln((dof[:, None] - np.arange(D)) / 2.0).sum(axis=1) + 0.25 * D * (D - 1) * np.log(
            np.pi
        )
        return np.asarray(log_gamma - 0.5 * dof * log_scale)

    def t_freedom(self, dof: Floats) -> Floats:
        """Return the degrees of freedom of a column's marginal t-distribution, (K,)."""
        return np.asarray(dof - self.n_features + 1.0)

    def column_scale(self, dof: Floats) -> Floats:
        """Return the factors of the variances Σ in the scale of that distribution, (K,)."""
        return np.asarray(dof / self.t_freedom(dof))

    columns_independent = False
    """Whether the columns of the predictive distribution are independent."""


@dataclass(frozen=True)
class GammaByColumn:
    """Precisions of the columns with independent Gamma distributions, of shape ν/2.

    Parameters
    ----------
    n_features : int
        D.

    Examples
    --------
    >>> import numpy as np
    >>> GammaByColumn(2).t_freedom(np.array([5.0]))
    array([5.])
    """

    n_features: int

    def log_correction(self, dof: Floats) -> Floats:
        """Return E log |Λ| + log |Σ|, for degrees of freedom (K,)."""
        return np.asarray(self.n_features * (digamma(dof / 2.0) - np.log(dof / 2.0)))

    def log_norm(self, dof: Floats, log_determinants: Floats) -> Floats:
        """Return the log-normalisers of densities of Λ with Σ of given log-determinants, (K,)."""
        D, half = self.n_features, dof / 2.0
        return np.asarray(D * (gammaln(half) - half * np.log(half)) - half * log_determinants)

    def t_freedom(self, dof: Floats) -> Floats:
        """Return the degrees of freedom of a column's marginal t-distribution, (K,)."""
        return dof

    def column_scale(self, dof: Floats) -> Floats:
        """Return the factors of the variances Σ in the scale of that distribution, (K,)."""
        return np.ones_like(dof)

    columns_independent = True


@dataclass(frozen=True)
class OneGamma:
    """One precision for all columns with a Gamma distribution, of shape ν D/2.

    Parameters
    ----------
    n_features : int
        D.

    Examples
    --------
    >>> import numpy as np
    >>> OneGamma(2).t_freedom(np.array([5.0]))
    array([10.])
    """

    n_features: int

    def log_correction(self, dof: Floats) -> Floats:
        """Return E log |Λ| + log |Σ|, for degrees of freedom (K,)."""
        half = self.n_features * dof / 2.0
        return np.asarray(self.n_features * (digamma(half) - np.log(half)))

    def log_norm(self, dof: Floats, log_determinants: Floats) -> Floats:
        """Return the log-normalisers of densities of Λ with Σ of given log-determinants, (K,)."""
        half = self.n_features * dof / 2.0
        return np.asarray(gammaln(half) - half * np.log(half) - 0.5 * dof * log_determinants)

    def t_freedom(self, dof: Floats) -> Floats:
        """Return the degrees of freedom of a column's marginal t-distribution, (K,)."""
        return np.asarray(self.n_features * dof)

    def column_scale(self, dof: Floats) -> Floats:
        """Return the factors of the variances Σ in the scale of that distribution, (K,)."""
        return np.ones_like(dof)

    columns_independent = False


PrecisionDistribution = Wishart | GammaByColumn | OneGamma

_BY_FAMILY: dict[Family, Any] = {Full(): Wishart, Diagonal(): GammaByColumn, Spherical(): OneGamma}


def precision_distribution(family: Family, n_features: int) -> PrecisionDistribution:
    """Return the conjugate distribution of the precisions of a family.

    Parameters
    ----------
    family : Family
        Full, diagonal or spherical covariances, or one of these that all components share.
    n_features : int
        Number of columns (D).

    Raises
    ------
    InputError
        If the family has no conjugate prior.
    """
    found = _BY_FAMILY.get(family.inner if isinstance(family, Tied) else family)
    if found is None:
        raise InputError(
            f"covariance_type is {family.name!r}, which has no conjugate prior: give 'full', 'tied', 'diag', "
            "'spherical', 'tied-diag' or 'tied-spherical'."
        )
    distribution: PrecisionDistribution = found(n_features)
    return distribution
