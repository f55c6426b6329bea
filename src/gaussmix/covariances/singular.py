"""Singular covariances: densities on the subspace of a component."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from .._types import Floats, Ints
from ..errors import SingularCovarianceError
from .cholesky import symmetric
from .constraints import Constraint
from .covariances import Covariances
from .full import Full
from .support import Support

__all__ = ["SingularCovariances"]


class SingularCovariances(Covariances):
    r"""Positive semi-definite matrices (K, D, D), each with its pseudo-inverse and pseudo-determinant.

    The density is that of the normal distribution on the support μ_k + range Σ_k, and zero off it, as in
    ``scipy.stats.multivariate_normal(..., allow_singular=True)``.

    References
    ----------
    Rao, C. R. (1973). Linear Statistical Inference and its Applications, 2nd ed., section 8a.4.
    """

    def __init__(self, array: Floats) -> None:
        super().__init__(array)
        self.n_components, self.n_features = self.array.shape[:2]

    @property
    def family(self) -> Full:
        return Full()

    @cached_property
    def support(self) -> Support:  # type: ignore[override]
        """The supports of the components."""
        values, vectors = np.linalg.eigh(self.array)
        # The cut of scipy's pinvh: 1e6 eps for float64.
        cut = 1e6 * np.finfo(np.float64).eps * np.abs(values).max(axis=1, keepdims=True)
        if (values < -cut).any():
            k = int(np.argmax((values < -cut).any(axis=1)))
            raise SingularCovarianceError(
                f"The covariance of component {k} has the negative eigenvalue {values[k].min():.3g}: "
                "give a positive semi-definite matrix."
            )
        return Support(values, vectors, values > cut)

    @cached_property
    def factors(self) -> Floats:
        values, vectors, positive = self.support.values, self.support.vectors, self.support.positive
        scale = np.where(positive, 1.0 / np.sqrt(np.where(positive, values, 1.0)), 0.0)
        whitening = vectors.swapaxes(1, 2) * scale[:, :, None]
        # |F x| = |R J x| for F J = Q R, J the reversal of columns; J R J is lower triangular, as kernels expect.
        reversed_triangle: Floats = np.asarray(np.linalg.qr(whitening[:, :, ::-1], mode="r"))
        return np.ascontiguousarray(reversed_triangle[:, ::-1, ::-1])

    @cached_property
    def log_determinants(self) -> Floats:
        values, positive = self.support.values, self.support.positive
        return np.asarray(np.where(positive, np.log(np.where(positive, values, 1.0)), 0.0).sum(axis=1))

    def in_frame(self) -> Floats:
        return self.array

    def colorize(self, noise: Floats, labels: Ints) -> Floats:
        roots = self.support.vectors * np.sqrt(np.maximum(self.support.values, 0.0))[:, None, :]
        return np.asarray(np.einsum("nij,nj->ni", roots[labels], noise))

    def take(self, components: Sequence[int] | Ints) -> SingularCovariances:
        return SingularCovariances(self.array[np.asarray(components, dtype=np.intp)])

    def marginal(self, columns: Sequence[int]) -> SingularCovariances:
        return SingularCovariances(self.array[:, columns][:, :, columns])

    def affine(self, matrix: Floats) -> SingularCovariances:
        return SingularCovariances(symmetric(matrix @ self.array @ matrix.T))

    def scale(self, factors: Floats) -> SingularCovariances:
        return self.affine(np.diag(factors))

    def clearance(self, constraint: Constraint) -> Floats:
        return constraint.clearance(self.array)

    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, SingularCovariances]:
        known, cross = self.array[:, given][:, :, given], self.array[:, kept][:, :, given]
        slope = cross @ np.linalg.pinv(known, hermitian=True)
        rest = self.array[:, kept][:, :, kept] - slope @ cross.swapaxes(1, 2)
        return slope, SingularCovariances(symmetric(rest))
