"""Degenerate components: spurious maximisers of the likelihood."""

from __future__ import annotations

import numpy as np

from .._types import Ints
from ..covariances import Family
from ..covariances.constraints import Constraint
from ..mixture import Mixture

__all__ = ["degenerate_components", "few_rows"]

_NARROW, _FEW = 1e3, 5
"""A component of clearance below the first is degenerate if it has fewer rows than the second times the fewest of its
family."""


def degenerate_components(mixture: Mixture, constraint: Constraint, total_weight: float) -> Ints:
    """Return the degenerate components: those of a spurious maximiser of the likelihood.

    Such a component is at the variance floor, or near it with few rows. It describes equal rows, rows on a line, or
    rounding errors.

    Parameters
    ----------
    total_weight : float
        n, the sum of the rows' weights.
    """
    if not constraint.bounds or mixture.covariances.clears(constraint, _NARROW):
        return np.empty(0, dtype=np.intp)
    clearance, pooling = mixture.covariances.clearance(constraint), mixture.family.pooling
    rows = mixture.weights * total_weight
    if pooling is not None and pooling.components:
        rows = np.full_like(rows, rows.sum())  # all rows determine the covariance
    few = rows < few_rows(mixture.family, mixture.n_features)
    return np.flatnonzero((clearance < 1.01) | ((clearance < _NARROW) & few))


def few_rows(family: Family, n_features: int) -> int:
    """Return the number of rows below which a narrow component is degenerate.

    Parameters
    ----------
    family : Family
    n_features : int
        Number of columns (D).
    """
    return _FEW * family.fewest_rows(n_features)
