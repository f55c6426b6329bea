"""Spherical covariances: one variance for each component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._cached import cached_property
from .._types import Floats, Ints
from ..frames import DiagonalFrame
from ..validation import finite_array
from .constraints import Constraint
from .covariances import Covariances
from .diagonal import DiagonalCovariances, check_positive, inverse_of
from .family import Family, Pooling
from .full import FullCovariances
from .normal_coordinates import NormalCoordinates

__all__ = ["Spherical", "SphericalCovariances"]


class SphericalCovariances(Covariances):
    """One variance σ²_k (K,), the same in each of D columns."""

    def __init__(self, array: Floats, n_features: int) -> None:
        super().__init__(array)
        self.n_components, self.n_features = self.array.shape[0], n_features

    @property
    def family(self) -> Spherical:
        return Spherical()

    @cached_property
    def factors(self) -> Floats:
        check_positive(self.array)
        return np.repeat(1.0 / np.sqrt(self.array)[:, None], self.n_features, axis=1)

    @cached_property
    def log_determinants(self) -> Floats:
        return np.asarray(-2.0 * self.n_features * np.log(self.factors[:, 0]))

    def in_frame(self) -> Floats:
        return np.repeat(self.array[:, None], self.n_features, axis=1)

    def colorize(self, noise: Floats, labels: Ints) -> Floats:
        return noise * np.sqrt(self.array)[labels, None]

    def take(self, components: Sequence[int] | Ints) -> SphericalCovariances:
        return SphericalCovariances(self.array[np.asarray(components, dtype=np.intp)], self.n_features)

    def marginal(self, columns: Sequence[int]) -> SphericalCovariances:
        return SphericalCovariances(self.array, len(columns))

    def affine(self, matrix: Floats) -> Covariances:
        gram = matrix @ matrix.T
        scale = float(gram[0, 0])
        if scale > 0 and np.allclose(gram, scale * np.eye(len(gram)), rtol=0, atol=1e-14 * scale):
            return SphericalCovariances(self.array * scale, len(gram))
        return FullCovariances(self.dense()).affine(matrix)

    def scale(self, factors: Floats) -> Covariances:
        if (factors == factors[0]).all():
            return SphericalCovariances(self.array * factors[0] * factors[0], self.n_features)
        return DiagonalCovariances(self.array[:, None] * factors * factors)

    def clearance(self, constraint: Constraint) -> Floats:
        return constraint.spherical_clearance(self.array, self.n_features)

    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        return np.zeros((self.n_components, len(kept), len(given))), self.marginal(kept)


class _RadiusCoordinates(NormalCoordinates):
    """Normal coordinates about one variance for each component (M,), of D columns."""

    def __init__(self, covariances: Covariances) -> None:
        self.covariances = covariances

    def coordinates(self, covariances: Covariances, weights: Floats) -> Floats:
        scale = np.sqrt(0.5 * self.covariances.n_features * weights)
        return np.asarray(scale * np.log(covariances.array / self.covariances.array))

    def retract(self, vector: Floats, weights: Floats, constraint: Constraint) -> NormalCoordinates | None:
        origin, D = self.covariances.array, self.covariances.n_features
        array = origin * np.exp(vector / np.sqrt(0.5 * D * weights))
        if not np.isfinite(array).all():
            return None
        array = np.where(constraint.spherical(array, D) == array, array, origin)
        return _RadiusCoordinates(SphericalCovariances(array, D))

    def whiten(self, shifts: Floats) -> Floats:
        return np.asarray(shifts / np.sqrt(self.covariances.array)[:, None])

    def colorize(self, whitened: Floats) -> Floats:
        return np.asarray(whitened * np.sqrt(self.covariances.array)[:, None])


class Spherical(Family):
    """Each component has one variance, the same in every direction (mclust's VII).

    Examples
    --------
    >>> import gaussmix
    >>> gaussmix.Spherical().n_parameters(n_components=2, n_features=3)
    2
    """

    name = "spherical"
    mclust_name = "VII"
    scales_columns = False
    frame = DiagonalFrame()
    pooling = Pooling(columns=True)

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components,)

    def covariances(self, array: Any, n_components: int, n_features: int) -> SphericalCovariances:
        checked = finite_array(array, "covariances", self.shape(n_components, n_features))
        return SphericalCovariances(checked, n_features)

    def from_precisions(self, array: Any, n_components: int, n_features: int) -> SphericalCovariances:
        precisions = finite_array(array, "precisions", self.shape(n_components, n_features))
        check_positive(precisions, "precision")
        return SphericalCovariances(inverse_of(precisions), n_features)

    def from_precisions_cholesky(
        self, array: Any, n_components: int, n_features: int
    ) -> SphericalCovariances:
        roots = finite_array(array, "precisions_cholesky", self.shape(n_components, n_features))
        check_positive(roots, "entry of precisions_cholesky")
        return SphericalCovariances(1.0 / (roots * roots), n_features)

    def nearest(self, framed: Floats, weights: Floats) -> SphericalCovariances:
        return SphericalCovariances(framed.mean(axis=1), framed.shape[1])

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> SphericalCovariances:
        return SphericalCovariances(np.maximum(scatter, 0.0).mean(axis=1) / counts, scatter.shape[1])

    def constrain(self, covariances: Covariances, constraint: Constraint, counts: Floats) -> Covariances:
        D = covariances.n_features
        return SphericalCovariances(constraint.spherical(covariances.array, D), D)

    def natural(self, framed: Floats) -> Floats:
        return framed[:, 0]

    def of_frame(self, array: Floats, factors: Floats | None = None) -> SphericalCovariances:
        return SphericalCovariances(array[:, 0], array.shape[1])

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return n_components

    def normal_coordinates(self, covariances: Covariances) -> NormalCoordinates:
        return _RadiusCoordinates(covariances)

    def whitening(self, covariance: Floats) -> Floats:
        return np.full(len(covariance), 1.0 / np.sqrt(np.mean(covariance)))
