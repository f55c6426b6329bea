"""Costs of EM iterations and of plain fits, in nanoseconds: the units of the budget of a search."""

from __future__ import annotations

import numpy as np

from ..mixture import Mixture
from .batched_em import Runs
from .convergence import converged
from .local_em import LocalEM
from .search_data import SearchData

__all__ = ["LEAST_RUN", "PLAIN_GAIN", "PREDICTED", "most_passes", "pass_cost", "plain_fit", "plain_fit_cost"]

PREDICTED = 3.0
"""The cost of a pass of a search by predicted gains, in passes of a population. Between 1.3 and 6 on clusters of 10,000
and 100,000 rows: its trials are many short calls.
"""
LEAST_RUN = 250.0
"""The passes that a first run by predicted gains may have in any case: one cut short ends at a poor local maximum. Of
369 runs on random clusters of 10,000 and 100,000 rows, nine of ten needed 58 to 283.
"""
PLAIN_ITERATIONS, PLAIN_GAIN = 100, 1e-3
"""The stopping rule of scikit-learn: the most EM iterations, and the gain of the last one in nats per row."""
BESIDE_NOISE = 2.0
"""The factor of the price beside a uniform component, which has local maxima of its own. On 366 fits to 21 tables, 57
instead of 35 % of those of eight components reached the best known maximum, and 73 instead of 67 % of those of five.
"""
ENOUGH_ROWS = 7.0
"""With fewer rows for each parameter, the price falls with them, as the likelihood says less about mixtures."""


def pass_cost(data: SearchData, n_components: int) -> float:
    """Return the cost of an EM iteration of a population.

    The numbers are fitted to 1,500 searches with AVX-512, of tables of 50 to 3,000 rows, 1 to 50 columns and 2 to 20
    components (benchmarks/search/costs.py).

    Parameters
    ----------
    data : SearchData
    n_components : int
        K.
    """
    n, D = map(float, data.X.shape)
    pairs, K = n * n_components, n_components
    if not data.model.full:
        return 1_600.0 + 300.0 * K + pairs * (0.3 + 0.1 * D)
    if data.model.pooled:
        return 1_700.0 + pairs * (0.4 + 0.09 * D) + 0.6 * D**3
    return 2_000.0 + 300.0 * K + pairs * (0.3 + 0.04 * D + 0.024 * (D + 1) * (D + 2)) + 0.34 * K * D**3


def plain_fit_cost(data: SearchData, n_components: int, iterations: float) -> float:
    """Return the cost of a plain fit: EM by scikit-learn from one k-means start.

    The numbers are fitted to the same tables as those of :func:`pass_cost`.

    Parameters
    ----------
    data : SearchData
    n_components : int
        K.
    iterations : float
        The number of EM iterations after k-means.
    """
    n, D = map(float, data.X.shape)
    pairs = n * n_components
    if not data.model.full:
        start, step = 8.3e5 + pairs * (125.0 + 3.0 * D), 1.05e5 + pairs * (10.2 + 0.15 * D)
    elif data.model.pooled:
        start, step = 9.3e5 + pairs * (101.0 + 10.3 * D), 1.54e5 + pairs * (18.2 + 1.6 * D + 0.019 * D**2)
    else:
        step = 9.3e4 + 3.5e4 * n_components + pairs * (21.7 + 3.6 * D + 0.032 * (D + 1) * (D + 2))
        start = 1.07e6 + pairs * (71.1 + 16.1 * D)
    return start + iterations * step


def most_passes(data: SearchData, n_components: int, price: float, iterations: float) -> float:
    """Return the maximum cost of a search, in passes of a population.

    Parameters
    ----------
    data : SearchData
    n_components : int
        K.
    price : float
        In plain fits, where the rows are many for the parameters.
    iterations : float
        The number of EM iterations of a plain fit.
    """
    fit = plain_fit_cost(data, n_components, iterations)
    if not data.likelihood:
        n_parameters = data.model.family.n_parameters_of_mixture(n_components, data.X.shape[1])
        price *= min(1.0, data.total_weight / (ENOUGH_ROWS * n_parameters))
    if data.model.uniform is not None:
        price *= BESIDE_NOISE
    return price * fit / pass_cost(data, n_components)


def plain_fit(
    local_em: LocalEM, start: Mixture, most_iterations: int = PLAIN_ITERATIONS
) -> tuple[Mixture, int]:
    """Return the result and the number of iterations of EM with the stopping rule of scikit-learn.

    Parameters
    ----------
    local_em : LocalEM
    start : Mixture
    most_iterations : int, default=100
    """
    data, before = local_em.data, local_em.passes
    runs = Runs.of_mixture(data, start, -np.inf)
    ((end, _),) = converged(local_em, runs, most_iterations, PLAIN_GAIN * data.total_weight, step=1)
    # The last pass is that of the log-likelihood.
    return end, max(1, local_em.passes - before - 1)
