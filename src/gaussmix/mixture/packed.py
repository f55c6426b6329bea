"""Gaussians with their covariances as packed lower triangles: formulas over many components at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._types import Floats, Ints

__all__ = ["PackedGaussians"]


@dataclass(frozen=True, eq=False)
class PackedGaussians:
    """K weighted Gaussians in D columns; one row of an array for each entry, so that formulas run over components.

    Parameters
    ----------
    weights : (K,) array
    means : (D, K) array
    covariances : (D (D + 1) / 2, K) array
        Lower triangles, row by row.
    """

    weights: Floats
    means: Floats
    covariances: Floats

    @classmethod
    def of(cls, weights: Floats, means: Floats, covariances: Floats) -> PackedGaussians:
        """Return the Gaussians of weights (K,), means (K, D) and covariances (K, D, D)."""
        rows, columns = np.tril_indices(means.shape[1])
        return cls(
            weights, np.ascontiguousarray(means.T), np.ascontiguousarray(covariances[:, rows, columns].T)
        )

    @property
    def n_components(self) -> int:
        """Number of components K."""
        return len(self.weights)

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return len(self.means)

    def dense(self) -> Floats:
        """Return the covariances as matrices (K, D, D)."""
        return self._dense(self.covariances)

    def _dense(self, packed: Floats) -> Floats:
        D = self.n_features
        rows, columns = np.tril_indices(D)
        result = np.empty((packed.shape[1], D, D))
        result[:, rows, columns] = result[:, columns, rows] = packed.T
        return result

    def products(self, vectors: Floats) -> Floats:
        """Return the lower triangles of v vᵀ of vectors (D, m)."""
        rows, columns = np.tril_indices(self.n_features)
        return np.asarray(vectors[rows] * vectors[columns])

    @cached_property
    def log_determinants(self) -> Floats:
        """Logarithms of the determinants of the covariances, (K,)."""
        return self.log_determinants_of(self.covariances)

    def log_determinants_of(self, packed: Floats) -> Floats:
        """Return the logarithms of the determinants of lower triangles (P, m)."""
        roots = np.linalg.cholesky(self._dense(packed))
        return np.asarray(2.0 * np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1))

    @cached_property
    def precisions(self) -> Floats:
        """Lower triangles of the inverse covariances, with doubled entries beside the diagonal."""
        rows, columns = np.tril_indices(self.n_features)
        inverse = np.linalg.inv(self.dense())[:, rows, columns].T
        return np.asarray(inverse * np.where(rows == columns, 1.0, 2.0)[:, None])

    def divergences(self, other: PackedGaussians, ours: Ints, theirs: Ints) -> Floats:
        """Return the Kullback-Leibler divergences of pairs of our components from those of another, (m,)."""
        apart = self.means[:, ours] - other.means[:, theirs]
        squares = (other.precisions[:, theirs] * (self.covariances[:, ours] + self.products(apart))).sum(
            axis=0
        )
        logs = other.log_determinants[theirs] - self.log_determinants[ours]
        return np.asarray(0.5 * np.maximum(squares - self.n_features + logs, 0.0))

    def take(self, components: Ints) -> PackedGaussians:
        """Return some of the components."""
        return PackedGaussians(
            self.weights[components], self.means[:, components], self.covariances[:, components]
        )

    def writable(self) -> PackedGaussians:
        """Return a copy whose components :meth:`put` replaces."""
        copy = PackedGaussians(self.weights.copy(), self.means.copy(), self.covariances.copy())
        copy.__dict__["log_determinants"] = self.log_determinants.copy()
        return copy

    def put(self, component: int, one: PackedGaussians) -> None:
        """Replace a component of a writable copy."""
        self.weights[component] = one.weights[0]
        self.means[:, component] = one.means[:, 0]
        self.covariances[:, component] = one.covariances[:, 0]
        self.log_determinants[component] = one.log_determinants[0]
