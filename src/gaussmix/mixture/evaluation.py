"""Densities, posterior probabilities and expected values of rows under a mixture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._types import Floats, Ints
from ..blocks import Block
from ..errors import InputError
from ..incomplete import log_joint, tail_probabilities
from ..log_space import log_sum_exp
from ..projections import NOT_UNIFORM, as_projections
from ..validation import as_noise, as_rows_with_holes
from .parameters import FrozenParameters

__all__ = ["Evaluation"]

_PIECE = 1 << 15
"""Number of rows with log-joint densities in memory at a time."""


class Evaluation(FrozenParameters):
    """Densities and posterior probabilities of rows, also with missing values and measurement errors."""

    def _block(self, X: Any, noise: Any = None, projections: Any = None) -> Block:
        D = None if projections is not None else self.n_features
        rows, holes = as_rows_with_holes(X, n_features=D, min_rows=0, one_column=True, fitted=True)
        errors = as_noise(noise, rows)
        matrices = as_projections(projections, rows, errors, self.n_features)
        if matrices is not None and self.uniform is not None:
            raise InputError(NOT_UNIFORM)
        return Block(rows, noise=errors, holes=holes, projections=matrices)

    def _regular(self, block: Block) -> bool:
        """Whether the kernels for complete rows and regular covariances answer."""
        return block.complete and not self.covariances.singular

    def _log_joint(self, block: Block) -> Floats:
        if self._regular(block):
            return self.densities.kernel.log_joint(block.X, *self.densities.arrays)
        support = self.covariances.support
        if support is None:
            return log_joint(self.densities, block)
        if not block.complete:
            raise InputError(
                "singular covariances need complete rows without measurement errors: impute missing values, and leave "
                "noise and projections out."
            )
        joint = self.densities.kernel.log_joint(block.X, *self.densities.arrays)
        outside = support.excludes(np.asarray(block.X, dtype=np.float64), self.means)
        joint[:, : self.n_components][outside] = -np.inf
        return joint

    def _by_pieces(self, block: Block, function: Callable[[Floats], Any]) -> Any:
        """Return a function of the log-joint densities of each row, without all of them in memory at once."""
        starts = range(0, max(block.n_rows, 1), _PIECE)
        return np.concatenate([function(self._log_joint(block.take(slice(s, s + _PIECE)))) for s in starts])

    def log_joint(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        """Return the logarithms of the weighted component densities, log p_k N(x | μ_k, Σ_k).

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`log_prob`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`log_prob`.

        Returns
        -------
        (n, K) array
            Nats; of a uniform component in the last of K + 1 columns.

        Raises
        ------
        InputError
            If the rows are invalid.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).log_joint([[0.0]]).round(4)
        array([[-0.9189]])
        """
        return self._log_joint(self._block(X, noise, projections))

    def joint(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        """Return the weighted component densities, p_k N(x | μ_k, Σ_k).

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`log_prob`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`log_prob`.

        Returns
        -------
        (n, K) array
            Densities; their sum over the components is the density of the mixture. That of a uniform component is in
            the last of K + 1 columns.

        Raises
        ------
        InputError
            If the rows are invalid.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0]).joint([[0.0]]).round(4)
        array([[0.1995, 0.    ]])
        """
        with np.errstate(over="ignore"):
            return np.exp(self.log_joint(X, noise, projections))

    def log_prob(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        """Return the logarithm of the density of each row, log p(x).

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns; (n,) if D = 1. NaN is a missing value: it is integrated out.
        noise : (n, D) or (n, D, D) array, optional
            Variances or covariances of the measurement errors of each row, in squared units.
        projections : (n, m, D) or (m, D) array, optional
            Matrices R, if rows (n, m) are projections R v of D true values v, plus errors; (m, D) is a matrix for all
            rows. Then ``noise`` is (n, m) or (n, m, m).

        Returns
        -------
        (n,) array
            Log-densities, in nats.

        Raises
        ------
        InputError
            If the rows have another number of columns, or an infinite value.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).log_prob([0.0, 1.0]).round(4)
        array([-0.9189, -1.4189])
        """
        block = self._block(X, noise, projections)
        if self._regular(block):
            return self.densities.kernel.log_prob(block.X, *self.densities.arrays)
        log_densities: Floats = self._by_pieces(block, log_sum_exp)
        return log_densities

    def pdf(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        """Return the density of each row, p(x).

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`log_prob`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`log_prob`.

        Returns
        -------
        (n,) array
            Densities, in the inverse of the product of the columns' units.

        Raises
        ------
        InputError
            If the rows are invalid.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).pdf([0.0]).round(4)
        array([0.3989])
        """
        with np.errstate(over="ignore"):
            return np.exp(self.log_prob(X, noise, projections))

    def responsibilities(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        r"""Return the posterior probability of each component for each row.

        .. math:: r_{nk} = \frac{p_k N(x_n \mid \mu_k, \Sigma_k)}{\sum_j p_j N(x_n \mid \mu_j, \Sigma_j)}

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`log_prob`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`log_prob`.

        Returns
        -------
        (n, K) array
            Probabilities, which sum to one in each row; that of a uniform component in the last of K + 1 columns.

        Raises
        ------
        InputError
            If the rows are invalid.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[-1.0], [1.0]], [1.0, 1.0]).responsibilities([[0.0]])
        array([[0.5, 0.5]])
        """
        block = self._block(X, noise, projections)
        if self._regular(block):
            return self.densities.kernel.responsibilities(block.X, *self.densities.arrays)
        joint = self._log_joint(block)
        total = log_sum_exp(joint)
        outside = np.isneginf(total)
        if outside.any():
            # Off the support of every component, only the weights speak.
            joint[outside] = np.log(np.maximum(self.weights, np.finfo(np.float64).tiny))
            total[outside] = 0.0
        joint -= total[:, None]
        return np.exp(joint, out=joint)

    def predict(self, X: Any, noise: Any = None, projections: Any = None) -> Ints:
        """Return the most probable component of each row.

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`log_prob`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`log_prob`.

        Returns
        -------
        (n,) array of int
            Numbers of components, from 0; −1 for the uniform component.

        Raises
        ------
        InputError
            If the rows are invalid.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[-1.0], [1.0]], [1.0, 1.0]).predict([[-2.0], [2.0]])
        array([0, 1])
        """
        block = self._block(X, noise, projections)
        if self._regular(block):
            labels = self.densities.kernel.predict(block.X, *self.densities.arrays)
        else:
            labels = self._by_pieces(block, lambda joint: joint.argmax(axis=1))
        if self.uniform is not None:
            labels[labels == self.n_components] = -1
        return labels

    def outlier_score(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        r"""Return the outlier score of each row, from 0 to 1.

        With a uniform component, the score is the posterior probability of that component. Without one, it is the
        probability of a smaller Mahalanobis distance, averaged over the components of the row:

        .. math:: \sum_k r_k(x) \, P(\chi^2_D \le (x - \mu_k)^T \Sigma_k^{-1} (x - \mu_k)),

        with D the number of observed columns.

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`log_prob`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`log_prob`.

        Returns
        -------
        (n,) array
            Scores.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).outlier_score([0.0, 1.96]).round(2)
        array([0.  , 0.95])
        """
        block = self._block(X, noise, projections)
        if self.uniform is not None:
            return np.asarray(self.responsibilities(block.X, block.noise, block.projections)[:, -1])
        return tail_probabilities(self.densities, block)
