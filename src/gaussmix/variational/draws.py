"""Draws of mixtures from a variational posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._types import Floats
from ..mixture import Mixture
from .precisions import OneGamma, Wishart

if TYPE_CHECKING:
    from .posterior import Posterior

__all__ = ["draw_mixture"]


def draw_mixture(posterior: Posterior, rng: np.random.Generator) -> Mixture:
    """Return a mixture drawn from the posterior of weights, means and precisions."""
    K, D = posterior.means.shape
    count = 1 if posterior.tied else K
    dof, factors = posterior.degrees_of_freedom[:count], posterior.covariances.factors[:count]
    noise = rng.standard_normal((K, D)) / np.sqrt(posterior.mean_precisions)[:, None]
    if isinstance(posterior.prior.precisions, Wishart):
        roots = np.linalg.inv(_roots_of_precisions(factors, dof, rng)).swapaxes(1, 2)
        framed = roots @ roots.swapaxes(1, 2)
        shifts = (np.broadcast_to(roots, (K, D, D)) @ noise[:, :, None])[:, :, 0]
    else:
        columns = 1 if isinstance(posterior.prior.precisions, OneGamma) else D
        freedom = (dof * (D if columns == 1 else 1))[:, None]
        framed = np.broadcast_to(freedom / rng.chisquare(freedom, (count, columns)), (count, D)) / factors**2
        shifts = np.sqrt(framed) * noise
    framed = np.broadcast_to(framed, (K, *framed.shape[1:]))
    weights, uniform = posterior.weights.draw(rng), posterior.uniform
    if uniform is not None and posterior.uniform_weight is not None:
        uniform = uniform.of_weight(posterior.uniform_weight.draw(rng))
        weights = weights * (1.0 - uniform.weight)
    covariances = posterior.family.nearest(np.ascontiguousarray(framed), np.full(K, 1.0 / K))
    return Mixture.of(weights, posterior.means + shifts, covariances, uniform=uniform)


def _roots_of_precisions(factors: Floats, dof: Floats, rng: np.random.Generator) -> Floats:
    """Return matrices M with M Mᵀ of Wishart distributions of the expected precisions LᵀL, by Bartlett's method."""
    K, D = factors.shape[:2]
    lower = np.tril(rng.standard_normal((K, D, D)), -1)
    lower[:, np.arange(D), np.arange(D)] = np.sqrt(rng.chisquare(dof[:, None] - np.arange(D)))
    return np.asarray(factors.swapaxes(1, 2) @ lower / np.sqrt(dof)[:, None, None])
