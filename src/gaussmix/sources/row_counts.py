"""Weights as numbers of rows."""

from __future__ import annotations

import numpy as np

from .._types import Floats

__all__ = ["of_mean", "row_counts"]

_ROUNDING = 1e-9
_MOST_COPIES = 2.0**31


def row_counts(weights: Floats) -> Floats:
    """Return numbers of rows for the weights of distinct rows: invariant to a factor of all weights.

    Weights that are whole multiples of the smallest are numbers of copies, in units of it. Others are relative, with a
    mean of one.

    Parameters
    ----------
    weights : (m,) array
        Positive weights, the joint ones of equal rows.

    Examples
    --------
    >>> import numpy as np
    >>> row_counts(np.array([0.5, 1.5])), row_counts(np.array([1.0, 2.5]))
    (array([1., 3.]), array([0.57142857, 1.42857143]))
    """
    if not len(weights):
        return weights
    with np.errstate(over="ignore"):
        copies = weights / weights.min()
    if not copies.max() < _MOST_COPIES:
        return of_mean(weights, 1.0)
    whole = np.rint(copies)
    return whole if (np.abs(copies - whole) <= _ROUNDING * whole).all() else of_mean(weights, 1.0)


def of_mean(weights: Floats, mean: float) -> Floats:
    """Return weights scaled to a mean, rounded to 36 bits to make ties independent of the scale.

    Examples
    --------
    >>> import numpy as np
    >>> of_mean(np.array([0.1, 0.3]), 1.0)
    array([0.5, 1.5])
    """
    mantissa, exponent = np.frexp(weights * (mean * len(weights) / weights.sum()))
    return np.asarray(np.ldexp(np.round(np.ldexp(mantissa, 36)), exponent - 36))
