"""Diagonal covariances: a variance for each component and column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._cached import cached_property
from .._types import Floats, Ints
from ..errors import SingularCovarianceError
from ..frames import DiagonalFrame
from ..validation import finite_array
from .constraints import Constraint
from .covariances import Covariances
from .family import Family, Pooling
from .full import FullCovariances
from .normal_coordinates import NormalCoordinates

__all__ = ["Diagonal", "DiagonalCovariances", "check_positive", "inverse_of"]


class DiagonalCovariances(Covariances):
    """Variances σ²_kd (K, D)."""

    def __init__(self, array: Floats) -> None:
        super().__init__(array)
        self.n_components, self.n_features = self.array.shape

    @property
    def family(self) -> Diagonal:
        return Diagonal()

    @cached_property
    def factors(self) -> Floats:
        check_positive(self.array)
        return 1.0 / np.sqrt(self.array)

    @cached_property
    def log_determinants(self) -> Floats:
        return np.asarray(-2.0 * np.add.reduce(np.log(self.factors), axis=1))

    def in_frame(self) -> Floats:
        return self.array

    def colorize(self, noise: Floats, labels: Ints) -> Floats:
        return noise * np.sqrt(self.array)[labels]

    def take(self, components: Sequence[int] | Ints) -> DiagonalCovariances:
        return DiagonalCovariances(self.array[np.asarray(components, dtype=np.intp)])

    def marginal(self, columns: Sequence[int]) -> DiagonalCovariances:
        return DiagonalCovariances(self.array[:, columns])

    def affine(self, matrix: Floats) -> Covariances:
        square = matrix.shape[0] == matrix.shape[1]
        if square and np.count_nonzero(matrix) == np.count_nonzero(np.diagonal(matrix)):
            return DiagonalCovariances(self.array * np.diagonal(matrix) ** 2)
        return FullCovariances(self.dense()).affine(matrix)

    def scale(self, factors: Floats) -> DiagonalCovariances:
        return DiagonalCovariances(self.array * factors * factors)

    def clearance(self, constraint: Constraint) -> Floats:
        return constraint.diagonal_clearance(self.array)

    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        return np.zeros((self.n_components, len(kept), len(given))), self.marginal(kept)


class _VarianceCoordinates(NormalCoordinates):
    """Normal coordinates about variances by column (M, D)."""

    def __init__(self, covariances: Covariances) -> None:
        self.covariances = covariances

    def coordinates(self, covariances: Covariances, weights: Floats) -> Floats:
        return np.ravel(np.sqrt(0.5 * weights)[:, None] * np.log(covariances.array / self.covariances.array))

    def retract(self, vector: Floats, weights: Floats, constraint: Constraint) -> NormalCoordinates | None:
        origin = self.covariances.array
        array = origin * np.exp(vector.reshape(origin.shape) / np.sqrt(0.5 * weights)[:, None])
        if not np.isfinite(array).all():
            return None
        return _VarianceCoordinates(
            DiagonalCovariances(np.where(constraint.diagonal(array) == array, array, origin))
        )

    def whiten(self, shifts: Floats) -> Floats:
        return np.asarray(shifts / np.sqrt(self.covariances.array))

    def colorize(self, whitened: Floats) -> Floats:
        return np.asarray(whitened * np.sqrt(self.covariances.array))


class Diagonal(Family):
    """Each component has its own variance in each column, and no correlation (mclust's VVI).

    Examples
    --------
    >>> import gaussmix
    >>> gaussmix.Diagonal().n_parameters(n_components=2, n_features=3)
    6
    """

    name = "diag"
    mclust_name = "VVI"
    pooling = Pooling()
    frame = DiagonalFrame()

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components, n_features)

    def covariances(self, array: Any, n_components: int, n_features: int) -> DiagonalCovariances:
        return DiagonalCovariances(finite_array(array, "covariances", self.shape(n_components, n_features)))

    def from_precisions(self, array: Any, n_components: int, n_features: int) -> DiagonalCovariances:
        precisions = finite_array(array, "precisions", self.shape(n_components, n_features))
        check_positive(precisions, "precision")
        result = DiagonalCovariances(inverse_of(precisions))
        result.__dict__["factors"] = 1.0 / np.sqrt(result.array)
        return result

    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> DiagonalCovariances:
        roots = finite_array(array, "precisions_cholesky", self.shape(n_components, n_features))
        check_positive(roots, "entry of precisions_cholesky")
        return DiagonalCovariances(1.0 / (roots * roots))

    def nearest(self, framed: Floats, weights: Floats) -> DiagonalCovariances:
        return DiagonalCovariances(framed)

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> DiagonalCovariances:
        return DiagonalCovariances(np.maximum(scatter, 0.0) / counts[:, None])

    def constrain(self, covariances: Covariances, constraint: Constraint, counts: Floats) -> Covariances:
        return DiagonalCovariances(constraint.diagonal(covariances.array))

    def natural(self, framed: Floats) -> Floats:
        return framed

    def of_frame(self, array: Floats, factors: Floats | None = None) -> DiagonalCovariances:
        return DiagonalCovariances(array)

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features

    def normal_coordinates(self, covariances: Covariances) -> NormalCoordinates:
        return _VarianceCoordinates(covariances)

    def whitening(self, covariance: Floats) -> Floats:
        return 1.0 / np.sqrt(covariance)


def inverse_of(precisions: Floats) -> Floats:
    """Return the inverses of positive numbers, infinite where they are too small."""
    if np.minimum.reduce(precisions, axis=None) > 1e-300:
        return 1.0 / precisions  # to ignore warnings takes four times as long
    with np.errstate(over="ignore"):
        return 1.0 / precisions


def check_positive(variances: Floats, name: str = "variance") -> None:
    """Raise SingularCovarianceError, naming the component, unless every entry is positive."""
    if not np.minimum.reduce(variances, axis=None) > 0:  # also for NaN
        place = tuple(int(i) for i in np.argwhere(~(variances > 0))[0])
        column = f", column {place[1]}" if len(place) > 1 else ""
        raise SingularCovarianceError(
            f"The {name} of component {place[0]}{column} is {variances[place]:g}: give a positive value, "
            "or allow_singular=True for a density on its support."
        )
