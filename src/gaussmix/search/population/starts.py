"""Short EM runs from starting partitions of several kinds."""

from __future__ import annotations

import numpy as np

from ... import kernels
from ..._types import Floats, Ints
from ...starts.partitions import Coordinates, partitions
from ..batched_em import Runs
from ..search_data import SearchData
from .first_mixtures import first_mixtures

__all__ = ["Starts", "moments_of_parts", "start_runs"]


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
    return first_mixtures(data, *moments_of_parts(data, labels, n_components)).after(data, iterations)


def moments_of_parts(data: SearchData, labels: Ints, K: int) -> tuple[Floats, Floats, Floats]:
    """Return the moments of the parts of partitions (S, n) without an empty part."""
    rows = data.rows
    weights = rows.weights * rows.huber_weights
    counts, means, scatter = kernels.partitioning.part_moments(
        data.centred, weights, labels, K, data.model.full
    )
    filled = (counts > 0.0).all(axis=1)
    return counts[filled], rows.mean + means[filled], scatter[filled]
