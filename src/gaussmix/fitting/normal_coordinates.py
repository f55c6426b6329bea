r"""Normal coordinates about a mixture, in which lengths do not depend on the units of the data.

About weights p_k, means μ_k and covariances Σ_k = R_k R_kᵀ the coordinates of another mixture are

.. math:: \sqrt{p_k} \log \frac{p'_k}{p_k}, \quad
          \sqrt{p_k}\, R_k^{-1} (\mu'_k - \mu_k), \quad
          \sqrt{p_k / 2}\, \log (R_k^{-1} \Sigma'_k R_k^{-\top}).

Their squared length is the Fisher information of the labelled data, in nats: an affine map of the data rotates
the coordinates and preserves lengths. A retraction transports the roots R_k (R_k → R_k exp ½W), so that
directions keep their coordinates from one mixture to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._types import Floats
from ..covariances import NormalCoordinates
from ..covariances.constraints import Constraint
from ..errors import SingularCovarianceError
from ..mixture import Mixture, TMixture

__all__ = ["MixtureCoordinates", "coordinates_about"]


@dataclass(frozen=True, eq=False)
class MixtureCoordinates:
    """Normal coordinates about a mixture.

    Parameters
    ----------
    mixture : Mixture
        The origin.
    spread : NormalCoordinates
        Those about its covariances.
    """

    mixture: Mixture
    spread: NormalCoordinates

    def coordinates(self, mixture: Mixture) -> Floats:
        """Return the coordinates of another mixture of the same family, flat."""
        origin, before = self.mixture, _all_weights(self.mixture)
        weights = np.sqrt(before) * np.log(_all_weights(mixture) / before)
        means = np.sqrt(origin.weights)[:, None] * self.spread.whiten(mixture.means - origin.means)
        covariances = self.spread.coordinates(mixture.covariances, origin.weights)
        return np.concatenate([weights, means.ravel(), covariances, self._degrees_of(mixture)])

    def retract(self, vector: Floats, constraint: Constraint) -> MixtureCoordinates | None:
        """Return the mixture with given normal coordinates about this one; None if there is none."""
        origin, before = self.mixture, _all_weights(self.mixture)
        (K, D), last = origin.means.shape, len(before)
        weights = before * np.exp(vector[:last] / np.sqrt(before))
        weights = weights / weights.sum()
        moves = vector[last : last + K * D].reshape(K, D) / np.sqrt(origin.weights)[:, None]
        means = origin.means + self.spread.colorize(moves)
        end = len(vector) - self._n_degrees
        spread = self.spread.retract(vector[last + K * D : end], origin.weights, constraint)
        if spread is None or not (np.isfinite(means).all() and weights.min() > 0):
            return None
        uniform = origin.uniform
        if uniform is not None:
            if not weights[K] < 1.0:  # but for rounding, no row is left to the components
                return None
            uniform = uniform.of_weight(float(weights[K]))
        mixture = Mixture.of(weights[:K], means, spread.covariances, uniform=uniform)
        return MixtureCoordinates(self._with_degrees(mixture, vector[end:]), spread)

    @property
    def _n_degrees(self) -> int:
        """Number of coordinates of the degrees of freedom; zero of Gaussians."""
        origin = self.mixture
        if not isinstance(origin, TMixture):
            return 0
        return origin.tails.n_parameters(origin.n_components)

    def _degrees_of(self, mixture: Mixture) -> Floats:
        origin = self.mixture
        if not (isinstance(origin, TMixture) and isinstance(mixture, TMixture)):
            return np.empty(0)
        return origin.tails.coordinates(origin.degrees_of_freedom, mixture.degrees_of_freedom, origin.weights)

    def _with_degrees(self, mixture: Mixture, vector: Floats) -> Mixture:
        origin = self.mixture
        if not isinstance(origin, TMixture):
            return mixture
        degrees = origin.tails.retract(vector, origin.degrees_of_freedom, origin.weights)
        return TMixture.with_tails(mixture, degrees, origin.estimated)


def _all_weights(mixture: Mixture) -> Floats:
    """Return the weights of all components, the uniform component last."""
    return mixture.weights if mixture.uniform is None else np.append(mixture.weights, mixture.uniform.weight)


def coordinates_about(mixture: Mixture) -> MixtureCoordinates | None:
    """Return the normal coordinates about a mixture.

    None if a component has no weight or, to rounding, no volume, and for families without normal coordinates.
    """
    if not _all_weights(mixture).min() > 1e-100:
        return None
    try:
        spread = mixture.family.normal_coordinates(mixture.covariances)
    except SingularCovarianceError:
        return None
    return None if spread is None else MixtureCoordinates(mixture, spread)
