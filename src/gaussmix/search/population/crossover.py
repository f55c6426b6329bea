"""Crossover of mixtures: children take each component from one of two parents, and one component moves to a random row.

References
----------
Gribel, D. and Vidal, T. (2019). HG-means: A scalable hybrid genetic algorithm for minimum sum-of-squares clustering.
Pattern Recognition 88, 569-583.
Pernkopf, F. and Bouchaffra, D. (2005). Genetic-based EM algorithm for learning Gaussian mixture models. IEEE Trans.
Pattern Anal. Mach. Intell. 27, 1344-1348.
"""

from __future__ import annotations

import numpy as np

from ... import kernels
from ..._types import Floats, Ints
from ...kernels import CrossoverDraws
from ..batched_em import Runs
from ..search_data import SearchData
from .moved_covariances import draw_covariances

__all__ = ["crossed", "matched", "with_moved"]

LEAST_SHARE = 1e-3
"""The least weight of a component of a child, in units of 1 / K."""


def crossed(data: SearchData, parents: Runs, n_children: int, rng: np.random.Generator) -> Runs:
    """Return crossovers of pairs of mixtures, the better of which have more children.

    The components of two parents are matched, and the child takes one of each matched pair at random. Then one of its
    components moves to a random row, where it takes half the weight of the component nearest to it, and a covariance of
    a random kind.

    Parameters
    ----------
    data : SearchData
    parents : Runs
        S mixtures of K components, the best first.
    n_children : int
        B.
    rng : numpy.random.Generator
    """
    S, K, _ = parents.means.shape
    # Of two random mixtures the better one is the first parent; the second is any other.
    first = rng.integers(S, size=(2, n_children)).min(axis=0)
    second = (first + rng.integers(1, max(S, 2), size=n_children)) % S
    uniform, moved = rng.random((n_children, K)), rng.integers(K, size=n_children)
    draws = CrossoverDraws(first, second, uniform, moved, rng.random(n_children))
    return _children(data, parents, draws, rng)


def with_moved(data: SearchData, runs: Runs, component: int, rng: np.random.Generator) -> Runs:
    """Return mixtures with one component of each moved to a random row.

    Parameters
    ----------
    data : SearchData
    runs : Runs
        B mixtures of K components.
    component : int
        The number of the component.
    rng : numpy.random.Generator
    """
    B = len(runs)
    same, moved, uniform = np.arange(B), np.full(B, component), np.zeros_like(runs.weights)
    return _children(data, runs, CrossoverDraws(same, same, uniform, moved, rng.random(B)), rng)


def _children(data: SearchData, parents: Runs, draws: CrossoverDraws, rng: np.random.Generator) -> Runs:
    """Return the mixtures of drawn crossovers."""
    K, first = parents.means.shape[1], draws.first
    if kernels.crossed is None:
        children = _crossed(data, parents, draws)
    else:
        places, least, pooled = _in_units(data, parents.means), LEAST_SHARE / K, data.model.pooled
        table = kernels.crossed(parents.table, places, data.places, draws, least, pooled)
        children = Runs.of_numbers(table, parents.layout)
    if data.model.uniform is not None:
        left = parents.weights[first].sum(axis=1, keepdims=True)
        children.weights[:] *= left
        children.offsets[:] += np.log(left)
    draw_covariances(data, children, draws.moved, _rows_at(data, draws.share), rng)
    return children


def _crossed(data: SearchData, parents: Runs, draws: CrossoverDraws) -> Runs:
    first, second, uniform, _, _ = draws
    places = _in_units(data, parents.means)
    B, K = uniform.shape
    to = matched(places[first], places[second])
    keeps = uniform < 0.5
    parent = np.where(keeps, first[:, None], second[:, None])
    component = np.where(keeps, np.arange(K), to)
    weights = np.maximum(parents.weights[parent, component], LEAST_SHARE / K)
    normalisers = parents.offsets - np.log(parents.weights)
    means = parents.means[parent, component]
    if data.model.pooled:
        # Covariances that share parameters are those of the first parent.
        shapes = parents.covariances[first], parents.factors[first], normalisers[first]
    else:
        covariances, factors = parents.covariances[parent, component], parents.factors[parent, component]
        shapes = covariances, factors, normalisers[parent, component]
    _relocate(data, weights, means, () if data.model.pooled else shapes, draws)
    weights /= weights.sum(axis=1, keepdims=True)
    covariances, factors, normalisers = shapes
    offsets = np.log(weights) + normalisers
    return Runs(weights, means, covariances, factors, offsets, np.full(B, -np.inf), np.zeros(B, int))


def matched(one: Floats, other: Floats) -> Ints:
    """Return for each component of a mixture one of another, the nearest pairs first.

    Parameters
    ----------
    one, other : (B, K, D) arrays
        Means of B pairs of mixtures.

    Returns
    -------
    (B, K) array
        Permutations.
    """
    if kernels.matched is not None:
        return kernels.matched(one, other)
    B, K, _ = one.shape
    distances = np.stack([((one[:, k, None] - other) ** 2).sum(axis=2) for k in range(K)], axis=1)
    result, at = np.empty((B, K), dtype=np.intp), np.arange(B)
    for _ in range(K):
        i, k = np.divmod(distances.reshape(B, K * K).argmin(axis=1), K)
        result[at, i] = k
        distances[at, i] = np.inf
        distances[at, :, k] = np.inf
    return result


def _in_units(data: SearchData, means: Floats) -> Floats:
    """Return means (S, K, D) in standardised coordinates."""
    return data.rows.whitening.map(means.reshape(-1, means.shape[2])).reshape(means.shape)


def _rows_at(data: SearchData, share: Floats) -> Ints:
    """Return the rows at quantiles of the total weight, (B,)."""
    reached = data.places.reached
    rows = np.searchsorted(reached, share * reached[-1], side="right")
    return np.asarray(np.minimum(rows, len(reached) - 1))


def _relocate(
    data: SearchData, weights: Floats, means: Floats, shapes: tuple[Floats, ...], draws: CrossoverDraws
) -> None:
    """Move a random component of each mixture to a random row; it becomes a copy of the one that is nearest there."""
    X, Z, _ = data.places
    at, moved, row = np.arange(len(weights)), draws.moved, _rows_at(data, draws.share)
    distances = ((_in_units(data, means) - Z[row][:, None]) ** 2).sum(axis=2)
    distances[at, moved] = np.inf
    nearest = distances.argmin(axis=1)
    means[at, moved] = X[row]
    weights[at, nearest] *= 0.5
    for array in (weights, *shapes):
        array[at, moved] = array[at, nearest]
