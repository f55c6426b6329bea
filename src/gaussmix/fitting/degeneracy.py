"""Degenerate components, constant columns and too few rows, and the warnings about them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._types import Floats, Ints
from ..covariances.constraints import Constraint
from ..errors import ComponentWarning, DataWarning, warn
from ..mixture import Mixture

__all__ = ["degenerate_components", "warn_about_components", "warn_about_data", "warn_about_support"]

_NARROW, _FEW = 1e3, 5
"""A component is a spike when it has less clearance than this above the floor and fewer rows than this times D + 1."""

_SUPPORT = 5
"""With fewer rows than this for each free parameter, parameters are uncertain and many local maxima are spurious."""


def degenerate_components(mixture: Mixture, constraint: Constraint, total_weight: float) -> Ints:
    """Return the degenerate components: those of a spurious maximiser of the likelihood.

    Either the variance floor holds the component, or it is almost as narrow and has only a handful of rows: it then
    lives on equal rows, on rows on a line, or on rounding.

    Parameters
    ----------
    mixture : Mixture
    constraint : Constraint
    total_weight : float
        n, the sum of the rows' weights.
    """
    if not constraint.bounds:
        return np.empty(0, dtype=np.intp)
    clearance = mixture.covariances.clearance(constraint)
    few = mixture.weights * total_weight < _FEW * (mixture.n_features + 1)
    return np.flatnonzero((clearance < 1.01) | ((clearance < _NARROW) & few))


def warn_about_components(mixture: Mixture, constraint: Constraint, total_weight: float) -> None:
    """Warn of components that collapsed or have no rows, by number."""
    lost = np.flatnonzero(mixture.weights * total_weight < 1e-6)
    for components, what in (
        (degenerate_components(mixture, constraint, total_weight), "collapsed"),
        (lost, "lost all rows"),
    ):
        if len(components):
            names = ", ".join(map(str, components[:10]))
            rows = ", ".join(f"{mixture.weights[k] * total_weight:.3g}" for k in components[:10])
            warn(
                f"{'component' if len(components) == 1 else 'components'} {names} {what} "
                f"(effective rows: {rows}); fit fewer components or more starts.",
                ComponentWarning,
            )


def warn_about_data(variances: Floats, rank: int, names: Sequence[str] | None) -> None:
    """Warn of columns of zero variance, and of rows that span fewer dimensions than columns."""
    constant = [int(d) for d in np.flatnonzero(variances == 0)]
    if constant:
        listed = ", ".join(str(d) if names is None else repr(names[d]) for d in constant)
        what = f"column {listed} is" if len(constant) == 1 else f"columns {listed} are"
        warn(
            f"{what} constant: the variance is set to a floor; leave the column out if it has no meaning.",
            DataWarning,
        )
    elif rank < len(variances):
        warn(
            f"the rows span {rank} of {len(variances)} dimensions: a variance floor replaces the missing spread; "
            "give more rows, fewer columns or a diagonal family.",
            DataWarning,
        )


def warn_about_support(n_rows: float, n_parameters: int) -> None:
    """Warn of too few rows for the free parameters of a mixture.

    Parameters
    ----------
    n_rows : float
        The number of rows, or the sum of their weights.
    n_parameters : int
        The number of free parameters.

    Warns
    -----
    DataWarning
        If there are fewer than five rows for each parameter.

    Examples
    --------
    >>> warn_about_support(1000, 44)
    """
    if n_rows < _SUPPORT * n_parameters:
        warn(
            f"{n_rows:.6g} rows for {n_parameters} free parameters ({n_rows / n_parameters:.1f} for each, fewer "
            "than about five): fit fewer components or a family of fewer parameters ('tied', 'diag').",
            DataWarning,
        )
