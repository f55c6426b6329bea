"""Observed fractions of the columns, and a rough imputation of missing values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from .. import kernels
from .._types import Floats
from ..blocks import Block
from ..engines import Engine
from ..errors import InputError
from ..incomplete import posterior
from ..kernels.incomplete_rows import Gaussians
from ..mixture import Mixture
from ..names import columns_in_words
from ..sources import FilledSource, Source, first_rows
from ..starts.least_squares import least_squares

__all__ = ["filled_by_means", "observed_shares", "observed_values"]

_PASSES = 10
"""EM iterations of the one Gaussian of projections."""


def _column_sums(block: Block) -> Floats:
    """Return Σ w of the observed values, Σ w x, and Σ w of all rows, for each column, (3, D)."""
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    observed = ~np.isnan(block.X)
    values = np.where(observed, block.X, 0.0)
    return np.stack([weights @ observed, weights @ values, np.full(block.X.shape[1], weights.sum())])


def _observed_values(mixture: Mixture, block: Block) -> Floats:
    r = posterior(mixture.densities, block)[:, : mixture.n_components]
    return np.asarray((r if block.weights is None else r * block.weights[:, None]).T @ ~np.isnan(block.X))


def observed_values(mixture: Mixture, source: Source, engine: Engine) -> Floats | None:
    """Return the effective number of observed values of each component and column; None if the rows are complete.

    Parameters
    ----------
    mixture : Mixture
    source : Source
    engine : Engine
        Visits the blocks.

    Returns
    -------
    (K, D) array or None
        None too if the rows are projections.
    """
    if source.plain or first_rows(source, 1).projections is not None:
        return None
    return engine.sum(partial(_observed_values, mixture), source)


def filled_by_means(source: Source, engine: Engine, names: Sequence[str] | None = None) -> Source:
    """Return complete rows: missing values are replaced by the mean of the column; errors and labels are omitted.

    Rows that are projections are replaced by their expected true values under the one Gaussian of all rows.

    Parameters
    ----------
    source : Source
    engine : Engine
    names : (D,) sequence of str, optional
        Of the columns.

    Raises
    ------
    InputError
        If a column has no value at all, or no row observes a direction of the true values.
    """
    if source.plain:
        return source
    if first_rows(source, 1).projections is not None:
        return FilledSource(source, *_one_gaussian(source, engine))
    counts, sums, _ = engine.sum(_column_sums, source)
    if not (counts > 0).all():
        d = int(np.argmin(counts))
        raise InputError(
            f"{columns_in_words([d], names)} of X has no value in any row of positive weight: leave it out."
        )
    return FilledSource(source, sums / counts)


def _gaussian_sums(gaussian: Gaussians, block: Block) -> Floats:
    """Return the counts, the first and the second moments of an E-step of one Gaussian, as one array."""
    rows = replace(block, allowed=None).observations(1)
    counts, first, second, _, _ = kernels.active.em_pass_rows(rows, gaussian, gaussian.means, True)
    return np.concatenate([counts, first.ravel(), second.ravel()])


def _one_gaussian(source: Source, engine: Engine) -> tuple[Floats, Floats]:
    """Return mean and covariance of the one Gaussian of projections after a few iterations of EM."""
    D = source.n_features
    mean, variances = least_squares(source, engine)
    gaussian = Gaussians(np.zeros(1), mean[None], np.diag(variances)[None])
    for _ in range(_PASSES):
        sums = engine.sum(partial(_gaussian_sums, gaussian), source)
        shift, second = sums[1 : D + 1] / sums[0], sums[D + 1 :].reshape(D, D) / sums[0]
        gaussian = Gaussians(np.zeros(1), gaussian.means + shift, (second - np.outer(shift, shift))[None])
    return gaussian.means[0], gaussian.covariances[0]


def observed_shares(source: Source, engine: Engine) -> Floats:
    """Return the fraction of the rows, by weight, observed in each column, (D,); zeros for projections."""
    if source.plain:
        return np.ones(source.n_features)
    if first_rows(source, 1).projections is not None:
        # The density of a projection does not change with the units of the true values.
        return np.zeros(source.n_features)
    counts, _, total = engine.sum(_column_sums, source)
    return np.asarray(counts / total)
