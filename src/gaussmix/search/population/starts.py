"""Short EM runs from starting partitions of several kinds."""

from __future__ import annotations

import numpy as np

from ..._types import Floats, Ints
from ...starts.partitions import Coordinates, partitions
from ..search_data import SearchData
from .batched_em import Runs, first_mixtures

__all__ = ["Starts", "start_runs"]


class Starts:
    """Short EM runs from starting partitions of a table, of all kinds in turn.

    Parameters
    ----------
    data : SearchData
    n_components : int
        K.
    iterations : int
        EM iterations of each.
    """

    def __init__(self, data: SearchData, n_components: int, iterations: int) -> None:
        self.data, self.n_components, self.iterations = data, n_components, iterations
        self.coordinates, self.count = Coordinates(data.rows), 0

    def runs(self, more: int, rng: np.random.Generator) -> Runs:
        """Return the runs from the next partitions; a partition with an empty part has none."""
        numbers = range(self.count, self.count + more)
        self.count += more
        return start_runs(self.data, self.coordinates, self.n_components, numbers, self.iterations, rng)


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
    numbers = np.arange(K)
    labels = labels[(labels[:, None, :] == numbers[:, None]).any(axis=2).all(axis=1)]
    S, D = len(labels), Y.shape[1]
    counts, means = np.empty((S, K)), np.empty((S, K, D))
    scatter = np.empty((S, K, D, D) if full else (S, K, D))
    for s, order in enumerate(np.argsort(labels, axis=1, kind="stable")):
        found, w, y = labels[s][order], weights[order], Y[order]
        first = np.searchsorted(found, numbers)
        counts[s] = np.add.reduceat(w, first)
        means[s] = np.add.reduceat(w[:, None] * y, first) / counts[s][:, None]
        y -= means[s][found]
        if full:
            ends = [*first[1:], len(y)]
            scatter[s] = [(w[i:j] * y[i:j].T) @ y[i:j] for i, j in zip(first, ends, strict=True)]
        else:
            scatter[s] = np.add.reduceat(w[:, None] * y**2, first)
    return counts, rows.mean + means, scatter
