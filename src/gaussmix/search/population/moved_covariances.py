"""Covariances of moved components: of the nearest component, of all rows on a smaller scale, or of neighbouring rows.

A copy of the nearest covariance is too wide for a narrow group within a wide one, and too narrow for scattered rows.
"""

from __future__ import annotations

import numpy as np

from ..._types import Ints
from ..batched_em import Runs
from ..search_data import SearchData
from .row_groups import flat_groups, local_groups, reduced_groups

__all__ = ["draw_covariances"]

KINDS, FLAT = (reduced_groups, local_groups), (flat_groups,)
"""The kinds beside a copy, and those beside them by likelihood with full covariances; all are as probable. By draw 1 of
benchmarks/real/random_tables.py, with the first two 93.5 instead of 91.8 % of 1,698 fits reached the best known
maximum, and 0.9 instead of 3.4 % of the clear verdicts were wrong, compared with copies alone, for about a tenth more
time. With flat groups, 51 instead of 42 of 68 searches by likelihood for nine components (benchmarks/real, two seeds)
reached the best known maximum; by default, where small components have a penalty, as many as without.
"""


def draw_covariances(
    data: SearchData, children: Runs, moved: Ints, rows: Ints, rng: np.random.Generator
) -> None:
    """Draw the covariances of moved components in place: of a random kind each; shared covariances stay.

    Parameters
    ----------
    data : SearchData
    children : Runs
        B mixtures of K components, in which the moved component has a copy of the nearest covariance.
    moved : (B,) array
        The numbers of the moved components.
    rows : (B,) array
        The rows where they are.
    rng : numpy.random.Generator
    """
    if data.model.pooled:
        return
    groups_of = KINDS + FLAT if data.likelihood and data.model.full else KINDS
    K, kinds = children.means.shape[1], rng.integers(len(groups_of) + 1, size=len(moved))
    of_kind = [np.flatnonzero(kinds == kind) for kind in range(1, len(groups_of) + 1)]
    groups = [draw(data, rows[at], K, rng) for draw, at in zip(groups_of, of_kind, strict=True) if len(at)]
    if not groups:
        return
    means, scatter, counts = (np.concatenate(arrays) for arrays in zip(*groups, strict=True))
    factors, normalisers = data.model.factors_separately(scatter, counts)
    drawn = np.concatenate(of_kind)
    at = drawn, moved[drawn]
    children.means[at] = means
    children.factors[at] = factors
    children.offsets[at] = np.log(children.weights[at]) + normalisers
    if data.incomplete is not None:
        # Only the E-step of incomplete rows reads covariances.
        children.covariances[at] = data.model.frame.covariances(factors)
