"""Modal EM: from points to the modes of a mixture, with Newton steps at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import kernels
from .._types import Floats, Ints
from ..covariances import Covariances, FullCovariances
from ..covariances.cholesky import inverse_lower
from ..errors import InputError, warn
from ..frames import FullFrame

if TYPE_CHECKING:
    from .value import Mixture

__all__ = ["LogDensity", "Modes", "component_starts", "modes_from"]

_FRAME = FullFrame()
_SAME = 1e-4
"""Modes nearer than this, in local standard deviations, are one."""
_MOST_NUMBERS = 1 << 22
"""Numbers that the arrays of a block of points may hold."""
_NEAR = 0.1
"""A Newton step of this length, in local standard deviations, is taken for one within the peak of a mode."""
_EXACT = 1e-9
_ROUNDING = 4.0 * np.finfo(np.float64).eps
_LEAST_GRADIENT, _LEAST_RISE, _LEAST_CURVATURE = 1e-14, 1e-12, 1e-10
"""Smaller ones, per local standard deviation, are roundings. Modes on so flat a top are nearer than _SAME."""
_NUDGE = 1e-2
_MOST_STEPS = 5_000


@dataclass(frozen=True, eq=False)
class _Derivatives:
    """Derivatives of the log-density at m points, in local standard deviations.

    At each point, the mean of the components' precisions by responsibility is R Rᵀ, and steps are u = Rᵀ Δx.

    Parameters
    ----------
    inverse_roots : (m, D, D) array
        R⁻¹, lower triangular.
    gradient : (m, D) array
        The gradient by u, which is the step of modal EM.
    curvatures : (m, D) array
        Eigenvalues of minus the Hessian by u, in ascending order, at most 1.
    axes : (m, D, D) array
        Their eigenvectors, in the columns.
    """

    inverse_roots: Floats
    gradient: Floats
    curvatures: Floats
    axes: Floats

    def differences(self, steps: Floats) -> Floats:
        """Return the differences Δx of steps u, (m, D)."""
        return np.asarray(np.einsum("mij,mi->mj", self.inverse_roots, steps))


class LogDensity:
    """The density of a mixture, without its uniform component, with its derivatives.

    Points are in coordinates in which the mean of the components is zero and their pooled covariance the identity:
    rounding does not depend on the units of the columns.

    Parameters
    ----------
    mixture : Mixture
        With regular covariances.
    """

    def __init__(self, mixture: Mixture) -> None:
        factors, shares = _lower_factors(mixture.covariances), mixture.weights / mixture.weights.sum()
        roots = np.sqrt(shares)[:, None, None] * inverse_lower(factors)
        # A QR decomposition, unlike Cholesky's, exists at any condition.
        stacked = roots.swapaxes(1, 2).reshape(-1, mixture.n_features)
        self._root = np.asarray(np.linalg.qr(stacked, mode="r")).T
        self._inverse_root = inverse_lower(self._root[None])[0]
        self._centre = shares @ mixture.means
        self._means = self.standardized(mixture.means)
        self._factors = np.tril(factors @ self._root)
        self._precisions = _FRAME.precisions(self._factors)
        self._offsets = mixture.offsets

    def standardized(self, points: Floats) -> Floats:
        """Return points (m, D) in the units of the columns in standard coordinates."""
        return np.asarray((points - self._centre) @ self._inverse_root.T)

    def in_units(self, points: Floats) -> Floats:
        """Return points (m, D) in standard coordinates in the units of the columns."""
        return np.asarray(self._centre + points @ self._root.T)

    @property
    def block_size(self) -> int:
        """How many points to treat at a time."""
        K, D = self._means.shape
        return max(1, _MOST_NUMBERS // int(4 * K * D + 8 * D * D))

    def log_prob(self, points: Floats) -> Floats:
        """Return the log-densities of points (m, D), but for a constant."""
        return kernels.active.log_prob(points, self._means, self._factors, self._offsets)

    def derivatives(self, points: Floats) -> _Derivatives:
        """Return gradient and curvature at points (m, D)."""
        K, D = self._means.shape
        r = kernels.active.responsibilities(points, self._means, self._factors, self._offsets)
        # Precisions have the square of the condition of the factors.
        white = _FRAME.whiten(self._factors, self._means[:, None] - points)
        scores = _FRAME.whiten_transposed(self._factors, white).swapaxes(0, 1)
        precision = (r @ self._precisions.reshape(K, D * D)).reshape(-1, D, D)
        ridge = _ROUNDING * np.trace(precision, axis1=1, axis2=2)[:, None, None] * np.eye(D)
        inverse_roots = np.linalg.inv(np.linalg.cholesky(precision + ridge))
        scores = scores @ inverse_roots.swapaxes(1, 2)
        gradient = np.einsum("mk,mki->mi", r, scores)
        apart = scores - gradient[:, None]
        spread = (r[:, :, None] * apart).swapaxes(1, 2) @ apart
        return _Derivatives(inverse_roots, gradient, *np.linalg.eigh(np.eye(D) - spread))


def _lower_factors(covariances: Covariances) -> Floats:
    """Return lower triangular whitening factors (K, D, D)."""
    if covariances.frame.low_rank:
        covariances = FullCovariances(covariances.dense())
    return covariances.family.frame.dense(covariances.factors)


@dataclass(frozen=True, eq=False)
class Modes:
    """Modes of a mixture, and the mode reached from each point.

    Parameters
    ----------
    modes : (M, D) array
        The modes, in the order of the first points that reach them.
    labels : (m,) array of int
        The mode reached from each point.
    """

    modes: Floats
    labels: Ints


def component_starts(mixture: Mixture) -> Floats:
    """Return the means of the components (K, D); the first one with a weight in place of those without."""
    present = mixture.weights > 0
    return np.where(present[:, None], mixture.means, mixture.means[present][:1])


def modes_from(mixture: Mixture, points: Floats) -> Modes:
    """Return the modes that modal EM reaches from points (m, D)."""
    if mixture.covariances.singular:
        raise InputError(
            "the mixture has singular covariances, whose density is infinite on their support: give a mixture "
            "with regular ones."
        )
    density = LogDensity(mixture)
    modes, labels = _distinct(density, _run(density, density.standardized(points)))
    return Modes(density.in_units(modes), labels)


def _distinct(density: LogDensity, ends: Floats) -> tuple[Floats, Ints]:
    """Return the distinct modes among the ends of modal EM, and the mode of each end."""
    modes: list[Floats] = []
    labels = np.full(len(ends), -1, dtype=np.intp)
    while (labels < 0).any():
        mode = ends[np.argmax(labels < 0)]
        root = inverse_lower(density.derivatives(mode[None]).inverse_roots)[0]
        same = np.square((ends - mode) @ root).sum(axis=1) < _SAME**2
        labels[same & (labels < 0)] = len(modes)
        modes.append(mode)
    return np.array(modes).reshape(-1, ends.shape[1]), labels


def _run(density: LogDensity, points: Floats) -> Floats:
    r"""Return the modes (m, D) reached by modal EM from points (m, D), all in standard coordinates.

    .. math:: x \leftarrow \left(\sum_k r_k(x) \Sigma_k^{-1}\right)^{-1} \sum_k r_k(x) \Sigma_k^{-1} \mu_k

    The density never falls. Near a mode Newton steps end the iteration; at a saddle point it continues along
    the direction in which the density rises most.

    References
    ----------
    Li, J., Ray, S. and Lindsay, B. G. (2007). A nonparametric statistical approach to clustering via mode
    identification. J. Mach. Learn. Res. 8, 1687-1723.
    """
    size = density.block_size
    blocks = [_run_block(density, points[start : start + size]) for start in range(0, len(points), size)]
    return np.concatenate(blocks) if blocks else np.zeros_like(points)


def _run_block(density: LogDensity, points: Floats) -> Floats:
    x, active = np.array(points, dtype=np.float64), np.arange(len(points))
    for _ in range(_MOST_STEPS):
        here = x[active]
        step, arrived = _steps(density, here)
        x[active] = here + step
        active = active[~arrived]
        if not len(active):
            return x
    warn(
        f"modal EM did not converge from {len(active)} points in {_MOST_STEPS} steps: the density is nearly flat "
        "there, and their modes are approximate.",
        UserWarning,
    )
    return x


def _steps(density: LogDensity, points: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the steps of modal EM, or Newton's near a mode, and which points are modes."""
    local = density.derivatives(points)
    newton, on_peak = _newton(density, points, local)
    u = np.where(on_peak[:, None], newton, local.gradient)
    step = local.differences(u)
    short = (_lengths(u) < _EXACT) | (_lengths(local.gradient) < _LEAST_GRADIENT) | _rounding(step, points)
    arrived = short & (on_peak | (np.abs(local.curvatures[:, 0]) <= _LEAST_CURVATURE))
    stuck = short & ~arrived
    step[stuck] = local.differences(_NUDGE * local.axes[:, :, 0])[stuck]
    step[arrived] = 0.0
    return step, arrived


def _newton(density: LogDensity, points: Floats, local: _Derivatives) -> tuple[Floats, NDArray[np.bool_]]:
    """Return Newton's steps u, and whether they are short, and within the peak of a mode."""
    on_peak = local.curvatures[:, 0] > _LEAST_CURVATURE
    along = np.einsum("mij,mi->mj", local.axes, local.gradient)
    along /= np.where(on_peak[:, None], local.curvatures, 1.0)
    newton = np.einsum("mij,mj->mi", local.axes, along)
    on_peak &= _lengths(newton) < _NEAR
    here, step = points[on_peak], local.differences(newton)[on_peak]
    # Beside a point of inflection, Newton's step may lead past the mode.
    rise = density.log_prob(here + step) - density.log_prob(here)
    on_peak[on_peak] = (rise > -_LEAST_RISE) | _rounding(step, here)
    return newton, on_peak


def _lengths(vectors: Floats) -> Floats:
    return np.asarray(np.linalg.norm(vectors, axis=1))


def _rounding(steps: Floats, points: Floats) -> NDArray[np.bool_]:
    """Return which steps are no more than roundings of their points."""
    return np.asarray((np.abs(steps) <= _ROUNDING * np.abs(points)).all(axis=1))
