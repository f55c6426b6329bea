r"""Coordinates about a mixture in which lengths do not depend on the units of the data.

About weights p_k, means μ_k and covariances Σ_k = R_k R_kᵀ the coordinates of another mixture are

.. math:: \sqrt{p_k} \log \frac{p'_k}{p_k}, \quad
          \sqrt{p_k}\, R_k^{-1} (\mu'_k - \mu_k), \quad
          \sqrt{p_k / 2}\, \log (R_k^{-1} \Sigma'_k R_k^{-\top}).

Their squared length is the Fisher information of the labelled data, in nats: an affine map of the data turns the
coordinates but changes no length. A move carries the frame R_k along (R_k → R_k exp ½W), so that the coordinates of
directions about one mixture stand for the same directions about the next.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._types import Floats
from ..constraints import Constraint
from ..covariances import (
    Covariances,
    Diagonal,
    DiagonalCovariances,
    Family,
    Full,
    FullCovariances,
    Spherical,
    SphericalCovariances,
    Tied,
    TiedCovariances,
)
from ..errors import SingularCovarianceError
from ..mixture import Mixture

__all__ = ["Chart", "CovarianceChart", "chart_of", "has_chart"]


class CovarianceChart(ABC):
    """Coordinates about the natural array of one family, untied: (M, D, D), (M, D) or (M,)."""

    @abstractmethod
    def coordinates(self, array: Floats, shares: Floats) -> Floats:
        """Return the coordinates of an array, for covariances that carry shares (M,) of the data; flat."""

    @abstractmethod
    def move(
        self, vector: Floats, shares: Floats, constraint: Constraint
    ) -> tuple[Covariances, CovarianceChart] | None:
        """Return what has these coordinates, and the chart about it; None where numbers cannot hold it.

        What the constraint forbids stays as it was.
        """

    @abstractmethod
    def whiten(self, shifts: Floats) -> Floats:
        """Return R⁻¹ shifts, (K, D)."""

    @abstractmethod
    def colour(self, whitened: Floats) -> Floats:
        """Return R whitened, (K, D)."""


@dataclass(frozen=True, eq=False)
class _Matrices(CovarianceChart):
    """About matrices Σ = R Rᵀ, (M, D, D)."""

    array: Floats
    root: Floats
    inverse: Floats

    @classmethod
    def about(cls, covariances: Covariances) -> _Matrices:
        return cls(covariances.array, np.asarray(np.linalg.inv(covariances.factors)), covariances.factors)

    def coordinates(self, array: Floats, shares: Floats) -> Floats:
        unit = self.inverse @ array @ self.inverse.swapaxes(1, 2)
        eye = np.eye(unit.shape[1])
        # 2 (W + I)⁻¹ (W − I) is log W up to the third order, for any positive definite W.
        logarithm = 2.0 * np.linalg.solve(unit + eye, unit - eye)
        return np.ravel(np.sqrt(0.5 * shares)[:, None, None] * logarithm)

    def move(
        self, vector: Floats, shares: Floats, constraint: Constraint
    ) -> tuple[Covariances, CovarianceChart] | None:
        step = vector.reshape(self.root.shape) / np.sqrt(0.5 * shares)[:, None, None]
        step = 0.5 * (step + step.swapaxes(1, 2))
        # I + W/2 + W²/8 is exp ½W up to the third order, and positive definite for every W.
        stretch = np.eye(step.shape[1]) + 0.5 * step + 0.125 * (step @ step)
        root = self.root @ stretch
        array = root @ root.swapaxes(1, 2)
        if not np.isfinite(array).all():
            return None
        held = (constraint.full(array) != array).any(axis=(1, 2))
        if held.any():
            array[held], root[held], stretch[held] = self.array[held], self.root[held], np.eye(step.shape[1])
        inverse = np.asarray(np.linalg.solve(stretch, self.inverse))
        return FullCovariances(array), _Matrices(array, root, inverse)

    def whiten(self, shifts: Floats) -> Floats:
        return np.asarray((self.inverse @ shifts[:, :, None])[:, :, 0])

    def colour(self, whitened: Floats) -> Floats:
        return np.asarray((self.root @ whitened[:, :, None])[:, :, 0])


@dataclass(frozen=True, eq=False)
class _Variances(CovarianceChart):
    """About variances by column (M, D)."""

    array: Floats

    @classmethod
    def about(cls, covariances: Covariances) -> _Variances:
        return cls(covariances.array)

    def coordinates(self, array: Floats, shares: Floats) -> Floats:
        return np.ravel(np.sqrt(0.5 * shares)[:, None] * np.log(array / self.array))

    def move(
        self, vector: Floats, shares: Floats, constraint: Constraint
    ) -> tuple[Covariances, CovarianceChart] | None:
        array = self.array * np.exp(vector.reshape(self.array.shape) / np.sqrt(0.5 * shares)[:, None])
        if not np.isfinite(array).all():
            return None
        array = np.where(constraint.diagonal(array) == array, array, self.array)
        return DiagonalCovariances(array), _Variances(array)

    def whiten(self, shifts: Floats) -> Floats:
        return np.asarray(shifts / np.sqrt(self.array))

    def colour(self, whitened: Floats) -> Floats:
        return np.asarray(whitened * np.sqrt(self.array))


@dataclass(frozen=True, eq=False)
class _Radii(CovarianceChart):
    """About one variance for each component (M,), of D columns."""

    array: Floats
    n_features: int

    @classmethod
    def about(cls, covariances: Covariances) -> _Radii:
        return cls(covariances.array, covariances.n_features)

    def coordinates(self, array: Floats, shares: Floats) -> Floats:
        return np.asarray(np.sqrt(0.5 * self.n_features * shares) * np.log(array / self.array))

    def move(
        self, vector: Floats, shares: Floats, constraint: Constraint
    ) -> tuple[Covariances, CovarianceChart] | None:
        array = self.array * np.exp(vector / np.sqrt(0.5 * self.n_features * shares))
        if not np.isfinite(array).all():
            return None
        array = np.where(constraint.spherical(array, self.n_features) == array, array, self.array)
        return SphericalCovariances(array, self.n_features), _Radii(array, self.n_features)

    def whiten(self, shifts: Floats) -> Floats:
        return np.asarray(shifts / np.sqrt(self.array)[:, None])

    def colour(self, whitened: Floats) -> Floats:
        return np.asarray(whitened * np.sqrt(self.array)[:, None])


_KINDS: dict[Family, Callable[[Covariances], CovarianceChart]] = {
    Full(): _Matrices.about,
    Diagonal(): _Variances.about,
    Spherical(): _Radii.about,
}


@dataclass(frozen=True, eq=False)
class Chart:
    """Coordinates about a mixture.

    Parameters
    ----------
    mixture : Mixture
        The origin.
    spread : CovarianceChart
        Of its covariances.
    """

    mixture: Mixture
    spread: CovarianceChart

    def coordinates(self, mixture: Mixture) -> Floats:
        """Return the coordinates of another mixture of the same family, flat."""
        own, root = self.mixture, np.sqrt(self.mixture.weights)
        weights = root * np.log(mixture.weights / own.weights)
        means = root[:, None] * self.spread.whiten(mixture.means - own.means)
        array = _untied(mixture.covariances).array
        return np.concatenate([weights, means.ravel(), self.spread.coordinates(array, self._shares)])

    def move(self, vector: Floats, constraint: Constraint) -> Chart | None:
        """Return the chart about the mixture that has these coordinates; None where there is no such mixture."""
        own, root = self.mixture, np.sqrt(self.mixture.weights)
        K, D = own.means.shape
        weights = own.weights * np.exp(vector[:K] / root)
        weights = weights / weights.sum()
        means = own.means + self.spread.colour(vector[K : K + K * D].reshape(K, D) / root[:, None])
        moved = self.spread.move(vector[K + K * D :], self._shares, constraint)
        if moved is None or not (np.isfinite(means).all() and weights.min() > 0):
            return None
        covariances, spread = moved
        if isinstance(own.covariances, TiedCovariances):
            covariances = TiedCovariances(covariances, K)
        return Chart(Mixture.of(weights, means, covariances), spread)

    @property
    def _shares(self) -> Floats:
        return np.ones(1) if isinstance(self.mixture.covariances, TiedCovariances) else self.mixture.weights


def _untied(covariances: Covariances) -> Covariances:
    return covariances.inner if isinstance(covariances, TiedCovariances) else covariances


def has_chart(family: Family) -> bool:
    """Return whether there are such coordinates for a family."""
    return (family.inner if isinstance(family, Tied) else family) in _KINDS


def chart_of(mixture: Mixture) -> Chart | None:
    """Return the coordinates about a mixture, or None where a component has no weight or, to rounding, no volume."""
    if not mixture.weights.min() > 1e-100:
        return None
    untied = _untied(mixture.covariances)
    try:
        return Chart(mixture, _KINDS[untied.family](untied))
    except SingularCovarianceError:
        return None
