r"""Coresets: weighted samples of the rows, drawn by importance.

A row that is far from the others, or in a small cluster, has much influence on some mixtures. Its sensitivity bounds
the influence: with clusters B about L centres, the squared distance d² to the nearest one, and its mean over all rows,

.. math:: s(x) = \alpha \frac{d^2(x)}{\overline{d^2}}
              + 2 \alpha \frac{\sum_{x' \in B(x)} d^2(x')}{|B(x)| \, \overline{d^2}} + 4 \frac{n}{|B(x)|},
              \quad \alpha = 16 (\log L + 2).

The mean of s over all rows, 3 α + 4 L, is added, which leaves a bound: half of the rows are drawn uniformly. So no
weight is larger than twice the mean weight, and the variance of a weighted sum at most twice that of a uniform sample.

References
----------
Lucic, M., Faulkner, M., Krause, A. and Feldman, D. (2018). Training Gaussian mixture models at scale via coresets. JMLR
18(160), 1-25.
Feldman, D., Faulkner, M. and Krause, A. (2011). Scalable training of mixture models via coresets. NeurIPS 24,
2142-2150.
Duffield, N., Lund, C. and Thorup, M. (2007). Priority sampling for estimation of arbitrary subset sums. J. ACM 54(6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .._types import Floats, Ints
from ..blocks import Block
from ..engines import Engine
from ..sources import Source
from ..sources.distinct import mixed
from .draw import draw_distinct
from .kmeans import nearest, plus_plus
from .whitening import WhiteningTransform, slices_in_cache

__all__ = ["draw_coreset"]

_SAMPLE = 20_000
"""Rows of which the centres are drawn."""
_ROUNDING = 1e-20
"""A mean squared distance of whitened rows that is rounding."""


def draw_coreset(
    source: Source,
    engine: Engine,
    whitening: WhiteningTransform,
    n_rows: int,
    n_clusters: int,
    rng: np.random.Generator,
) -> tuple[Block, Ints]:
    """Return a coreset with the positions of its rows; all rows if there are no more.

    The rows are visited four times: twice for the centres, and once each for the clusters and the sample. A sample by
    priorities needs no second look at a row: the priority of a row is its sensitivity divided by a random number, the
    rows of the highest priorities are taken, and sums of their weights are unbiased.

    Parameters
    ----------
    source : Source
    engine : Engine
        Visits the blocks.
    whitening : WhiteningTransform
        By the mean and the covariance of all rows.
    n_rows : int
        Number m of rows to draw.
    n_clusters : int
        Number L of centres.
    rng : numpy.random.Generator
    """
    drawn, _ = draw_distinct(source, engine, whitening, _SAMPLE, rng)
    Z = whitening.map(whitening.completed(drawn))
    weights = np.ones(len(Z)) if drawn.weights is None else drawn.weights
    centres = plus_plus(Z, weights, min(n_clusters, len(Z)), rng)
    clusters = engine.sum(partial(_cluster_sums, whitening, centres), source)
    rule = Sensitivity(whitening, centres, clusters)
    salt = rng.integers(1 << 63, dtype=np.uint64)
    found = engine.sum(partial(_drawn, rule, salt, n_rows), source)
    block, positions = found.weighted()
    total = block.total_weight
    return replace(block, weights=block.weights * (clusters[0].sum() / total), start=0), positions


def _cluster_sums(whitening: WhiteningTransform, centres: Floats, block: Block) -> Floats:
    """Return the weight of each cluster and the sum of its squared distances, (2, L)."""
    labels, squares = _nearest(whitening, centres, block)
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    sums = [np.bincount(labels, mass, len(centres)) for mass in (weights, weights * squares)]
    return np.stack(sums)


def _nearest(whitening: WhiteningTransform, centres: Floats, block: Block) -> tuple[Ints, Floats]:
    """Return the cluster of each row, and the squared distance to its centre, (n,)."""
    labels, squares = np.empty(block.n_rows, dtype=np.intp), np.empty(block.n_rows)
    for rows in slices_in_cache(np.asarray(block.X)):
        Z = whitening.map(whitening.completed(block.take(rows)))
        labels[rows] = nearest(Z, centres)
        shifts = Z - centres[labels[rows]]
        squares[rows] = np.einsum("nd,nd->n", shifts, shifts)
    return labels, squares


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The sensitivity of rows.

    Parameters
    ----------
    whitening : WhiteningTransform
    centres : (L, D) array
        Of whitened rows.
    clusters : (2, L) array
        The weight of each cluster, and the sum of its squared distances.
    """

    whitening: WhiteningTransform
    centres: Floats
    clusters: Floats

    def of(self, block: Block) -> Floats:
        """Return the sensitivities of the rows of a block, (n,)."""
        labels, squares = _nearest(self.whitening, self.centres, block)
        sizes, sums = self.clusters
        n, alpha = sizes.sum(), 16.0 * (np.log(len(sizes)) + 2.0)
        mean = sums.sum() / n
        # Distances within rounding are none: the rows lie at the centres.
        rate = alpha / mean if mean > _ROUNDING else 0.0
        used = sizes > 0
        common = np.zeros(len(sizes))
        common[used] = (2.0 * rate * sums[used] + 4.0 * n) / sizes[used]
        average = 3.0 * rate * mean + 4.0 * np.count_nonzero(used)
        return np.asarray(rate * squares + common[labels] + average)


@dataclass(frozen=True, eq=False)
class _Sample:
    """Rows of the m + 1 highest priorities.

    Parameters
    ----------
    block : Block
    positions : (m,) array
        Of the rows in their source.
    priorities, sizes : (m,) array
        A size is a row's weight times its sensitivity.
    most : int
        Number of rows to draw.
    """

    block: Block
    positions: Ints
    priorities: Floats
    sizes: Floats
    most: int

    def __add__(self, other: _Sample) -> _Sample:
        return _Sample(
            self.block + other.block,
            np.concatenate([self.positions, other.positions]),
            np.concatenate([self.priorities, other.priorities]),
            np.concatenate([self.sizes, other.sizes]),
            self.most,
        ).highest(self.most + 1)

    def highest(self, most: int) -> _Sample:
        """Return the rows of the highest priorities, in their order."""
        if len(self.priorities) <= most:
            return self
        chosen = np.sort(np.argpartition(-self.priorities, most - 1)[:most])
        return _Sample(
            self.block.take(chosen),
            self.positions[chosen],
            self.priorities[chosen],
            self.sizes[chosen],
            self.most,
        )

    def weighted(self) -> tuple[Block, Ints]:
        """Return the rows with weights for unbiased sums, and their positions."""
        weights = np.ones(len(self.sizes)) if self.block.weights is None else self.block.weights
        if len(self.sizes) <= self.most:
            return replace(self.block, weights=weights), self.positions
        threshold = float(self.priorities.min())
        kept = self.highest(self.most)
        weights = np.ones(self.most) if kept.block.weights is None else kept.block.weights
        return replace(kept.block, weights=weights * np.maximum(1.0, threshold / kept.sizes)), kept.positions


def _drawn(rule: Sensitivity, salt: np.uint64, most: int, block: Block) -> _Sample:
    positions = block.start + np.arange(block.n_rows)
    if block.weights is not None and not (block.weights > 0).all():
        usable = np.flatnonzero(block.weights > 0)
        block, positions = block.take(usable), positions[usable]
    sizes = rule.of(block) * (1.0 if block.weights is None else block.weights)
    # A number in (0, 1] for each position: threads and engines have no effect on it.
    uniform = ((mixed(positions.astype(np.uint64) ^ salt) >> np.uint64(11)) + np.uint64(1)) * 2.0**-53
    return _Sample(block, positions, sizes / uniform, sizes, most).highest(most + 1)
