"""Full covariances: a matrix for each component."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .._types import Floats, Ints
from ..constraints import Constraint
from ..errors import InputError, SingularCovarianceError
from ..frames import FullFrame
from ..validation import finite_array
from .base import Covariances, Family, Pooling

__all__ = ["Full", "FullCovariances", "symmetric"]


class FullCovariances(Covariances):
    """Matrices Σ_k (K, D, D), perhaps with roots R_k, Σ_k = R_k R_kᵀ, that hold more digits than they do."""

    def __init__(self, array: Floats, roots: Floats | None = None) -> None:
        super().__init__(array)
        self._roots = roots
        self.n_components, self.n_features = self.array.shape[0], self.array.shape[1]

    @classmethod
    def with_factors(cls, factors: Floats) -> FullCovariances:
        """Return the covariances whose whitening factors are given: lower triangular (K, D, D)."""
        result = cls.__new__(cls)
        result._roots = None
        result.n_components, result.n_features = factors.shape[:2]
        result.__dict__["factors"] = factors
        return result

    @cached_property
    def array(self) -> Floats:  # type: ignore[override]
        """The matrices; made from the factors where those are what is given."""
        roots = _inverse_lower(self.factors)
        with np.errstate(over="ignore", invalid="ignore"):
            matrices: Floats = roots @ roots.swapaxes(1, 2)
        matrices.setflags(write=False)
        return matrices

    @property
    def family(self) -> Full:
        return Full()

    @cached_property
    def factors(self) -> Floats:
        # The unit diagonal keeps pivots near one at any scale of the columns.
        variances = np.diagonal(self.array, axis1=1, axis2=2)
        if not (variances > 0).all():
            raise _singular(int(np.argmax(~(variances > 0).all(axis=1))), self.array)
        deviation = np.sqrt(variances)
        return np.asarray(_inverse_lower(self._unit_lower(deviation)) / deviation[:, None, :])

    @cached_property
    def log_determinants(self) -> Floats:
        # Cholesky factors say it without their inverses.
        with np.errstate(invalid="ignore"):
            deviation = np.sqrt(np.diagonal(self.array, axis1=1, axis2=2))
        if "factors" in self.__dict__ or not (deviation > 0).all():
            diagonal = np.diagonal(self.factors, axis1=1, axis2=2)
            return np.asarray(-2.0 * np.log(np.abs(diagonal)).sum(axis=1))
        pivots = np.diagonal(self._unit_lower(deviation), axis1=1, axis2=2)
        return np.asarray(2.0 * np.log(np.abs(pivots * deviation)).sum(axis=1))

    def _unit_lower(self, deviation: Floats) -> Floats:
        """Return the Cholesky factors of the correlation matrices."""
        if self._roots is not None:
            upper = np.linalg.qr((self._roots / deviation[:, :, None]).swapaxes(1, 2), mode="r")
            signs = np.sign(np.diagonal(upper, axis1=1, axis2=2))
            return np.asarray((signs[:, :, None] * upper).swapaxes(1, 2))
        correlation = self.array / deviation[:, :, None] / deviation[:, None, :]
        try:
            return np.asarray(np.linalg.cholesky(correlation))
        except np.linalg.LinAlgError:
            raise _singular(_first_without_cholesky(correlation), self.array) from None

    def dense(self) -> Floats:
        return self.array.copy()

    def variances(self) -> Floats:
        return np.diagonal(self.array, axis1=1, axis2=2).copy()

    def precisions(self) -> Floats:
        return self.factors.swapaxes(1, 2) @ self.factors

    def precisions_cholesky(self) -> Floats:
        return np.ascontiguousarray(self.factors.swapaxes(1, 2))

    def colour(self, noise: Floats, labels: Ints) -> Floats:
        from scipy.linalg import solve_triangular

        result = np.empty_like(noise)
        for k, factor in enumerate(self.factors):
            chosen = labels == k
            result[chosen] = solve_triangular(factor, noise[chosen].T, lower=True).T
        return result

    def take(self, components: Sequence[int] | Ints) -> FullCovariances:
        chosen = np.asarray(components, dtype=np.intp)
        taken = FullCovariances(self.array[chosen], None if self._roots is None else self._roots[chosen])
        if "factors" in self.__dict__:
            taken.__dict__["factors"] = self.factors[chosen]
        return taken

    def marginal(self, columns: Sequence[int]) -> FullCovariances:
        return FullCovariances(self.array[:, columns][:, :, columns])

    def affine(self, matrix: Floats) -> FullCovariances:
        return FullCovariances(symmetric(matrix @ self.array @ matrix.T))

    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        from scipy.linalg import cho_factor, cho_solve

        known, cross = self.array[:, given][:, :, given], self.array[:, kept][:, :, given]
        slope = np.stack([cho_solve(cho_factor(s), c.T).T for s, c in zip(known, cross, strict=True)])
        rest = self.array[:, kept][:, :, kept] - slope @ cross.swapaxes(1, 2)
        return slope, FullCovariances(symmetric(rest))

    def ravel(self) -> Floats:
        # The Cholesky factor with the logarithm of its diagonal has no constraint left.
        lower = np.linalg.cholesky(self.array)
        index = np.arange(self.n_features)
        lower[:, index, index] = np.log(lower[:, index, index])
        rows, columns = np.tril_indices(self.n_features)
        return np.asarray(lower[:, rows, columns].ravel())


class Full(Family):
    """Each component has its own covariance matrix (mclust's VVV).

    Examples
    --------
    >>> import gaussmix
    >>> gaussmix.Full().n_parameters(n_components=2, n_features=3)
    12
    """

    name = "full"
    pooling = Pooling()
    frame = FullFrame()

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components, n_features, n_features)

    def covariances(self, array: Any, n_components: int, n_features: int) -> FullCovariances:
        checked = finite_array(array, "covariances", self.shape(n_components, n_features))
        _check_symmetric(checked)
        return FullCovariances(symmetric(checked))

    def from_precisions(self, array: Any, n_components: int, n_features: int) -> FullCovariances:
        precisions = finite_array(array, "precisions", self.shape(n_components, n_features))
        _check_symmetric(precisions, "precisions")
        try:
            return FullCovariances.with_factors(_lower_of_precisions(symmetric(precisions)))
        except np.linalg.LinAlgError:
            raise SingularCovarianceError(
                f"The precisions of component {_first_without_cholesky(precisions)} are not positive definite: "
                "give the inverse of a covariance."
            ) from None

    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> FullCovariances:
        lower = _lower_of_roots(
            finite_array(array, "precisions_cholesky", self.shape(n_components, n_features))
        )
        diagonal = np.diagonal(lower, axis1=1, axis2=2)
        if not (diagonal > 0).all():
            raise SingularCovarianceError(
                f"precisions_cholesky of component {int(np.argmax((diagonal <= 0).any(axis=1)))} is singular: give "
                "the triangular U with Σ⁻¹ = U Uᵀ, whose diagonal is positive."
            )
        return FullCovariances.with_factors(lower)

    def from_dense(self, dense: Floats, weights: Floats) -> FullCovariances:
        return FullCovariances(dense)

    def from_scatter(self, scatter: Floats, counts: Floats, constraint: Constraint) -> FullCovariances:
        return FullCovariances(*constraint.full_with_roots(symmetric(scatter / counts[:, None, None])))

    def of_frame(self, array: Floats, factors: Floats | None = None) -> FullCovariances:
        result = FullCovariances(array)
        if factors is not None:
            result.__dict__["factors"] = factors
        return result

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features * (n_features + 1) // 2

    def unravel(self, vector: Floats, n_components: int, n_features: int) -> FullCovariances:
        rows, columns = np.tril_indices(n_features)
        lower = np.zeros((n_components, n_features, n_features))
        lower[:, rows, columns] = vector.reshape(n_components, -1)
        index = np.arange(n_features)
        lower[:, index, index] = np.exp(lower[:, index, index])
        return FullCovariances(lower @ lower.swapaxes(1, 2))

    def sphering(self, covariance: Floats) -> Floats:
        return np.asarray(FullCovariances(covariance[None]).factors[0])


def symmetric(matrices: Floats) -> Floats:
    """Return the mean of matrices (K, D, D) and their transposes."""
    halves = 0.5 * matrices  # so that no sum leaves float64
    return halves + halves.swapaxes(1, 2)


def _lower_of_precisions(precisions: Floats) -> Floats:
    """Return lower triangular L_k with Σ_k⁻¹ = L_kᵀ L_k, (K, D, D)."""
    # A Cholesky factor with rows and columns in reverse order is the upper one that is the transpose of L.
    reverse = np.linalg.cholesky(precisions[:, ::-1, ::-1])
    return np.ascontiguousarray(reverse[:, ::-1, ::-1].swapaxes(1, 2))


def _inverse_lower(lower: Floats) -> Floats:
    # The checks of solve_triangular cost more than the inverse of a small matrix.
    from scipy.linalg.lapack import dtrtri

    inverse = np.empty(lower.shape)
    for k, matrix in enumerate(lower):
        inverse[k] = dtrtri(matrix, lower=1)[0]
    return inverse


def _check_symmetric(matrices: Floats, name: str = "covariances") -> None:
    with np.errstate(over="ignore"):
        gap = np.abs(matrices - matrices.swapaxes(1, 2))
    allowed = 1e-6 * np.abs(matrices).max(axis=(1, 2), keepdims=True)
    if (gap > allowed).any():
        k, i, j = (int(v) for v in np.argwhere(gap > allowed)[0])
        raise InputError(
            f"{name} of component {k} is not symmetric: entry [{i}, {j}] is {matrices[k, i, j]:g} and "
            f"[{j}, {i}] is {matrices[k, j, i]:g}; give symmetric matrices."
        )


def _lower_of_roots(roots: Floats) -> Floats:
    """Return lower triangular L_k with L_kᵀ L_k = R_k R_kᵀ, (K, D, D)."""
    if not np.tril(roots, -1).any():
        lower = roots.swapaxes(1, 2)
    else:
        # R = (R J) J with J that reverses columns: the QR factors of J Rᵀ J are those of Rᵀ with L in the place of R.
        upper = np.linalg.qr(roots.swapaxes(1, 2)[:, ::-1, ::-1], mode="r")
        lower = np.asarray(upper)[:, ::-1, ::-1]
    signs = np.sign(np.diagonal(lower, axis1=1, axis2=2))
    return np.ascontiguousarray(signs[:, :, None] * lower)


def _first_without_cholesky(matrices: Floats) -> int:
    for k, matrix in enumerate(matrices):
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            return k
    return 0


def _singular(component: int, matrices: Floats) -> SingularCovarianceError:
    least = (
        float(np.linalg.eigvalsh(matrices[component])[0])
        if np.isfinite(matrices[component]).all()
        else np.nan
    )
    return SingularCovarianceError(
        f"The covariance of component {component} is not positive definite (smallest eigenvalue {least:.3g}): "
        "give a positive definite matrix, or allow_singular=True for a density on its support."
    )
