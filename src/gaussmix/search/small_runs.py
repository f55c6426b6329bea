"""Penalised log-likelihoods of EM runs with small components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .search_data import SearchData

if TYPE_CHECKING:
    from .batched_em import Runs

__all__ = ["penalise"]


def penalise(data: SearchData, runs: Runs) -> None:
    """Replace the log-likelihoods of runs with small components by penalised ones, in place.

    If the log-likelihood less the penalty is below that of another run, it is not computed with pseudo-rows.

    Parameters
    ----------
    data : SearchData
    runs : Runs
        S runs of K components.
    """
    weights, objectives = runs.weights, runs.objectives
    small = data.has_small(weights)
    if data.small is None or not small.any():
        return
    objectives -= data.small.penalty * data.small.among(weights * data.total_weight).sum(axis=1)
    sound = data.flaws(weights, runs.factors) == 0
    best = objectives[sound & ~small].max(initial=-np.inf)
    for s in np.flatnonzero(sound & small & (objectives > best)):
        objectives[s] = data.penalised(weights[s], runs.means[s], runs.covariances[s])
