"""The entropy of the responsibilities of an E-step, from its moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._types import Floats
from ..densities import Densities
from ..frames import Frame
from ..moments import Moments

__all__ = ["EntropyOfRows"]


@dataclass(frozen=True, eq=False)
class EntropyOfRows:
    """The entropy of the responsibilities of an E-step, from its moments.

    Parameters
    ----------
    densities : Densities
        Of the E-step.
    moments : Moments
        Its result.
    """

    frame: Frame
    densities: Densities
    moments: Moments

    def __call__(self) -> float:
        """Return the entropy, nats."""
        densities, moments = self.densities, self.moments
        about = moments.recentre(densities.means)
        traces = _traces_of(self.frame, densities.factors, about.second)
        # A component that is excluded has no rows.
        offsets = np.where(moments.counts > 0, densities.offsets, 0.0)
        return float(moments.log_likelihood - moments.counts @ offsets + 0.5 * traces.sum())


def _traces_of(frame: Frame, factors: Floats, second: Floats) -> Floats:
    """Return tr L S Lᵀ for whitening factors L and second moments S, of each or of all components, (K,)."""
    mapped = factors @ second if frame.full else factors * second
    return np.asarray((mapped * factors).reshape(len(factors), -1).sum(axis=1))
