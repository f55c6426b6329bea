"""Distributions derived from a mixture: marginal, conditional, of some components, under affine maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from .._types import Ints
from ..covariances import check_range
from ..errors import InputError
from ..validation import LARGEST, as_columns, as_rows_with_holes, finite_array
from .conditional import ConditionalMixtures
from .conditioning import conditional_mixtures
from .distances import check_columns
from .evaluation import Evaluation
from .matching import matching_order

__all__ = ["Transformations"]


class Transformations(Evaluation):
    """Marginal and conditional distributions, sub-mixtures and affine maps of a mixture."""

    def marginal(self, columns: Any) -> Self:
        """Return the marginal distribution of some columns, in the given order.

        Parameters
        ----------
        columns : sequence of int or str
            Positions or names of the columns to keep.

        Returns
        -------
        Mixture
            The marginal distribution, with the same weights.

        Raises
        ------
        InputError
            If a column is not known, or named twice.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[1.0, 2.0]], [[[1.0, 0.5], [0.5, 4.0]]]).marginal([1]).means
        array([[2.]])
        """
        chosen = as_columns(columns, self.n_features, self.feature_names)
        names = None if self.feature_names is None else tuple(self.feature_names[c] for c in chosen)
        uniform = None if self.uniform is None else self.uniform.marginal(chosen)
        return self.like(
            self.weights, self.means[:, chosen], self.covariances.marginal(chosen), names, uniform
        )

    def condition(self, columns: Any, values: Any) -> Self:
        """Return the conditional distribution of the other columns, given values of some.

        With known columns a and the others b, component k has the weight ∝ p_k N(v | μ_ka, Σ_kaa), the mean
        μ_kb + Σ_kba Σ_kaa⁻¹ (v − μ_ka) and the covariance Σ_kbb − Σ_kba Σ_kaa⁻¹ Σ_kab.

        Parameters
        ----------
        columns : sequence of int or str
            Positions or names of the known columns.
        values : (number of known columns,) array
            Their values, in the units of the columns.

        Returns
        -------
        Mixture
            The conditional distribution of the columns that are not known, in their order.

        Raises
        ------
        InputError
            If a column is not known to the mixture, every column is given, or no component is possible at the values.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> mixture.condition([0], [2.0]).means
        array([[1.]])

        References
        ----------
        Sung, H. G. (2004). Gaussian mixture regression and classification. PhD thesis, Rice University.
        """
        given, kept = self._split(columns)
        known = np.atleast_1d(finite_array(values, "values", largest=LARGEST))
        known = finite_array(known, "values", (len(given),))
        marginal = self.marginal(given)
        if self.covariances.singular and np.isneginf(marginal.log_joint(known[None]).max()):
            raise InputError("values are outside the support of every component: give values within it.")
        with np.errstate(over="ignore", invalid="ignore"):
            slopes, rest = self.covariances.condition(given, kept)
            means = self.means[:, kept] + np.einsum("kba,ka->kb", slopes, known - self.means[:, given])
        check_range(means, rest)
        weights = marginal.responsibilities(known[None])[0]
        names = None if self.feature_names is None else tuple(self.feature_names[c] for c in kept)
        uniform = None
        if self.uniform is not None:
            uniform = self.uniform.given(given, kept).of_weight(float(weights[-1]))
        else:
            weights = weights / weights.sum()
        return self.of(weights[: self.n_components], means, rest, names, uniform)

    def conditionals(self, columns: Any, X: Any) -> ConditionalMixtures:
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
        ConditionalMixtures
            A mixture of the columns that are not known for each row, with means, variances, quantiles and densities of
            all rows at once.

        Raises
        ------
        InputError
            If a column is not known to the mixture, every column is given, or a value is infinite.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]], feature_names=["x", "y"])
        >>> mixture.conditionals("x", [[2.0], [0.0]]).mean()
        array([[1.],
               [0.]])
        """
        given, kept = self._split(columns)
        rows, _ = as_rows_with_holes(X, n_features=len(given), min_rows=0, one_column=True)
        return conditional_mixtures(self, given, kept, np.asarray(rows, dtype=np.float64))

    def _split(self, columns: Any) -> tuple[list[int], list[int]]:
        """Return the positions of the known columns and of the others."""
        given = as_columns(columns, self.n_features, self.feature_names)
        kept = [d for d in range(self.n_features) if d not in given]
        if not kept:
            raise InputError(
                "columns names all columns: leave at least one for the conditional distribution."
            )
        return given, kept

    def match(self, other: Transformations) -> Self:
        """Return the same mixture with its components in the order of those of another one.

        The labels of a refit then have the meaning of those before. Pairs of components are chosen by the least sum of
        Bhattacharyya distances (optimal assignment). Of more components than the other has, those left over come last.

        Parameters
        ----------
        other : Mixture
            A mixture of the same columns.

        Returns
        -------
        Mixture
            The same distribution.

        Raises
        ------
        InputError
            If the other mixture has another number of columns, or other names of them.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> before = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])
        >>> Mixture([0.6, 0.4], [[8.7], [0.1]], [1.0, 1.0]).match(before).means.ravel()
        array([0.1, 8.7])
        """
        check_columns(self, other)
        return self.reordered(matching_order(self, other))

    def take(self, components: Sequence[int] | Ints) -> Self:
        """Return the mixture of some Gaussian components, in the given order, with weights scaled to sum to one.

        Parameters
        ----------
        components : sequence of int
            Numbers of the components to keep; negative ones count from the last.

        Returns
        -------
        Mixture
            The mixture of these components.

        Raises
        ------
        InputError
            If a number is not that of a component, or there is none.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.2, 0.8], [[0.0], [9.0]], [1.0, 1.0]).take([1]).weights
        array([1.])
        """
        chosen = self._chosen(components)
        weights = self.weights[chosen]
        return self.like(
            weights / weights.sum(),
            self.means[chosen],
            self.covariances.take(chosen),
            self.feature_names,
            components=chosen,
        )

    def _chosen(self, components: Any) -> Ints:
        """Return numbers of components, from 0."""
        chosen = np.asarray(components)
        K = self.n_components
        if (
            chosen.ndim != 1
            or chosen.dtype.kind not in "iu"
            or not len(chosen)
            or not ((chosen >= -K) & (chosen < K)).all()
        ):
            raise InputError(f"components is {components!r}: give positions from 0 to {K - 1}, at least one.")
        return chosen.astype(np.intp) % K

    def __rmatmul__(self, matrix: Any) -> Self:
        """Return the distribution of A x for A (M, D)."""
        A = finite_array(matrix, "A")
        if A.ndim != 2 or A.shape[1] != self.n_features:
            raise InputError(f"A has shape {A.shape}, expected (M, {self.n_features}).")
        with np.errstate(over="ignore", invalid="ignore"):
            covariances, means = self.covariances.affine(A), self.means @ A.T
        # A map that loses a dimension is refused here too.
        check_range(means, covariances)
        scales = len(A) == self.n_features and np.count_nonzero(A) == np.count_nonzero(np.diagonal(A))
        names = self.feature_names if scales else None
        uniform = None if self.uniform is None else self.uniform.affine(A)
        return self.like(self.weights, means, covariances, names, uniform)

    def __add__(self, shift: Any) -> Self:
        """Return the distribution of x + b for b (D,) or a number."""
        b = finite_array(shift, "b")
        if b.ndim > 1 or (b.ndim == 1 and len(b) != self.n_features):
            raise InputError(f"b has shape {b.shape}, expected ({self.n_features},).")
        means = finite_array(self.means + b, "means", largest=LARGEST)
        uniform = None if self.uniform is None else self.uniform.shifted(b)
        return self.like(self.weights, means, self.covariances, self.feature_names, uniform)

    __radd__ = __add__

    def __sub__(self, shift: Any) -> Self:
        """Return the distribution of x − b."""
        return self + -finite_array(shift, "b")
