"""The minimum number of rows of a component in a search."""

from __future__ import annotations

from collections.abc import Callable

from ..fitting.problem import Problem
from ..model import Model
from ..starts import StartRows
from .search_data import supports
from .small_components import SmallComponents

__all__ = ["fewest_rows", "small_components"]


def fewest_rows(model: Model, rows: StartRows, n_components: int) -> Callable[[float], float]:
    """Return the minimum effective number of rows of a component, as a function of the total weight.

    Parameters
    ----------
    model : Model
    rows : StartRows
        n rows of D columns.
    n_components : int
        K.
    """
    D = rows.X.shape[1]
    # A prior, or a bounded ratio of eigenvalues, keeps components of few rows from collapse.
    held = model.prior is not None or model.restrictions.bounds_ratio
    if held or model.shares:
        least = 1 if held else model.family.least_rows(D)
        # A shared covariance lets a component have one row, of a weight that may be less than one.
        few = float(least) if least > 1 else min(1.0, float(rows.weights.min()))
        return lambda total_weight: few
    least = _least(model, D, len(rows.X), n_components)
    return lambda total_weight: _fewest(total_weight, n_components, least)


def small_components(
    problem: Problem, model: Model, rows: StartRows, n_components: int
) -> SmallComponents | None:
    """Return the penalised log-likelihood of mixtures with small components; None if they are degenerate.

    Parameters
    ----------
    problem : Problem
    model : Model
        That of the search.
    rows : StartRows
        n rows of D columns.
    n_components : int
        K.
    """
    n, D, family = float(rows.weights.sum()), rows.X.shape[1], model.family
    exact = model.plain and model.gaussian_or_uniform and problem.incomplete is None
    if not exact or model.shares:
        return None
    least = _least(model, D, len(rows.X), n_components)
    small = SmallComponents.of(family, n, D, _fewest(n, n_components, least))
    return small if supports(n, n_components, D, family) and small.fewest_rows < small.rows else None


def _least(model: Model, n_features: int, n_rows: int, n_components: int) -> int:
    """Return the minimum number of rows of a component with a covariance of its own.

    Where components of D + 1 rows each are more than all rows, diagonal and spherical covariances need fewer. Beside
    noise, components of so few rows come and go with the noise component.
    """
    fewest = model.family.fewest_rows(n_features)
    enough = n_components * (fewest + 0.01) <= n_rows
    return fewest if enough or model.uniform is not None else model.family.least_rows(n_features)


def _fewest(total_weight: float, n_components: int, least: int) -> float:
    """Return the minimum effective number of rows of a component with a covariance of its own.

    Fewer than the least leave a covariance of its own without spread in some direction, and up to three times as many
    often lie in a narrow place by chance: if there are rows enough for all components, a component has more.
    """
    fair = total_weight / (4 * n_components)
    return min(3.0 * least, max(least + 0.01, fair))
