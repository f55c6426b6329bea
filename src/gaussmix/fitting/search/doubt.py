"""Doubt: whether the best answer so far is the best there is, and whether it pays to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .exchange import Local
from .table import Table

__all__ = ["Ending", "best_of", "pays", "reason", "same", "verdict"]

PATIENCE, PAYS = 4, 1e-4
"""The search ends, in doubt, after so many runs that raised the best mean log-likelihood by less than so many nats."""
AGREEING = 3
"""The answer is clear, too, when so many runs end at it."""


@dataclass(frozen=True, eq=False)
class Ending:
    """How a run ended, and whether it owed nothing to those before.

    Parameters
    ----------
    local : Local
    anew : bool
    """

    local: Local
    anew: bool


def best_of(ends: Sequence[Ending]) -> Local:
    """Return the best end, the first of equals."""
    return max((end.local for end in ends), key=lambda local: local.rank)


def pays(ends: Sequence[Ending], total_weight: float) -> bool:
    """Return whether one of the latest runs raised the best log-likelihood."""
    if len(ends) <= PATIENCE:
        return True
    return best_of(ends).score - best_of(ends[:-PATIENCE]).score > PAYS * total_weight


def same(total_weight: float) -> float:
    """Return how many nats apart two runs may end that found the same."""
    return min(0.5, 1e-3 * total_weight) + 1e-5 * total_weight


def _agreeing(ends: Sequence[Ending], total_weight: float) -> list[Ending]:
    """Return the ends that found the best."""
    best = best_of(ends)
    least = best.score - same(total_weight)
    return [end for end in ends if end.local.sound == best.sound and end.local.score > least]


def reason(ends: Sequence[Ending], table: Table) -> str | None:
    """Return why the best answer is beyond doubt, or None."""
    best = best_of(ends)
    if not best.sound:
        return None
    if best.decided:
        return "the starts agree"
    agreeing = _agreeing(ends, table.total_weight)
    if len(agreeing) >= AGREEING and sum(end.anew for end in agreeing) > 1:
        return f"{len(agreeing)} of {len(ends)} runs agree"
    if table.foretells and best.clear:
        return "no change of the best mixture promises to come near it"
    return None


def verdict(ends: Sequence[Ending], table: Table) -> str:
    """Return in words how sure the best answer is."""
    why = reason(ends, table)
    if why is not None:
        return f"clear: {why}"
    if not best_of(ends).sound:
        return "in doubt: a component collapsed in every run; fit fewer components"
    if len(ends) == 1:
        return "in doubt after one run, whose starts did not agree; raise the budget (search=seconds)"
    agreeing = len(_agreeing(ends, table.total_weight))
    return f"in doubt: {agreeing} of {len(ends)} runs found the best; raise the budget (search=seconds)"
