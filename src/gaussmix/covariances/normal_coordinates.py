"""Normal coordinates about the covariances of a family, with a retraction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from .._types import Floats
from .constraints import Constraint

if TYPE_CHECKING:
    from .covariances import Covariances

__all__ = ["NormalCoordinates"]


class NormalCoordinates(ABC):
    r"""Coordinates of covariances about an origin, with the Fisher information as squared length, in nats.

    .. math:: \sqrt{n_k / 2}\, \log (R_k^{-1} \Sigma'_k R_k^{-\top}), \quad \Sigma_k = R_k R_k^\top

    for components of the weights n_k. A retraction transports the roots, :math:`R_k \to R_k \exp \tfrac12 W`, so
    that directions keep their coordinates from one origin to the next.

    References
    ----------
    Absil, P.-A., Mahony, R. and Sepulchre, R. (2008). Optimization Algorithms on Matrix Manifolds. Princeton
    University Press, chapter 4.
    """

    covariances: Covariances
    """The origin."""

    @abstractmethod
    def coordinates(self, covariances: Covariances, weights: Floats) -> Floats:
        """Return the coordinates of other covariances of the family, for components of given weights (K,); flat."""

    @abstractmethod
    def retract(self, vector: Floats, weights: Floats, constraint: Constraint) -> NormalCoordinates | None:
        """Return the normal coordinates about the covariances at given coordinates.

        A covariance that the constraint excludes stays at the origin. None where float64 overflows.
        """

    @abstractmethod
    def whiten(self, shifts: Floats) -> Floats:
        """Return R⁻¹ times vectors (K, D), one for each component."""

    @abstractmethod
    def colorize(self, whitened: Floats) -> Floats:
        """Return R times vectors (K, D), one for each component."""
