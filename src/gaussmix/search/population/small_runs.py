"""Objectives of EM runs with small components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..search_data import SearchData

if TYPE_CHECKING:
    from .batched_em import Runs

__all__ = ["compare_small"]


def compare_small(data: SearchData, runs: Runs) -> None:
    """Replace the log-likelihoods of runs with small components by their objectives, in place.

    Where the log-likelihood less the price of the small components is below that of another run, this bound is enough.

    Parameters
    ----------
    data : SearchData
    runs : Runs
        Of K components.
    """
    weights, factors, objectives = runs.weights, runs.factors, runs.objectives
    flags = data.compares(weights)
    if data.small is None or not flags.any():
        return
    objectives -= data.small.price * data.small.among(weights * data.total_weight).sum(axis=1)
    sound = data.sound(weights, factors)
    least = objectives[sound & ~flags].max(initial=-np.inf)
    for s in np.flatnonzero(sound & flags & (objectives > least)):
        objectives[s] = data.compared(weights[s], runs.means[s], runs.covariances[s])
