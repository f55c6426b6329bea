"""Rehearsal: a change is tried with the components around it, before all rows are asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._types import Floats, Ints
from ...mixture import Mixture
from .candidates import Candidate, after
from .climb import View
from .partial import Part, partial_em, scene_of
from .table import Table

__all__ = ["Rehearsal", "rehearse"]

AROUND = 0.03
"""A component stands around a change when the rows of what is changed answer for more than this share of it."""
PAYS = 0.4
"""A rehearsal pays when it costs less than this share of a pass over all rows."""
FIRST, MORE = 4, 8
"""Iterations of a rehearsal, before and after the first look at what is gained."""


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """What came of a rehearsal.

    Parameters
    ----------
    mixture : Mixture
        After the change, and the answer of the components around it.
    early, gain : float
        Gain after the first iterations and after all, nats: EM on all rows gains no less, or hardly so.
    """

    mixture: Mixture
    early: float
    gain: float


def rehearse(table: Table, view: View, candidate: Candidate) -> Rehearsal | None:
    """Return what a change gains when only the components around it move, or None where that costs as much as all.

    Parameters
    ----------
    table : Table
    view : View
        Of the mixture before the change.
    candidate : Candidate
    """
    removed = list(candidate.removed)
    around = _around(view, removed)
    rows = view.touched([*removed, *around])
    work, of_a_pass = len(rows) * (len(removed) + len(around) + 1), len(table.X) * view.mixture.n_components
    if not table.foretells or work > PAYS * of_a_pass:
        return None
    scene = scene_of(table, view, [*removed, *around], rows)
    changed = after(table, view.mixture, [candidate])
    # Those that stay stand in their order, before what is new.
    kept = np.setdiff1d(np.arange(view.mixture.n_components), removed)
    moving = np.concatenate([np.searchsorted(kept, around), np.arange(len(kept), changed.n_components)])
    part, early = partial_em(table, scene, _part(changed, moving), FIRST)
    if early == -np.inf:
        return None
    part, gain = partial_em(table, scene, part, MORE)
    return None if gain == -np.inf else Rehearsal(_with(table, changed, moving, part), early, gain)


def _around(view: View, removed: list[int]) -> list[int]:
    """Return the components that have rows in common with some others."""
    rows = view.touched(removed)
    others = np.setdiff1d(np.arange(view.mixture.n_components), removed)
    r = view.responsibilities
    return [int(j) for j in others if r[:, j][rows].sum() > AROUND * r[:, j].sum()]


def _part(mixture: Mixture, components: Ints) -> Part:
    return Part(mixture.weights[components], mixture.means[components], mixture.covariances.take(components))


def _with(table: Table, mixture: Mixture, components: Ints, part: Part) -> Mixture:
    """Return a mixture with some of its components as in a part."""
    weights, means = mixture.weights.copy(), mixture.means.copy()
    dense: Floats = mixture.covariances.dense()
    weights[components], means[components], dense[components] = (
        part.weights,
        part.means,
        part.covariances.dense(),
    )
    return Mixture.of(weights / weights.sum(), means, table.family.from_dense(dense, weights))
