"""Missing values and values behind measurement errors: their conditional means, and draws of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats
from ..incomplete import conditional_draws, conditional_means
from ..validation import as_count, as_generator
from .evaluation import Evaluation

__all__ = ["Completion"]


class Completion(Evaluation):
    """Imputation of missing values and shrinkage of measured ones."""

    def impute(self, X: Any, noise: Any = None) -> Floats:
        r"""Return rows with their missing values replaced by conditional means.

        .. math:: \hat x_m = \sum_k r_k(x_o) \left( \mu_{km} + \Sigma_{kmo} \Sigma_{koo}^{-1} (x_o - \mu_{ko}) \right)

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`log_prob`.

        Returns
        -------
        (n, D) array
            The rows: observed values as they are, and missing ones as their expected values.

        Raises
        ------
        InputError
            If the rows are invalid.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> mixture.impute([[2.0, float("nan")]])
        array([[2., 1.]])
        """
        block = self._block(X, noise)
        rows = np.array(block.X, dtype=np.float64)
        missing = np.isnan(rows)
        rows[missing] = conditional_means(self.densities, block)[missing]
        return rows

    def draw(
        self, X: Any, draws: int = 1, random_state: Any = None, noise: Any = None, projections: Any = None
    ) -> Floats:
        """Draw missing values, and true values behind measurement errors, from their posterior distribution.

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        draws : int, default=1
            Number of draws m.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Source of random numbers.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`log_prob`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`log_prob`.

        Returns
        -------
        (m, n, D) array
            The rows of each draw.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> mixture.draw([[2.0, float("nan")]], draws=5, random_state=0).shape
        (5, 1, 2)

        References
        ----------
        Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.
        """
        block, rng = self._block(X, noise, projections), as_generator(random_state)
        m = as_count(draws, "draws")
        return np.stack([conditional_draws(self.densities, block, rng) for _ in range(m)])

    def denoise(self, X: Any, noise: Any, projections: Any = None) -> Floats:
        r"""Return the posterior means of the true values behind measured ones.

        .. math:: E(v \mid x) = \sum_k r_k(x) \left( \mu_k + \Sigma_k (\Sigma_k + N)^{-1} (x - \mu_k) \right)

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise : (n, D) or (n, D, D) array
            Measurement errors N, as in :meth:`log_prob`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`log_prob`.

        Returns
        -------
        (n, D) array
            Expected true values.

        Raises
        ------
        InputError
            If the rows or the errors are invalid.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).denoise([[2.0]], [[1.0]])
        array([[1.]])

        References
        ----------
        Bovy, J., Hogg, D. W. and Roweis, S. T. (2011). Extreme deconvolution: inferring complete distribution functions
        from noisy, heterogeneous and incomplete observations. Ann. Appl. Stat. 5, 1657-1677.
        """
        return conditional_means(self.densities, self._block(X, noise, projections))
