"""Initial mixtures: more than K components, from k-means++ or from splits of the best mixture, merged down to K."""

from __future__ import annotations

import numpy as np

from ...mixture import Mixture
from ...starts import mixture_of_responsibilities
from ...starts.kmeans import lloyd, plus_plus
from ...starts.methods import one_hot
from ..convergence import iterated_coarsely
from ..local_em import LocalEM
from ..merge_losses import disjoint, merged, pair_losses
from .cache import ComponentIds
from .partial_em import replaced
from .proposals import MoveProposer

__all__ = ["overfit_and_merge", "split_and_merge"]

FIRST, BETWEEN = 8, 3
"""EM iterations before the mergers, and after each round of them."""


def overfit_and_merge(
    local_em: LocalEM, n_components: int, n_start: int, rng: np.random.Generator
) -> Mixture:
    """Return a mixture of K components, merged from more components seeded by k-means++.

    Parameters
    ----------
    local_em : LocalEM
    n_components : int
        K.
    n_start : int
        Number of components at the beginning, at least K.
    rng : numpy.random.Generator
    """
    data = local_em.data
    rows = data.seeds(n_start, rng)
    labels = lloyd(rows.Z, rows.mass, plus_plus(rows.Z, rows.mass, n_start, rng), 3)
    many = mixture_of_responsibilities(rows, one_hot(labels, n_start), data.model)
    return _merged_down(local_em, many, n_components)


def split_and_merge(local_em: LocalEM, mixture: Mixture, n_more: int, rng: np.random.Generator) -> Mixture:
    """Return a mixture with the components of largest split gain split, and merged down to as many as before.

    Parameters
    ----------
    local_em : LocalEM
    mixture : Mixture
        The best so far.
    n_more : int
        Number of components to split.
    rng : numpy.random.Generator
    """
    K = mixture.n_components
    divided = MoveProposer(local_em, ComponentIds(K), rng).splits(local_em.expectation(mixture))
    order = sorted(range(K), key=lambda j: -divided[j][1])
    chosen = [(j, part) for j in order if (part := divided[j][0]) is not None][:n_more]
    many = replaced(local_em.data, mixture, [j for j, _ in chosen], [part for _, part in chosen])
    return _merged_down(local_em, many, K)


def _merged_down(local_em: LocalEM, mixture: Mixture, n_components: int) -> Mixture:
    """Return a mixture of K components after rounds that merge a third of the surplus, the cheapest disjoint pairs."""
    data = local_em.data
    mixture, _ = iterated_coarsely(local_em, mixture, FIRST)
    while (surplus := mixture.n_components - n_components) > 0:
        i, k, losses = pair_losses(mixture, data.total_weight)
        pairs = disjoint(i, k, np.argsort(losses, kind="stable"), -(-surplus // 3))
        gone = [component for pair in pairs for component in pair]
        after = replaced(data, mixture, gone, merged(data, mixture, pairs))
        mixture, _ = iterated_coarsely(local_em, after, BETWEEN)
    return mixture
