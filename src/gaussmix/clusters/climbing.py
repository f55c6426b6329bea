"""From points uphill to the modes of a mixture: modal EM, with Newton steps at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats
from ..errors import warn
from ..mixture import Mixture

__all__ = ["Hill", "climb"]

_MOST_NUMBERS = 1 << 22
"""Numbers that the arrays of a block of points may hold."""
_NEAR = 0.1
"""A Newton step of this length, in local standard deviations, is taken for one within the peak of a mode."""
_EXACT = 1e-9
_NUDGE = 1e-2
_MOST_STEPS = 5_000


@dataclass(frozen=True, eq=False)
class _Slopes:
    """The density around points (m, D): its gradient, and two parts of its curvature.

    Parameters
    ----------
    gradient : (m, D) array
        Of the log-density.
    precision : (m, D, D) array
        Mean of the components' precisions by responsibility: minus the Hessian, without its positive part.
    curvature : (m, D, D) array
        Minus the Hessian of the log-density.
    """

    gradient: Floats
    precision: Floats
    curvature: Floats


class Hill:
    """The density of a mixture, without its uniform component, as something to climb.

    Parameters
    ----------
    mixture : Mixture
        With regular covariances.
    """

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture.take(range(mixture.n_components))
        factors = mixture.family.frame.dense(mixture.covariances.factors)
        self._precisions = np.einsum("kij,kil->kjl", factors, factors)

    @property
    def points_in_a_block(self) -> int:
        """How many points to treat at a time."""
        K, D = self.mixture.n_components, self.mixture.n_features
        return max(1, _MOST_NUMBERS // (K * D + 4 * D * D))

    def slopes(self, points: Floats) -> _Slopes:
        """Return gradient and curvature at points (m, D)."""
        K, D = self.mixture.means.shape
        r = self.mixture.responsibilities(points)
        scores = np.einsum("kij,mkj->mki", self._precisions, self.mixture.means - points[:, None])
        gradient = np.einsum("mk,mki->mi", r, scores)
        precision = (r @ self._precisions.reshape(K, D * D)).reshape(-1, D, D)
        apart = scores - gradient[:, None]
        spread = np.matmul((r[:, :, None] * apart).swapaxes(1, 2), apart)
        return _Slopes(gradient, precision, precision - spread)


def climb(hill: Hill, points: Floats) -> Floats:
    r"""Return the modes (n, D) that modal EM reaches from points (n, D).

    .. math:: x \leftarrow \Big(\sum_k r_k(x) \Sigma_k^{-1}\Big)^{-1} \sum_k r_k(x) \Sigma_k^{-1} \mu_k

    The density never falls. Where a mode is near, Newton steps end the climb; at a saddle point it goes on along the
    direction in which the density rises most.

    References
    ----------
    Li, J., Ray, S. and Lindsay, B. G. (2007). A nonparametric statistical approach to clustering via mode
    identification. J. Mach. Learn. Res. 8, 1687-1723.
    """
    size = hill.points_in_a_block
    blocks = [_climb_block(hill, points[start : start + size]) for start in range(0, len(points), size)]
    return np.concatenate(blocks) if blocks else np.zeros_like(points)


def _climb_block(hill: Hill, points: Floats) -> Floats:
    x, active = np.array(points, dtype=np.float64), np.arange(len(points))
    for _ in range(_MOST_STEPS):
        here = x[active]
        slopes = hill.slopes(here)
        step, on_peak = _steps(slopes)
        length = _lengths(step, slopes.precision)
        arrived = on_peak & (length < _EXACT)
        stuck = ~on_peak & (length < _EXACT)
        if stuck.any():
            step[stuck] = _away(slopes, stuck)
        x[active] = here + np.where(arrived[:, None], 0.0, step)
        active = active[~arrived]
        if not len(active):
            return x
    warn(
        f"modal EM did not converge from {len(active)} points in {_MOST_STEPS} steps: the density is nearly flat "
        "where they are, and their modes are approximate",
        UserWarning,
    )
    return x


def _steps(slopes: _Slopes) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a step from each point: Newton's where the peak of a mode is near, else that of modal EM."""
    step = _solved(slopes.precision, slopes.gradient)
    peaked = np.linalg.eigvalsh(slopes.curvature)[:, 0] > 0
    if peaked.any():
        newton = _solved(slopes.curvature[peaked], slopes.gradient[peaked])
        near = _lengths(newton, slopes.precision[peaked]) < _NEAR
        peaked[peaked] = near
        step[peaked] = newton[near]
    return step, peaked


def _solved(matrices: Floats, vectors: Floats) -> Floats:
    return np.asarray(np.linalg.solve(matrices, vectors[:, :, None])[:, :, 0], dtype=np.float64)


def _lengths(step: Floats, precision: Floats) -> Floats:
    """Return lengths of steps in local standard deviations."""
    squared: Floats = np.einsum("mi,mij,mj->m", step, precision, step)
    return np.sqrt(np.maximum(squared, 0.0))


def _away(slopes: _Slopes, stuck: Any) -> Floats:
    """Return small steps from saddle points, along the directions of least curvature."""
    direction = np.linalg.eigh(slopes.curvature[stuck])[1][:, :, 0]
    length = _lengths(direction, slopes.precision[stuck])
    return np.asarray(_NUDGE * direction / length[:, None])
