"""Penalised log-likelihoods of mixtures with small components.

References
----------
Fraley, C. and Raftery, A. E. (2007). Bayesian regularization for normal mixture estimation and model-based clustering.
J. Classification 24, 155-181.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._types import Floats
from ..covariances import Family
from ..densities import Densities
from ..model import Model

__all__ = ["SmallComponents"]


@dataclass(frozen=True)
class SmallComponents:
    r"""The penalised log-likelihood of mixtures with small components, those of few rows.

    A small component may be a cluster far from the others, or a few rows that are close to a hyperplane by chance. With
    s small components of c parameters each, the penalised log-likelihood is

    .. math::
        \sum_i w_i \log \sum_k p_k\, \mathcal N(x_i \mid \mu_k, \tilde\Sigma_k) - \frac{s c}{2} \log n, \quad
        \tilde\Sigma_k = \frac{n_k \Sigma_k + a \sum_j p_j \Sigma_j}{n_k + a},

    with :math:`\tilde\Sigma_k = \Sigma_k` for all other components.

    Parameters
    ----------
    rows : float
        The number of effective rows :math:`n_k` below which a component is small.
    pseudo_rows : float
        a, the number of pseudo-rows of the covariance within components.
    penalty : float
        (c / 2) log n, nats, as in BIC.

    Examples
    --------
    >>> import gaussmix
    >>> small = SmallComponents.of(gaussmix.Diagonal(), n_rows=1000.0, n_features=20, rows=50.0)
    >>> small.pseudo_rows, round(small.penalty, 1)
    (3.0, 141.6)
    """

    rows: float
    pseudo_rows: float
    penalty: float

    @classmethod
    def of(cls, family: Family, n_rows: float, n_features: int, rows: float) -> SmallComponents:
        """Return the penalised log-likelihood for a family, n rows and D features.

        Parameters
        ----------
        family : Family
        n_rows : float
            n.
        n_features : int
            D.
        rows : float
            The number of rows below which a component is small.
        """
        own = family.n_parameters(2, n_features) - family.n_parameters(1, n_features)
        penalty = 0.5 * (n_features + 1 + own) * float(np.log(n_rows))
        return cls(rows, float(family.least_rows(n_features)), penalty)

    @property
    def fewest_rows(self) -> float:
        """The minimum number of effective rows of a component."""
        return self.pseudo_rows + 0.01

    def among(self, n_rows: Floats) -> NDArray[np.bool_]:
        """Return which components are small.

        Parameters
        ----------
        n_rows : (..., K) array
            The effective rows of components.
        """
        return n_rows < self.rows * (1.0 - 1e-6)

    def densities(self, model: Model, arrays: tuple[Floats, Floats, Floats], n_rows: float) -> Densities:
        """Return the densities of a mixture with pseudo-rows in its small components.

        Parameters
        ----------
        model : Model
        arrays : (K,), (K, D) and (K, D, D) or (K, D) arrays
            Weights, means and covariances.
        n_rows : float
            n.
        """
        weights, means, covariances = arrays
        small, shrunk = np.flatnonzero(self.among(weights * n_rows)), covariances.copy()
        share = model.frame.expand(self.pseudo_rows / (weights[small] * n_rows + self.pseudo_rows))
        within = np.tensordot(weights / weights.sum(), covariances, 1)
        shrunk[small] += share * (within - covariances[small])
        factors, normalisers = model.factors_separately(shrunk, np.ones(len(weights)))
        with np.errstate(divide="ignore"):
            offsets = np.log(weights) + normalisers
        uniform = None if model.uniform is None else model.uniform.beside(weights)
        return Densities(means.copy(), factors, offsets, model.frame, uniform)
