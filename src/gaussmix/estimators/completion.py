"""Imputation of missing values and denoising of measured ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats
from .fitted import FittedMixture

__all__ = ["CompletingMixture"]


class CompletingMixture(FittedMixture):
    """Imputation and denoising by a fitted mixture."""

    def impute(self, X: Any, draws: int | None = None, noise: Any = None) -> Floats:
        r"""Return rows with their missing values replaced: by conditional means, or by draws.

        .. math:: \hat x_m = \sum_k r_k(x_o) \left( \mu_{km} + \Sigma_{kmo} \Sigma_{koo}^{-1} (x_o - \mu_{ko}) \right)

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, as in :meth:`fit`.
        draws : int, optional
            Number m of draws from the posterior distribution of the missing values (multiple imputation); conditional
            means by default. If ``random_state`` is a number, each call returns the same draws.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.

        Returns
        -------
        (n, D) array, or (m, n, D) for draws
            The rows, with observed values unchanged and missing values imputed.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.impute([[2.0, float("nan")]]).round(1)
        array([[ 2. , 54.2]])
        """
        if draws is None:
            rows: Floats = self._of_rows("impute", X, noise)
            return rows
        mixture, (block, kind) = self._fitted(), self._rows_of(X, noise)
        missing = np.isnan(block.X)
        drawn = mixture.draw(block.X, draws, getattr(self, "random_state", None), block.noise)
        several: Floats = kind.array(np.where(missing, drawn, block.X))
        return several

    def denoise(self, X: Any, noise: Any, projections: Any = None) -> Floats:
        r"""Return the posterior means of the true values behind measured ones.

        .. math:: E(v \mid x) = \sum_k r_k(x) \left( \mu_k + \Sigma_k (\Sigma_k + N)^{-1} (x - \mu_k) \right)

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array
            Measurement errors N, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        (n, D) array
            Expected true values.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.denoise([[3.5, 60.0]], [[0.0, 100.0]]).round(1)
        array([[ 3.5, 71.9]])

        References
        ----------
        Bovy, J., Hogg, D. W. and Roweis, S. T. (2011). Extreme deconvolution: inferring complete distribution functions
        from noisy, heterogeneous and incomplete observations. Ann. Appl. Stat. 5, 1657-1677.
        """
        rows: Floats = self._of_rows("denoise", X, noise, projections)
        return rows
