"""The conjugate update: from the moments of an E-step to the posterior."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._types import Floats
from ..frames import Frame
from ..moments import Moments
from ..uniform import Uniform
from .posterior import Posterior
from .prior import Prior
from .weights import BetaWeight

__all__ = ["posterior_of"]


def posterior_of(
    moments: Moments,
    prior: Prior,
    uniform: Uniform | None,
    ridge: float | Floats,
    entropy: Callable[[], float] | None,
) -> Posterior:
    """Return the posterior for the moments of an E-step.

    Parameters
    ----------
    moments : Moments
        In the frame of the family.
    uniform : Uniform or None
        The uniform component, with any weight.
    ridge : float or (D,) array
        Addition to the variances of the rows of each component.
    entropy : callable, optional
        Returns that of the responsibilities.
    """
    counts, frame = moments.counts, prior.family.frame
    shifts = moments.means() - prior.mean
    share = (counts / (prior.mean_precision + counts))[:, None]
    means = prior.mean + share * shifts
    scatter = moments.scatter() + prior.scatter + frame.outer(prior.mean_precision * share * shifts, shifts)
    if np.any(ridge):
        scatter = scatter + frame.expand(counts) * _on_diagonal(frame, ridge, means.shape[1])
    covariances = prior.family.maximum_likelihood(scatter, prior.degrees_of_freedom + counts)
    if uniform is not None:
        weight = BetaWeight(moments.uniform, float(counts.sum()))
        uniform = uniform.of_weight(weight.mean)
    return Posterior(prior, counts, means, covariances, uniform, moments.uniform, entropy)


def _on_diagonal(frame: Frame, ridge: float | Floats, n_features: int) -> Floats:
    variances = np.full(n_features, ridge, dtype=np.float64)
    return np.diag(variances) if frame.full else variances
