"""Short EM runs from starting partitions of several kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ... import kernels
from ..._types import Floats, Ints
from ...starts import StartRows
from ...starts.beside_uniform import MOST_WEIGHT
from ...starts.partitions import Coordinates, partitions
from ..batched_em import Runs
from ..search_data import SearchData
from .first_mixtures import first_mixtures

__all__ = ["Kind", "Starts", "kinds_of", "moments_of_parts"]


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
        self.kinds, self.count = kinds_of(data), 0

    def runs(self, more: int, rng: np.random.Generator) -> Runs:
        """Return runs from the next partitions of each kind, without partitions that have an empty part."""
        numbers = range(self.count, self.count + more)
        self.count += more
        firsts = [
            first_mixtures(self.data, *kind.moments(self.data, self.n_components, numbers, rng))
            for kind in self.kinds
        ]
        return Runs.joined([runs.after(self.data, self.iterations) for runs in firsts])


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of starts: weighted rows and the initial weight of the uniform component.

    Without a uniform component, there is one kind.

    Parameters
    ----------
    coordinates : Coordinates
        Of the rows.
    weight : float
        The first weight of the uniform component; zero without one.
    one_part_is_noise : bool
        Whether partitions have K + 1 parts, with one random part as noise.
    """

    coordinates: Coordinates
    weight: float
    one_part_is_noise: bool = False

    def moments(
        self, data: SearchData, n_components: int, numbers: range, rng: np.random.Generator
    ) -> tuple[Floats, Floats, Floats, float | Floats]:
        """Return the moments of the components, and the initial weights of the uniform component.

        There is one weight for each partition, (S, 1), or a common one.

        Parameters
        ----------
        data : SearchData
        n_components : int
            K.
        numbers : range
            Numbers of the partitions.
        rng : numpy.random.Generator
        """
        K = n_components + self.one_part_is_noise
        labels = partitions(self.coordinates, K, numbers, rng)
        counts, means, scatter = moments_of_parts(data, self.coordinates.rows, labels, K)
        if not self.one_part_is_noise:
            return counts, means, scatter, self.weight
        kept = rng.permuted(np.tile(np.arange(K), (len(counts), 1)), axis=1)[:, :n_components]
        at = np.arange(len(counts))[:, None], kept
        left = counts[at].sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True)
        weights = np.minimum(1.0 - (1.0 - self.weight) * left, MOST_WEIGHT)
        return counts[at], means[at], scatter[at], weights


def kinds_of(data: SearchData) -> list[Kind]:
    """Return the kinds of starts for the rows of a search."""
    kinds = [Kind(Coordinates(rows), weight) for rows, weight in data.starts]
    return kinds if data.model.uniform is None else [*kinds, replace(kinds[0], one_part_is_noise=True)]


def moments_of_parts(
    data: SearchData, rows: StartRows, labels: Ints, K: int
) -> tuple[Floats, Floats, Floats]:
    """Return the moments of all parts, for partitions (S, n) without empty parts.

    Parameters
    ----------
    data : SearchData
    rows : StartRows
        The rows of the search, possibly with different weights.
    labels : (S, n) array
    K : int
    """
    weights = rows.weights * rows.huber_weights
    counts, means, scatter = kernels.partitioning.part_moments(
        data.centred, weights, labels, K, data.model.full
    )
    filled = (counts > 0.0).all(axis=1)
    return counts[filled], rows.mean + means[filled], scatter[filled]
