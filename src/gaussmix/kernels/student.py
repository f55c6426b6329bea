r"""Multivariate t densities of complete rows, on the Mahalanobis distances of a Gaussian kernel.

.. math:: \log \rho_k(x) = o_k - \tfrac12 (\nu_k + D) \log(1 + \delta_k(x) / \nu_k),
          \qquad \delta_k(x) = |L_k (x - \mu_k)|^2

References
----------
Peel, D. and McLachlan, G. J. (2000). Robust mixture modelling using the t distribution. Statistics and Computing 10,
339-348.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, logsumexp

from .._types import Floats, Ints, Rows
from . import distant

if TYPE_CHECKING:
    from . import RowKernel

__all__ = ["StudentKernel", "log_normalisers"]

_SERIES = 20.0
"""Half the degrees of freedom from which Stirling's series is exact to rounding."""
_STIRLING = (1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0)


def log_normalisers(degrees: Floats, n_features: int) -> Floats:
    r"""Return the logarithms of the t densities at their locations less those of the Gaussians, (K,).

    .. math:: \log \Gamma(\tfrac{\nu + D}{2}) - \log \Gamma(\tfrac{\nu}{2}) - \tfrac{D}{2} \log \tfrac{\nu}{2}

    Parameters
    ----------
    degrees : (K,) array
        ν, degrees of freedom.
    n_features : int
        D.

    Examples
    --------
    >>> log_normalisers(np.array([1.0, 1e8]), 1).round(3)
    array([-0.226, -0.   ])
    """
    a, b = np.asarray(degrees, dtype=np.float64) / 2.0, n_features / 2.0
    # The difference of two logarithms of 1e9 each has no digit left of a difference of 1e-8.
    ratio = (a + b - 0.5) * np.log1p(b / a) - b + _remainder(a + b) - _remainder(a)
    return np.where(a > _SERIES, ratio, gammaln(a + b) - gammaln(a) - b * np.log(a))


def _remainder(a: Floats) -> Floats:
    """Return Stirling's remainder, log Γ(a) − (a − ½) log a + a − ½ log 2π."""
    return np.asarray(sum(c * a ** (-2.0 * i - 1.0) for i, c in enumerate(_STIRLING)))


@dataclass(frozen=True, eq=False)
class StudentKernel:
    """The functions of a kernel for t densities of complete rows.

    Parameters
    ----------
    degrees : (K,) array
        Degrees of freedom ν.
    gaussian : module
        The kernel of the Gaussians with the same factors.

    Examples
    --------
    >>> from gaussmix.kernels import active
    >>> kernel = StudentKernel(np.array([1.0]), active)
    >>> arguments = np.zeros((1, 1)), np.ones((1, 1, 1)), np.array([-np.log(np.pi)])
    >>> kernel.log_prob(np.array([[0.0], [1.0]]), *arguments).round(4)  # Cauchy
    array([-1.1447, -1.8379])
    """

    degrees: Floats
    gaussian: RowKernel

    def log_ratios(self, X: Rows, means: Floats, factors: Floats) -> Floats:
        """Return log(1 + δ/ν), (n, K); finite at any distance."""
        squares = -2.0 * self.gaussian.log_joint(X, means, factors, np.zeros(len(means)))
        ratios = np.log1p(np.maximum(squares, 0.0) / self.degrees)
        if ratios.size and not np.isfinite(ratios.max()):
            far = np.flatnonzero(~np.isfinite(ratios).all(axis=1))
            logs = distant.log_lengths(X[far], means, factors)
            ratios[far] = np.logaddexp(0.0, 2.0 * logs - np.log(self.degrees))
        return np.asarray(ratios)

    def of_ratios(self, ratios: Floats, offsets: Floats, n_features: int) -> Floats:
        """Return the log-joint densities of log(1 + δ/ν), (n, K)."""
        return np.asarray(offsets - 0.5 * (self.degrees + n_features) * ratios)

    def log_joint(self, X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
        """Return log p_k t(x | μ_k, Σ_k, ν_k), (n, K)."""
        return self.of_ratios(self.log_ratios(X, means, factors), offsets, means.shape[1])

    def log_prob(self, X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
        """Return log Σ_k p_k t(x | μ_k, Σ_k, ν_k), (n,)."""
        return np.asarray(logsumexp(self.log_joint(X, means, factors, offsets), axis=1))

    def responsibilities(self, X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
        """Return the posterior probabilities of the components, (n, K)."""
        joint = self.log_joint(X, means, factors, offsets)
        return np.asarray(np.exp(joint - logsumexp(joint, axis=1, keepdims=True)))

    def predict(self, X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Ints:
        """Return the component of the largest responsibility, the first of equals, (n,)."""
        return np.asarray(self.log_joint(X, means, factors, offsets).argmax(axis=1))
