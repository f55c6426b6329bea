"""Densities: the weighted component densities of an E-step, which need not belong to a mixture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ._types import Floats, Ints
from .frames import Frame
from .kernels.observations import Gaussians
from .uniform import Uniform

__all__ = ["Densities"]


@dataclass(frozen=True, slots=True, eq=False)
class Densities:
    r"""K weighted Gaussian densities, whose weights need not sum to one.

    .. math:: \log \rho_k(x) = o_k - \tfrac12 |L_k (x - \mu_k)|^2

    For the components of a mixture :math:`o_k = \log p_k - \tfrac12 \log |2 \pi \Sigma_k|` and
    :math:`\Sigma_k^{-1} = L_k^T L_k`.

    Parameters
    ----------
    means : (K, D) array
    factors : (K, D, D) or (K, D) array
        Whitening factors L, lower triangular or diagonal.
    offsets : (K,) array
        o, nats; −∞ excludes a component.
    frame : Frame
        The form of the factors.
    uniform : Uniform, optional
        The uniform component.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> Mixture([1.0], [[0.0]], [1.0]).densities.offsets.round(4)
    array([-0.9189])
    """

    means: Floats
    factors: Floats
    offsets: Floats
    frame: Frame
    uniform: Uniform | None = None

    @property
    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Means, factors and offsets, in the order of the kernels' arguments.

        A uniform component is the last of K + 1: its factor is zero, and so its density is constant.
        """
        if self.uniform is None:
            return self.means, self.factors, self.offsets
        return (
            np.concatenate([self.means, self.uniform.centre[None]]),
            np.concatenate([self.factors, np.zeros_like(self.factors[:1])]),
            np.append(self.offsets, self.uniform.log_height),
        )

    def take(self, components: Ints) -> Densities:
        """Return the densities of some components."""
        return Densities(
            self.means[components],
            self.factors[components],
            self.offsets[components],
            self.frame,
            self.uniform,
        )

    def restricted(self, allowed: NDArray[np.bool_]) -> Densities:
        """Return the densities of the allowed components, (K,) or (K + 1,), with zero for the others."""
        K = len(self.offsets)
        uniform = self.uniform if len(allowed) == K or allowed[K] else None
        return replace(self, offsets=np.where(allowed[:K], self.offsets, -np.inf), uniform=uniform)

    @property
    def log_weights(self) -> Floats:
        """Offsets without the normalising constants of the Gaussians, (K,): log p of the components of a mixture."""
        pivots = self.frame.diagonal(self.factors)
        log_normalisers = np.log(pivots).sum(axis=1) - 0.5 * pivots.shape[1] * np.log(2.0 * np.pi)
        return np.asarray(self.offsets - log_normalisers)

    @property
    def gaussians(self) -> Gaussians:
        """The Gaussian components by their covariances, as the kernels for incomplete rows take them."""
        return Gaussians(self.log_weights, self.means, self.covariances)

    @property
    def covariances(self) -> Floats:
        """The inverses (LᵀL)⁻¹, (K, D, D) or (K, D)."""
        return self.frame.covariances(self.factors)

    @classmethod
    def everywhere_one(cls, reference: Floats, frame: Frame) -> Densities:
        """Return densities of one everywhere about references (K, D), which give every row to each component."""
        return cls(reference, frame.zero(*reference.shape), np.zeros(len(reference)), frame)
