"""The distribution function of a mixture of t distributions, and what such a mixture does not compute."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit

from .._types import Floats, Ints
from ..errors import InputError
from .one_dimensional import as_probabilities
from .value import Mixture

__all__ = ["TDistribution"]


class TDistribution(Mixture):
    """Distribution function and quantiles in one column; other integrals are left to simulation."""

    degrees_of_freedom: Floats

    def cdf(self, X: Any, tol: float = 1e-6) -> Floats:
        """Return the distribution function of one column, the probability of no larger value.

        Parameters
        ----------
        X : (n,) or (n, 1) array
            Points, in the units of the column.
        tol : float, default=1e-6
            Without effect: the value is exact.

        Returns
        -------
        (n,) array
            Probabilities.

        Raises
        ------
        InputError
            If there are several columns, or a value is missing.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> TMixture([1.0], [[0.0]], [1.0], 1.0).cdf([0.0, 1.0]).round(2)
        array([0.5 , 0.75])
        """
        points = self._points(X)
        if self.n_features > 1:
            self._refuse("distribution function in several columns")
        return self._cdf(points)

    def _cdf(self, points: Floats) -> Floats:
        scores = (points - self.means[:, 0]) / np.sqrt(self.covariances.variances()[:, 0])
        result = np.asarray(stdtr(self.degrees_of_freedom, scores) @ self.weights)
        if self.uniform is not None:
            box = self.uniform
            result = result + box.weight * np.clip((points[:, 0] - box.lower) / (box.upper - box.lower), 0, 1)
        return result

    def quantile(self, level: Any) -> Floats:
        """Return the quantiles of one column.

        Parameters
        ----------
        level : float or array
            Probabilities between 0 and 1.

        Returns
        -------
        array
            Quantiles, in the shape of the levels and the units of the column.

        Raises
        ------
        InputError
            If there are several columns, or a level is not between 0 and 1.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> TMixture([1.0], [[0.0]], [1.0], 1.0).quantile([0.5, 0.75]).round(6) + 0.0
        array([0., 1.])
        """
        if self.n_features > 1:
            self._refuse("quantiles in several columns")
        levels = as_probabilities(level)
        return np.array([self._quantile(p) for p in levels.ravel().tolist()]).reshape(levels.shape)

    def _quantile(self, p: float) -> float:
        if p in (0.0, 1.0):
            return -np.inf if p == 0.0 else np.inf
        scales = np.sqrt(self.covariances.variances()[:, 0])
        ends = self.means[:, 0] + scales * stdtrit(self.degrees_of_freedom, p)
        if self.uniform is not None:
            ends = np.append(ends, self.uniform.lower + p * (self.uniform.upper - self.uniform.lower))
        low, high = float(ends.min()), float(ends.max())
        if low == high:
            return low
        return float(brentq(lambda x: self._cdf(np.array([[x]]))[0] - p, low, high, xtol=1e-14, rtol=1e-13))

    def conditionals(self, columns: Any, X: Any) -> NoReturn:
        """Refuse: :meth:`condition` gives the conditional distribution of one row.

        Parameters
        ----------
        columns : sequence of int or str
            Known columns.
        X : (n, d) array
            Their values.

        Raises
        ------
        InputError
            Always.
        """
        self._refuse("conditional distributions of many rows at once")

    def _merged(self, labels: Ints) -> NoReturn:
        self._refuse("merged components")

    def _whole(self) -> NoReturn:
        self._refuse("entropy, modes, highest-density regions or distances")

    @staticmethod
    def _refuse(what: str) -> NoReturn:
        raise InputError(
            f"a mixture of t distributions has no {what} here: simulate by sample and log_prob, or use "
            "mixture.gaussian, the Gaussians of the same scale matrices."
        )
