"""Initial mixtures from responsibilities, moments or means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..em import given_step, m_step
from ..mixture import Mixture
from ..model import Model
from ..moments import Moments
from .kmeans import nearest
from .methods import one_hot
from .sample import StartRows

__all__ = ["mixture_of_moments", "mixture_of_responsibilities", "mixture_with_means"]


def mixture_of_responsibilities(rows: StartRows, responsibilities: Floats, model: Model) -> Mixture:
    """Return the mixture of an M-step, with the covariances shrunk to the pooled one by D + 1 pseudo-rows.

    The pooled within-component covariance W enters each component as D + 1 more rows would. A component of a handful
    of rows then starts as wide as the others rather than as a spike. Far rows count by their Huber weights.

    Parameters
    ----------
    rows : StartRows
        m rows.
    responsibilities : (m, K) array
    model : Model
    """
    weights = rows.weights * rows.huber_weights
    block = Block(rows.X, weights)
    D = rows.X.shape[1]
    counts = responsibilities.T @ weights
    weighted = responsibilities * weights[:, None]
    means = np.tile(rows.mean, (len(counts), 1))
    np.divide(weighted.T @ rows.X, counts[:, None], out=means, where=counts[:, None] > 0)
    moments = given_step(responsibilities, block, means, model.moment_frame(len(means)))
    moments = moments.recentre(moments.means())
    pooled = moments.second.sum(axis=0) / counts.sum()
    return _leaning(moments, np.full(len(counts), D + 1.0), pooled, model)


def mixture_of_moments(moments: Moments, scale: Floats, model: Model) -> Mixture:
    """Return the mixture of an M-step, with the covariances of components of few rows shrunk to the pooled one.

    Components of 2(D + 1) rows or more are exactly those of the M-step. One of fewer gets the rest as pseudo-rows of
    the pooled within-component covariance, so that labels of a few rows do not begin as spikes. Where the labelled
    rows are too few for that one as well, the covariance of all rows makes up for them.

    Parameters
    ----------
    moments : Moments
        In the family's frame; each component has some weight.
    scale : (D, D) or (D,) array
        The covariance of all rows, positive definite, in the frame.
    model : Model
    """
    moments = moments.recentre(moments.means())
    K, D = moments.reference.shape
    total = float(moments.counts.sum())
    lack = max(0.0, 2.0 * (D + 1) + K - total)
    pooled = (moments.second.sum(axis=0) + lack * moments.frame.of_variances(scale)) / (total + lack)
    return _leaning(moments, np.maximum(0.0, 2.0 * (D + 1) - moments.counts), pooled, model)


def _leaning(moments: Moments, rows: Floats, pooled: Floats, model: Model) -> Mixture:
    """Return the M-step of moments about the means with pseudo-rows (K,) of a pooled covariance."""
    counts = moments.counts
    leaning = replace(
        moments,
        counts=counts + rows,
        first=np.zeros_like(moments.first),
        second=moments.second + moments.frame.expand(rows) * pooled,
    )
    start = m_step(leaning, model.unrestricted)
    # No weight is zero: EM could never bring back a component that begins with none.
    share = np.maximum(counts, 1e-3 * counts.sum() / len(counts))
    return Mixture.of(share / share.sum(), start.means, start.covariances)


def mixture_with_means(rows: StartRows, means: Floats, model: Model) -> Mixture:
    """Return the mixture with given means, and other parameters from the rows nearest to each.

    Parameters
    ----------
    rows : StartRows
    means : (K, D) array
        In the units of the columns.
    model : Model
    """
    labels = nearest(rows.Z, rows.standardise(means))
    start = mixture_of_responsibilities(rows, one_hot(labels, len(means)), model)
    return Mixture.of(start.weights, means, start.covariances)
