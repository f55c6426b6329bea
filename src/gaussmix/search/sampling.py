"""The sample of a search, and its pilot fit."""

from __future__ import annotations

import numpy as np

from ..errors import SingularCovarianceError
from ..fitting.problem import Problem
from ..fitting.spread import Spread
from ..model import Model
from ..starts import StartRows, draw_start_rows
from ..starts.partitions import MOST_SPHERED
from ..validation import copied_generator
from .budget import Budget
from .pilot import Pilot
from .search_data import FEW_ROWS, most_rows, supports

__all__ = ["is_costly", "is_never_searched", "sample_and_pilot"]


def is_never_searched(problem: Problem, n_components: int, budget: Budget) -> bool:
    """Return whether the rows of a table are known to be too few for a search.

    Parameters
    ----------
    problem : Problem
    n_components : int
        K.
    budget : Budget
    """
    n, D = problem.source.n_rows, problem.source.n_features
    if n is None or n > FEW_ROWS or budget.likelihood or not is_costly(problem.model, D):
        return False
    # In a sample of all rows, copies may count for less, and weights for more.
    parts = problem.source.parts()
    alike = len(parts) == 1 and parts[0].read().weights is None
    return alike and not supports(n, n_components, D, problem.model.family)


def is_costly(model: Model, n_features: int) -> bool:
    """Return whether EM is too expensive for a search of few rows, with full covariances of many columns.

    An EM run takes longer there than many k-means partitions, and tells no more with fewer than two rows for each
    parameter.

    Parameters
    ----------
    model : Model
    n_features : int
        Number of columns (D).
    """
    return model.full and n_features > MOST_SPHERED


def sample_and_pilot(
    problem: Problem, spread: Spread, n_components: int, rng: np.random.Generator
) -> tuple[StartRows, Pilot | None]:
    """Return the sample of a search and its pilot fit.

    The sample of a small table is all rows; :meth:`Pilot.decides` says where there is a pilot fit.

    Parameters
    ----------
    problem : Problem
    spread : Spread
        Of all rows.
    n_components : int
        K.
    rng : numpy.random.Generator
    """
    source, model = problem.source, problem.model
    sizes = n_components, source.n_features
    n_parameters = model.family.n_parameters_of_mixture(*sizes)
    most = most_rows(*sizes, n_parameters, predicted=True)
    rows = draw_start_rows(source, most, model.family, spread.mean, spread.scale, rng, problem.engine)
    # The first start of the search is that of EM alone: the pilot fit leaves the generator as it is.
    scaled = model.scaled(float(rows.weights.sum()) / spread.total_weight)
    pilot = _pilot(rows, scaled, n_components, copied_generator(rng))
    if pilot is not None and pilot.predictable:
        return rows, pilot
    # Distinct rows are drawn with equal probability; the smaller sample is drawn from them by weight.
    return rows.part(most_rows(*sizes, n_parameters, predicted=False), rng), pilot


def _pilot(rows: StartRows, model: Model, n_components: int, rng: np.random.Generator) -> Pilot | None:
    """Return the pilot fit of a search; None without one, and with a singular covariance."""
    if not Pilot.decides(rows, model, n_components):
        return None
    try:
        return Pilot.of(rows, model, n_components, rng)
    except SingularCovarianceError:
        return None
