"""From responsibilities on the rows of a start to a first mixture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Family
from ..em import given_step, m_step
from ..mixture import Mixture
from ..priors import CovariancePrior
from .kmeans import nearest
from .methods import one_hot
from .sample import StartRows

__all__ = ["mixture_of_responsibilities", "mixture_with_means"]


def mixture_of_responsibilities(
    rows: StartRows, responsibilities: Floats, family: Family, prior: CovariancePrior
) -> Mixture:
    """Return the mixture of an M-step whose covariances lean on the pooled one by D + 1 pseudo-rows.

    The pooled within-component covariance W enters each component as D + 1 more rows would. A component of a handful
    of rows then starts as wide as the others rather than as a spike.

    Parameters
    ----------
    rows : StartRows
        m rows.
    responsibilities : (m, K) array
    family : Family
    prior : CovariancePrior
    """
    block = Block(rows.X, rows.weights)
    D = rows.X.shape[1]
    counts = responsibilities.T @ rows.weights
    weighted = responsibilities * rows.weights[:, None]
    means = np.tile(rows.mean, (len(counts), 1))
    np.divide(weighted.T @ rows.X, counts[:, None], out=means, where=counts[:, None] > 0)
    moments = given_step(responsibilities, block, means, family.layout)
    moments = moments.recentre(moments.means())
    pooled = moments.second.sum(axis=0) / counts.sum()
    leaning = replace(
        moments, counts=counts + D + 1, first=np.zeros_like(means), second=moments.second + (D + 1) * pooled
    )
    start = m_step(leaning, family, prior)
    # No weight is zero: EM could never bring back a component that begins with none.
    share = np.maximum(counts, 1e-3 * counts.sum() / len(counts))
    return Mixture.of(share / share.sum(), start.means, start.covariances)


def mixture_with_means(rows: StartRows, means: Floats, family: Family, prior: CovariancePrior) -> Mixture:
    """Return the mixture whose means are given and whose other parameters come from the rows nearest to each.

    Parameters
    ----------
    rows : StartRows
    means : (K, D) array
        In the units of the columns.
    family : Family
    prior : CovariancePrior
    """
    labels = nearest(rows.Z, rows.standardise(means))
    start = mixture_of_responsibilities(rows, one_hot(labels, len(means)), family, prior)
    return Mixture.of(start.weights, means, start.covariances)
