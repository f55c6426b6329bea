"""Successive halving: many short EM runs, the most likely of which are continued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ... import kernels
from ..._types import Floats, Ints
from ...errors import SingularCovarianceError
from ...mixture import Mixture
from ...starts import mixture_of_responsibilities
from ...starts.partitions import Coordinates, partitions
from ..search_data import SearchData
from .agglomeration import Parts, agglomerated
from .batched_em import Runs, first_mixtures

__all__ = ["Heats", "proposed_runs", "race", "start_runs"]

EVERY, TIMES, MOST_MORE = 4, 3, 20
"""Every fourth start is a partition into 3K parts (K + 20 at most), merged to K by model-based agglomeration."""


@dataclass(frozen=True)
class Heats:
    """The schedule of a race: how many runs are continued, and for how many EM iterations.

    Parameters
    ----------
    first : int
        Iterations of all runs.
    later : tuple of (int, int)
        For each further heat, the number of runs that are continued and their iterations.
    """

    first: int
    later: tuple[tuple[int, int], ...]


def race(runs: Runs, data: SearchData, heats: Heats) -> Runs:
    """Return the finalists of a race by successive halving, in descending order of likelihood.

    Parameters
    ----------
    runs : Runs
    data : SearchData
    heats : Heats
    """
    for most, iterations in heats.later:
        runs = runs.best(data, most)
        if not len(runs):
            return runs
        runs = runs.after(data, iterations)
    return runs.best(data, len(runs))


def start_runs(
    data: SearchData,
    coordinates: Coordinates,
    n_components: int,
    numbers: range,
    iterations: int,
    rng: np.random.Generator,
) -> Runs:
    """Return short EM runs from starting partitions of several kinds.

    Parameters
    ----------
    data : SearchData
    coordinates : Coordinates
        Of the rows of the table.
    n_components : int
        K.
    numbers : range
        Numbers of the partitions, which determine their kinds.
    iterations : int
    rng : numpy.random.Generator
    """
    merged = [number for number in numbers if number % EVERY == 0]
    labels = partitions(coordinates, n_components, [n for n in numbers if n not in merged], rng)
    if merged:
        labels = np.concatenate([labels, _merged_down(data, coordinates, n_components, merged, rng)])
    return first_mixtures(data, *_moments(data, labels, n_components)).after(data, iterations)


def proposed_runs(data: SearchData, proposals: Sequence[Mixture], iterations: int) -> Runs | None:
    """Return short EM runs from the responsibilities of proposed mixtures; None where there are none.

    Parameters
    ----------
    data : SearchData
    proposals : sequence of Mixture
    iterations : int
    """
    starts = []
    for mixture in proposals:
        try:
            shares = kernels.active.responsibilities(data.X, *mixture.densities.arrays)
            start = mixture_of_responsibilities(data.rows, shares, data.model)
            _ = start.covariances.factors
        except SingularCovarianceError:
            continue
        starts.append(start)
    return Runs.of(data, starts).after(data, iterations) if starts else None


def _merged_down(
    data: SearchData, coordinates: Coordinates, K: int, numbers: Sequence[int], rng: np.random.Generator
) -> Ints:
    """Return partitions (S, n) into more than K parts, merged to K by model-based agglomeration."""
    many = min(TIMES * K, K + MOST_MORE, len(data.X) // 2)
    labels = partitions(coordinates, max(K, many), [number // EVERY for number in numbers], rng)
    for s in range(len(labels)):
        counts, means, scatter = (array[0] for array in _moments(data, labels[[s]], max(K, many), False))
        filled = np.flatnonzero(counts > 0)
        to = np.zeros(len(counts), dtype=np.intp)
        to[filled] = agglomerated(data, Parts(counts[filled], means[filled], scatter[filled]), K)
        labels[s] = to[labels[s]]
    return labels


def _moments(data: SearchData, labels: Ints, K: int, complete: bool = True) -> tuple[Floats, Floats, Floats]:
    """Return the moments of the parts of partitions (S, n); ``complete`` leaves out those with an empty part."""
    rows, full = data.rows, data.model.full
    weights = rows.weights * rows.huber_weights
    Y = rows.X - rows.mean
    S, D = len(labels), Y.shape[1]
    counts, means = np.zeros((S, K)), np.zeros((S, K, D))
    scatter = np.zeros((S, K, D, D) if full else (S, K, D))
    for s, k in np.ndindex(S, K):
        chosen = labels[s] == k
        w = weights[chosen]
        total = w.sum()
        if not total > 0:
            continue
        y = Y[chosen]
        counts[s, k], means[s, k] = total, w @ y / total
        y = y - means[s, k]
        scatter[s, k] = (w * y.T) @ y if full else w @ y**2
    kept = (counts > 0).all(axis=1) | (not complete)
    return counts[kept], rows.mean + means[kept], scatter[kept]
