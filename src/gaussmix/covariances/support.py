"""Supports of singular normal distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._types import Floats

__all__ = ["Support"]


@dataclass(frozen=True, eq=False)
class Support:
    """The supports of K normal distributions with singular covariances: μ_k + range Σ_k.

    Parameters
    ----------
    values : (K, D) array
        Eigenvalues of the covariances, in ascending order.
    vectors : (K, D, D) array
        Their eigenvectors, as columns.
    positive : (K, D) array of bool
        Which eigenvalues are positive beyond rounding.
    """

    values: Floats
    vectors: Floats
    positive: NDArray[np.bool_]

    @property
    def ranks(self) -> NDArray[np.intp]:
        """The dimensions of the supports, (K,)."""
        return np.asarray(self.positive.sum(axis=1), dtype=np.intp)

    def excludes(self, X: Floats, means: Floats) -> NDArray[np.bool_]:
        """Return a mask (n, K) of the rows (n, D) outside the support of each component with means (K, D)."""
        result = np.zeros((len(X), len(means)), dtype=bool)
        for k, mean in enumerate(means):
            residual = np.linalg.norm((X - mean) @ self.vectors[k][:, ~self.positive[k]], axis=1)
            largest = np.sqrt(max(float(self.values[k].max()), np.finfo(np.float64).tiny))
            result[:, k] = residual > 1e-6 * largest + 1e-12 * np.abs(mean).max()
        return result
