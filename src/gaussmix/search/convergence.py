"""Convergence of EM on the rows of a search, by compiled runs where the kernel has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import kernels
from ..kernels import RunEffort
from ..mixture import Mixture
from .batched_em import Runs, in_kernel, run_rows
from .local_em import LocalEM
from .small_runs import penalise

__all__ = ["converged", "converged_coarsely", "iterated_coarsely", "settle"]

MOST_WORK = 1 << 23
"""Rows x components x (columns + 1) of one iteration up to which a compiled run, of a single thread, is preferred."""


def converged(
    local_em: LocalEM, runs: Runs, iterations: int, tol: float, step: int = 10
) -> list[tuple[Mixture, float]]:
    """Return the mixtures of runs after EM that ends where it gains little, and their objectives.

    A run that meets the bound of the covariances with a degenerate component stays there: EM does not lead out of it.

    Parameters
    ----------
    local_em : LocalEM
    runs : Runs
    iterations : int
        The most of each run.
    tol : float
        A run ends if ``step`` iterations gain less than this on the mean, nats.
    step : int
    """
    data, after = local_em.data, runs.of_numbers(runs.numbers.copy(), runs.layout)
    settled = np.zeros(len(runs), dtype=bool)
    if in_kernel(data):
        settled = settle(local_em, after, RunEffort(iterations, step, step * tol, True))
        penalise(data, after)
    ends = []
    for s in range(len(runs)):
        mixture = after.mixture(data, s)
        if not settled[s] and data.nondegenerate(mixture):
            mixture = local_em.converge(mixture, iterations, tol, step)
        objective = float(after.objectives[s]) if settled[s] else local_em.objective(mixture)
        ends.append((mixture, objective))
    return ends


def settle(local_em: LocalEM, runs: Runs, effort: RunEffort) -> NDArray[np.bool_]:
    """Converge runs in place by the compiled kernel; return which did not fail.

    Parameters
    ----------
    local_em : LocalEM
    runs : Runs
    effort : RunEffort
    """
    em_runs, data = kernels.em_runs, local_em.data
    assert em_runs is not None
    rows = run_rows(data)

    def settled(part: Runs) -> tuple[int, NDArray[np.bool_]]:
        done = em_runs(rows, part.table, data.rule, effort)
        sound = part.objectives > -np.inf
        em_runs(rows, part.table, data.rule, RunEffort(0))
        return int(done.sum()), np.asarray(sound)

    found = runs.shared_out(data, settled)
    local_em.count(sum(done for done, _ in found) + len(runs))
    return np.concatenate([sound for _, sound in found])


def iterated_coarsely(local_em: LocalEM, mixture: Mixture, iterations: int) -> tuple[Mixture, float]:
    """Return a mixture after EM iterations in single precision, and Σ w log p(x) before the last of them.

    Parameters
    ----------
    local_em : LocalEM
    mixture : Mixture
    iterations : int
    """
    data = local_em.data
    if _in_one_run(local_em, mixture):
        run = Runs.of_mixture(data, mixture, -np.inf).after(data, iterations)
        objective = float(run.objectives[0])
        if np.isfinite(objective):
            local_em.count(iterations)
            return run.mixture(data, 0), objective
    return local_em.run(mixture, iterations)


def converged_coarsely(
    local_em: LocalEM, mixture: Mixture, iterations: int, tol: float, step: int = 10
) -> Mixture:
    """Return the mixture at the convergence of EM in single precision: a mean gain below ``tol`` nats.

    Parameters
    ----------
    local_em : LocalEM
    mixture : Mixture
    iterations : int
        The most of them.
    tol : float
    step : int
    """
    objective = -np.inf
    for _ in range(0, iterations, step):
        before = objective
        mixture, objective = iterated_coarsely(local_em, mixture, step)
        if objective - before < tol * step:
            break
    return mixture


def _in_one_run(local_em: LocalEM, mixture: Mixture) -> bool:
    """Return whether EM of a mixture is a single call of the compiled kernel, which has one thread."""
    n, D = local_em.data.X.shape
    return in_kernel(local_em.data) and n * mixture.n_components * (D + 1) <= MOST_WORK
