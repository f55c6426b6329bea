r"""Estimates of covariances with a common volume, shape or orientation.

.. math:: \Sigma_k = \lambda_k Q_k A_k Q_k^T

A model is three letters, for volume, shape and orientation: E equal, V variable, I along the axes of the columns.

References
----------
Celeux, G. and Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern Recognition 28, 781-793.
"""

from __future__ import annotations

import numpy as np

from .._types import Floats
from .common_axes import axes_of, common_axes
from .volumes import equal_volumes, volumes_of_one_matrix, volumes_of_one_shape

__all__ = ["decomposed"]


def decomposed(scatter: Floats, counts: Floats, model: str, factors: Floats | None = None) -> Floats:
    """Return a model's covariances of maximum expected log-likelihood; NaN or infinite if there are none.

    Parameters
    ----------
    scatter : (K, D, D) or (K, D) array
        Weighted sums of squares and products about the means.
    counts : (K,) array
        Sums of the responsibilities.
    model : {"VEI", "EVI", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV"}
    factors : (K, D, D) or (K, D) array, optional
        Whitening factors of the covariances at which an iteration begins.
    """
    volume, shape, orientation = tuple(model)
    if len(scatter) == 1:
        return np.asarray(scatter / counts[0])
    with np.errstate(all="ignore"):
        try:
            if orientation == "I":
                return _variances(scatter, counts, volume + shape, factors)
            if model == "VEE":
                volumes, matrix = volumes_of_one_matrix(scatter, counts, _volumes(scatter, counts, factors))
                return volumes[:, None, None] * matrix
            if model == "EVV":
                return scatter * equal_volumes(_log_volumes(scatter), counts)[:, None, None]
            if orientation == "V":
                variances, axes = np.linalg.eigh(scatter)
            else:
                start = None if factors is None else axes_of(factors.swapaxes(1, 2) @ factors)
                axes = common_axes(scatter, counts, volume == "E", start)
                variances = np.einsum("id,kij,jd->kd", axes, scatter, axes)
            variances = _variances(variances, counts, volume + shape, factors)
        except np.linalg.LinAlgError:
            return np.full_like(scatter, np.nan)
        roots = axes * np.sqrt(variances)[:, None, :]
        return np.asarray(roots @ roots.swapaxes(1, 2))


def _variances(scatter: Floats, counts: Floats, model: str, factors: Floats | None) -> Floats:
    """Return variances (K, D) along known axes, for the letters of volume and shape."""
    if model == "VV":
        return scatter / counts[:, None]
    if model == "EE":
        return np.tile(scatter.sum(axis=0) / counts.sum(), (len(counts), 1))
    if model == "EV":
        return scatter * equal_volumes(np.log(scatter).mean(axis=1), counts)[:, None]
    volumes, shape = volumes_of_one_shape(scatter, counts, _volumes(scatter, counts, factors))
    return volumes[:, None] * shape


def _volumes(scatter: Floats, counts: Floats, factors: Floats | None) -> Floats:
    """Return the volumes of covariances with whitening factors, or a guess."""
    if factors is None:
        traces = scatter.sum(axis=1) if scatter.ndim == 2 else np.trace(scatter, axis1=1, axis2=2)
        return np.asarray(traces / counts)
    diagonal = factors if factors.ndim == 2 else np.diagonal(factors, axis1=1, axis2=2)
    return np.asarray(np.exp(-2.0 * np.log(np.abs(diagonal)).mean(axis=1)))


def _log_volumes(scatter: Floats) -> Floats:
    """Return the logarithms of |W_k|^(1/D), (K,), of columns in any units."""
    deviation = np.sqrt(np.diagonal(scatter, axis1=1, axis2=2))
    correlation = scatter / deviation[:, :, None] / deviation[:, None, :]
    return np.asarray(
        np.linalg.slogdet(correlation)[1] / scatter.shape[1] + 2.0 * np.log(deviation).mean(axis=1)
    )
