"""A race of proposed mixtures: the fits of neighbouring models in a selection are starts of each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..mixture import Mixture
from .local_em import LocalEM
from .predicted_moves.split_merge import LocalOptimum
from .raced_moves.race import Heats, proposed_runs, race
from .search_data import SearchData

__all__ = ["finalists"]

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
    runs = proposed_runs(data, proposals, heats.first)
    if runs is None:
        return []
    local_em, runs = LocalEM(data), race(runs, data, heats)
    ends = []
    for r in range(len(runs)):
        end = local_em.converge(runs.mixture(data, r), settled, 0.04 * data.gain_tol)
        objective = local_em.expectation(end).objective
        ends.append(LocalOptimum(end, objective, objective, data.nondegenerate(end), -np.inf))
    return sorted(ends, key=lambda end: end.rank, reverse=True)
