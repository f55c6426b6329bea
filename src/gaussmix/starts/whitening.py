"""Robust whitening of rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .. import kernels
from .._types import Floats
from ..blocks import Block
from ..covariances import Family
from ..covariances.constraints import positive_definite_scale
from ..frames import Frame
from ..kernels.incomplete_rows import Gaussians

__all__ = ["WhiteningTransform", "robust_whitening", "slices_in_cache", "whitening_of"]

_MOST_STEPS, _SETTLED = 20, 0.01
_CACHE_VALUES = 1 << 17


def slices_in_cache(X: Floats) -> Iterator[slice]:
    """Yield slices of rows (n, D) that fit into the cache; at least one."""
    size = max(64, _CACHE_VALUES // X.shape[1])
    for start in range(0, max(1, len(X)), size):
        yield slice(start, start + size)


@dataclass(frozen=True, eq=False)
class WhiteningTransform:
    """A whitening transform x → A (x − m), within the equivariance of a family.

    Parameters
    ----------
    centre : (D,) array
        m, in the units of the columns.
    factor : (D, D) or (D,) array
        A, or its diagonal for a scaling of columns.
    frame : Frame
        The form of A.
    far_radius : float
        Mapped rows farther than this from the origin are far: the bulk has none there.
    """

    centre: Floats
    factor: Floats
    frame: Frame
    far_radius: float = np.inf

    @property
    def matrix(self) -> Floats:
        """A as a matrix, (D, D)."""
        return self.frame.dense(self.factor)

    def completed(self, block: Block) -> Floats:
        """Return rows with missing values at the centre, (n, D); projections at their expected values."""
        X = np.asarray(block.X, dtype=np.float64)
        if block.projections is not None:
            covariance = self.frame.covariances(self.factor)
            gaussian = Gaussians(np.zeros(1), self.centre[None], covariance[None])
            return kernels.active.rows_expected(replace(block, allowed=None).observations(1), gaussian)[0]
        return np.where(np.isnan(X), self.centre, X) if block.holes else X

    def map(self, X: Floats) -> Floats:
        """Return rows (n, D) mapped."""
        if self.frame.full:  # one product is faster than those of slices
            return self.frame.whiten(self.factor, X - self.centre)
        result = np.empty(X.shape)
        for rows in slices_in_cache(X):
            np.subtract(X[rows], self.centre, out=result[rows])
            result[rows] *= self.factor
        return result

    def squared_radii(self, X: Floats) -> Floats:
        """Return the squared lengths of rows (n, D) mapped, (n,)."""
        pieces = (self.map(X[rows]) for rows in slices_in_cache(X))
        return np.concatenate([np.einsum("nd,nd->n", Z, Z) for Z in pieces])

    @property
    def log_volume(self) -> float:
        """Logarithm of the determinant of the map."""
        return float(np.log(np.abs(self.frame.diagonal(self.factor))).sum())


def robust_whitening(
    X: Floats, weights: Floats, start: WhiteningTransform, family: Family
) -> WhiteningTransform:
    r"""Return the transform to unit covariance of the bulk of the rows.

    Rows far beyond the bulk are down-weighted, until the covariance converges:

    .. math:: u_n = \min(1, (c / d_n^2)^2), \quad d_n^2 = |A (x_n - m)|^2, \quad
              m = \frac{\sum_n w_n u_n x_n}{\sum_n w_n u_n}, \quad
              S = \frac{\sum_n w_n u_n (x_n - m)(x_n - m)^T}{\sum_n w_n u_n}

    with A the family's whitening of S, and c the 0.9 quantile of d² times the ratio of the quantile at four standard
    deviations to that at 0.9 for normal rows. Distances are invariant under the maps of the family's equivariance, and
    so is the result. The start itself is returned if no row lies beyond c, or if the bulk has no spread in some
    direction.

    Parameters
    ----------
    X : (m, D) array
    weights : (m,) array
        Positive.
    start : WhiteningTransform
        The map to begin with.
    family : Family
        Its equivariance determines the invariance of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import Diagonal
    >>> X = np.append(np.linspace(-1.0, 1.0, 99), 1e9)[:, None]
    >>> whitening = robust_whitening(
    ...     X, np.ones(100), whitening_of(X, np.ones(100), np.zeros(1), Diagonal()), Diagonal()
    ... )
    >>> int((np.abs(whitening.map(X)) > whitening.far_radius).sum())
    1

    References
    ----------
    Maronna, R. A. (1976). Robust M-estimators of multivariate location and scatter. Ann. Statist. 4, 51-67.
    """
    whitening, settled = start, False
    ratio = _far_ratio(X.shape[1] if family.frame.full else 1)
    for _ in range(_MOST_STEPS):
        squared = whitening.squared_radii(X)
        far = _ninth_decile(squared, weights) * ratio
        if not far > 0:
            return start
        if settled or not (squared > far).any():
            break
        moved = whitening_of(X, weights * np.square(far / np.maximum(squared, far)), start.centre, family)
        if moved is None:
            return start
        settled = abs(moved.log_volume - whitening.log_volume) < _SETTLED * X.shape[1]
        whitening = moved
    return replace(whitening, far_radius=float(np.sqrt(far)))


def whitening_of(X: Floats, weights: Floats, near: Floats, family: Family) -> WhiteningTransform | None:
    """Return the whitening of rows by their covariance; None if it is singular.

    Parameters
    ----------
    X : (m, D) array
    weights : (m,) array
    near : (D,) array
        A point among the rows, to take sums about.
    family : Family
    """
    total, Y = weights.sum(), X - near
    shift = weights @ Y / total
    Y -= shift
    weighted = Y * (weights / total)[:, None]
    covariance = family.frame.scatter(Y, weighted)
    centre = near + shift
    # What rounding the centre leaves of a constant column is no spread.
    spread = np.sqrt(family.frame.diagonal(covariance)) > 8 * np.finfo(np.float64).eps * np.abs(centre)
    if not spread.all():
        return None
    if family.frame.full and positive_definite_scale(covariance, np.ones(len(centre)))[1] < len(centre):
        return None
    return WhiteningTransform(centre, family.whitening(covariance), family.frame)


def _ninth_decile(values: Floats, weights: Floats) -> float:
    """Return the weighted ninth decile."""
    if (weights == weights[0]).all():
        place = -(-9 * len(values) // 10) - 1
        return float(np.partition(values, place)[place])
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    # Rounding of the sum must not matter: weights of another scale give the same row.
    return float(values[order[np.searchsorted(10.0 * cumulative, (9.0 - 1e-9) * cumulative[-1])]])


def _far_ratio(n_features: int) -> float:
    """Return the ratio of two quantiles of χ²: of normal rows, three in 10⁵ lie beyond the far one.

    Source of the approximation: Wilson, E. B. and Hilferty, M. M. (1931). PNAS 17, 684-688.
    """
    variance = 2.0 / (9.0 * n_features)
    far, decile = (1.0 - variance + z * math.sqrt(variance) for z in (4.0, 1.2815515655446004))
    return (far / decile) ** 3
