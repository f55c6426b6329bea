"""Degrees of freedom of t distributions: fixed, common to all components, or of each component."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from ._types import Floats
from .errors import InputError
from .moments import ScaleSums

__all__ = ["DegreesOfFreedom", "Estimated"]

Estimated = Literal["fixed", "common", "each"]

_LEAST, _MOST = 1.0, 1e4
"""Bounds of estimates: a Cauchy distribution, and a Gaussian to the tolerance of a fit, where log L is flat."""


@dataclass(frozen=True)
class DegreesOfFreedom:
    r"""The rule of an M-step for the degrees of freedom of t distributions.

    The update solves, with the sums over all rows of a component, or over all components,

    .. math:: \log \tfrac{\nu}{2} - \psi(\tfrac{\nu}{2}) + 1
              + \frac{\sum_n w_n r_{nk} (E[\log \tau_{nk}] - u_{nk})}{\sum_n w_n r_{nk}} = 0.

    Parameters
    ----------
    estimated : {"fixed", "common", "each"}
        Whether they are fixed, one number for all components, or one for each.
    first : tuple of float
        ν at the start: one number, or one for each component.

    Examples
    --------
    >>> DegreesOfFreedom("fixed", (4.0,)).start(3)
    array([4., 4., 4.])

    References
    ----------
    Peel, D. and McLachlan, G. J. (2000). Robust mixture modelling using the t distribution. Statistics and Computing
    10, 339-348.
    """

    estimated: Estimated = "common"
    first: tuple[float, ...] = (10.0,)

    def __post_init__(self) -> None:
        if self.estimated not in get_args(Estimated):
            raise InputError(f"estimated is {self.estimated!r}: give 'fixed', 'common' or 'each'.")

    def start(self, n_components: int) -> Floats:
        """Return ν of each component of a start, (K,)."""
        return np.array(np.broadcast_to(np.asarray(self.first, dtype=np.float64), (n_components,)))

    def starting_at(self, degrees: Floats) -> DegreesOfFreedom:
        """Return the rule with another start (K,); fixed degrees of freedom stay as they are."""
        return self if self.estimated == "fixed" else replace(self, first=tuple(degrees.tolist()))

    @property
    def steps(self) -> tuple[Any, ...]:
        """What determines the steps of a run, besides its first mixture."""
        return self.estimated, self.first if self.estimated == "fixed" else ()

    def n_parameters(self, n_components: int) -> int:
        """Return the number of free parameters."""
        return {"fixed": 0, "common": 1, "each": n_components}[self.estimated]

    def update(self, sums: ScaleSums, before: Floats) -> Floats:
        """Return ν after an M-step, (K,), from the sums of an E-step and ν before."""
        if self.estimated == "fixed":
            return before
        if self.estimated == "common":
            root = _root(float(sums.log_scales.sum()), float(sums.members.sum()), float(before[0]))
            return np.full(len(before), root)
        values = zip(sums.log_scales.tolist(), sums.members.tolist(), before.tolist(), strict=True)
        return np.array([_root(*each) for each in values])

    def expected(self, degrees: Floats, members: Floats) -> ScaleSums:
        """Return the expected sums of t distributed rows: the update leaves these degrees of freedom as they are."""
        half = degrees / 2.0
        return ScaleSums(members, members * (digamma(half) - np.log(half) - 1.0))

    def coordinates(self, degrees: Floats, others: Floats, weights: Floats) -> Floats:
        """Return normal coordinates of other degrees of freedom: logarithms, in units of their standard deviations."""
        steps = np.sqrt(weights) * _information(degrees) * np.log(others / degrees)
        return self._reduced(steps, weights)

    def retract(self, vector: Floats, degrees: Floats, weights: Floats) -> Floats:
        """Return the degrees of freedom at normal coordinates, within the bounds."""
        if self.estimated == "fixed":
            return degrees
        total = weights if self.estimated == "each" else weights.sum()
        logs = np.log(degrees) + vector / (np.sqrt(total) * _information(degrees))
        return np.asarray(np.clip(np.exp(np.clip(logs, -50.0, 50.0)), _LEAST, _MOST))

    def _reduced(self, steps: Floats, weights: Floats) -> Floats:
        if self.estimated == "fixed":
            return np.empty(0)
        if self.estimated == "each":
            return steps
        return np.array([steps[0] * np.sqrt(weights.sum() / weights[0])])


def _information(degrees: Floats) -> Floats:
    """Return the square root of the complete-data Fisher information about log ν of one row."""
    half = degrees / 2.0
    # ψ'(a) − 1/a tends to 1/(2a²): the difference of the two loses all digits of it.
    exact = half * half * polygamma(1, half) - half
    series = 0.5 + 1.0 / (6.0 * half) - 1.0 / (30.0 * half**3)
    return np.sqrt(np.where(half > 1e3, series, exact))


def _root(log_scales: float, members: float, before: float) -> float:
    if not members > 0:
        return before
    mean = 1.0 + log_scales / members

    def slope(log_degrees: float) -> float:
        half = 0.5 * np.exp(log_degrees)
        return float(np.log(half) - digamma(half) + mean)

    low, high = np.log(_LEAST), np.log(_MOST)
    if slope(low) <= 0:
        return _LEAST
    if slope(high) >= 0:
        return _MOST
    return float(np.exp(brentq(slope, low, high, xtol=1e-13, rtol=8.9e-16)))
