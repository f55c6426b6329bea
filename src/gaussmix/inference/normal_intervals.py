"""Normal confidence intervals on scales without bounds: logarithms of variances, logits of weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri

from .._types import Floats

__all__ = ["LOGARITHM", "LOGIT", "PLAIN", "Scale", "normal_interval", "of_covariances"]


@dataclass(frozen=True)
class Scale:
    """A monotone map from the values of a parameter to all numbers, and its inverse."""

    forward: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]


PLAIN = Scale(lambda values: values, lambda values: values)
LOGARITHM = Scale(np.log, np.exp)
LOGIT = Scale(logit, expit)


def normal_interval(
    replicates: Floats, estimate: Floats, counts: Floats, jackknife: bool, tail: float, scale: Scale
) -> tuple[Floats, Floats]:
    """Return the ends of normal intervals on a scale, for the estimate less its bias.

    Where a value has no place on the scale, or all replicates are equal, both ends are the estimate.

    Parameters
    ----------
    replicates : (B, …) array
    estimate : (…) array
    counts : (B,) array
        Weights of the replicates.
    jackknife : bool
        Whether replicates leave out a row each.
    tail : float
        The probability beyond each end.
    """
    n = float(counts.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        values, centre = scale.forward(np.asarray(replicates)), scale.forward(np.asarray(estimate))
        mean = np.tensordot(counts, values, axes=1) / n
        squares = np.tensordot(counts, (values - mean) ** 2, axes=1)
        error = np.sqrt(squares * ((n - 1.0) / n if jackknife else 1.0 / (n - 1.0)))
        bias = (mean - centre) * (n - 1.0 if jackknife else 1.0)
        half = -ndtri(tail) * error
        ends = [scale.back(centre - bias + sign * half) for sign in (-1.0, 1.0)]
    settled = np.isfinite(ends[0]) & np.isfinite(ends[1]) & (error > 0)
    lower, upper = (np.where(settled, end, estimate) for end in ends)
    return lower, upper


def of_covariances(
    interval: Callable[[Floats, Floats, Scale], tuple[Floats, Floats]],
    replicates: Floats,
    estimate: Floats,
    matrices: bool,
) -> tuple[Floats, Floats]:
    """Return intervals of covariances: of variances on the scale of logarithms, of others on their own.

    Parameters
    ----------
    interval : callable
        From replicates, an estimate and a scale to the ends.
    replicates : (B, …) array
    estimate : (…) array
        Covariances in the shape of their family.
    matrices : bool
        Whether the last two axes are those of a matrix.
    """
    if not matrices:
        return interval(replicates, estimate, LOGARITHM)
    lower, upper = interval(replicates, estimate, PLAIN)
    d = np.arange(estimate.shape[-1])
    lower[..., d, d], upper[..., d, d] = interval(replicates[..., d, d], estimate[..., d, d], LOGARITHM)
    return lower, upper
