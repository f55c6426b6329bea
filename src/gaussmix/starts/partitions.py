"""Starting partitions of several kinds: k-means, random rows, cuts along directions, cuts and others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .. import kernels
from .._types import Floats, Ints
from ..covariances import Diagonal, Full
from ..kernels.partitions import drawn_rows
from .sample import StartRows
from .whitening import robust_whitening, whitening_of

__all__ = ["LLOYD", "MOST_SPHERED", "Coordinates", "partitions"]

KINDS = (
    ("k-means", "columns"),
    ("projection", "sphered"),
    ("rows", "columns"),
    ("k-means", "sphered"),
    ("farthest", "raw"),
    ("axis", "columns"),
    ("rows", "sphered"),
    ("projection", "columns"),
    ("k-means", "principal"),
    ("axis", "principal"),
)
"""Kinds of partitions with their coordinates, in the order of their use.

No kind is best on every table.
"""
CUTS = (("projection", "sphered"), ("axis", "columns"), ("projection", "columns"), ("axis", "principal"))
"""Kinds of all further partitions of few columns into few parts. These differ from each other, and reach maxima with a
small or broad component, or one inside another, 5 to 20 times in 100, where partitions by the nearest centre do not. In
more columns a cut rarely separates groups.
"""
FEW, FEW_COLUMNS = 3, 10
"""The largest numbers of parts and of columns with cuts."""
LLOYD = 8
"""Lloyd iterations of a k-means partition before EM."""
MOST_SPHERED = 64
"""Rows of more columns are not whitened: it would cost more than the passes over the rows, and hide the groups."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Rows in several systems of coordinates for partitions.

    Parameters
    ----------
    rows : StartRows
        m rows of D columns.
    """

    rows: StartRows

    @cached_property
    def columns(self) -> Floats:
        """Rows with each column divided by the spread of its bulk, (m, D)."""
        return self._standardised(Diagonal())

    @cached_property
    def raw(self) -> Floats:
        """Rows with each column divided by its standard deviation, remote rows included, (m, D)."""
        X, weights = self.rows.X, self.rows.weights
        Z = X - weights @ X / weights.sum()
        spread = np.sqrt(weights @ Z**2 / weights.sum())
        return np.asarray(Z / np.where(spread > 0, spread, 1.0))

    @cached_property
    def sphered(self) -> Floats:
        """Rows whitened by the covariance of their bulk, (m, D); ``columns`` with too few rows or too many columns."""
        n, D = self.rows.X.shape
        if not 1 < D <= min(n // 3, MOST_SPHERED):
            return self.columns
        return self.rows.Z if self.rows.whitening.frame.full else self._standardised(Full())

    @cached_property
    def principal(self) -> Floats:
        """Principal components of the scaled columns, in descending order of variance, (m, D)."""
        weights = self.rows.weights
        Z = self.columns - weights @ self.columns / weights.sum()
        if min(Z.shape) > 100:
            # The leading directions of a sketch: an eigendecomposition costs D³.
            _, _, axes = np.linalg.svd(Z[:: max(1, len(Z) // 100)][:100], full_matrices=False)
            scores = Z @ axes[:20].T
        else:
            _, vectors = np.linalg.eigh((weights * Z.T) @ Z)
            scores = Z @ vectors[:, ::-1]
        # The sign of an eigenvector is arbitrary; that of the third moment is not.
        return np.asarray(scores * np.where(weights @ (scores * scores * scores) < 0, -1.0, 1.0))

    def _standardised(self, family: Diagonal | Full) -> Floats:
        X, weights = self.rows.X, self.rows.weights
        start = whitening_of(X, weights, self.rows.mean, family)
        if start is None:
            return self.rows.Z
        return replace(self.rows, whitening=robust_whitening(X, weights, start, family)).Z


def partitions(
    coordinates: Coordinates, n_components: int, numbers: Sequence[int], rng: np.random.Generator
) -> Ints:
    """Return the labels (S, m) of starting partitions into K parts, of all kinds in turn.

    Parameters
    ----------
    coordinates : Coordinates
        m rows.
    n_components : int
        K.
    numbers : sequence of int
        Numbers of the S partitions, which determine their kinds.
    rng : numpy.random.Generator

    References
    ----------
    Biernacki, C., Celeux, G. and Govaert, G. (2003). Choosing starting values for the EM algorithm for getting the
    highest likelihood in multivariate Gaussian mixture models. Comput. Statist. Data Anal. 41, 561-575.
    """
    few = n_components <= FEW and coordinates.rows.X.shape[1] <= FEW_COLUMNS
    more = CUTS if few else KINDS
    chosen = [KINDS[i] if i < len(KINDS) else more[i % len(more)] for i in numbers]
    labels = np.empty((len(numbers), len(coordinates.rows.X)), dtype=np.intp)
    for kind in dict.fromkeys(chosen):
        places = [i for i, other in enumerate(chosen) if other == kind]
        method, system = kind
        Z = getattr(coordinates, system)
        weights = coordinates.rows.weights
        labels[places] = _METHODS[method](Z, weights, n_components, len(places), rng)
    return labels


def _k_means(Z: Floats, weights: Floats, K: int, S: int, rng: np.random.Generator) -> Ints:
    """Return k-means partitions (S, m), from k-means++ seeds by Lloyd's iterations."""
    uniform = rng.random((K, S)).T  # one number for each partition after the other
    chosen = kernels.partitioning.seeds(Z, weights, uniform, K)
    return kernels.partitioning.lloyd(Z, weights, Z[chosen], LLOYD)


def _rows(Z: Floats, weights: Floats, K: int, S: int, rng: np.random.Generator) -> Ints:
    """Return partitions by the nearest of K random rows."""
    return kernels.partitioning.lloyd(Z, weights, Z[drawn_rows(weights, rng.random((S, K)))], 0)


def _farthest(Z: Floats, weights: Floats, K: int, S: int, rng: np.random.Generator) -> Ints:
    """Return partitions by farthest-first traversal, with parts for remote rows."""
    chosen = kernels.partitioning.farthest(Z, drawn_rows(weights, rng.random(S)), K)
    return kernels.partitioning.lloyd(Z, weights, Z[chosen], 0)


def _projection(Z: Floats, weights: Floats, K: int, S: int, rng: np.random.Generator) -> Ints:
    """Return partitions by cuts at random quantiles of random projections."""
    return _cuts((Z @ rng.standard_normal((Z.shape[1], S))).T, weights, K, rng)


def _axis(Z: Floats, weights: Floats, K: int, S: int, rng: np.random.Generator) -> Ints:
    """Return partitions by cuts at random quantiles of single coordinates, among the first 2K + 2."""
    return _cuts(Z.T[rng.integers(min(Z.shape[1], 2 * K + 2), size=S)], weights, K, rng)


def _cuts(scores: Floats, weights: Floats, K: int, rng: np.random.Generator) -> Ints:
    """Return the labels (S, m) of cuts at random quantiles of scores (S, m)."""
    return kernels.partitioning.cuts(scores, weights, np.sort(rng.random((len(scores), K - 1)), axis=1))


_METHODS = {
    "k-means": _k_means,
    "rows": _rows,
    "projection": _projection,
    "axis": _axis,
    "farthest": _farthest,
}
