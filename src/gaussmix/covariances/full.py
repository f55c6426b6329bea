"""Full covariances: a matrix for each component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import kernels
from .._cached import cached_property
from .._types import Floats, Ints
from ..errors import SingularCovarianceError
from ..frames import FullFrame
from ..validation import finite_array
from .cholesky import (
    MOST_COLUMNS,
    checked_symmetric,
    exceed,
    first_without_cholesky,
    inverse_lower,
    lower_of_precisions,
    lower_of_roots,
    symmetric,
    whitened,
)
from .constraints import Constraint
from .covariances import Covariances
from .family import Family, Pooling
from .normal_coordinates import NormalCoordinates

__all__ = ["Full", "FullCovariances"]

_ROUNDING = 8 * np.finfo(np.float64).eps
"""Correlations that differ by less are equal but for the order of sums."""


class FullCovariances(Covariances):
    """Matrices Σ_k (K, D, D), perhaps with more accurate roots R_k, Σ_k = R_k R_kᵀ.

    If a constraint changed them, they know it, and the estimate (K, D, D) before.
    """

    _variances: Floats | None = None
    _before: tuple[Floats, Constraint] | None = None

    def __init__(
        self, array: Floats, roots: Floats | None = None, before: tuple[Floats, Constraint] | None = None
    ) -> None:
        super().__init__(array)
        self._roots, self._before = roots, before
        self.n_components, self.n_features = self.array.shape[0], self.array.shape[1]

    @classmethod
    def with_factors(
        cls, factors: Floats, variances: Floats | None = None, log_determinants: Floats | None = None
    ) -> FullCovariances:
        """Return covariances from their whitening factors.

        Parameters
        ----------
        factors : (K, D, D) array
            Lower triangular.
        variances : (K, D) array, optional
            The diagonals of the covariances, if they are known, in squared units of the columns.
        log_determinants : (K,) array, optional
            The logarithms of the determinants of the covariances, if they are known.
        """
        result = cls.__new__(cls)
        result._roots, result._variances = None, variances
        result.n_components, result.n_features = factors.shape[:2]
        result.__dict__["factors"] = factors
        if log_determinants is not None:
            result.__dict__["log_determinants"] = log_determinants
        return result

    @cached_property
    def array(self) -> Floats:
        """The matrices, computed from the factors if those were given."""
        roots = inverse_lower(self.factors)
        with np.errstate(over="ignore", invalid="ignore"):
            matrices: Floats = roots @ roots.swapaxes(1, 2)
        matrices.setflags(write=False)
        return matrices

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_before": None}

    @property
    def family(self) -> Full:
        return Full()

    def is_of(self, estimate: Floats, constraint: Constraint) -> bool:
        """Return whether these are the constrained covariances of an estimate (K, D, D), up to rounding.

        Where groups are far from each other, most steps of EM repeat an estimate.
        """
        if self._before is None or self._before[1] is not constraint or len(self.array) != len(estimate):
            return False
        before = self._before[0]
        # A difference of sums, the variance of equal values may be just below zero.
        deviation = np.sqrt(np.maximum(np.diagonal(before, axis1=1, axis2=2), 0.0))
        allowed = _ROUNDING * deviation[:, :, None] * deviation[:, None, :]
        return bool((np.abs(estimate - before) <= allowed).all())

    @cached_property
    def factors(self) -> Floats:
        compiled = whitened(self.array) if self._roots is None else None
        if compiled is not None:
            return compiled
        # The unit diagonal keeps pivots near one at any scale of the columns.
        variances = np.diagonal(self.array, axis1=1, axis2=2)
        if not (variances > 0).all():
            raise _singular(int(np.argmax(~(variances > 0).all(axis=1))), self.array)
        deviation = np.sqrt(variances)
        return np.asarray(inverse_lower(self._unit_lower(deviation)) / deviation[:, None, :])

    @cached_property
    def log_determinants(self) -> Floats:
        if self.n_features > MOST_COLUMNS and "factors" not in self.__dict__:
            variances = np.diagonal(self.array, axis1=1, axis2=2)
            if (variances > 0).all():  # Cholesky factors say it without their inverses.
                deviation = np.sqrt(variances)
                pivots = np.diagonal(self._unit_lower(deviation), axis1=1, axis2=2)
                return np.asarray(2.0 * np.log(np.abs(pivots * deviation)).sum(axis=1))
        diagonal = self.factors.diagonal(axis1=1, axis2=2)
        return np.asarray(-2.0 * np.add.reduce(np.log(np.abs(diagonal)), axis=1))

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
            raise _singular(first_without_cholesky(correlation), self.array) from None

    def in_frame(self) -> Floats:
        return self.array

    def variances(self) -> Floats:
        return super().variances() if self._variances is None else self._variances.copy()

    def colorize(self, noise: Floats, labels: Ints) -> Floats:
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

    def scale(self, factors: Floats) -> FullCovariances:
        return self.affine(np.diag(factors))

    def clearance(self, constraint: Constraint) -> Floats:
        return constraint.clearance(self.array)

    def clears(self, constraint: Constraint, times: float) -> bool:
        # A Cholesky factor of Σ − c εS says it sooner than eigenvalues.
        _, least = constraint.terms(self.n_features, True)
        above = least is not None and exceed(self.array, times * least)
        return above or super().clears(constraint, times)

    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        from scipy.linalg import cho_factor, cho_solve

        known, cross = self.array[:, given][:, :, given], self.array[:, kept][:, :, given]
        slope = np.stack([cho_solve(cho_factor(s), c.T).T for s, c in zip(known, cross, strict=True)])
        rest = self.array[:, kept][:, :, kept] - slope @ cross.swapaxes(1, 2)
        return slope, FullCovariances(symmetric(rest))


class _MatrixCoordinates(NormalCoordinates):
    """Normal coordinates about matrices Σ = R Rᵀ, (M, D, D)."""

    def __init__(self, covariances: Covariances, root: Floats, inverse: Floats) -> None:
        self.covariances, self._root, self._inverse = covariances, root, inverse

    def coordinates(self, covariances: Covariances, weights: Floats) -> Floats:
        unit = self._inverse @ covariances.array @ self._inverse.swapaxes(1, 2)
        eye = np.eye(unit.shape[1])
        # 2 (W + I)⁻¹ (W − I) is log W up to the third order, for any positive definite W.
        logarithm = 2.0 * np.linalg.solve(unit + eye, unit - eye)
        return np.ravel(np.sqrt(0.5 * weights)[:, None, None] * logarithm)

    def retract(self, vector: Floats, weights: Floats, constraint: Constraint) -> NormalCoordinates | None:
        step = vector.reshape(self._root.shape) / np.sqrt(0.5 * weights)[:, None, None]
        step = 0.5 * (step + step.swapaxes(1, 2))
        # I + W/2 + W²/8 is exp ½W up to the third order, and positive definite for every W.
        stretch = np.eye(step.shape[1]) + 0.5 * step + 0.125 * (step @ step)
        root = self._root @ stretch
        array = root @ root.swapaxes(1, 2)
        if not np.isfinite(array).all():
            return None
        held = (constraint.full(array) != array).any(axis=(1, 2))
        if held.any():
            array[held], root[held] = self.covariances.array[held], self._root[held]
            stretch[held] = np.eye(step.shape[1])
        return _MatrixCoordinates(
            FullCovariances(array), root, np.asarray(np.linalg.solve(stretch, self._inverse))
        )

    def whiten(self, shifts: Floats) -> Floats:
        return np.asarray((self._inverse @ shifts[:, :, None])[:, :, 0])

    def colorize(self, whitened: Floats) -> Floats:
        return np.asarray((self._root @ whitened[:, :, None])[:, :, 0])


class Full(Family):
    """Each component has its own covariance matrix (mclust's VVV).

    Examples
    --------
    >>> import gaussmix
    >>> gaussmix.Full().n_parameters(n_components=2, n_features=3)
    12
    """

    name = "full"
    mclust_name = "VVV"
    pooling = Pooling()
    frame = FullFrame()

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components, n_features, n_features)

    def covariances(self, array: Any, n_components: int, n_features: int) -> FullCovariances:
        checked = finite_array(array, "covariances", self.shape(n_components, n_features))
        return FullCovariances(checked_symmetric(checked))

    def from_precisions(self, array: Any, n_components: int, n_features: int) -> FullCovariances:
        precisions = finite_array(array, "precisions", self.shape(n_components, n_features))
        if kernels.invert is not None and n_features <= MOST_COLUMNS:
            found = kernels.invert(precisions)
            if found is not None:
                return FullCovariances.with_factors(*found)
        try:
            return FullCovariances.with_factors(
                lower_of_precisions(checked_symmetric(precisions, "precisions"))
            )
        except np.linalg.LinAlgError:
            raise SingularCovarianceError(
                f"The precisions of component {first_without_cholesky(precisions)} are not positive definite: "
                "give the inverse of a covariance."
            ) from None

    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> FullCovariances:
        lower = lower_of_roots(
            finite_array(array, "precisions_cholesky", self.shape(n_components, n_features))
        )
        diagonal = np.diagonal(lower, axis1=1, axis2=2)
        if not (diagonal > 0).all():
            raise SingularCovarianceError(
                f"precisions_cholesky of component {int(np.argmax((diagonal <= 0).any(axis=1)))} is singular: give "
                "the triangular U with Σ⁻¹ = U Uᵀ, whose diagonal is positive."
            )
        return FullCovariances.with_factors(lower)

    def nearest(self, framed: Floats, weights: Floats) -> FullCovariances:
        return FullCovariances(framed)

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> FullCovariances:
        return FullCovariances(symmetric(scatter / counts[:, None, None]))

    def constrain(self, covariances: Covariances, constraint: Constraint, counts: Floats) -> Covariances:
        array, roots = constraint.full_with_roots(covariances.array)
        if array is covariances.array:
            return covariances
        return FullCovariances(array, roots, None if roots is None else (covariances.array, constraint))

    def from_scatter(
        self, scatter: Floats, counts: Floats, constraint: Constraint, start: Covariances | None = None
    ) -> Covariances:
        estimate = self.maximum_likelihood(scatter, counts)
        if isinstance(start, FullCovariances) and start.is_of(estimate.array, constraint):
            return start
        return self.constrain(estimate, constraint, counts)

    def natural(self, framed: Floats) -> Floats:
        return framed

    def of_frame(self, array: Floats, factors: Floats | None = None) -> FullCovariances:
        result = FullCovariances(array)
        if factors is not None:
            result.__dict__["factors"] = factors
        return result

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features * (n_features + 1) // 2

    def normal_coordinates(self, covariances: Covariances) -> NormalCoordinates:
        factors = covariances.factors
        return _MatrixCoordinates(covariances, np.asarray(np.linalg.inv(factors)), factors)

    def whitening(self, covariance: Floats) -> Floats:
        return np.asarray(FullCovariances(covariance[None]).factors[0])


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
