"""Common starts of neighbouring models: partitions for all families, and mixtures of one component more or fewer."""

from __future__ import annotations

import numpy as np

from .._types import Floats, Ints
from ..covariances import Diagonal, Family, Full
from ..frames import Frame
from ..mixture import Mixture
from ..search.merge_losses import joined_pairs
from ..search.population.first_mixtures import leaning
from ..search.population.starts import kinds_of, moments_of_parts
from ..search.race import Parameters, joined
from ..search.search_data import SearchData
from ..starts.hierarchical import hierarchy
from ..starts.partitions import Coordinates

__all__ = ["SharedPartitions", "from_fewer", "from_more", "outer"]

_KINDS = range(12)
"""Numbers of the kinds of starting partitions."""
_TREE_ROWS = 400
"""Rows of the tree of a hierarchical clustering; the others go to the nearest centroid."""
_PAIRS, _AXIS, _CORE, _HALO = 3, 0.64, 0.3, 1.7
"""Pairs that are merged; share of the variance between the halves of a component; scales of its core and its halo."""


def outer(frame: Frame) -> Family:
    """Return the family of free covariances in a frame."""
    return Full() if frame.full else Diagonal()


class SharedPartitions:
    """Starting partitions of the rows, as parameters of free covariances, for all families and numbers of components.

    Parameters
    ----------
    data : SearchData
        With the model of free covariances.
    """

    def __init__(self, data: SearchData, seed: int) -> None:
        self._data, self._seed = data, seed
        self._kinds = kinds_of(data)
        self._coordinates = self._kinds[0].coordinates
        few = self._coordinates.rows.part(_TREE_ROWS, np.random.default_rng([seed, 0]))
        self._few = Coordinates(few)
        self._tree = hierarchy(self._few.sphered, few.weights)

    def parameters(self, n_components: int) -> Parameters:
        """Return the parameters of starting partitions, the hierarchical clustering first."""
        rng = np.random.default_rng([self._seed, n_components])
        drawn = [kind.moments(self._data, n_components, _KINDS, rng) for kind in self._kinds]
        parts = [self._leaning(*moments) for moments in drawn]
        return joined([self.of_tree(n_components), *parts])

    def of_tree(self, n_components: int) -> Parameters:
        """Return the parameters of the hierarchical clustering alone."""
        rows, uniform = self._data.starts[0]
        labels = self._of_tree(n_components)[None]
        return self._leaning(*moments_of_parts(self._data, rows, labels, n_components), uniform)

    def _leaning(self, counts: Floats, means: Floats, scatter: Floats, uniform: float | Floats) -> Parameters:
        weights, means, scatter, rows = leaning(self._data, counts, means, scatter)
        return (
            weights * (1.0 - uniform),
            means,
            scatter / rows.reshape(*rows.shape, *[1] * (scatter.ndim - 2)),
        )

    def _of_tree(self, n_components: int) -> Ints:
        parts, Z = self._tree.labels(n_components), self._few.sphered
        if len(Z) == len(self._data.X):
            return parts
        centres = np.stack([Z[parts == k].mean(axis=0) for k in range(parts.max() + 1)])
        gaps = ((self._coordinates.sphered[:, None, :] - centres) ** 2).sum(axis=2)
        return np.asarray(gaps.argmin(axis=1), dtype=np.intp)


def from_more(mixture: Mixture) -> Parameters:
    """Return parameters of mixtures of one component fewer, by mergers of the pairs of smallest loss.

    Parameters
    ----------
    mixture : Mixture
        Of K + 1 components.
    """
    i, k, losses, joint = joined_pairs(mixture, outer(mixture.family.frame), 1.0)
    least = np.argsort(losses, kind="stable")[:_PAIRS]
    every = range(mixture.n_components)
    kept = np.array(
        [[c for c in every if c not in pair] for pair in zip(i[least], k[least], strict=True)], np.intp
    )
    parts = mixture.weights, mixture.means, mixture.covariances.in_frame()
    weights, means, framed = (
        np.concatenate([own[kept], new[least, None]], axis=1) for own, new in zip(parts, joint, strict=True)
    )
    return mixture.weights.sum() * weights / weights.sum(axis=1, keepdims=True), means, framed


def from_fewer(mixture: Mixture) -> Parameters:
    """Return parameters of mixtures with a component split: across its longest axis, and into core and shell.

    Parameters
    ----------
    mixture : Mixture
        Of K - 1 components.
    """
    every = np.arange(mixture.n_components)
    framed = mixture.covariances.in_frame()
    # The others, and the component that is split, twice: first for its halves, then for its core and its shell.
    chosen = np.tile([[*every[every != c], c, c] for c in every], (2, 1))
    weights, means, covariances = mixture.weights[chosen], mixture.means[chosen], framed[chosen]
    weights[:, -2:] *= 0.5
    steps, within = _halves(framed)
    halved, cored = slice(None, len(every)), slice(len(every), None)
    means[halved, -2] += steps
    means[halved, -1] -= steps
    covariances[halved, -2:] = within[:, None]
    covariances[cored, -2] *= _CORE
    covariances[cored, -1] *= _HALO
    return mixture.weights.sum() * weights / weights.sum(axis=1, keepdims=True), means, covariances


def _halves(framed: Floats) -> tuple[Floats, Floats]:
    """Return how far the halves of components lie from their means, and the covariances of the halves."""
    if framed.ndim == 2:
        longest = np.arange(framed.shape[1]) == framed.argmax(axis=1)[:, None]
        steps = np.sqrt(_AXIS * framed) * longest
        return steps, framed - steps**2
    values, vectors = np.linalg.eigh(framed)
    steps = np.sqrt(_AXIS * values[:, -1:]) * vectors[:, :, -1]
    return steps, framed - steps[:, :, None] * steps[:, None, :]
