"""A race of proposed mixtures: the fits of neighbouring models in a selection are starts of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import kernels
from ..errors import SingularCovarianceError
from ..mixture import Mixture
from ..starts import mixture_of_responsibilities
from .local_em import LocalEM
from .population.batched_em import Runs
from .predicted_moves.split_merge import LocalOptimum
from .search_data import SearchData

__all__ = ["Heats", "finalists", "race"]


@dataclass(frozen=True)
class Heats:
    """The schedule of a race: how many runs are continued, and for how many EM iterations.

    Parameters
    ----------
    first : int
        Iterations of all runs.
    later : tuple of (int, int)
        For each further heat, the number of runs that are continued and their iterations.
    """

    first: int
    later: tuple[tuple[int, int], ...]


_HEATS, _SETTLED = Heats(8, ((4, 16), (2, 24))), 60
_COSTLY_HEATS, _COSTLY_SETTLED = Heats(2, ((3, 4), (1, 10))), 20
"""The schedule of a race of proposals, and the iterations at its end: fewer where the estimate is not compiled."""


def finalists(data: SearchData, proposals: Sequence[Mixture]) -> list[LocalOptimum]:
    """Return the ends of a race of proposed mixtures, the best first.

    Parameters
    ----------
    data : SearchData
    proposals : sequence of Mixture
        Of K components, in any family: EM begins at their responsibilities.
    """
    heats, settled = (_HEATS, _SETTLED) if data.model.compiled else (_COSTLY_HEATS, _COSTLY_SETTLED)
    runs = _proposed_runs(data, proposals, heats.first)
    if runs is None:
        return []
    local_em, runs = LocalEM(data), race(runs, data, heats)
    ends = []
    for r in range(len(runs)):
        end = local_em.converge(runs.mixture(data, r), settled, 0.04 * data.gain_tol)
        objective = local_em.expectation(end).objective
        ends.append(LocalOptimum(end, objective, objective, data.nondegenerate(end), -float("inf")))
    return sorted(ends, key=lambda end: end.rank, reverse=True)


def race(runs: Runs, data: SearchData, heats: Heats) -> Runs:
    """Return the finalists of a race by successive halving, in descending order of likelihood.

    Parameters
    ----------
    runs : Runs
    data : SearchData
    heats : Heats
    """
    for most, iterations in heats.later:
        runs = runs.best(data, most)
        if not len(runs):
            return runs
        runs = runs.after(data, iterations)
    return runs.best(data, len(runs))


def _proposed_runs(data: SearchData, proposals: Sequence[Mixture], iterations: int) -> Runs | None:
    """Return short EM runs from the responsibilities of proposed mixtures; None where there are none."""
    starts = []
    for mixture in proposals:
        try:
            shares = kernels.active.responsibilities(data.X, *mixture.densities.arrays)
            start = mixture_of_responsibilities(data.rows, shares, data.model)
            _ = start.covariances.factors
        except SingularCovarianceError:
            continue
        starts.append(start)
    return Runs.of(data, starts).after(data, iterations) if starts else None
