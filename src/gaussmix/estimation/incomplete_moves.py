"""Split-merge moves of whole mixtures: two components merged, and one split in two."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from .._types import Floats
from ..mixture import Mixture

__all__ = ["split_merge_moves"]

_DISTANCE = 0.8
"""Distance of the halves of a component from its mean, in standard deviations of the principal axis."""
_KEPT = 0.1
"""Least fraction of the variance along that axis that the halves keep."""


class _Component(NamedTuple):
    weight: float
    mean: Floats
    covariance: Floats

    @property
    def cost(self) -> float:
        """Its part of −log L of labelled rows, for each unit of weight, up to a constant."""
        return self.weight * float(0.5 * np.linalg.slogdet(self.covariance)[1] - np.log(self.weight))

    def halves(self, axis: int) -> list[_Component]:
        """Return two components on either side of the mean along a principal axis, from the last one."""
        values, vectors = np.linalg.eigh(self.covariance)
        shift = vectors[:, -axis] * np.sqrt(max(values[-axis], 0.0)) * _DISTANCE
        covariance = self.covariance - (1.0 - _KEPT) * np.outer(shift, shift)
        return [_Component(self.weight / 2.0, self.mean + s * shift, covariance) for s in (1.0, -1.0)]


def split_merge_moves(mixture: Mixture, most: int) -> list[Mixture]:
    """Return the mixtures of the moves that merge two components and split one, those of the cheapest merges first.

    A merged component has the moments of both. Each other component, and the merged one, is split along each of its two
    longest principal axes.

    Parameters
    ----------
    mixture : Mixture
        Of K components.
    most : int
        Number of mixtures at most.

    Returns
    -------
    list of Mixture
        Of the same family; none for one component.

    Examples
    --------
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])
    >>> [move.means.ravel().round(1).tolist() for move in split_merge_moves(mixture, 5)]
    [[8.2, 0.8]]

    References
    ----------
    Ueda, N., Nakano, R., Ghahramani, Z. and Hinton, G. E. (2000). SMEM algorithm for mixture models. Neural Computation
    12, 2109-2128.
    """
    parts = list(map(_Component, mixture.weights.tolist(), mixture.means, mixture.covariances.dense()))
    pairs = [(_merged(a, b), i, j) for (i, a), (j, b) in combinations(enumerate(parts), 2)]
    pairs.sort(key=lambda pair: pair[0].cost - parts[pair[1]].cost - parts[pair[2]].cost)
    moves: list[Mixture] = []
    for joint, i, j in pairs:
        rest = [*(part for k, part in enumerate(parts) if k not in (i, j)), joint]
        for k, split in enumerate(rest):
            others = rest[:k] + rest[k + 1 :]
            for axis in range(1, min(2, mixture.n_features) + 1):
                if len(moves) == most:
                    return moves
                moves.append(_mixture(mixture, others + split.halves(axis)))
    return moves


def _merged(a: _Component, b: _Component) -> _Component:
    weight = a.weight + b.weight
    mean = (a.weight * a.mean + b.weight * b.mean) / weight
    outer = a.weight * np.outer(a.mean - mean, a.mean - mean) + b.weight * np.outer(
        b.mean - mean, b.mean - mean
    )
    return _Component(weight, mean, (a.weight * a.covariance + b.weight * b.covariance + outer) / weight)


def _mixture(like: Mixture, parts: list[_Component]) -> Mixture:
    weights, means, covariances = (np.array(values) for values in zip(*parts, strict=True))
    weights *= like.weights.sum() / weights.sum()
    family = like.family.from_dense(covariances, weights)
    return Mixture.of(weights, means, family, like.feature_names, like.uniform)
