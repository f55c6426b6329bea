"""Overfitted mixtures reduced to K components by mergers and deletions.

References
----------
Figueiredo, M. A. T. and Jain, A. K. (2002). Unsupervised learning of finite mixture models. IEEE Trans. Pattern Anal.
Mach. Intell. 24, 381-396.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..._types import Floats, Ints
from ...mixture import Mixture
from ..batched_em import Runs
from ..local_em import LocalEM
from ..merge_losses import joint_moments, near_pairs
from ..race import Parameters, joined, runs_of_parameters
from ..recorder import SearchRecorder
from .effort import FIRST, Effort
from .population import Population
from .starts import Starts

__all__ = ["reduced_from_more"]

PARENTS, PROPOSALS = 8, 20
"""Number of mixtures from which components are taken out, and the most results, in units of the size of a population.
"""
HEATS = ((2, 4), (8, 2), (40, 1))
"""EM iterations after which the best of them go on, and how many, in units of the size of a population."""


def reduced_from_more(
    local_em: LocalEM,
    n_components: int,
    n_extra: int,
    effort: Effort,
    rng: np.random.Generator,
    recorder: SearchRecorder,
) -> Runs:
    """Return EM runs of K components reduced from a population of K + m components, the best first.

    Where none of them is left, new starts of K components are returned.

    Parameters
    ----------
    local_em : LocalEM
    n_components : int
        K.
    n_extra : int
        m.
    effort : Effort
    rng : numpy.random.Generator
    recorder : SearchRecorder
        Its generations are not recorded.
    """
    starts = Starts(local_em.data, n_components + n_extra, FIRST)
    runs = starts.runs(effort.starts, rng)
    local_em.count(len(runs) * FIRST)
    population = Population(
        local_em, starts, replace(effort, patience=effort.patience // 2), recorder, recorded=False
    )
    if np.isfinite(runs.objectives).any():
        population.evolve(runs, False, rng)
        runs = population.runs
    for _ in range(n_extra):
        if len(runs):
            runs = _with_one_fewer(local_em, runs, population.size, recorder)
    return runs if len(runs) else Starts(local_em.data, n_components, FIRST).runs(effort.starts, rng)


def _with_one_fewer(local_em: LocalEM, runs: Runs, size: int, recorder: SearchRecorder) -> Runs:
    """Return the best EM runs after one merger or deletion in each of the leading mixtures."""
    data = local_em.data
    parameters: list[Parameters] = []
    for s in range(min(1 if recorder.late else PARENTS, len(runs))):
        if sum(len(weights) for weights, _, _ in parameters) < PROPOSALS * size:
            parameters += _without_one(runs.mixture(data, s), runs.factors[s])
    runs = runs_of_parameters(data, joined(parameters))
    for iterations, most in HEATS:
        local_em.count(len(runs) * iterations)
        runs = runs.after(data, iterations).best(data, most * size)
        if recorder.late:
            break
    return runs


def _without_one(mixture: Mixture, factors: Floats) -> Iterator[Parameters]:
    """Yield the parameters of a mixture after each deletion and after each merger."""
    K, weights, means = mixture.n_components, mixture.weights, mixture.means
    arrays = weights, means, mixture.covariances.in_frame()
    weights, means, framed = (array[_others(K, np.arange(K)[:, None])] for array in arrays)
    yield weights / weights.sum(axis=1, keepdims=True) * mixture.weights.sum(), means, framed
    i, k = near_pairs(mixture, np.broadcast_to(factors, (K, *factors.shape[1:])))
    kept, pairs = _others(K, np.stack([i, k], axis=1)), joint_moments(mixture, i, k)
    weights, means, framed = (
        np.concatenate([array[kept], pair[:, None]], axis=1)
        for array, pair in zip(arrays, pairs, strict=True)
    )
    yield weights, means, framed


def _others(n_components: int, removed: Ints) -> Ints:
    """Return the complements (P, K - R) of sets of components (P, R)."""
    kept = np.ones((len(removed), n_components), dtype=bool)
    np.put_along_axis(kept, removed, False, axis=1)
    return np.nonzero(kept)[1].reshape(len(removed), -1)
