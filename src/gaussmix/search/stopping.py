"""Stopping criteria of the restarts, and the verdict on the best mixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .predicted_moves.split_merge import LocalOptimum
from .search_data import SearchData

__all__ = ["RunEnd", "best_of", "reason_to_stop", "still_improving", "tolerance", "verdict"]

PATIENCE, LEAST_IMPROVEMENT = 4, 1e-4
"""The search ends, in doubt, when the last four runs raised the best log-likelihood by less than 1e-4 nats per row."""
AGREEING = 3
"""Number of runs at the best maximum that makes the verdict clear."""
LOSS_PER_ROW = 1.0
"""A single run makes it clear if every move is predicted to lose more, nats for each row of an average component;
otherwise two independent runs have to agree. On tables of skewed or curved clusters, to which Gaussian mixtures have
many maxima, predictions are biased: a quarter of the single runs ended up to 400 nats too low.
"""


@dataclass(frozen=True, eq=False)
class RunEnd:
    """The end of a run.

    Parameters
    ----------
    local : LocalOptimum
    independent : bool
        Whether the run was independent of those before it.
    """

    local: LocalOptimum
    independent: bool


def best_of(ends: Sequence[RunEnd]) -> LocalOptimum:
    """Return the best end, and the first of several equal ones."""
    return max((end.local for end in ends), key=lambda local: local.rank)


def still_improving(ends: Sequence[RunEnd], total_weight: float) -> bool:
    """Return whether the last four runs raised the best score by 1e-4 nats per row."""
    if len(ends) <= PATIENCE:
        return True
    return best_of(ends).score - best_of(ends[:-PATIENCE]).score > LEAST_IMPROVEMENT * total_weight


def tolerance(total_weight: float) -> float:
    """Return the tolerance within which two runs have reached the same optimum, nats."""
    return min(0.5, 1e-3 * total_weight) + 1e-5 * total_weight


def _agreeing(ends: Sequence[RunEnd], total_weight: float) -> list[RunEnd]:
    """Return the runs with the best mixture as their result."""
    best = best_of(ends)
    least = best.score - tolerance(total_weight)
    return [end for end in ends if end.local.nondegenerate == best.nondegenerate and end.local.score > least]


def reason_to_stop(ends: Sequence[RunEnd], data: SearchData) -> str | None:
    """Return the reason for a clear verdict, or None if the best mixture is in doubt."""
    best = best_of(ends)
    if not best.nondegenerate:
        return None
    if best.decided:
        return "starts and crossovers agree"
    agreeing = _agreeing(ends, data.total_weight)
    twice = sum(end.independent for end in agreeing) > 1
    if len(agreeing) >= AGREEING and twice:
        return f"{len(agreeing)} of {len(ends)} runs agree"
    far = best.best_remaining_gain < -LOSS_PER_ROW * data.total_weight / best.mixture.n_components
    if data.predictive and best.clear and (far or twice):
        return "every move from the best mixture is predicted to decrease the likelihood"
    return None


def verdict(ends: Sequence[RunEnd], data: SearchData) -> str:
    """Return the verdict on the best answer, in words."""
    why = reason_to_stop(ends, data)
    if why is not None:
        return f"clear: {why}"
    if not best_of(ends).nondegenerate:
        return "in doubt: a component collapsed or had too few rows in every run; fit fewer components"
    if len(ends) == 1:
        return "in doubt after one run; search longer, such as search=60"
    agreeing = len(_agreeing(ends, data.total_weight))
    return f"in doubt: {agreeing} of {len(ends)} runs found the best; search longer, such as search=60"
