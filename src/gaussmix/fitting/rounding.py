"""Rounding errors of log-densities of nearly singular covariances."""

from __future__ import annotations

import numpy as np

from .._types import Floats
from ..frames import MomentFrame
from ..mixture import Mixture

__all__ = ["one_over_pivots", "rounding_of"]


def one_over_pivots(frame: MomentFrame, covariances: Floats, factors: Floats) -> Floats:
    """Return one over the pivots of the Cholesky factors of the correlation matrices, (K, D).

    Parameters
    ----------
    frame : MomentFrame
        The form of the arrays.
    covariances : (K, D, D) or (K, D) array
    factors : (K, D, D) or (K, D) array
        Their whitening factors.
    """
    diagonal = frame.diagonal(factors)
    return np.asarray(diagonal * diagonal * frame.diagonal(covariances))


def rounding_of(mixture: Mixture) -> float:
    """Return the rounding error of the mean log-density, nats: it grows as covariances come near to singular ones.

    The squared distance of a row loses as many digits as the correlation matrix of its component, in each column.

    Parameters
    ----------
    mixture : Mixture

    Examples
    --------
    >>> rounding_of(Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])) < 1e-15
    True
    >>> rounding_of(Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0 + 1e-12]]])) > 1e-4
    True
    """
    covariances = mixture.covariances
    if covariances.frame.low_rank:
        return 0.0
    lost = one_over_pivots(covariances.frame, covariances.in_frame(), covariances.factors).max(axis=1)
    return float(np.finfo(np.float64).eps * mixture.n_features * (mixture.weights @ lost))
