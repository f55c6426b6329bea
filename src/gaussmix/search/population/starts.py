"""Short EM runs from starting partitions of several kinds."""

from __future__ import annotations

import numpy as np

from ..._types import Floats, Ints
from ...starts.partitions import Coordinates, partitions
from ..search_data import SearchData
from .batched_em import Runs, first_mixtures

__all__ = ["start_runs"]


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
    labels = partitions(coordinates, n_components, numbers, rng)
    return first_mixtures(data, *_moments(data, labels, n_components)).after(data, iterations)


def _moments(data: SearchData, labels: Ints, K: int) -> tuple[Floats, Floats, Floats]:
    """Return the moments of the parts of partitions (S, n) without an empty part."""
    rows, full = data.rows, data.model.full
    weights = rows.weights * rows.huber_weights
    Y = rows.X - rows.mean
    S, D = len(labels), Y.shape[1]
    counts, means = np.zeros((S, K)), np.zeros((S, K, D))
    scatter = np.zeros((S, K, D, D) if full else (S, K, D))
    for s in range(S):
        order = np.argsort(labels[s], kind="stable")
        w, y = weights[order], Y[order]
        ends = np.searchsorted(labels[s][order], np.arange(K + 1))
        for k in range(K):
            part = slice(ends[k], ends[k + 1])
            wk, yk = w[part], y[part]
            counts[s, k] = total = wk.sum()
            if total > 0:
                means[s, k] = mean = wk @ yk / total
                yk = yk - mean
                scatter[s, k] = (wk * yk.T) @ yk if full else wk @ yk**2
    kept = (counts > 0).all(axis=1)
    return counts[kept], rows.mean + means[kept], scatter[kept]
