"""Normal coordinates of a subfamily of another family."""

from __future__ import annotations

from collections.abc import Callable

from .._types import Floats
from .constraints import Constraint
from .covariances import Covariances
from .normal_coordinates import NormalCoordinates

__all__ = ["ProjectedCoordinates"]


class ProjectedCoordinates(NormalCoordinates):
    """Normal coordinates in a larger family, with a retraction by projection.

    Parameters
    ----------
    covariances : Covariances
        The origin, in the smaller family.
    outer : NormalCoordinates
        Those about the same covariances in the larger family.
    project : callable
        Returns the member of the smaller family that is near to a member of the larger one, for weights (K,).

    References
    ----------
    Absil, P.-A. and Malick, J. (2012). Projection-like retractions on matrix manifolds. SIAM J. Optim. 22, 135-158.
    """

    def __init__(
        self,
        covariances: Covariances,
        outer: NormalCoordinates,
        project: Callable[[Covariances, Floats], Covariances],
    ) -> None:
        self.covariances, self._outer, self._project = covariances, outer, project

    def coordinates(self, covariances: Covariances, weights: Floats) -> Floats:
        return self._outer.coordinates(covariances, weights)

    def retract(self, vector: Floats, weights: Floats, constraint: Constraint) -> NormalCoordinates | None:
        there = self._outer.retract(vector, weights, constraint)
        if there is None:
            return None
        projected = self._project(there.covariances, weights)
        if not (projected.clearance(constraint) >= 1.0).all():
            return self
        # The roots are carried along to where the projection ends.
        carried = self._outer.retract(self._outer.coordinates(projected, weights), weights, constraint)
        return None if carried is None else ProjectedCoordinates(projected, carried, self._project)

    def whiten(self, shifts: Floats) -> Floats:
        return self._outer.whiten(shifts)

    def colorize(self, whitened: Floats) -> Floats:
        return self._outer.colorize(whitened)
