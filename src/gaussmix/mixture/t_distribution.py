"""Conditional distributions of many rows under t distributions, and what such a mixture does not compute."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, NoReturn

import numpy as np

from .._types import Floats, Ints
from ..errors import InputError
from ..incomplete import squared_distances
from ..validation import as_rows_with_holes
from .conditional_t import ConditionalTMixtures
from .one_dimensional import Univariate
from .value import Mixture

__all__ = ["TDistribution"]


class TDistribution(Mixture):
    """Conditional distributions, and the distribution function in one column; other integrals need simulation."""

    degrees_of_freedom: Floats

    def _univariate(self, n: int) -> Univariate:
        shape = (n, self.n_components)
        return replace(super()._univariate(n), degrees=np.broadcast_to(self.degrees_of_freedom, shape))

    def _component_cdf(self, k: int, points: Floats, tol: float) -> NoReturn:
        self._refuse("distribution function in several columns")

    def conditionals(self, columns: Any, X: Any) -> ConditionalTMixtures:
        """Return the conditional distributions of the other columns for many rows of some.

        Each is that of :meth:`condition`; missing values are integrated out.

        Parameters
        ----------
        columns : sequence of int or str
            Positions or names of the known columns.
        X : (n, number of known columns) array
            Rows of these columns, in their units; NaN is a missing value.

        Returns
        -------
        ConditionalTMixtures
            A mixture of t distributions for each row.

        Raises
        ------
        InputError
            If a column is not known to the mixture, every column is given, or a value is infinite.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> mixture = TMixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]], 3.0)
        >>> mixture.conditionals([0], [[2.0]]).mean()
        array([[1.]])
        """
        plain = super().conditionals(columns, X)
        marginal = self.marginal(self._split(columns)[0])
        rows, _ = as_rows_with_holes(X, n_features=marginal.n_features, min_rows=0, one_column=True)
        squares, observed = squared_distances(marginal.densities, marginal._block(rows))
        degrees = self.degrees_of_freedom + np.asarray(observed, dtype=np.float64)[:, None]
        scales = (self.degrees_of_freedom + squares) / degrees
        values = {field.name: getattr(plain, field.name) for field in fields(plain)}
        return ConditionalTMixtures(**values, scales=scales, degrees=degrees)

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
