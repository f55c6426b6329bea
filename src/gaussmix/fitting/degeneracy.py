"""Degenerate components: spurious maximisers of the likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints, Rows
from ..covariances import Family
from ..covariances.constraints import Constraint
from ..mixture import Mixture
from ..names import columns_in_words

__all__ = [
    "Nondegenerate",
    "columns_of_ties",
    "degenerate_components",
    "few_rows",
    "in_columns_of_ties",
    "least_clearances",
    "variances_of_rounding",
]

_AT_BOUND = 1.01
"""A component of clearance below this is at the lower bound of covariances, but for rounding."""
_ANY = 0.5
"""No component has a clearance below this."""
_AT_SHARED_BOUND = 10.0
"""The same where components share a shape or axes: along these, a component that meets the bound ends somewhat above.
"""
_NARROW, _COLUMNS, _FEW = 1e3, 10, 5
"""A component of clearance below the first is degenerate if it has fewer rows than the third times the fewest of its
family. With more columns D than the second, the first falls as 1 / D², as does the least eigenvalue of a random
covariance: of two clusters of 15,000 rows in 100 columns, one often has less than 1e-6 of the variance of all rows.
"""
_NARROW_OF_TIES = 100.0
"""The same of any number of rows, where values are equal."""
_WIDE, _WIDE_OF_EQUAL_VOLUME = 1e3, 10.0
"""A component is degenerate if its variance in a column, times its weight, is more than so many times that of all rows.
At a maximum it is at most as large, unless components share a volume, a shape or axes: on real tables it was up to 263
times as large with a common shape that fits one component badly.
"""
_TIED = 1e-5
"""A component with less than this share of the variance of a column has, but for rounding, one value there."""


def degenerate_components(
    mixture: Mixture, constraint: Constraint, total_weight: float, narrow_clusters: bool = False
) -> Ints:
    """Return the degenerate components: those of a spurious maximiser of the likelihood.

    Such a component is at the variance floor, or near it with few rows. It describes equal rows, rows on a line, or
    rounding errors. In a family of a shared volume or shape, where a collapse in one direction makes components wide in
    others, it is far wider than all rows.

    Parameters
    ----------
    mixture : Mixture
    constraint : Constraint
        That of the covariances.
    total_weight : float
        n, the sum of the rows' weights.
    narrow_clusters : bool, default=False
        Whether a covariance of its own may be at the lower bound with at least 5 (D + 1) rows: so many rows near a
        hyperplane are no coincidence.
    """
    if not constraint.bounds:
        return np.empty(0, dtype=np.intp)
    pooling = mixture.family.pooling
    _, narrow = least_clearances(mixture.n_features, tied=False)
    wide = _too_wide(mixture, constraint)
    if mixture.covariances.clears(constraint, narrow):
        return np.flatnonzero(wide)
    clearance, rows = mixture.covariances.clearance(constraint), mixture.weights * total_weight
    if pooling is not None and pooling.components:
        rows = np.full_like(rows, rows.sum())  # all rows determine the covariance
    few = rows < few_rows(mixture.family, mixture.n_features)
    shares = pooling is None or bool(pooling.components or pooling.decomposition)
    at_bound = clearance < (_AT_SHARED_BOUND if pooling is not None and pooling.decomposition else _AT_BOUND)
    if narrow_clusters and not shares:
        at_bound &= rows < _FEW * (mixture.n_features + 1)
    return np.flatnonzero(at_bound | ((clearance < narrow) & few) | wide)


def _too_wide(mixture: Mixture, constraint: Constraint) -> NDArray[np.bool_]:
    """Return which components are far wider than all rows, (K,)."""
    pooling, frame = mixture.family.pooling, mixture.family.frame
    if pooling is None or not pooling.decomposition:
        return np.zeros(mixture.n_components, dtype=bool)
    _, least = constraint.terms(mixture.n_features, frame.full)
    assert least is not None
    shares = mixture.weights[:, None] * mixture.covariances.variances()
    most = _WIDE_OF_EQUAL_VOLUME if pooling.decomposition.startswith("EV") else _WIDE
    return np.asarray((constraint.epsilon * shares > most * frame.diagonal(least)).any(axis=1))


def least_clearances(n_features: int, tied: bool) -> tuple[float, float]:
    """Return the least ratios of covariances to their lower bound, of components of many rows and of few.

    A component below them is degenerate in a search. Where values are equal, one of many rows may describe these and a
    few that are near them; otherwise it may be a cluster that is far narrower than all rows, also at the lower bound.

    Parameters
    ----------
    n_features : int
        Number of columns (D).
    tied : bool
        Whether many values are equal.

    Examples
    --------
    >>> least_clearances(2, tied=False), least_clearances(2, tied=True), least_clearances(20, tied=False)
    ((0.5, 1000.0), (100.0, 1000.0), (0.5, 250.0))
    """
    share = min(1.0, _COLUMNS / n_features) ** 2
    return max(_AT_BOUND, _NARROW_OF_TIES * share) if tied else _ANY, max(_AT_BOUND, _NARROW * share)


def _narrow_on_ties(mixture: Mixture, constraint: Constraint) -> bool:
    """Return whether a component is so narrow in a column that it describes equal values and a few near them.

    Parameters
    ----------
    mixture : Mixture
        Of rows with many equal values.
    constraint : Constraint
        That of the covariances.
    """
    covariances = mixture.covariances
    if mixture.family.frame.full:
        clearance = constraint.diagonal_clearance(covariances.variances())
    else:
        clearance = covariances.clearance(constraint)
    return bool(clearance.min() < _NARROW_OF_TIES)


@dataclass(frozen=True, eq=False)
class Nondegenerate:
    """Test of a mixture for degenerate components.

    Parameters
    ----------
    fewest : float
        The smallest effective number of rows of a component.
    total_weight : float
        The sum of the weights of the rows.
    constraint : Constraint or None
        That of the covariances; None if the rows do not span all dimensions.
    tied : bool
        Whether many values are equal: a component of such values comes last, too.
    rounding : (D,) array, optional
        The variances of :func:`variances_of_rounding`. A component of a smaller variance describes single values.
    """

    fewest: float
    total_weight: float
    constraint: Constraint | None
    tied: bool = False
    rounding: Floats | None = None

    def __call__(self, mixture: Mixture) -> bool:
        """Return whether no component is degenerate."""
        if mixture.weights.min() * self.total_weight < self.fewest * (1.0 - 1e-6):
            return False
        if self.rounding is not None and (mixture.covariances.variances() < self.rounding).any():
            return False
        if self.constraint is None:
            return True
        if self.tied and _narrow_on_ties(mixture, self.constraint):
            return False
        return not len(degenerate_components(mixture, self.constraint, self.total_weight, not self.tied))


def variances_of_rounding(X: Rows, variances: Floats) -> Floats:
    r"""Return the variances in each column below which a component of several describes single values, (D,).

    .. math:: \min(h^2 / 2 \pi, s^2 / 3)

    h is the smallest distance between different values. With a smaller variance than the first, the greatest density
    exceeds 1 / h, that of a component whose rows all round to one value. The second leaves columns of a rare value
    alone.

    Parameters
    ----------
    X : (m, D) array
        Rows, with NaN for missing values.
    variances : (D,) array
        s², the variances of the columns.

    Examples
    --------
    >>> X = np.array([[1.0, 0.1], [3.0, 0.1], [2.0, 0.2]])
    >>> variances_of_rounding(X, np.array([9.0, 0.003]))
    array([0.15915494, 0.001     ])
    """
    steps = np.diff(np.sort(X, axis=0), axis=0)
    distances = np.where(steps > 0.0, steps, np.inf).min(axis=0, initial=np.inf)
    return np.asarray(np.minimum(distances * distances / (2.0 * np.pi), variances / 3.0))


def few_rows(family: Family, n_features: int) -> int:
    """Return the number of rows below which a narrow component is degenerate.

    Parameters
    ----------
    family : Family
    n_features : int
        Number of columns (D).
    """
    return _FEW * family.least_rows(n_features)


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


def in_columns_of_ties(
    mixture: Mixture,
    total_weight: float,
    names: Sequence[str] | None,
    collapsed: Sequence[int] = (),
    values: Floats | None = None,
) -> str:
    """Return the names of the columns with few observed values, or else of those with ties, or an empty text.

    Parameters
    ----------
    total_weight : float
        n, the sum of the rows' weights.
    names : (D,) sequence of str, optional
        Of the columns.
    collapsed : sequence of int
        The degenerate components, whose observed values may be few.
    values : (K, D) array, optional
        The effective number of observed values of each component and column.
    """
    if values is not None:
        least, rows = mixture.family.least_rows(mixture.n_features), mixture.weights[:, None] * total_weight
        few = ((values < least) & (rows >= least))[list(collapsed)].any(axis=0)
        if few.any():
            return (
                f" in {columns_in_words(np.flatnonzero(few).tolist(), names)}, where few values are observed"
            )
    columns = columns_of_ties(mixture, total_weight)
    return (
        f" in {columns_in_words(columns, names)}, where many values are equal or nearly so" if columns else ""
    )
