"""First answers: more components than asked, from rows or from the best answer so far, merged down to K."""

from __future__ import annotations

import numpy as np

from ..mixture import Mixture
from ..starts import mixture_of_responsibilities
from ..starts.kmeans import lloyd, plus_plus
from ..starts.methods import one_hot
from .candidates import Trials
from .climb import Climber
from .memory import Identities
from .merges import disjoint, merged, pair_losses
from .partial import replaced

__all__ = ["breathe", "over_fit"]

FIRST, BETWEEN = 8, 3
"""EM iterations of the many components, and after each round of mergers."""


def over_fit(climber: Climber, n_components: int, n_start: int, rng: np.random.Generator) -> Mixture:
    """Return a mixture of K components merged from more, which k-means++ seeds.

    Parameters
    ----------
    climber : Climber
    n_components : int
        K.
    n_start : int
        Components at the beginning, at least K.
    rng : numpy.random.Generator
    """
    table = climber.table
    rows = table.seeds(n_start, rng)
    labels = lloyd(rows.Z, rows.mass, plus_plus(rows.Z, rows.mass, n_start, rng), 3)
    many = mixture_of_responsibilities(rows, one_hot(labels, n_start), table.model)
    return _merged_down(climber, many, n_components)


def breathe(climber: Climber, mixture: Mixture, n_more: int, rng: np.random.Generator) -> Mixture:
    """Return a mixture of as many components, after the ones that gain most by it were split and others merged.

    Parameters
    ----------
    climber : Climber
    mixture : Mixture
        The best so far.
    n_more : int
        How many components to split.
    rng : numpy.random.Generator
    """
    K = mixture.n_components
    divided = Trials(climber.table, Identities(K), rng).splits(climber.view(mixture))
    order = sorted(range(K), key=lambda j: -divided[j][1])
    chosen = [(j, part) for j in order if (part := divided[j][0]) is not None][:n_more]
    many = replaced(climber.table, mixture, [j for j, _ in chosen], [part for _, part in chosen])
    return _merged_down(climber, many, K)


def _merged_down(climber: Climber, mixture: Mixture, n_components: int) -> Mixture:
    """Return a mixture with a third of the surplus merged at a time, the disjoint pairs that lose least."""
    table = climber.table
    mixture, _ = climber.climb(mixture, FIRST)
    while (surplus := mixture.n_components - n_components) > 0:
        i, k, losses = pair_losses(mixture, table.total_weight)
        pairs = disjoint(i, k, np.argsort(losses, kind="stable"), -(-surplus // 3))
        gone = [component for pair in pairs for component in pair]
        mixture, _ = climber.climb(replaced(table, mixture, gone, merged(table, mixture, pairs)), BETWEEN)
    return mixture
