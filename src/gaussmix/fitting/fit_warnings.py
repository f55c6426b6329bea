"""Warnings of a fit: collapsed components, constant columns, rows of lower dimension, too few rows."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ComponentWarning, DataWarning, warn
from ..mixture import Mixture
from ..names import columns_in_words
from ..sources import Source
from .degeneracy import degenerate_components, in_columns_of_ties
from .far_values import far_value_in_words
from .observed import observed_values
from .problem import Problem
from .spread import Spread

__all__ = ["warn_about_components", "warn_about_data", "warn_about_support"]

_NOISE = 0.9
"""Beside a uniform component of a larger weight, components that collapse or have no rows are due to its density."""
_SUPPORT = 5
"""With fewer rows than this for each free parameter, parameters are uncertain and many local maxima are spurious."""


def warn_about_components(
    mixture: Mixture,
    problem: Problem,
    source: Source,
    total_weight: float,
    spread: Spread,
    names: Sequence[str] | None,
) -> None:
    """Warn of collapsed and empty components, and of an outlying value.

    Parameters
    ----------
    problem : Problem
    source : Source
        Its rows in their own order.
    total_weight : float
        n, the sum of the rows' weights.
    spread : Spread
        Of the rows.
    names : (K,) sequence of str, optional
        Of the components; by default their numbers.
    """
    lost = [k for k, weight in enumerate(mixture.weights.tolist()) if weight * total_weight < 1e-6]
    found = degenerate_components(mixture, problem.model.constraint, total_weight)
    collapsed = [k for k in found.tolist() if k not in lost]
    if lost + collapsed and mixture.uniform is not None and mixture.uniform.weight > _NOISE:
        warn(
            f"nearly every row belongs to the noise component (its weight is {mixture.uniform.weight:.6g}): give "
            "noise_component a larger volume, or leave it out.",
            ComponentWarning,
        )
        return
    if collapsed:
        far = far_value_in_words(source, problem.engine, spread.variances, problem.names)
        if far:
            warn(f"{far}: leave the row out, or correct the value.", DataWarning)
    for components, what in ((collapsed, "collapsed"), (lost, "lost all rows")):
        if len(components):
            who = _in_words(components[:10], names)
            rows = "; ".join(_rounded(mixture.weights[k] * total_weight) for k in components[:10])
            where = ""
            if what == "collapsed":
                values = observed_values(mixture, source, problem.engine)
                where = in_columns_of_ties(mixture, total_weight, problem.names, components, values)
            remedy = "fit fewer components or more starts"
            if names is not None or mixture.n_components == 1:
                remedy = "give more rows, or a family of fewer parameters ('diag', 'spherical')"
            remedy = f"leave such columns out, or {remedy}" if where else remedy
            warn(f"{who} {what}{where} (effective rows: {rows}); {remedy}.", ComponentWarning)


def _in_words(components: Sequence[int], names: Sequence[str] | None) -> str:
    if names is not None:
        return ", ".join(names[k] for k in components)
    return f"component{'' if len(components) == 1 else 's'} {', '.join(map(str, components))}"


def _rounded(rows: float) -> str:
    return f"{rows:.3g}" if rows < 100 else f"{rows:,.0f}"


def warn_about_data(spread: Spread, n_rows: float, names: Sequence[str] | None) -> None:
    """Warn of columns of zero variance, and of rows that span fewer dimensions than columns.

    Parameters
    ----------
    n_rows : float
        The number of rows, or the sum of their weights if that is more.
    names : (D,) sequence of str, optional
        Of the columns.
    """
    variances, rank = spread.variances, spread.rank
    constant = [d for d, variance in enumerate(variances.tolist()) if variance == 0]
    if n_rows <= 1:
        warn("one row has no spread: a floor replaces its variances; give more rows.", DataWarning)
    elif constant:
        said, remedy = (
            ("is constant: the variance is", "leave the column out if it has")
            if len(constant) == 1
            else ("are constant: the variances are", "leave the columns out if they have")
        )
        warn(f"{columns_in_words(constant, names)} {said} set to a floor; {remedy} no meaning.", DataWarning)
    elif rank < len(variances):
        remedy = "give more rows, fewer columns or a diagonal family"
        if rank < spread.total_weight - 1.0:
            dependent = sorted({*range(len(variances))} - {*spread.independent_columns})
            be, them = (
                ("is a linear combination", "it")
                if len(dependent) == 1
                else ("are linear combinations", "them")
            )
            remedy = f"{columns_in_words(dependent, names)} {be} of others: leave {them} out, or give a diagonal family"
        warn(
            f"the rows span {rank} of {len(variances)} dimensions, and a variance floor replaces the missing spread; "
            f"{remedy}.",
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
            f"{n_rows:,.6g} rows for {n_parameters:,} free parameters ({n_rows / n_parameters:.1f} for each, fewer "
            "than about five): fit fewer components or a family of fewer parameters ('tied', 'diag').",
            DataWarning,
        )
