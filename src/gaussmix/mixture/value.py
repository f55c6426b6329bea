"""Mixture: the Gaussian mixture distribution, as a frozen value."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

import numpy as np

from .. import storage
from .._types import Floats, Ints
from ..one_blas_thread import one_blas_thread
from ..repr import mixture_html, mixture_text
from ..validation import as_count, as_generator
from .completion import Completion
from .distribution import Distribution
from .fewer import FewerComponents

__all__ = ["Mixture"]


class Mixture(Completion, FewerComponents, Distribution):
    r"""A Gaussian mixture distribution: weights, means and covariances, frozen.

    .. math:: p(x) = \sum_{k=1}^K p_k \, N(x \mid \mu_k, \Sigma_k), \qquad
              N(x \mid \mu, \Sigma) = |2 \pi \Sigma|^{-1/2} e^{-\frac12 (x - \mu)^T \Sigma^{-1} (x - \mu)}

    Parameters
    ----------
    weights : (K,) array
        Weights p_k ≥ 0 of the components; they sum to one.
    means : (K, D) array
        Means μ_k, in the units of the columns.
    covariances : array or Covariances
        (K, D, D) full, (K, D) diagonal, (K,) spherical or (D, D) tied, in squared units; or the ``covariances`` of
        another mixture.
    family : Family, optional
        The family of the covariances, if the shape of the array is ambiguous (for example K = D).
    allow_singular : bool
        Whether to accept positive semi-definite covariances. The density is then that on their support, by
        pseudo-inverse and pseudo-determinant.
    feature_names : sequence of str, optional
        Names of the D columns.
    uniform : Uniform, optional
        An additional component of constant density; the weights and its weight sum to one.

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
        >>> from gaussmix import Mixture
        >>> X, labels = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0]).sample(4, random_state=1)
        >>> X.shape, labels.shape
        ((4, 1), (4,))
        """
        n, rng = as_count(n, "n", 0), as_generator(random_state)
        weights = self.weights if self.uniform is None else np.append(self.weights, self.uniform.weight)
        labels = rng.choice(len(weights), size=n, p=weights / weights.sum()).astype(np.intp)
        noise, scattered = rng.standard_normal((n, self.n_features)), labels == self.n_components
        labels[scattered] = 0
        with one_blas_thread:  # the bits of a product must not depend on the number of threads of BLAS
            X = self.means[labels] + self.covariances.colorize(noise, labels)
        if self.uniform is None:
            return X, labels
        X[scattered], labels[scattered] = self.uniform.sample(int(scattered.sum()), rng), -1
        return X, labels

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
        mean = np.asarray(self.weights @ self.means)
        return mean if self.uniform is None else mean + self.uniform.weight * self.uniform.centre

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
        covariance = self.covariances.mean(self.weights) + between
        if self.uniform is not None:
            deviation, widths = self.uniform.centre - self.mean(), self.uniform.upper - self.uniform.lower
            covariance += self.uniform.weight * (np.diag(widths**2 / 12.0) + np.outer(deviation, deviation))
        return np.asarray(covariance)

    @property
    def gaussian(self) -> Mixture:
        """The Gaussian mixture of the same parameters: of a :class:`TMixture`, its scale matrices are covariances."""
        return self

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
        if feature_names == self.feature_names:
            return self
        return self.like(self.weights, self.means, self.covariances, feature_names, self.uniform)

    def __repr__(self) -> str:
        return mixture_text(self.weights, self.means, self.covariances, self.feature_names, self.uniform)

    def _repr_html_(self) -> str:
        return mixture_html(self.weights, self.means, self.covariances, self.feature_names, self.uniform)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the mixture to a safetensors file; :func:`gaussmix.load` reads it.

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
        storage.write(path, *storage.flattened(self.to_dict()))

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as arrays, text and truth values, in the form of :meth:`save`.

        Returns
        -------
        dict
            Weights, means and covariances, the family, the names of the columns, whether covariances may be singular,
            and the uniform component if there is one.
        """
        uniform = {} if self.uniform is None else {"uniform": asdict(self.uniform)}
        return {
            "kind": "mixture",
            "weights": self.weights,
            "means": self.means,
            "covariances": self.covariances.array,
            "family": self.family.name,
            "feature_names": None if self.feature_names is None else list(self.feature_names),
            "allow_singular": self.covariances.singular,
            **uniform,
        }
