"""The first mixtures of EM runs, by an M-step from moments and pseudo-rows of the pooled covariance."""

from __future__ import annotations

import numpy as np

from ..._types import Floats
from ..batched_em import Runs, linear
from ..search_data import SearchData

__all__ = ["first_mixtures", "leaning"]


def leaning(
    data: SearchData, counts: Floats, means: Floats, scatter: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the statistics of an M-step with D + 1 pseudo-rows of the pooled covariance for each component.

    No weight is zero, as EM cannot increase it.

    Parameters
    ----------
    data : SearchData
    counts : (S, K) array
        Weight of each component.
    means : (S, K, D) array
    scatter : (S, K, D, D) or (S, K, D) array
        Second moments about the means.
    """
    total, more = counts.sum(axis=1), means.shape[2] + 1.0
    pooled = scatter.sum(axis=1) / data.model.frame.expand(total)
    share = np.maximum(counts, 1e-3 * (total / counts.shape[1])[:, None])
    return share / share.sum(axis=1, keepdims=True), means, scatter + more * pooled[:, None], counts + more


def first_mixtures(
    data: SearchData, counts: Floats, means: Floats, scatter: Floats, uniform: float | Floats = 0.0
) -> Runs:
    """Return the mixtures of an M-step from moments, with D + 1 pseudo-rows of the pooled covariance a component.

    Parameters
    ----------
    data : SearchData
    counts, means, scatter : arrays
        As in :func:`leaning`.
    uniform : float or (S, 1) array
        The weight of the uniform component; zero without one.
    """
    S, K, _ = means.shape
    weights, means, scatter, rows = leaning(data, counts, means, scatter)
    weights *= 1.0 - uniform
    if not data.model.pooled:
        flat = scatter.reshape(S * K, *scatter.shape[2:]), rows.ravel()
        factors, normalisers = data.model.factors_separately(*flat)
        factors, normalisers = factors.reshape(scatter.shape), normalisers.reshape(S, K)
    else:
        factors, normalisers = data.model.factors_separately(scatter.sum(axis=1), rows.sum(axis=1))
        factors = np.repeat(factors[:, None], 1 if linear(data) else K, axis=1)
        normalisers = np.repeat(normalisers[:, None], K, axis=1)
    factors = np.ascontiguousarray(factors)
    offsets = np.log(weights) + normalisers
    nothing, ages = np.full(S, -np.inf), np.zeros(S, dtype=np.intp)
    # Only the E-step of incomplete rows reads covariances.
    covariances = np.empty_like(factors) if data.incomplete is None else data.model.frame.covariances(factors)
    return Runs(weights, means, covariances, factors, offsets, nothing, ages)
