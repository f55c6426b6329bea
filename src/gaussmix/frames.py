"""Frames: the form of second moments (matrices or diagonals), and the linear algebra of covariances in that form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ._types import Floats, Ints

__all__ = ["DiagonalFrame", "Frame", "FullFrame", "LowRankFrame", "MomentFrame", "frame_of"]


class MomentFrame(ABC):
    """The form of second moments: full matrices, diagonals, or projections.

    Arrays may have leading axes, written ... below: (K, D, D) are K matrices in the full frame.
    """

    full: bool
    """Whether second moments are matrices, as an argument of the kernels."""
    low_rank: bool = False
    """Whether second moments are kept as projections on the factors of each component."""

    @abstractmethod
    def zero(self, n_components: int, n_features: int) -> Floats:
        """Return second moments of zero for K components in D columns."""

    @abstractmethod
    def expand(self, values: Floats) -> Floats:
        """Return values (...) with axes of length one appended, to broadcast against second moments."""

    @abstractmethod
    def outer(self, a: Floats, b: Floats) -> Floats:
        """Return the outer products a bᵀ of vectors (..., D)."""

    @abstractmethod
    def diagonal(self, second: Floats) -> Floats:
        """Return the diagonals (..., D) of second moments."""

    @abstractmethod
    def of_variances(self, variances: Floats) -> Floats:
        """Return second moments of columns of given variances (D,); of the full frame, the matrix (D, D) itself."""

    @abstractmethod
    def covariances(self, factors: Floats) -> Floats:
        """Return the covariances of whitening factors, in the frame."""

    def take(self, components: Ints) -> MomentFrame:
        """Return the frame of some components."""
        return self

    @abstractmethod
    def matrices(self, covariances: Floats) -> Floats:
        """Return covariances as matrices (K, D, D)."""

    @abstractmethod
    def of_matrices(self, second: Floats) -> Floats:
        """Return the parts of second moments (K, D, D) that are kept."""

    def log_pivots(self, factors: Floats) -> Floats:
        """Return the logarithms of the determinants of whitening factors L, −½ log |Σ|, (...,)."""
        return np.asarray(np.log(self.diagonal(factors)).sum(axis=-1))


class Frame(MomentFrame):
    """The form of second moments, of covariances and of their whitening factors."""

    def matrices(self, covariances: Floats) -> Floats:
        """Return covariances as matrices (K, D, D)."""
        return self.dense(covariances)

    def of_matrices(self, second: Floats) -> Floats:
        """Return the entries of second moments within the frame."""
        return self.of_dense(second)

    @abstractmethod
    def transpose(self, second: Floats) -> Floats:
        """Return the transposes of outer products."""

    @abstractmethod
    def scatter(self, Y: Floats, weighted: Floats) -> Floats:
        """Return Σ w y yᵀ over rows y (n, D), given the rows w y, (n, D)."""

    @abstractmethod
    def of_dense(self, matrices: Floats) -> Floats:
        """Return the entries of matrices (..., D, D) within the frame."""

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
        return second.diagonal(axis1=-2, axis2=-1)  # np.diagonal takes twice as long

    def of_variances(self, variances: Floats) -> Floats:
        """Return the matrix itself, (D, D)."""
        return variances

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
        """Return the diagonals unchanged."""
        return second

    def diagonal(self, second: Floats) -> Floats:
        """Return the diagonals themselves."""
        return second

    def of_variances(self, variances: Floats) -> Floats:
        """Return the variances themselves."""
        return variances

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


@dataclass(frozen=True, eq=False)
class LowRankFrame(MomentFrame):
    r"""Of second moments S_k, the diagonal and the product S_k G_k with a basis G_k are kept, (K, D, 1 + q).

    Whitening factors are arrays (K, D, 1 + q) of :math:`w = \psi^{-1/2}` and :math:`H = \Psi^{-1/2} \Lambda`, and
    covariances of :math:`\psi` and :math:`\Lambda`, for :math:`\Sigma = \Lambda \Lambda^T + \Psi`.

    Parameters
    ----------
    basis : (K, D, q) array
        G_k, which spans the columns of Σ_k⁻¹ Λ_k.

    Examples
    --------
    >>> import numpy as np
    >>> frame = LowRankFrame(np.array([[[1.0], [0.0]]]))
    >>> frame.outer(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]))
    array([[[3., 3.],
            [8., 6.]]])
    """

    basis: Floats
    full = False
    low_rank = True

    def take(self, components: Ints) -> LowRankFrame:
        """Return the frame of some components."""
        return LowRankFrame(self.basis[components])

    def zero(self, n_components: int, n_features: int) -> Floats:
        """Return zeros (K, D, 1 + q)."""
        return np.zeros((n_components, n_features, 1 + self.basis.shape[-1]))

    def expand(self, values: Floats) -> Floats:
        """Return values (..., 1, 1)."""
        return values[..., None, None]

    def outer(self, a: Floats, b: Floats) -> Floats:
        """Return the diagonals of a bᵀ, and a bᵀ G, (K, D, 1 + q)."""
        projected = a[..., None] * np.einsum("...d,...dq->...q", b, self.basis)[..., None, :]
        return np.concatenate([(a * b)[..., None], projected], axis=-1)

    def diagonal(self, second: Floats) -> Floats:
        """Return the diagonals, (..., D)."""
        return second[..., 0]

    def of_variances(self, variances: Floats) -> Floats:
        """Return the variances, and their products with the bases, (K, D, 1 + q)."""
        wide = np.broadcast_to(variances, self.basis.shape[:-1])[..., None]
        return np.concatenate([wide, wide * self.basis], axis=-1)

    def of_factors(self, covariances: Floats) -> Floats:
        """Return the diagonals and the products with the bases of the covariances of given ψ and Λ."""
        noise, loadings = covariances[..., :1], covariances[..., 1:]
        variances = noise + np.square(loadings).sum(axis=-1, keepdims=True)
        products = noise * self.basis + loadings @ (loadings.swapaxes(-1, -2) @ self.basis)
        return np.concatenate([variances, products], axis=-1)

    def matrices(self, covariances: Floats) -> Floats:
        """Return Λ Λᵀ + Ψ, (K, D, D)."""
        noise, loadings = covariances[..., 0], covariances[..., 1:]
        eye = np.eye(noise.shape[-1])
        return np.asarray(loadings @ loadings.swapaxes(-1, -2) + noise[..., None] * eye)

    def of_matrices(self, second: Floats) -> Floats:
        """Return the diagonals and the products with the bases, (K, D, 1 + q)."""
        diagonals = np.diagonal(second, axis1=-2, axis2=-1)[..., None]
        return np.concatenate([diagonals, second @ self.basis], axis=-1)

    def covariances(self, factors: Floats) -> Floats:
        """Return ψ and Λ, (..., D, 1 + q)."""
        w = factors[..., :1]
        return np.concatenate([w**-2.0, factors[..., 1:] / w], axis=-1)

    def log_pivots(self, factors: Floats) -> Floats:
        """Return −½ log |Σ|, (...,), by the q × q determinant of I + HᵀH."""
        H = factors[..., 1:]
        inner = np.eye(H.shape[-1]) + H.swapaxes(-1, -2) @ H
        return np.asarray(np.log(factors[..., 0]).sum(axis=-1) - 0.5 * np.linalg.slogdet(inner)[1])


def frame_of(covariance: Floats) -> Frame:
    """Return the frame of one covariance as its shape says: full for (D, D), diagonal for (D,).

    Examples
    --------
    >>> import numpy as np
    >>> frame_of(np.eye(2)), frame_of(np.ones(2))
    (FullFrame(), DiagonalFrame())
    """
    return FullFrame() if covariance.ndim == 2 else DiagonalFrame()
