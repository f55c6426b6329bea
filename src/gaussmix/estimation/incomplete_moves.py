"""Split-merge moves on incomplete rows: two components merged and one split, in the order of predicted gain.

The loss of a merge is that of the log-likelihood of labelled rows. The gain of a split is that of a few iterations of
EM for two components on the rows of one, weighted by its responsibilities: a lower bound of the gain in the mixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Diagonal, Family, Full
from ..em import e_step, m_step
from ..errors import InputError
from ..incomplete import posterior
from ..mixture import Mixture, TMixture
from ..model import Model

__all__ = ["split_merge_moves"]

_DISTANCE = 0.8
"""Distance of the halves of a component from its mean, in standard deviations of the axis."""
_KEPT = 0.1
"""Least fraction of the variance along that axis that the halves keep."""
_AXES, _ITERATIONS = 3, 12
"""Number of axes that a component is split along, and iterations of EM for its halves."""
_PAIRS = 4
"""Number of merges, the cheapest ones."""
_PART = 0.01
"""Least responsibility of a component for its rows."""


class _Component(NamedTuple):
    weight: float
    mean: Floats
    covariance: Floats

    @property
    def cost(self) -> float:
        """Contribution to −log L of labelled rows, for each unit of weight, up to a constant."""
        return self.weight * float(0.5 * np.linalg.slogdet(self.covariance)[1] - np.log(self.weight))

    def halves(self, axis: Floats) -> list[_Component]:
        """Return two components on either side of the mean along an axis of one standard deviation."""
        shift = _DISTANCE * axis
        covariance = self.covariance - (1.0 - _KEPT) * np.outer(shift, shift)
        return [_Component(self.weight / 2.0, self.mean + s * shift, covariance) for s in (1.0, -1.0)]

    def axes(self, total: Floats) -> list[Floats]:
        """Return principal axes of one standard deviation, the longest relative to the covariance of all rows first.

        They do not depend on the units of the columns.
        """
        root = np.linalg.cholesky(total)
        half = np.linalg.solve(root, self.covariance)
        values, vectors = np.linalg.eigh(np.linalg.solve(root, half.T))
        order = range(len(values) - 1, max(-1, len(values) - 1 - _AXES), -1)
        return [root @ vectors[:, i] * np.sqrt(max(values[i], 0.0)) for i in order]


def split_merge_moves(mixture: Mixture, block: Block, model: Model, most: int) -> list[Mixture]:
    """Return split-merge moves of a mixture in the order of predicted gain.

    A merged component has the moments of both. Another component, or the merged one, is split.

    Parameters
    ----------
    mixture : Mixture
        Of K components.
    block : Block
        Rows, as they are.
    model : Model
        Of the mixture, with its constraint.
    most : int
        Number of mixtures at most.

    Returns
    -------
    list of Mixture
        Of the same family; none for one component.

    Examples
    --------
    >>> from gaussmix import Full
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])
    >>> moves = split_merge_moves(mixture, Block(mixture.sample(100, random_state=0)[0]), Model(Full()), 5)
    >>> [sorted(move.means.ravel().round().tolist()) for move in moves]
    [[0.0, 9.0], [1.0, 8.0]]

    References
    ----------
    Ueda, N., Nakano, R., Ghahramani, Z. and Hinton, G. E. (2000). SMEM algorithm for mixture models. Neural Computation
    12, 2109-2128.
    """
    K = mixture.n_components
    if K < 2:
        return []
    parts = list(map(_Component, mixture.weights.tolist(), mixture.means, mixture.covariances.dense()))
    local = _Splits(mixture, block, model)
    splits = [local.along_axes(part, [k]) for k, part in enumerate(parts)]
    predicted: list[tuple[int, float, list[_Component]]] = []
    for loss, joint, pair in _merges(parts, block.total_weight)[:_PAIRS]:
        rest = [k for k in range(K) if k not in pair]
        options = [([*(parts[j] for j in rest if j != k), joint], splits[k]) for k in rest]
        options.append(([parts[j] for j in rest], local.along_axes(joint, pair)))
        for others, along in options:
            predicted += [(i, loss - gain, [*others, *halves]) for i, (gain, halves) in enumerate(along)]
    # The best split of each component comes before any second one.
    predicted.sort(key=lambda move: move[:2])
    return [_mixture(mixture, move) for _, _, move in predicted[:most]]


def _merges(parts: Sequence[_Component], n: float) -> list[tuple[float, _Component, list[int]]]:
    """Return the loss, the joint component and the numbers of every pair, the smallest loss first."""
    pairs = [(_merged(a, b), [i, j]) for (i, a), (j, b) in combinations(enumerate(parts), 2)]
    losses = [(n * (c.cost - parts[i].cost - parts[j].cost), c, [i, j]) for c, (i, j) in pairs]
    return sorted(losses, key=lambda pair: pair[0])


class _Splits:
    """Splits of components, each by EM on its own rows."""

    def __init__(self, mixture: Mixture, block: Block, model: Model) -> None:
        self._r = posterior(mixture.densities, block)
        if isinstance(mixture, TMixture):
            self._r = self._r * mixture.precision_weights(block.X)[:, None]
        self._total = mixture.gaussian.covariance()
        self._rows = replace(block, allowed=None, background=None)
        self._weights = np.ones(block.n_rows) if block.weights is None else block.weights
        family: Family = Full() if mixture.family.frame.full else Diagonal()
        self._model = Model(family, model.constraint)

    def along_axes(self, part: _Component, members: list[int]) -> list[tuple[float, list[_Component]]]:
        """Return the gains of splits of a component of the members' rows, in nats, and the halves; the best first.

        The last ones are halves before EM, whose rows may lead elsewhere in the whole mixture.
        """
        r = self._r[:, members].sum(axis=1)
        own = np.flatnonzero(r > _PART)
        rows = replace(self._rows.take(own), weights=(self._weights * r)[own])
        if rows.total_weight < 2 * (len(part.mean) + 1):
            return []
        whole, splits = self._run([part], rows, 1)[0], []
        for axis in part.axes(self._total):
            # A half on equal rows has a singular covariance.
            with suppress(InputError):
                reached, halves = self._run(part.halves(axis), rows, _ITERATIONS)
                splits.append((reached - whole, halves))
        splits.sort(key=lambda split: -split[0])
        return splits + [(0.0, part.halves(axis)) for axis in part.axes(self._total)]

    def _run(
        self, parts: Sequence[_Component], rows: Block, iterations: int
    ) -> tuple[float, list[_Component]]:
        """Return the log-likelihood before the last of some iterations, and the components after it."""
        weights, means, covariances = (np.array(values) for values in zip(*parts, strict=True))
        share, reached = weights.sum(), -np.inf
        start = self._model.family.from_dense(covariances, weights)
        mixture = Mixture.of(weights / share, means, start)
        for _ in range(iterations):
            moments = e_step(mixture.densities, rows)
            reached, mixture = moments.log_likelihood, m_step(moments, self._model, mixture)
        found = zip(mixture.weights * share, mixture.means, mixture.covariances.dense(), strict=True)
        return reached, [_Component(*values) for values in found]


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
    return like.like(weights, means, family, like.feature_names, like.uniform)
