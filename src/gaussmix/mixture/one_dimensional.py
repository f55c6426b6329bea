"""Distribution functions of univariate mixtures, and their inverses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from .._types import Floats
from ..errors import InputError
from ..kernels.student import log_normalisers
from ..validation import as_real

__all__ = ["Univariate", "as_probabilities"]

_MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class Univariate:
    """Mixtures of one column, one for each of n rows.

    Parameters
    ----------
    weights, means, deviations : (n, K) array
        Weights, means and standard deviations of the Gaussian components, or scales of t distributions.
    box_weights, lower, upper : (n,) array
        Weight of the uniform component, and its interval; the weight is zero without one.
    degrees : (n, K) array, optional
        Degrees of freedom of t distributions.
    """

    weights: Floats
    means: Floats
    deviations: Floats
    box_weights: Floats
    lower: Floats
    upper: Floats
    degrees: Floats | None = None

    def take(self, rows: Any) -> Univariate:
        """Return the mixtures of some rows."""
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return replace(self, **{name: value[rows] for name, value in given.items() if value is not None})

    def cdf(self, x: Floats) -> Floats:
        """Return P(X ≤ x), (n,)."""
        share = np.clip((x - self.lower) / (self.upper - self.lower), 0.0, 1.0)
        return np.asarray(
            (self.weights * self._below(self._scores(x))).sum(axis=1) + self.box_weights * share
        )

    def survival(self, x: Floats) -> Floats:
        """Return P(X > x), (n,), exact in the upper tail."""
        share = np.clip((self.upper - x) / (self.upper - self.lower), 0.0, 1.0)
        return np.asarray(
            (self.weights * self._below(-self._scores(x))).sum(axis=1) + self.box_weights * share
        )

    def density(self, x: Floats) -> Floats:
        """Return the derivative of :meth:`cdf`, (n,)."""
        scores = self._scores(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.exp(self._log_kernel(scores)) / (np.sqrt(2.0 * np.pi) * self.deviations)
        inside = (x >= self.lower) & (x <= self.upper)
        return np.asarray((self.weights * each).sum(axis=1) + self.box_weights * inside / self._widths)

    def _below(self, scores: Floats) -> Floats:
        """Return the probabilities of no larger standardised value, (n, K)."""
        return np.asarray(ndtr(scores) if self.degrees is None else stdtr(self.degrees, scores))

    def _log_kernel(self, scores: Floats) -> Floats:
        """Return the log-densities of standardised values less that of a Gaussian at its mean, (n, K)."""
        if self.degrees is None:
            return np.asarray(-0.5 * scores**2)
        tails = 0.5 * (self.degrees + 1.0) * np.log1p(scores**2 / self.degrees)
        return np.asarray(log_normalisers(self.degrees, 1) - tails)

    def _standardised(self, level: Floats) -> Floats:
        """Return the quantiles of the standardised components, (n, K) or (n, 1)."""
        return np.asarray(
            ndtri(level)[:, None] if self.degrees is None else stdtrit(self.degrees, level[:, None])
        )

    @property
    def _widths(self) -> Floats:
        return np.asarray(self.upper - self.lower)

    def _scores(self, x: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            scores = (x[:, None] - self.means) / self.deviations
        # A component without spread is a step, which is reached at its mean.
        return np.where(np.isnan(scores), np.inf, scores)

    def quantile(self, level: Floats) -> Floats:
        """Return the smallest x with P(X ≤ x) ≥ level, (n,).

        A quantile of a mixture lies between the least and the greatest quantile of its components. Newton's method
        finds it there, with bisection wherever a step leaves the bracket or is slow.
        """
        low, high = self._brackets(level)
        x = self._first(level, low, high)
        open_ = np.flatnonzero(np.isfinite(low + high) & (low < high))
        part, before = self.take(open_), np.full(len(open_), np.inf)
        for _ in range(_MOST_STEPS):
            if not len(open_):
                break
            here = x[open_]
            excess = part._excess(here, level[open_])
            low[open_] = np.where(excess < 0, here, low[open_])
            high[open_] = np.where(excess >= 0, here, high[open_])
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                there = here - excess / part.density(here)
            inside = (there >= low[open_]) & (there <= high[open_]) & (np.abs(excess) <= 0.5 * before)
            middle = 0.5 * low[open_] + 0.5 * high[open_]
            x[open_] = np.where(excess == 0, here, np.where(inside, there, middle))
            narrow = high[open_] <= np.nextafter(low[open_], np.inf)
            x[open_[narrow]] = high[open_[narrow]]
            close = inside & (np.abs(there - here) <= 2.0 * np.spacing(np.abs(here)))
            left = ~(narrow | close | (excess == 0))
            open_, before = open_[left], np.abs(excess[left])
            part = part if left.all() else part.take(left)
        return np.asarray(x)

    def _first(self, level: Floats, low: Floats, high: Floats) -> Floats:
        """Return the quantile of the normal distribution with the mean and variance of the components."""
        whole = self.weights.sum(axis=1)
        p = self.weights / np.where(whole > 0, whole, 1.0)[:, None]
        mean = (p * self.means).sum(axis=1)
        variance = (p * (self.deviations**2 + (self.means - mean[:, None]) ** 2)).sum(axis=1)
        with np.errstate(invalid="ignore"):
            x = mean + np.sqrt(variance) * ndtri(level)
        return np.clip(np.where(np.isnan(x), low, x), low, high)

    def _excess(self, x: Floats, level: Floats) -> Floats:
        """Return P(X ≤ x) − level, by the smaller tail."""
        return np.where(level > 0.5, (1.0 - level) - self.survival(x), self.cdf(x) - level)

    def _brackets(self, level: Floats) -> tuple[Floats, Floats]:
        present = self.weights > 0
        with np.errstate(invalid="ignore"):
            ends = self.means + self.deviations * self._standardised(level)
        ends = np.where(np.isnan(ends), self.means, ends)
        low = np.where(present, ends, np.inf).min(axis=1)
        high = np.where(present, ends, -np.inf).max(axis=1)
        inside = self.lower + level * self._widths
        boxed = self.box_weights > 0
        return (
            np.where(boxed, np.minimum(low, inside), low),
            np.where(boxed, np.maximum(high, inside), high),
        )


def as_probabilities(level: Any, name: str = "level") -> Floats:
    """Return probabilities as a float64 array of values from 0 to 1."""
    array = as_real(level, name)
    bad = ~((array >= 0) & (array <= 1))
    if bad.any():
        raise InputError(f"{name} holds {array[bad].flat[0]}: give probabilities from 0 to 1.")
    return array
