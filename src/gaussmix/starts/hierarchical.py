"""Model-based agglomerative hierarchical clustering: one tree of merges gives partitions into any number of parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import kernels
from .._types import Floats, Ints
from ..covariances.low_rank import principal_axes

__all__ = ["MOST_ROWS", "Hierarchy", "hierarchy"]

MOST_ROWS = 2_000
"""Rows of a tree, as the distances of all pairs are held."""
_MOST_COLUMNS, _AXES = 64, 20
"""Rows of more columns than the first are projected on so many principal axes: a determinant takes D³ operations, and
there is one for each pair of rows."""


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The merges of a hierarchical clustering, from single rows to one part.

    Parameters
    ----------
    merges : (m - 1, 2) array
        The two parts that each step merges; the union takes the number of the first.
    """

    merges: Ints

    @property
    def n_rows(self) -> int:
        """The number of rows m."""
        return len(self.merges) + 1

    def labels(self, n_parts: int) -> Ints:
        """Return the part of each row, (m,), for a number of parts."""
        parent = np.arange(self.n_rows)
        for first, second in self.merges[: max(0, self.n_rows - n_parts)]:
            parent[parent == second] = first
        return np.asarray(np.unique(parent, return_inverse=True)[1], dtype=np.intp)


def hierarchy(Z: Floats, weights: Floats) -> Hierarchy:
    r"""Return the tree of mergers of smallest loss of the classification likelihood, for full covariances.

    Each step merges the two parts with the least increase of

    .. math:: \sum_k n_k \log \left| \frac{W_k + I}{n_k + 1} \right|

    with :math:`W_k` the scatter of part k about its mean. Rows are whitened, so that I is the covariance of all of
    them: as one more row would, it keeps the determinant of parts of few rows above zero.

    Parameters
    ----------
    Z : (m, D) array
        Whitened rows, 2,000 at most; of more than 64 columns, those on the first 20 principal axes take their place.
    weights : (m,) array

    References
    ----------
    Fraley, C. (1998). Algorithms for model-based Gaussian hierarchical clustering. SIAM J. Sci. Comput. 20, 270-281.
    Scrucca, L. and Raftery, A. E. (2015). Improved initialisation of model-based clustering using Gaussian hierarchical
    partitions. Adv. Data Anal. Classif. 9, 447-460: the scaling by a singular value decomposition.
    """
    if Z.shape[1] > _MOST_COLUMNS:
        centred = Z - weights @ Z / weights.sum()
        Z = centred @ principal_axes(np.sqrt(weights)[:, None] * centred, _AXES)[0]
    return Hierarchy(kernels.mergers(Z, weights))
