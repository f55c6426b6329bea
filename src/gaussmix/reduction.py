"""Dimension reduction to the directions that separate the components of a mixture."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._types import Floats, Ints, Rows
from .classify import ClassMixtures
from .errors import InputError, InputTypeError
from .mixture import Mixture
from .mixture.of_model import mixture_of
from .validation import as_rows_with_holes, as_weights, check_same_columns

__all__ = ["DimensionReduction", "reduce_dimension"]

_RANK = 1e-10
"""Eigenvalues of the correlation matrix below this share of the largest are directions without spread."""
_ROUNDING = 1e-14
"""A column whose standard deviation is a smaller share of its mean is constant."""
_EIGENVALUE = float(np.sqrt(np.finfo(np.float64).eps))
"""Smaller eigenvalues are those of directions in which the components do not differ."""


@dataclass(frozen=True, eq=False, repr=False)
class DimensionReduction:
    r"""The discriminant directions of a mixture, and the mixture in their coordinates.

    .. math:: M v = l \, \Sigma v, \qquad
              M = 2 \lambda \, M_1 \Sigma^{-1} M_1
                  + 2 (1 - \lambda) \sum_k p_k (\Sigma_k - \bar\Sigma) \Sigma^{-1} (\Sigma_k - \bar\Sigma)

    with :math:`M_1 = \sum_k p_k (\mu_k - \mu)(\mu_k - \mu)^T` and :math:`\bar\Sigma = \sum_k p_k \Sigma_k`; μ and Σ are
    mean and covariance of the rows.

    Attributes
    ----------
    mixture : Mixture
        The mixture of K components in D columns; of a classifier, the density whatever the class.
    centre : (D,) array
        The mean μ of the rows, the origin of the new coordinates.
    directions : (D, d) array
        The directions v, of length one, in descending order of their eigenvalues.
    eigenvalues : (d,) array
        The eigenvalues l: how much the components differ in each direction. They do not depend on the units.
    from_means, from_covariances : (d,) array
        The parts of the eigenvalues that come from differences between means, and between covariances.
    means_share : float
        The weight λ of differences between means; the weight of those between covariances is 1 − λ.
    classes : array or None
        The classes of a classifier.
    component_classes : (K,) array of int or None
        The position of the class of each component of a classifier.

    Examples
    --------
    >>> import gaussmix
    >>> vowels = gaussmix.datasets.load_vowels()
    >>> model = gaussmix.GaussianMixture(3, random_state=0).fit(vowels.data)
    >>> gaussmix.reduce_dimension(model, vowels.data).transform(vowels.data[:2]).shape
    (2, 2)
    """

    mixture: Mixture
    centre: Floats
    directions: Floats
    eigenvalues: Floats
    from_means: Floats
    from_covariances: Floats
    means_share: float
    classes: NDArray[Any] | None = field(default=None, repr=False)
    component_classes: Ints | None = field(default=None, repr=False)

    @property
    def n_directions(self) -> int:
        """The number d of discriminant directions."""
        return len(self.eigenvalues)

    @property
    def cumulative_shares(self) -> Floats:
        """The cumulative shares of the first 1, …, d directions in the sum of eigenvalues, (d,)."""
        return np.asarray(np.cumsum(self.eigenvalues) / self.eigenvalues.sum())

    @cached_property
    def projection(self) -> Mixture:
        """The mixture in the coordinates of the directions, without its uniform component."""
        gaussian = self.mixture.take(range(self.mixture.n_components))
        moved = (self.directions.T @ gaussian) + (-self.centre @ self.directions)
        return moved.named(tuple(f"direction {d + 1}" for d in range(self.n_directions)))

    def transform(self, X: Any) -> Floats:
        """Return rows in the coordinates of the directions.

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns, without missing values.

        Returns
        -------
        (n, d) array
            (X − μ) v for each direction.

        Raises
        ------
        InputError
            If the columns are others, or a value is missing.
        """
        check_same_columns(X, self.mixture.feature_names)
        rows, holes = as_rows_with_holes(X, n_features=self.mixture.n_features, one_column=True)
        if holes:
            row = int(np.isnan(rows).any(axis=1).argmax())
            raise InputError(
                f"X[{row}] has a missing value, and directions need complete rows: impute them first."
            )
        return np.asarray((rows - self.centre) @ self.directions)

    def __repr__(self) -> str:
        listed = ", ".join(f"{value:.4g}" for value in self.eigenvalues[:5])
        more = ", …" if self.n_directions > 5 else ""
        return (
            f"<DimensionReduction: {self.n_directions} of {self.mixture.n_features} directions, "
            f"eigenvalues {listed}{more}>"
        )


def reduce_dimension(
    model: Any, X: Any = None, *, means_share: float = 1.0, sample_weight: Any = None
) -> DimensionReduction:
    r"""Find the directions that separate the components of a mixture (GMMDR).

    They are the eigenvectors of differences between means and between covariances, relative to the covariance Σ of the
    rows. With ``means_share=1`` they are those that separate the means best: for one Gaussian with a common covariance
    for each class, the directions of linear discriminant analysis.

    Parameters
    ----------
    model : Mixture, fitted GaussianMixture or fitted MixtureClassifier
        Components in D columns; of a classifier, those of all classes.
    X : (n, D) array, optional
        The rows of the fit, whose mean and covariance are μ and Σ. Without rows, with missing values or with a uniform
        component, μ and Σ are those of the Gaussian components.
    means_share : float
        The weight λ of differences between means, from 0 to 1; that of differences between covariances is 1 − λ.
    sample_weight : (n,) array, optional
        How often each row counts.

    Returns
    -------
    DimensionReduction
        Directions, eigenvalues, and the mixture in the new coordinates.

    Raises
    ------
    InputError
        If the components differ in no direction, as one component does with ``means_share=1``.

    References
    ----------
    Scrucca, L. (2010). Dimension reduction for model-based clustering. Statistics and Computing 20, 471-484.

    Scrucca, L. (2014). Graphical tools for model-based mixture discriminant analysis. Advances in Data Analysis and
    Classification 8, 147-165.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(2, random_state=0).fit(X)
    >>> gaussmix.reduce_dimension(model, X)
    <DimensionReduction: 1 of 2 directions, eigenvalues 1.649>
    """
    share = _as_share(means_share)
    mixture, classes, component_classes = _components(model)
    check_same_columns(X, mixture.feature_names)
    gaussian = mixture.take(range(mixture.n_components))
    rows = None if X is None else as_rows_with_holes(X, n_features=mixture.n_features, one_column=True)
    if rows is None or rows[1] or mixture.uniform is not None:
        centre, spread = gaussian.mean(), gaussian.covariance()
    else:
        centre, spread = _moments(rows[0], as_weights(sample_weight, len(rows[0])))
    whitening = _whitening(spread, centre)
    values, vectors, parts = _eigenvectors(gaussian, centre, whitening, share)
    kept = values > _EIGENVALUE
    if not kept.any():
        raise InputError(
            f"the components differ in no direction (means_share={share:g}): means and covariances are equal, so there "
            "is nothing to project on."
        )
    directions = whitening.T @ vectors[:, kept]
    directions /= np.linalg.norm(directions, axis=0)
    # An eigenvector has no sign: the column that weighs most, in its own spread, gets a plus.
    heaviest = np.abs(directions * np.sqrt(np.diag(spread))[:, None]).argmax(axis=0)
    directions *= np.sign(directions[heaviest, range(directions.shape[1])])
    from_means, from_covariances = parts[:, kept]
    return DimensionReduction(
        mixture,
        centre,
        directions,
        values[kept],
        from_means,
        from_covariances,
        share,
        classes,
        component_classes,
    )


def _as_share(means_share: Any) -> float:
    if isinstance(means_share, bool) or not isinstance(means_share, (int, float, np.floating)):
        raise InputTypeError(f"means_share is {means_share!r}: give a number from 0 to 1.")
    if not 0.0 <= means_share <= 1.0:
        raise InputError(f"means_share is {means_share}: give a number from 0 to 1.")
    return float(means_share)


def _components(model: Any) -> tuple[Mixture, NDArray[Any] | None, Ints | None]:
    """Return the mixture of a model, and the classes and those of its components if it is a classifier."""
    if not (hasattr(model, "mixtures_") and hasattr(model, "priors_")):
        return mixture_of(model, "reduce_dimension"), None, None
    whole, of_components = ClassMixtures(np.asarray(model.priors_), model.mixtures_).marginal()
    return whole, np.asarray(model.classes_), of_components


def _moments(rows: Rows, weights: Floats | None) -> tuple[Floats, Floats]:
    """Return the mean and the covariance of weighted rows."""
    shares = np.full(len(rows), 1.0 / len(rows)) if weights is None else weights / weights.sum()
    mean = shares @ np.asarray(rows, dtype=np.float64)
    centred = rows - mean
    return np.asarray(mean), np.asarray((shares[:, None] * centred).T @ centred)


def _whitening(spread: Floats, centre: Floats) -> Floats:
    """Return W (r, D) with W Σ Wᵀ = 1, for the r dimensions of the span of the rows."""
    deviations = np.sqrt(np.maximum(np.diag(spread), 0.0))
    varies = deviations > _ROUNDING * np.abs(centre)
    inverse = np.divide(1.0, deviations, out=np.zeros_like(deviations), where=varies)
    values, vectors = np.linalg.eigh(spread * np.outer(inverse, inverse))
    kept = values > _RANK * values[-1]
    return np.asarray((vectors[:, kept] / np.sqrt(values[kept])).T * inverse)


def _eigenvectors(
    mixture: Mixture, centre: Floats, whitening: Floats, share: float
) -> tuple[Floats, Floats, Floats]:
    """Return eigenvalues in descending order, eigenvectors (r, r), and the two parts (2, r) of the eigenvalues."""
    p, means = mixture.weights, (mixture.means - centre) @ whitening.T
    covariances = whitening @ mixture.covariances.dense() @ whitening.T
    between = (p[:, None] * means).T @ means
    apart = covariances - np.tensordot(p, covariances, axes=1)
    by_means = 2.0 * share * between @ between
    by_covariances = 2.0 * (1.0 - share) * np.einsum("k,kij,kjl->il", p, apart, apart)
    values, vectors = np.linalg.eigh(by_means + by_covariances)
    values, vectors = values[::-1], vectors[:, ::-1]
    parts = np.stack(
        [np.einsum("ir,ij,jr->r", vectors, part, vectors) for part in (by_means, by_covariances)]
    )
    return values, vectors, parts
