"""Resampling of rows, by weights or by samples from the mixture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self, TypeAlias

import numpy as np

from .._types import Floats, Rows
from ..errors import InputError
from ..mixture import Mixture
from ..validation import as_noise, as_weights

__all__ = ["RESAMPLINGS", "Observed", "Resampling", "parametric"]


@dataclass(frozen=True, eq=False)
class Observed:
    """The rows of a fit, with weights, errors and labels.

    Parameters
    ----------
    X : (n, D) array
    weights : (n,) array or None
        Weights of the rows.
    noise : array or None
        Variances (n, D) or covariances (n, D, D) of measurement errors.
    labels : object
        Known components, as in ``fit``, or None.
    """

    X: Rows
    weights: Floats | None = None
    noise: Floats | None = None
    labels: Any = None

    @classmethod
    def of(cls, X: Rows, sample_weight: Any, noise: Any, labels: Any = None) -> Self:
        """Return checked rows with weights, errors and labels."""
        return cls(X, as_weights(sample_weight, len(X)), as_noise(noise, X), labels)

    @property
    def n_rows(self) -> int:
        """Number of rows (n)."""
        return len(self.X)

    @property
    def total_weight(self) -> float:
        """The sum of the weights."""
        return float(self.n_rows if self.weights is None else self.weights.sum())

    @property
    def frequencies(self) -> Floats:
        """Weights of the rows, (n,)."""
        return np.ones(self.n_rows) if self.weights is None else self.weights

    def weighted(self, weights: Floats) -> Self:
        """Return the same rows with other weights."""
        return replace(self, weights=weights)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of ``fit``."""
        known = {"sample_weight": self.weights, "noise": self.noise, "labels": self.labels}
        return {"X": self.X, **{name: value for name, value in known.items() if value is not None}}

    def check_frequencies(self) -> None:
        """Raise InputError for weights that cannot be numbers of observations."""
        if self.weights is None:
            return
        used, total = int(np.count_nonzero(self.weights)), self.total_weight
        if total < 0.5 * used:
            raise InputError(
                f"sample_weight sums to {total:g} over {used:,} rows: the variance of an estimate depends on how many "
                "rows were observed; multiply the weights so that they sum to that number."
            )


Resampling: TypeAlias = Callable[[Observed, Mixture, np.random.Generator], Observed]


def nonparametric(observed: Observed, mixture: Mixture, rng: np.random.Generator) -> Observed:
    """Return the rows with weights: the numbers of draws of each with replacement."""
    total, frequencies = observed.total_weight, observed.frequencies
    trials = round(total)
    drawn = rng.multinomial(trials, frequencies / frequencies.sum())
    return observed.weighted(np.asarray(drawn * (total / trials), dtype=np.float64))


def weighted_likelihood(observed: Observed, mixture: Mixture, rng: np.random.Generator) -> Observed:
    """Return the rows with Dirichlet weights, of mean one: gamma variates over their mean."""
    gamma: Floats = np.asarray(rng.standard_gamma(observed.frequencies), dtype=np.float64)
    return observed.weighted(gamma * (observed.total_weight / gamma.sum()))


def parametric(observed: Observed, mixture: Mixture, rng: np.random.Generator) -> Observed:
    """Return rows drawn from the mixture, with the missing values and errors of the observed rows."""
    if observed.labels is not None:
        raise InputError(
            "labels: a parametric bootstrap draws new rows, and the mixture does not say which of them would be "
            "labelled; use method='nonparametric', which draws rows with their labels."
        )
    n = observed.n_rows
    like = np.arange(n)
    if observed.weights is not None:
        like = rng.choice(n, size=round(observed.total_weight), p=observed.weights / observed.weights.sum())
    X = mixture.sample(len(like), rng)[0]
    noise = None if observed.noise is None else observed.noise[like]
    if noise is not None:
        X = X + _errors(noise, rng)
    X = np.where(np.isnan(observed.X[like]), np.nan, X).astype(observed.X.dtype)
    return Observed(X, None, noise)


def _errors(noise: Floats, rng: np.random.Generator) -> Floats:
    """Return a measurement error for each row."""
    standard = rng.standard_normal(noise.shape[:2])
    if noise.ndim == 2:
        return np.sqrt(noise) * standard
    values, vectors = np.linalg.eigh(noise)
    return np.asarray(np.einsum("nij,nj->ni", vectors, np.sqrt(np.maximum(values, 0.0)) * standard))


RESAMPLINGS: dict[str, Resampling] = {
    "nonparametric": nonparametric,
    "weighted": weighted_likelihood,
    "parametric": parametric,
}
