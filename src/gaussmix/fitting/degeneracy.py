"""Degenerate components: spurious maximisers of the likelihood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._types import Floats, Ints
from ..covariances import Family
from ..covariances.constraints import Constraint
from ..mixture import Mixture
from ..names import columns_in_words

__all__ = [
    "columns_of_ties",
    "degenerate_components",
    "few_rows",
    "in_columns_of_ties",
    "least_clearances",
]

_AT_BOUND = 1.01
"""A component of clearance below this is at the lower bound of covariances, but for rounding."""
_NARROW, _COLUMNS, _FEW = 1e3, 10, 5
"""A component of clearance below the first is degenerate if it has fewer rows than the third times the fewest of its
family. With more columns D than the second, the first falls as 1 / D², as does the least eigenvalue of a random
covariance: of two clusters of 15,000 rows in 100 columns, one often has less than 1e-6 of the variance of all rows.
"""
_NARROW_OF_TIES = 100.0
"""The same of any number of rows, where values are equal."""
_FLAT = 1e-5
"""A component of a family of equal volumes is degenerate if its smallest eigenvalue is a smaller share of the largest
variance, in units of the covariance of all rows."""
_TIED = 1e-5
"""A component with less than this share of the variance of a column has, but for rounding, one value there."""


def degenerate_components(mixture: Mixture, constraint: Constraint, total_weight: float) -> Ints:
    """Return the degenerate components: those of a spurious maximiser of the likelihood.

    Such a component is at the variance floor, or near it with few rows. It describes equal rows, rows on a line, or
    rounding errors. In a family of equal volumes and free shapes, where a collapse in one direction makes the component
    wide in the others, it is narrow beside its own width.

    Parameters
    ----------
    total_weight : float
        n, the sum of the rows' weights.
    """
    if not constraint.bounds:
        return np.empty(0, dtype=np.intp)
    pooling = mixture.family.pooling
    trades_widths = pooling is not None and pooling.decomposition.startswith("EV")
    at_bound, narrow = least_clearances(mixture.n_features, tied=False)
    if not trades_widths and mixture.covariances.clears(constraint, narrow):
        return np.empty(0, dtype=np.intp)
    clearance, rows = mixture.covariances.clearance(constraint), mixture.weights * total_weight
    if pooling is not None and pooling.components:
        rows = np.full_like(rows, rows.sum())  # all rows determine the covariance
    few = rows < few_rows(mixture.family, mixture.n_features)
    found = (clearance < at_bound) | ((clearance < narrow) & few)
    return np.flatnonzero(
        found | (clearance < _FLAT * _widths(mixture, constraint)) if trades_widths else found
    )


def _widths(mixture: Mixture, constraint: Constraint) -> Floats:
    """Return the largest ratio of variance to lower bound of each component, (K,)."""
    frame = mixture.family.frame
    _, least = constraint.terms(mixture.n_features, frame.full)
    assert least is not None
    return np.asarray((mixture.covariances.variances() / frame.diagonal(least)).max(axis=1))


def least_clearances(n_features: int, tied: bool) -> tuple[float, float]:
    """Return the least ratios of covariances to their lower bound, of components of many rows and of few.

    A component below them is degenerate in a search. Where values are equal, one of many rows may describe these and a
    few that are near them; otherwise it may be a cluster that is far narrower than all rows.

    Parameters
    ----------
    n_features : int
        Number of columns (D).
    tied : bool
        Whether many values are equal.

    Examples
    --------
    >>> least_clearances(2, tied=False), least_clearances(2, tied=True), least_clearances(20, tied=False)
    ((1.01, 1000.0), (100.0, 1000.0), (1.01, 250.0))
    """
    share = min(1.0, _COLUMNS / n_features) ** 2
    return max(_AT_BOUND, _NARROW_OF_TIES * share if tied else 0.0), max(_AT_BOUND, _NARROW * share)


def few_rows(family: Family, n_features: int) -> int:
    """Return the number of rows below which a narrow component is degenerate.

    Parameters
    ----------
    family : Family
    n_features : int
        Number of columns (D).
    """
    return _FEW * family.fewest_rows(n_features)


def columns_of_ties(mixture: Mixture, total_weight: float) -> list[int]:
    """Return the columns without variance in a component of many rows.

    Where many rows are equal in a column, a component of these rows alone has no variance there, and the likelihood
    has no maximum.

    Parameters
    ----------
    total_weight : float
        n, the sum of the rows' weights.

    Examples
    --------
    >>> mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [4.0, 1.0]], [[1.0, 1e-9], [1.0, 1.0]])
    >>> columns_of_ties(mixture, 100.0)
    [1]
    """
    variances = mixture.covariances.variances()
    weights, means, widths = mixture.weights, mixture.means, variances
    if mixture.uniform is not None:
        weights = np.append(weights, mixture.uniform.weight)
        means = np.concatenate([means, mixture.uniform.centre[None]])
        widths = np.concatenate([widths, np.exp(2.0 * mixture.uniform.log_widths)[None] / 12.0])
    deviations = means - weights @ means
    narrow = variances < _TIED * (weights @ (widths + deviations * deviations))
    many = mixture.weights * total_weight >= few_rows(mixture.family, mixture.n_features)
    return [int(d) for d in np.flatnonzero(narrow[many].any(axis=0))]


def in_columns_of_ties(mixture: Mixture, total_weight: float, names: Sequence[str] | None) -> str:
    """Return the names of the columns with ties, or an empty text.

    Parameters
    ----------
    total_weight : float
        n, the sum of the rows' weights.
    names : (D,) sequence of str, optional
        Of the columns.
    """
    columns = columns_of_ties(mixture, total_weight)
    return (
        f" in {columns_in_words(columns, names)}, where many values are equal or nearly so" if columns else ""
    )
