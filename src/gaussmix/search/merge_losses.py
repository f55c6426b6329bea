"""Merging of components: the loss of log-likelihood of each pair, and the merged component."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

import numpy as np

from .._types import Floats, Ints
from ..covariances import Family
from ..errors import SingularCovarianceError
from ..mixture import Mixture
from .search_data import SearchData

__all__ = ["disjoint", "joined_pairs", "joint_moments", "merged", "near_pairs", "pair_losses"]

Joint: TypeAlias = tuple[Floats, Floats, Floats]
"""Weights, means and covariances of pairs of components taken together."""


NEIGHBOURS = 10
"""Number of nearest components that are candidates for a merger with a component."""


def pair_losses(mixture: Mixture, total_weight: float) -> tuple[Ints, Ints, Floats]:
    r"""Return pairs i < k of neighbouring components, and a rough loss of merging them, nats.

    .. math:: \tfrac12 N (w_{ik} \log |S_{ik}| - w_i \log |\Sigma_i| - w_k \log |\Sigma_k|)

    with :math:`S_{ik}` the covariance of the two together.

    Parameters
    ----------
    mixture : Mixture
        K components.
    total_weight : float
        N.
    """
    i, k, losses, _ = joined_pairs(mixture, mixture.family, total_weight)
    return i, k, losses


def joined_pairs(mixture: Mixture, family: Family, total_weight: float) -> tuple[Ints, Ints, Floats, Joint]:
    """Return the pairs and losses of :func:`pair_losses`, and the moments of the pairs taken together.

    Parameters
    ----------
    mixture : Mixture
        K components.
    family : Family
        Of a merged component, in the frame of the mixture.
    total_weight : float
        N.
    """
    i, k = near_pairs(mixture, mixture.covariances.factors)
    joint = joint_moments(mixture, i, k)
    together = joint[0] * family.nearest(joint[2], np.ones(len(i))).log_determinants
    single = mixture.weights * mixture.covariances.log_determinants
    return i, k, 0.5 * total_weight * (together - single[i] - single[k]), joint


def merged(data: SearchData, mixture: Mixture, pairs: Sequence[Sequence[int]]) -> list[Mixture]:
    """Return for each pair the component with the moments of both."""
    if not len(pairs):
        return []
    i, k = np.array(pairs).T
    weights, means, framed = joint_moments(mixture, i, k)
    covariances = data.model.family.nearest(framed, np.ones(len(i)))
    with suppress(SingularCovarianceError):
        _ = covariances.factors  # all at once; a singular one raises later, on its own
    return [Mixture.of(weights[[p]], means[[p]], covariances.take([p])) for p in range(len(i))]


def disjoint(i: Ints, k: Ints, order: Ints, most: int) -> list[tuple[int, int]]:
    """Return the first pairs of an order without a common component."""
    used: set[int] = set()
    chosen: list[tuple[int, int]] = []
    for p in order:
        pair = int(i[p]), int(k[p])
        if used.isdisjoint(pair) and len(chosen) < most:
            used.update(pair)
            chosen.append(pair)
    return chosen


def near_pairs(mixture: Mixture, factors: Floats) -> tuple[Ints, Ints]:
    """Return pairs i < k of components, one of them among the nearest to the other in the other's metric.

    Parameters
    ----------
    mixture : Mixture
    factors : (K, D, D) or (K, D) array
        Whitening factors of its covariances, or of their bounds where they are singular.
    """
    means, K = mixture.means, mixture.n_components
    if K <= NEIGHBOURS + 1:
        return np.triu_indices(K, 1)
    shifts = means[None, :, :] - means[:, None, :]
    whitened = mixture.family.frame.whiten(factors, shifts)
    distances = np.einsum("kjd,kjd->kj", whitened, whitened)
    distances = np.minimum(distances, distances.T)
    np.fill_diagonal(distances, np.inf)
    near = np.zeros((K, K), dtype=bool)
    near[np.arange(K)[:, None], np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]] = True
    rows, columns = np.nonzero(np.triu(near | near.T, 1))
    return rows, columns


def joint_moments(mixture: Mixture, i: Ints, k: Ints) -> Joint:
    """Return weight (P,), mean (P, D) and covariance (P, D, D) or (P, D) of pairs of components taken together."""
    weights, means = mixture.weights, mixture.means
    weight = weights[i] + weights[k]
    # Two components without rows are merged to either of them.
    a = (weights[i] / np.maximum(weight, np.finfo(np.float64).tiny))[:, None]
    mean = a * means[i] + (1 - a) * means[k]
    shift = means[i] - means[k]
    frame, framed = mixture.family.frame, mixture.covariances.in_frame()
    between = frame.outer((a * (1 - a)) * shift, shift)
    share = frame.expand(a[:, 0])
    return weight, mean, share * framed[i] + (1 - share) * framed[k] + between
