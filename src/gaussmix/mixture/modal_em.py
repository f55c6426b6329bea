"""Modal EM: from points to the modes of a mixture, with Newton steps at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints
from ..errors import InputError, warn

if TYPE_CHECKING:
    from .value import Mixture

__all__ = ["LogDensity", "Modes", "distinct_modes", "modes_from", "run_modal_em"]

_SAME = 1e-4
"""Modes nearer than this, in local standard deviations, are one."""

_MOST_NUMBERS = 1 << 22
"""Numbers that the arrays of a block of points may hold."""
_NEAR = 0.1
"""A Newton step of this length, in local standard deviations, is taken for one within the peak of a mode."""
_EXACT = 1e-9
_NUDGE = 1e-2
_MOST_STEPS = 5_000


@dataclass(frozen=True, eq=False)
class _Derivatives:
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


class LogDensity:
    """The density of a mixture, without its uniform component, with its derivatives.

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
    def block_size(self) -> int:
        """How many points to treat at a time."""
        K, D = self.mixture.n_components, self.mixture.n_features
        return max(1, _MOST_NUMBERS // (K * D + 4 * D * D))

    def derivatives(self, points: Floats) -> _Derivatives:
        """Return gradient and curvature at points (m, D)."""
        K, D = self.mixture.means.shape
        r = self.mixture.responsibilities(points)
        scores = np.einsum("kij,mkj->mki", self._precisions, self.mixture.means - points[:, None])
        gradient = np.einsum("mk,mki->mi", r, scores)
        precision = (r @ self._precisions.reshape(K, D * D)).reshape(-1, D, D)
        apart = scores - gradient[:, None]
        spread = np.matmul((r[:, :, None] * apart).swapaxes(1, 2), apart)
        return _Derivatives(gradient, precision, precision - spread)


@dataclass(frozen=True, eq=False)
class Modes:
    """Modes of a mixture, and the ends of modal EM.

    Parameters
    ----------
    modes : (M, D) array
        The modes.
    labels : (K + n,) array of int
        The mode reached from the mean of each component, and from each row.
    """

    modes: Floats
    labels: Ints


def modes_from(mixture: Mixture, rows: Floats) -> Modes:
    """Return the modes that modal EM reaches from the means of the components and from rows (n, D)."""
    if mixture.covariances.singular:
        raise InputError(
            "the mixture has singular covariances, whose density is infinite on their support: give a mixture "
            "with regular ones."
        )
    density, present = LogDensity(mixture), mixture.weights > 0
    starts = np.concatenate([np.where(present[:, None], mixture.means, mixture.means[present][:1]), rows])
    nothing = np.zeros((0, mixture.n_features))
    return Modes(*distinct_modes(density, run_modal_em(density, starts), nothing))


def distinct_modes(density: LogDensity, ends: Floats, known: Floats) -> tuple[Floats, Ints]:
    """Return the distinct modes among the known ones and the ends of modal EM, and the mode of each end."""
    modes, labels = list(known), np.full(len(ends), -1, dtype=np.intp)
    number = 0
    while (labels < 0).any():
        if number == len(modes):
            modes.append(ends[np.argmax(labels < 0)])
        precision = density.derivatives(modes[number][None]).precision[0]
        apart = ends - modes[number]
        same = np.einsum("ni,ij,nj->n", apart, precision, apart) < _SAME**2
        labels[same & (labels < 0)] = number
        number += 1
    return np.array(modes).reshape(-1, ends.shape[1]), labels


def run_modal_em(density: LogDensity, points: Floats) -> Floats:
    r"""Return the modes (n, D) reached by modal EM from points (n, D).

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
        local = density.derivatives(here)
        step, on_peak = _steps(local)
        length = _lengths(step, local.precision)
        arrived = on_peak & (length < _EXACT)
        stuck = ~on_peak & (length < _EXACT)
        if stuck.any():
            step[stuck] = _away(local, stuck)
        x[active] = here + np.where(arrived[:, None], 0.0, step)
        active = active[~arrived]
        if not len(active):
            return x
    warn(
        f"modal EM did not converge from {len(active)} points in {_MOST_STEPS} steps: the density is nearly flat "
        "there, and their modes are approximate.",
        UserWarning,
    )
    return x


def _steps(local: _Derivatives) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a step from each point: Newton's near the peak of a mode, else that of modal EM."""
    step = _solved(local.precision, local.gradient)
    peaked = np.linalg.eigvalsh(local.curvature)[:, 0] > 0
    if peaked.any():
        newton = _solved(local.curvature[peaked], local.gradient[peaked])
        near = _lengths(newton, local.precision[peaked]) < _NEAR
        peaked[peaked] = near
        step[peaked] = newton[near]
    return step, peaked


def _solved(matrices: Floats, vectors: Floats) -> Floats:
    return np.asarray(np.linalg.solve(matrices, vectors[:, :, None])[:, :, 0], dtype=np.float64)


def _lengths(step: Floats, precision: Floats) -> Floats:
    """Return lengths of steps in local standard deviations."""
    squared: Floats = np.einsum("mi,mij,mj->m", step, precision, step)
    return np.sqrt(np.maximum(squared, 0.0))


def _away(local: _Derivatives, stuck: Any) -> Floats:
    """Return small steps from saddle points, along the directions of least curvature."""
    direction = np.linalg.eigh(local.curvature[stuck])[1][:, :, 0]
    length = _lengths(direction, local.precision[stuck])
    return np.asarray(_NUDGE * direction / length[:, None])
