"""The first Gaussian for projected rows, by least squares."""

from __future__ import annotations

from functools import partial

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..engines import Engine
from ..errors import InputError
from ..sources import Source

__all__ = ["least_squares"]

_UNSEEN = 1e-10
"""Smallest eigenvalue of the scaled normal equations for a determined direction."""


def least_squares(source: Source, engine: Engine) -> tuple[Floats, Floats]:
    r"""Return the mean of the true values by least squares, and variances from the residuals.

    .. math:: \hat\mu = \Bigl(\sum_i R_i^T W R_i\Bigr)^{-1} \sum_i R_i^T W x_i

    W are the inverse variances of the measured columns. Each feature explains the same share of the residuals.

    Parameters
    ----------
    source : Source
        Rows (n, m) with projections.
    engine : Engine
        Adds up over the blocks.

    Returns
    -------
    mean, variances : (D,) arrays

    Raises
    ------
    InputError
        If no row observes a direction of the true values.

    References
    ----------
    Bovy, J., Hogg, D. W. and Roweis, S. T. (2011). Extreme deconvolution: inferring complete distribution functions
    from noisy, heterogeneous and incomplete observations. Ann. Appl. Stat. 5, 1657-1677.
    """
    D = source.n_features
    counts, first = engine.sum(_first, source)
    counts = np.where(counts > 0, counts, 1.0)
    variances = engine.sum(partial(_second, first / counts), source) / counts
    precisions = 1.0 / np.where(variances > 0, variances, 1.0)
    sums = engine.sum(partial(_normal, precisions), source)
    normal, right = sums[:, :D], sums[:, D]
    size = np.sqrt(np.diagonal(normal))
    _check_seen(normal, size)
    mean = np.linalg.solve(normal / np.outer(size, size), right / size) / size
    residuals = max(
        float(engine.sum(partial(_residuals, precisions, mean), source)), float(np.finfo(np.float64).tiny)
    )
    return mean, residuals / (D * np.square(size))


def _check_seen(normal: Floats, size: Floats) -> None:
    """Raise InputError unless every direction of the true values is seen by some row."""
    unseen = np.flatnonzero(size == 0)
    if len(unseen):
        raise InputError(
            f"no row observes the true value {unseen[0]}: column {unseen[0]} of all projections is zero. Leave it out, "
            "or give rows that observe it."
        )
    values, vectors = np.linalg.eigh(normal / np.outer(size, size))
    if values[0] < _UNSEEN:
        unseen_part = vectors[:, 0] / size
        direction = np.array2string(unseen_part / np.abs(unseen_part).max(), precision=3, suppress_small=True)
        raise InputError(
            f"no row observes the direction {direction} of the true values: the projections of all rows span fewer "
            "dimensions. Give rows with other projections, or fit fewer values."
        )


def _rows(block: Block) -> tuple[Floats, Floats, Floats, Floats]:
    """Return projections, values, weights and flags of the observed values, with zeros for the others."""
    assert block.projections is not None
    if block.weights is not None:
        block = block.take(np.flatnonzero(block.weights > 0))
    seen = ~np.isnan(block.X)
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    R = np.asarray(block.projections)
    return (
        np.where(seen[:, :, None], R, 0.0),
        np.where(seen, block.X, 0.0).astype(np.float64),
        weights,
        seen * 1.0,
    )


def _first(block: Block) -> Floats:
    """Return Σ w and Σ w x of the observed values of each column, (2, m)."""
    _, x, weights, seen = _rows(block)
    return np.stack([weights @ seen, weights @ x])


def _second(centre: Floats, block: Block) -> Floats:
    """Return Σ w (x − c)² of the observed values of each column, (m,)."""
    _, x, weights, seen = _rows(block)
    return np.asarray(weights @ (seen * (x - centre) ** 2))


def _normal(precisions: Floats, block: Block) -> Floats:
    """Return the normal equations, matrix and right side, (D, D + 1)."""
    R, x, weights, _ = _rows(block)
    scaled = R * (weights[:, None] * precisions)[:, :, None]
    right = np.einsum("nmd,nm->d", scaled, x)
    return np.column_stack([np.einsum("nmd,nme->de", scaled, R), right])


def _residuals(precisions: Floats, mean: Floats, block: Block) -> float:
    R, x, weights, _ = _rows(block)
    return float((np.square(x - np.einsum("nmd,d->nm", R, mean)) * precisions * weights[:, None]).sum())
