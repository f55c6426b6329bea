"""What is measured of a fitted mixture: its log-likelihood, whether it is sound, whether it reached the reference.

Sound is a mixture of which every component with a covariance of its own has enough effective rows, at least
min(3 (D + 1), max(D + 1.01, N / 4K)), and one where the covariance is shared; and of which no covariance has a
generalised eigenvalue below 1e-6 against that of all rows, or below 1e-5 if it is that of one component of few rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gaussmix import Mixture

__all__ = ["FAMILIES", "OWN", "Judge", "Judged", "fewest_rows", "n_parameters", "reached", "within"]

FAMILIES = ("full", "tied", "diag", "spherical", "tied-diag", "tied-spherical")
OWN = ("full", "diag", "spherical")
"""Families of which each component has a covariance of its own."""
NARROW, SPIKE, FEW = 1e-6, 1e-5, 5


def within(N: int) -> float:
    """Return how many nats in all below the reference still count as the same optimum."""
    return 0.5 + 1e-3 * float(np.sqrt(N))


def reached(log_likelihood: float, reference: float, N: int) -> bool:
    """Whether a log-likelihood reaches the reference, both of all N rows."""
    return log_likelihood >= reference - within(N)


def fewest_rows(N: int, D: int, K: int, family: str) -> float:
    """Return how many effective rows a component has at least."""
    if family not in OWN:
        return 1.0
    return min(3.0 * (D + 1), max(D + 1.01, N / (4 * K)))


def n_parameters(D: int, K: int, family: str) -> int:
    """Return the number of free parameters."""
    one = {"full": D * (D + 1) // 2, "diag": D, "spherical": 1}[
        family.removeprefix("tied-").replace("tied", "full")
    ]
    return K - 1 + K * D + one * (K if family in OWN else 1)


@dataclass(frozen=True)
class Judged:
    """What is measured of a mixture on the rows of a table.

    Parameters
    ----------
    log_likelihood : float
        Of all rows, nats.
    sound : bool
    least_rows : float
        The effective rows of the smallest component.
    narrowest : float
        The least generalised eigenvalue of a covariance against that of all rows.
    """

    log_likelihood: float
    sound: bool
    least_rows: float
    narrowest: float


class Judge:
    """Measures mixtures on the rows of one table."""

    def __init__(self, X: np.ndarray) -> None:
        self.X = X
        covariance = np.atleast_2d(np.cov(X.T, bias=True))
        deviation = np.sqrt(np.diagonal(covariance))
        values, vectors = np.linalg.eigh(covariance / np.outer(deviation, deviation))
        self._root = deviation[:, None] * vectors * np.sqrt(np.maximum(values, 1e-6))

    def narrowest(self, covariances: np.ndarray) -> np.ndarray:
        """Return the least generalised eigenvalue of each matrix (K, D, D) against the covariance of all rows, (K,).

        It is the inverse of the largest one the other way round, which rounding leaves whatever the columns' units.
        """
        try:
            inward = np.linalg.solve(np.linalg.cholesky(covariances), self._root)
        except np.linalg.LinAlgError:
            return np.zeros(len(covariances))
        return np.linalg.norm(inward, 2, axis=(1, 2)) ** -2

    def of(self, mixture: Mixture, family: str) -> Judged:
        """Return what is measured of a mixture."""
        N, D = self.X.shape
        rows = mixture.weights * N
        narrow = self.narrowest(mixture.covariances.dense())
        spikes = (narrow < SPIKE) & (rows < FEW * (D + 1)) & (family in OWN)
        enough = rows.min() >= fewest_rows(N, D, mixture.n_components, family) * (1.0 - 1e-6)
        total = float(mixture.log_prob(self.X).sum())
        sound = bool(enough and narrow.min() >= NARROW and not spikes.any() and np.isfinite(total))
        return Judged(total, sound, float(rows.min()), float(narrow.min()))
