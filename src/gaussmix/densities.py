"""Densities: the weighted component densities of an E-step, which need not belong to a mixture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ._types import Floats, Ints
from .frames import Frame

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

    @property
    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Means, factors and offsets, in the order of the kernels' arguments."""
        return self.means, self.factors, self.offsets

    def take(self, components: Ints) -> Densities:
        """Return the densities of some components."""
        return Densities(
            self.means[components], self.factors[components], self.offsets[components], self.frame
        )

    def restricted(self, allowed: NDArray[np.bool_]) -> Densities:
        """Return the densities of the allowed components (K,), with zero for the others."""
        return replace(self, offsets=np.where(allowed, self.offsets, -np.inf))

    @classmethod
    def uniform(cls, reference: Floats, frame: Frame) -> Densities:
        """Return densities of one everywhere about references (K, D), which give every row to each component."""
        return cls(reference, frame.zero(*reference.shape), np.zeros(len(reference)), frame)
