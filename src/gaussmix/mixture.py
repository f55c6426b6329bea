"""Mixture: the Gaussian mixture distribution, as a frozen value."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from . import kernels, storage
from ._types import Floats, Ints
from .covariances import Covariances, Family, SingularCovariances
from .densities import Densities
from .describe import mixture_html, mixture_text
from .errors import InputError
from .log_space import log_sum_exp
from .shapes import check_range, checked_names, checked_weights, covariances_from
from .validation import LARGEST, as_columns, as_count, as_generator, as_rows, finite_array

__all__ = ["Mixture"]


class Mixture:
    r"""A Gaussian mixture distribution: weights, means and covariances, frozen.

    .. math:: p(x) = \sum_{k=1}^K p_k \, N(x \mid \mu_k, \Sigma_k), \qquad
              N(x \mid \mu, \Sigma) = |2 \pi \Sigma|^{-1/2} e^{-\frac12 (x - \mu)^T \Sigma^{-1} (x - \mu)}

    Parameters
    ----------
    weights : (K,) array
        Shares p_k ≥ 0 of the components; they sum to one.
    means : (K, D) array
        Means μ_k, in the units of the columns.
    covariances : array or Covariances
        (K, D, D) full, (K, D) diagonal, (K,) spherical or (D, D) tied, in squared units; or a value that another
        mixture has as ``covariances``.
    family : Family, optional
        Says which family the array belongs to where its shape leaves that open (K = D, say).
    allow_singular : bool
        Accept positive semi-definite covariances: the density is then that on their support (pseudo-inverse and
        pseudo-determinant).
    feature_names : sequence of str, optional
        Names of the D columns.

    Raises
    ------
    InputError
        If shapes do not fit, a value is not finite, or the weights do not sum to one.
    SingularCovarianceError
        If a covariance is not positive definite; the message names the component.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> mixture = Mixture([0.25, 0.75], [[0.0, 0.0], [5.0, 5.0]], [1.0, 4.0])
    >>> mixture.predict([[0.5, 0.0], [6.0, 4.0]])
    array([0, 1])
    >>> X, labels = mixture.sample(1000, random_state=0)
    >>> X.shape
    (1000, 2)

    References
    ----------
    McLachlan, G. and Peel, D. (2000). Finite Mixture Models. Wiley.
    """

    # NumPy must leave ``A @ mixture`` and ``b + mixture`` to the methods below.
    __array_ufunc__ = None

    weights: Floats
    """Weights of the components, (K,)."""
    means: Floats
    """Means of the components, (K, D), in the units of the columns."""
    covariances: Covariances
    """Covariances of the components, in squared units; ``covariances.dense()`` is the array (K, D, D)."""
    feature_names: tuple[str, ...] | None
    """Names of the columns, or None."""

    def __init__(
        self,
        weights: Any,
        means: Any,
        covariances: Any,
        *,
        family: Family | None = None,
        allow_singular: bool = False,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        weights, means = checked_weights(weights), finite_array(means, "means")
        if means.ndim != 2 or len(means) != len(weights) or means.shape[1] == 0:
            raise InputError(
                f"means has shape {means.shape}, expected ({len(weights)}, D): one row for each of the "
                f"{len(weights)} weights."
            )
        values = covariances_from(covariances, *means.shape, family=family, allow_singular=allow_singular)
        # A covariance that is not positive definite must be refused here too.
        check_range(means, values)
        self._set(weights, means, values, checked_names(feature_names, means.shape[1]))

    @classmethod
    def of(
        cls,
        weights: Floats,
        means: Floats,
        covariances: Covariances,
        feature_names: tuple[str, ...] | None = None,
    ) -> Mixture:
        """Return a mixture of parameters that are known to be sound, without a check.

        Parameters
        ----------
        weights : (K,) array
            Weights of the components.
        means : (K, D) array
            Means of the components.
        covariances : Covariances
            Covariances of the components.
        feature_names : tuple of str, optional
            Names of the columns.

        Returns
        -------
        Mixture
            The mixture, which holds the arrays themselves and makes them read-only.
        """
        mixture = cls.__new__(cls)
        mixture._set(weights, means, covariances, feature_names)
        return mixture

    def _set(
        self, weights: Floats, means: Floats, covariances: Covariances, names: tuple[str, ...] | None
    ) -> None:
        for array in (weights, means):
            array.setflags(write=False)
        self.__dict__.update(weights=weights, means=means, covariances=covariances, feature_names=names)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Mixture is frozen: build a new one instead of setting {name!r}.")

    @property
    def n_components(self) -> int:
        """Number of components K."""
        return len(self.weights)

    @property
    def n_features(self) -> int:
        """Number of features D."""
        return int(self.means.shape[1])

    @property
    def family(self) -> Family:
        """The covariance family."""
        return self.covariances.family

    @property
    def n_parameters(self) -> int:
        """Number of free parameters, of the K − 1 weights, the K D means and the covariances."""
        K, D = self.means.shape
        return int(K - 1 + K * D + self.family.n_parameters(K, D))

    @cached_property
    def offsets(self) -> Floats:
        """What the E-step adds to −½ |L_k (x − μ_k)|², log p_k − ½ log |2π Σ_k|, (K,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.weights) + self.covariances.log_normalisers)

    def _rows(self, X: Any) -> Any:
        return as_rows(X, n_features=self.n_features, min_rows=0, one_column=True, fitted=True)

    @cached_property
    def densities(self) -> Densities:
        """The weighted component densities, as the E-step takes them."""
        return Densities(self.means, self.covariances.factors, self.offsets, self.family.frame)

    def log_joint(self, X: Any) -> Floats:
        """Return the logarithms of the weighted component densities, log p_k N(x | μ_k, Σ_k).

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns; (n,) where D is 1.

        Returns
        -------
        (n, K) array
            Nats.

        Raises
        ------
        InputError
            If the rows cannot be used: another number of columns, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).log_joint([[0.0]]).round(4)
        array([[-0.9189]])
        """
        rows = self._rows(X)
        joint = kernels.active.log_joint(rows, *self.densities.arrays)
        if isinstance(self.covariances, SingularCovariances):
            joint[self.covariances.outside(np.asarray(rows, dtype=np.float64), self.means)] = -np.inf
        return joint

    def joint(self, X: Any) -> Floats:
        """Return the weighted component densities, p_k N(x | μ_k, Σ_k).

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns; (n,) where D is 1.

        Returns
        -------
        (n, K) array
            Densities, whose sum over the components is the density of the mixture.

        Raises
        ------
        InputError
            If the rows cannot be used: another number of columns, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0]).joint([[0.0]]).round(4)
        array([[0.1995, 0.    ]])
        """
        with np.errstate(over="ignore"):
            return np.exp(self.log_joint(X))

    def log_prob(self, X: Any) -> Floats:
        """Return the logarithm of the density of each row, log p(x).

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns; (n,) where D is 1.

        Returns
        -------
        (n,) array
            Log-densities, in nats.

        Raises
        ------
        InputError
            If the rows cannot be used: another number of columns, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).log_prob([0.0, 1.0]).round(4)
        array([-0.9189, -1.4189])
        """
        if self.covariances.singular:
            return log_sum_exp(self.log_joint(X))
        return kernels.active.log_prob(self._rows(X), *self.densities.arrays)

    def pdf(self, X: Any) -> Floats:
        """Return the density of each row, p(x).

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns; (n,) where D is 1.

        Returns
        -------
        (n,) array
            Densities, in the inverse of the product of the columns' units.

        Raises
        ------
        InputError
            If the rows cannot be used: another number of columns, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).pdf([0.0]).round(4)
        array([0.3989])
        """
        with np.errstate(over="ignore"):
            return np.exp(self.log_prob(X))

    def responsibilities(self, X: Any) -> Floats:
        r"""Return the probability that each component made each row.

        .. math:: r_{nk} = \frac{p_k N(x_n \mid \mu_k, \Sigma_k)}{\sum_j p_j N(x_n \mid \mu_j, \Sigma_j)}

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns; (n,) where D is 1.

        Returns
        -------
        (n, K) array
            Probabilities, which sum to one in each row.

        Raises
        ------
        InputError
            If the rows cannot be used: another number of columns, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[-1.0], [1.0]], [1.0, 1.0]).responsibilities([[0.0]])
        array([[0.5, 0.5]])
        """
        if not self.covariances.singular:
            return kernels.active.responsibilities(self._rows(X), *self.densities.arrays)
        joint = self.log_joint(X)
        total = log_sum_exp(joint)
        outside = np.isneginf(total)
        if outside.any():
            # Off the support of every component, only the weights speak.
            joint[outside] = np.log(np.maximum(self.weights, np.finfo(np.float64).tiny))
            total[outside] = 0.0
        joint -= total[:, None]
        return np.exp(joint, out=joint)

    def predict(self, X: Any) -> Ints:
        """Return the most probable component of each row.

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns; (n,) where D is 1.

        Returns
        -------
        (n,) array of int
            Numbers of components, from 0.

        Raises
        ------
        InputError
            If the rows cannot be used: another number of columns, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[-1.0], [1.0]], [1.0, 1.0]).predict([[-2.0], [2.0]])
        array([0, 1])
        """
        rows = self._rows(X)
        if not self.covariances.singular:
            return kernels.active.predict(rows, *self.densities.arrays)
        labels = np.empty(len(rows), dtype=np.intp)
        # In pieces, so that nothing of the size n × K is held.
        for start in range(0, len(rows), 1 << 15):
            labels[start : start + (1 << 15)] = self.log_joint(rows[start : start + (1 << 15)]).argmax(axis=1)
        return labels

    def sample(self, n: int, random_state: Any = None) -> tuple[Floats, Ints]:
        """Draw rows in random order.

        Parameters
        ----------
        n : int
            Number of rows to draw (n).
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Where the randomness comes from.

        Returns
        -------
        X : (n, D) array
        labels : (n,) array
            The component that made each row.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> X, labels = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0]).sample(4, random_state=1)
        >>> X.shape, labels.shape
        ((4, 1), (4,))
        """
        n, rng = as_count(n, "n", 0), as_generator(random_state)
        labels = rng.choice(self.n_components, size=n, p=self.weights / self.weights.sum()).astype(np.intp)
        noise = rng.standard_normal((n, self.n_features))
        return self.means[labels] + self.covariances.colour(noise, labels), labels

    def mean(self) -> Floats:
        """Return the mean of the distribution, Σ p_k μ_k.

        Returns
        -------
        (D,) array
            The mean, in the units of the columns.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.25, 0.75], [[0.0], [4.0]], [1.0, 1.0]).mean()
        array([3.])
        """
        return np.asarray(self.weights @ self.means)

    def covariance(self) -> Floats:
        """Return the covariance of the distribution, Σ p_k (Σ_k + (μ_k − μ)(μ_k − μ)ᵀ).

        Returns
        -------
        (D, D) array
            The covariance, in squared units.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[-1.0], [1.0]], [1.0, 1.0]).covariance()
        array([[2.]])
        """
        deviation = self.means - self.mean()
        between = (self.weights[:, None] * deviation).T @ deviation
        return np.asarray(np.tensordot(self.weights, self.covariances.dense(), axes=1) + between)

    def marginal(self, columns: Any) -> Mixture:
        """Return the distribution of some columns, in that order.

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
        return Mixture.of(self.weights, self.means[:, chosen], self.covariances.marginal(chosen), names)

    def condition(self, columns: Any, values: Any) -> Mixture:
        """Return the distribution of the other columns where some are known.

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
        given = as_columns(columns, self.n_features, self.feature_names)
        kept = [d for d in range(self.n_features) if d not in given]
        if not kept:
            raise InputError("columns names every column: leave at least one to be described.")
        known = np.atleast_1d(finite_array(values, "values", largest=LARGEST))
        known = finite_array(known, "values", (len(given),))
        marginal = self.marginal(given)
        if self.covariances.singular and np.isneginf(marginal.log_joint(known[None]).max()):
            raise InputError("values lie off the support of every component: give values that are possible.")
        with np.errstate(over="ignore", invalid="ignore"):
            slopes, rest = self.covariances.condition(given, kept)
            means = self.means[:, kept] + np.einsum("kba,ka->kb", slopes, known - self.means[:, given])
        check_range(means, rest)
        weights = marginal.responsibilities(known[None])[0]
        names = None if self.feature_names is None else tuple(self.feature_names[c] for c in kept)
        return Mixture.of(weights / weights.sum(), means, rest, names)

    def take(self, components: Sequence[int] | Ints) -> Mixture:
        """Return the mixture of some components, in that order, with weights that sum to one again.

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
        chosen = np.asarray(components)
        K = self.n_components
        if (
            chosen.ndim != 1
            or chosen.dtype.kind not in "iu"
            or not len(chosen)
            or not ((chosen >= -K) & (chosen < K)).all()
        ):
            raise InputError(f"components is {components!r}: give positions from 0 to {K - 1}, at least one.")
        weights = self.weights[chosen]
        return Mixture.of(
            weights / weights.sum(), self.means[chosen], self.covariances.take(chosen), self.feature_names
        )

    def named(self, feature_names: tuple[str, ...] | None) -> Mixture:
        """Return the same mixture with other names of its columns, or none.

        Parameters
        ----------
        feature_names : tuple of str or None
            Names of the columns.

        Returns
        -------
        Mixture
            The mixture with these names.
        """
        return Mixture.of(self.weights, self.means, self.covariances, feature_names)

    def __rmatmul__(self, matrix: Any) -> Mixture:
        """Return the distribution of A x for A (M, D)."""
        A = finite_array(matrix, "A")
        if A.ndim != 2 or A.shape[1] != self.n_features:
            raise InputError(f"A has shape {A.shape}, expected (M, {self.n_features}).")
        with np.errstate(over="ignore", invalid="ignore"):
            covariances, means = self.covariances.affine(A), self.means @ A.T
        # A map that loses a dimension is refused here too.
        check_range(means, covariances)
        names = self.feature_names if np.count_nonzero(A - np.diag(np.diagonal(A))) == 0 else None
        if A.shape[0] != A.shape[1]:
            names = None
        return Mixture.of(self.weights, means, covariances, names)

    def __add__(self, shift: Any) -> Mixture:
        """Return the distribution of x + b for b (D,) or a number."""
        b = finite_array(shift, "b")
        if b.ndim > 1 or (b.ndim == 1 and len(b) != self.n_features):
            raise InputError(f"b has shape {b.shape}, expected ({self.n_features},).")
        means = finite_array(self.means + b, "means", largest=LARGEST)
        return Mixture.of(self.weights, means, self.covariances, self.feature_names)

    __radd__ = __add__

    def __sub__(self, shift: Any) -> Mixture:
        """Return the distribution of x − b."""
        return self + -finite_array(shift, "b")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mixture):
            return NotImplemented
        return (
            np.array_equal(self.weights, other.weights)
            and np.array_equal(self.means, other.means)
            and self.covariances == other.covariances
            and self.feature_names == other.feature_names
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Mixture.of, (self.weights.copy(), self.means.copy(), self.covariances, self.feature_names)

    def __repr__(self) -> str:
        return mixture_text(self.weights, self.means, self.covariances, self.feature_names)

    def _repr_html_(self) -> str:
        return mixture_html(self.weights, self.means, self.covariances, self.feature_names)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the mixture to a safetensors file, which :func:`gaussmix.load` reads back.

        Parameters
        ----------
        path : path
            The file to write.

        Examples
        --------
        >>> import gaussmix
        >>> mixture = gaussmix.Mixture([1.0], [[0.0]], [1.0])
        >>> mixture.save("one.safetensors")
        >>> gaussmix.load("one.safetensors") == mixture
        True
        """
        storage.write(path, *self.to_storage())

    def to_storage(self) -> tuple[dict[str, Floats], dict[str, Any]]:
        """Return the arrays and the description that :meth:`save` writes.

        Returns
        -------
        arrays : dict of arrays
            Weights, means and covariances.
        description : dict
            The family, the names of the columns, and whether covariances may be singular.
        """
        arrays = {"weights": self.weights, "means": self.means, "covariances": self.covariances.array}
        names = None if self.feature_names is None else list(self.feature_names)
        return arrays, {
            "kind": "mixture",
            "family": self.family.name,
            "feature_names": names,
            "allow_singular": self.covariances.singular,
        }
