"""Moments, draws and conditional distributions under t distributions; integrals that they leave to simulation."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, NoReturn

import numpy as np

from .._types import Floats, Ints
from ..errors import InputError
from ..incomplete import conditional_draws, squared_distances
from ..validation import as_count, as_generator, as_rows_with_holes
from .conditional_t import ConditionalTMixtures
from .one_dimensional import Univariate
from .value import Mixture

__all__ = ["TDistribution"]


class TDistribution(Mixture):
    """Moments, draws, conditional distributions, and the distribution function in one column."""

    degrees_of_freedom: Floats

    def mean(self) -> Floats:
        """Return the mean of the distribution, Σ p_k μ_k.

        Returns
        -------
        (D,) array
            The mean, in the units of the columns.

        Raises
        ------
        InputError
            If a component has at most one degree of freedom, and so no mean.
        """
        self._check_degrees(1.0, "mean")
        return super().mean()

    def covariance(self) -> Floats:
        """Return the covariance of the distribution, Σ p_k (ν_k/(ν_k − 2) Σ_k + (μ_k − μ)(μ_k − μ)ᵀ).

        Returns
        -------
        (D, D) array
            The covariance, in squared units.

        Raises
        ------
        InputError
            If a component has at most two degrees of freedom, and so no covariance.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> TMixture([1.0], [[0.0]], [1.0], 4.0).covariance()
        array([[2.]])
        """
        self._check_degrees(2.0, "covariance")
        excess = self.weights * 2.0 / (self.degrees_of_freedom - 2.0)
        return np.asarray(super().covariance() + np.einsum("k,kij->ij", excess, self.covariances.dense()))

    def _check_degrees(self, least: float, what: str) -> None:
        low = np.flatnonzero(self.degrees_of_freedom <= least)
        if len(low):
            raise InputError(
                f"component {low[0]} has {self.degrees_of_freedom[low[0]]:.4g} degrees of freedom, and a t "
                f"distribution has no {what} with {least:g} or fewer: use means and covariances of the components."
            )

    def sample(self, n: int, random_state: Any = None) -> tuple[Floats, Ints]:
        """Draw rows in random order.

        Parameters
        ----------
        n : int
            Number of rows to draw (n).
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Source of random numbers.

        Returns
        -------
        X : (n, D) array
        labels : (n,) array
            The component of each row; −1 for the uniform component.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> X, labels = TMixture([1.0], [[0.0]], [1.0], 3.0).sample(4, random_state=1)
        >>> X.shape, labels.shape
        ((4, 1), (4,))
        """
        rng = as_generator(random_state)
        X, labels = super().sample(as_count(n, "n", 0), rng)
        own = labels >= 0
        k = labels[own]
        tau = rng.chisquare(self.degrees_of_freedom[k]) / self.degrees_of_freedom[k]
        X[own] = self.means[k] + (X[own] - self.means[k]) / np.sqrt(tau)[:, None]
        return X, labels

    def draw(
        self, X: Any, draws: int = 1, random_state: Any = None, noise: Any = None, projections: Any = None
    ) -> Floats:
        """Draw missing values from their posterior distribution, a t mixture.

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        draws : int, default=1
            Number of draws m.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Source of random numbers.
        noise, projections : None
            t distributions take no measurement errors.

        Returns
        -------
        (m, n, D) array
            The rows of each draw.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> mixture = TMixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]], 3.0)
        >>> mixture.draw([[2.0, float("nan")]], draws=5, random_state=0).shape
        (5, 1, 2)
        """
        block, rng = self._block(X, noise, projections), as_generator(random_state)
        return np.stack(
            [conditional_draws(self.densities, block, rng) for _ in range(as_count(draws, "draws"))]
        )

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
