"""Frames: which second moments are kept of each component, and the linear algebra of covariances in that form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ._types import Floats

__all__ = ["DiagonalFrame", "Frame", "FullFrame", "frame_of"]


class Frame(ABC):
    """The form of second moments, of covariances and of their whitening factors.

    Arrays may have leading axes, written ... below: (K, D, D) are K matrices in the full frame.
    """

    full: bool
    """Whether second moments are matrices, as an argument of the kernels."""

    @abstractmethod
    def zero(self, n_components: int, n_features: int) -> Floats:
        """Return second moments of K components in D columns that are zero."""

    @abstractmethod
    def expand(self, values: Floats) -> Floats:
        """Return values (...) with axes of length one appended, which broadcast against second moments."""

    @abstractmethod
    def outer(self, a: Floats, b: Floats) -> Floats:
        """Return the outer products a bᵀ of vectors (..., D)."""

    @abstractmethod
    def transpose(self, second: Floats) -> Floats:
        """Return the transposes of outer products."""

    @abstractmethod
    def diagonal(self, second: Floats) -> Floats:
        """Return the diagonals (..., D) of second moments."""

    @abstractmethod
    def scatter(self, Y: Floats, weighted: Floats) -> Floats:
        """Return Σ w y yᵀ over rows y (n, D), given the rows w y, (n, D)."""

    @abstractmethod
    def of_dense(self, matrices: Floats) -> Floats:
        """Return the part of matrices (..., D, D) that is kept."""

    @abstractmethod
    def dense(self, second: Floats) -> Floats:
        """Return second moments as matrices (..., D, D)."""

    @abstractmethod
    def precisions(self, factors: Floats) -> Floats:
        """Return LᵀL for whitening factors L in the frame."""

    @abstractmethod
    def whiten(self, factors: Floats, deviations: Floats) -> Floats:
        """Return L y for rows y (..., n, D) and whitening factors L in the frame."""

    @abstractmethod
    def whiten_transposed(self, factors: Floats, rows: Floats) -> Floats:
        """Return Lᵀ y for rows y (..., n, D) and whitening factors L in the frame."""

    @abstractmethod
    def covariances(self, factors: Floats) -> Floats:
        """Return the covariances (LᵀL)⁻¹ of whitening factors."""

    @abstractmethod
    def transform(self, matrix: Floats, covariances: Floats) -> Floats:
        """Return A Σ Aᵀ for covariances Σ (K, D, D) or (K, D) and one matrix A in the frame."""

    @abstractmethod
    def eigenvalues(self, covariances: Floats) -> Floats:
        """Return the eigenvalues of covariances, (K, D), in ascending order."""

    @abstractmethod
    def trace(self, factor: Floats, second: Floats) -> float:
        """Return tr L S Lᵀ for one whitening factor and second moment."""

    @abstractmethod
    def scaled(self, factor: Floats, variances: Floats) -> Floats:
        """Return the variances of L x, (D,), where the columns of x are uncorrelated with variances (D,)."""


@dataclass(frozen=True)
class FullFrame(Frame):
    """Second moments are matrices (..., D, D), whitening factors lower triangular.

    Examples
    --------
    >>> import numpy as np
    >>> FullFrame().outer(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([[3., 4.],
           [6., 8.]])
    """

    full = True

    def zero(self, n_components: int, n_features: int) -> Floats:
        """Return zeros (K, D, D)."""
        return np.zeros((n_components, n_features, n_features))

    def expand(self, values: Floats) -> Floats:
        """Return values (..., 1, 1)."""
        return values[..., None, None]

    def outer(self, a: Floats, b: Floats) -> Floats:
        """Return a bᵀ, (..., D, D)."""
        return a[..., :, None] * b[..., None, :]

    def transpose(self, second: Floats) -> Floats:
        """Return the transposed matrices."""
        return second.swapaxes(-1, -2)

    def diagonal(self, second: Floats) -> Floats:
        """Return the diagonals of the matrices."""
        return np.diagonal(second, axis1=-2, axis2=-1)

    def scatter(self, Y: Floats, weighted: Floats) -> Floats:
        """Return Σ w y yᵀ, (D, D)."""
        return np.asarray(weighted.T @ Y)

    def of_dense(self, matrices: Floats) -> Floats:
        """Return the matrices themselves."""
        return matrices

    def dense(self, second: Floats) -> Floats:
        """Return the matrices themselves."""
        return second

    def precisions(self, factors: Floats) -> Floats:
        """Return LᵀL, (..., D, D)."""
        return np.asarray(factors.swapaxes(-1, -2) @ factors)

    def whiten(self, factors: Floats, deviations: Floats) -> Floats:
        """Return L y, (..., n, D)."""
        return np.asarray(deviations @ factors.swapaxes(-1, -2))

    def whiten_transposed(self, factors: Floats, rows: Floats) -> Floats:
        """Return Lᵀ y, (..., n, D)."""
        return np.asarray(rows @ factors)

    def covariances(self, factors: Floats) -> Floats:
        """Return (LᵀL)⁻¹, (..., D, D)."""
        inverse = np.linalg.inv(factors)
        return np.asarray(inverse @ inverse.swapaxes(-1, -2))

    def transform(self, matrix: Floats, covariances: Floats) -> Floats:
        """Return A Σ Aᵀ, (K, D, D)."""
        return np.asarray(matrix @ covariances @ matrix.T)

    def eigenvalues(self, covariances: Floats) -> Floats:
        """Return the eigenvalues of matrices (K, D, D)."""
        return np.asarray(np.linalg.eigvalsh(covariances))

    def trace(self, factor: Floats, second: Floats) -> float:
        """Return tr L S Lᵀ for matrices (D, D)."""
        return float(np.sum((factor @ second) * factor))

    def scaled(self, factor: Floats, variances: Floats) -> Floats:
        """Return Σ_j L_dj² s_j, (D,)."""
        return np.asarray(np.square(factor) @ variances)


@dataclass(frozen=True)
class DiagonalFrame(Frame):
    """Only the diagonals (..., D) of second moments are kept; whitening factors are 1/σ.

    Examples
    --------
    >>> import numpy as np
    >>> DiagonalFrame().outer(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([3., 8.])
    """

    full = False

    def zero(self, n_components: int, n_features: int) -> Floats:
        """Return zeros (K, D)."""
        return np.zeros((n_components, n_features))

    def expand(self, values: Floats) -> Floats:
        """Return values (..., 1)."""
        return values[..., None]

    def outer(self, a: Floats, b: Floats) -> Floats:
        """Return the diagonal of a bᵀ, (..., D)."""
        return a * b

    def transpose(self, second: Floats) -> Floats:
        """Return the diagonals, which a transpose leaves as they are."""
        return second

    def diagonal(self, second: Floats) -> Floats:
        """Return the diagonals themselves."""
        return second

    def scatter(self, Y: Floats, weighted: Floats) -> Floats:
        """Return the diagonal of Σ w y yᵀ, (D,)."""
        return np.asarray(np.einsum("nd,nd->d", weighted, Y))

    def of_dense(self, matrices: Floats) -> Floats:
        """Return the diagonals (..., D)."""
        return np.diagonal(matrices, axis1=-2, axis2=-1)

    def dense(self, second: Floats) -> Floats:
        """Return diagonal matrices (..., D, D)."""
        return second[..., :, None] * np.eye(second.shape[-1])

    def precisions(self, factors: Floats) -> Floats:
        """Return 1/σ², (..., D)."""
        return np.square(factors)

    def whiten(self, factors: Floats, deviations: Floats) -> Floats:
        """Return y/σ, (..., n, D)."""
        return np.asarray(deviations * factors[..., None, :])

    def whiten_transposed(self, factors: Floats, rows: Floats) -> Floats:
        """Return y/σ, (..., n, D)."""
        return np.asarray(rows * factors[..., None, :])

    def covariances(self, factors: Floats) -> Floats:
        """Return σ², (..., D)."""
        return np.asarray(factors**-2.0)

    def transform(self, matrix: Floats, covariances: Floats) -> Floats:
        """Return a_d² σ_d², (K, D)."""
        return matrix * covariances * matrix

    def eigenvalues(self, covariances: Floats) -> Floats:
        """Return the variances in ascending order."""
        return np.sort(covariances, axis=-1)

    def trace(self, factor: Floats, second: Floats) -> float:
        """Return Σ s_d / σ_d²."""
        return float(self.scaled(factor, second).sum())

    def scaled(self, factor: Floats, variances: Floats) -> Floats:
        """Return s_d / σ_d², (D,)."""
        return np.square(factor) * variances


def frame_of(covariance: Floats) -> Frame:
    """Return the frame of one covariance as its shape says: full for (D, D), diagonal for (D,).

    Examples
    --------
    >>> import numpy as np
    >>> frame_of(np.eye(2)), frame_of(np.ones(2))
    (FullFrame(), DiagonalFrame())
    """
    return FullFrame() if covariance.ndim == 2 else DiagonalFrame()
