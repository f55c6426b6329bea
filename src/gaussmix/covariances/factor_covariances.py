"""Covariances of factor analysers: loadings of q factors, and a diagonal of noise variances."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .._types import Floats, Ints
from ..frames import FullFrame, LowRankFrame, MomentFrame
from ..kernels.low_rank import basis_of
from .cholesky import lower_of_precisions
from .constraints import Constraint
from .covariances import Covariances
from .full import FullCovariances

if TYPE_CHECKING:
    from .factor_analysers import FactorAnalysers

__all__ = ["MOST_DENSE", "FactorCovariances", "principal_rotation"]

MOST_DENSE = 30
"""Maximum number of columns for passes with matrices; with more, they use factors and noise."""


class FactorCovariances(Covariances):
    r"""Covariances :math:`\Lambda_k \Lambda_k^T + \Psi_k` of K components.

    Parameters
    ----------
    loadings : (K, D, q) array
        Λ_k, in the units of the columns.
    noise : Covariances
        The diagonal Ψ_k, of a family without correlations.
    shared : bool, default=False
        Whether the loadings are those of all components by definition.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_vowels().data
    >>> model = gaussmix.GaussianMixture(2, covariance_type="UUU-1", random_state=0).fit(X)
    >>> covariances = model.mixture_.covariances
    >>> covariances.loadings.shape, covariances.noise_variances.shape
    ((2, 4, 1), (2, 4))
    """

    def __init__(self, loadings: Floats, noise: Covariances, shared: bool = False) -> None:
        super().__init__(np.concatenate([noise.in_frame()[..., None], loadings], axis=2))
        self.noise, self.shared = noise, shared
        self.n_components, self.n_features = self.array.shape[:2]

    @classmethod
    def rotated(cls, loadings: Floats, noise: Covariances, shared: bool = False) -> FactorCovariances:
        """Return the covariances with their loadings rotated to principal axes.

        Their columns are then orthogonal, in descending order of length, and the largest entry of each is positive.

        Parameters
        ----------
        loadings : (K, D, q) array
            Λ_k, in the units of the columns.
        noise : Covariances
            The diagonal Ψ_k.
        shared : bool, default=False
            Whether the loadings are those of all components by definition.

        Returns
        -------
        FactorCovariances
            The same covariances, with a unique rotation of the loadings.
        """
        return cls(principal_rotation(loadings), noise, shared)

    @property
    def loadings(self) -> Floats:
        """The loadings Λ, (K, D, q), in the units of the columns."""
        return self.array[..., 1:]

    @property
    def n_factors(self) -> int:
        """Number of factors (q)."""
        return int(self.array.shape[2] - 1)

    @property
    def noise_variances(self) -> Floats:
        """The residual variances ψ, (K, D)."""
        return self.array[..., 0]

    @property
    def family(self) -> FactorAnalysers:
        from .factor_analysers import FactorAnalysers

        return FactorAnalysers(self.n_factors, "shared" if self.shared else "free", self.noise.family)

    @property
    def wide(self) -> bool:
        """Whether passes over rows use factors and noise instead of matrices, because there are many columns."""
        return self.n_features > MOST_DENSE

    @property
    def frame(self) -> MomentFrame:
        return LowRankFrame(self.basis) if self.wide else FullFrame()

    @property
    def natural(self) -> Floats:
        return self.dense()

    @cached_property
    def low_rank_factors(self) -> Floats:
        """ψ^{−1/2} and Ψ^{−1/2} Λ, (K, D, 1 + q)."""
        w = self.noise.factors
        return np.concatenate([w[..., None], w[..., None] * self.loadings], axis=2)

    @cached_property
    def basis(self) -> Floats:
        """G, (K, D, q), with Σ⁻¹ = Ψ⁻¹ − G Gᵀ."""
        return basis_of(self.low_rank_factors)

    @cached_property
    def factors(self) -> Floats:
        """Whitening factors: lower triangular (K, D, D), or of low rank (K, D, 1 + q) above 30 columns."""
        if self.wide:
            return self.low_rank_factors
        self.noise.factors  # noqa: B018  which names the component and the column of a variance that is not positive
        return FullCovariances(self.in_frame()).factors

    @cached_property
    def log_determinants(self) -> Floats:
        """Logarithms of the determinants, log |Ψ_k| + log |I + Λᵀ Ψ⁻¹ Λ|, (K,)."""
        H = self.low_rank_factors[..., 1:]
        inner = np.eye(self.n_factors) + H.swapaxes(1, 2) @ H
        return np.asarray(self.noise.log_determinants + np.linalg.slogdet(inner)[1])

    def in_frame(self) -> Floats:
        dense = self.loadings @ self.loadings.swapaxes(1, 2)
        columns = np.arange(self.n_features)
        dense[:, columns, columns] += self.noise_variances
        return dense

    def dense(self) -> Floats:
        return self.in_frame()

    def variances(self) -> Floats:
        return np.asarray(self.noise_variances + np.square(self.loadings).sum(axis=2))

    def mean(self, weights: Floats) -> Floats:
        scaled = (
            (np.sqrt(weights)[:, None, None] * self.loadings).transpose(1, 0, 2).reshape(self.n_features, -1)
        )
        return scaled @ scaled.T + np.diag(weights @ self.noise_variances)

    def precisions(self) -> Floats:
        inverse = -self.basis @ self.basis.swapaxes(1, 2)
        columns = np.arange(self.n_features)
        inverse[:, columns, columns] += np.square(self.noise.factors)
        return inverse

    def precisions_cholesky(self) -> Floats:
        return np.array(lower_of_precisions(self.precisions()).swapaxes(1, 2), order="C")

    def colorize(self, noise: Floats, labels: Ints) -> Floats:
        result = np.empty_like(noise)
        for k in np.unique(labels):
            rows = labels == k
            result[rows] = self._coloured(int(k), noise[rows])
        return result

    def _coloured(self, k: int, noise: Floats) -> Floats:
        """Return rows of noise times Ψ^{1/2} (I + V (√(1 + σ²) − 1) Vᵀ), where Ψ^{−1/2} Λ = V σ Uᵀ."""
        w = self.noise.factors[k]
        V, sigma, _ = np.linalg.svd(w[:, None] * self.loadings[k], full_matrices=False)
        stretched = noise + ((noise @ V) * (np.hypot(1.0, sigma) - 1.0)) @ V.T
        return np.asarray(stretched / w)

    def take(self, components: Sequence[int] | Ints) -> FactorCovariances:
        chosen = np.asarray(components, dtype=np.intp)
        return FactorCovariances(self.loadings[chosen], self.noise.take(chosen), self.shared)

    def marginal(self, columns: Sequence[int]) -> FactorCovariances:
        return FactorCovariances.rotated(self.loadings[:, columns], self.noise.marginal(columns), self.shared)

    def affine(self, matrix: Floats) -> Covariances:
        scales = np.diagonal(matrix)
        if matrix.shape[0] == matrix.shape[1] and np.count_nonzero(matrix) == np.count_nonzero(scales):
            return self.scale(scales)
        return FullCovariances(self.dense()).affine(matrix)

    def scale(self, factors: Floats) -> FactorCovariances:
        return FactorCovariances.rotated(
            factors[:, None] * self.loadings, self.noise.scale(factors), self.shared
        )

    def clearance(self, constraint: Constraint) -> Floats:
        """Return the smallest ratio of a variance to its bound, of each column given all others."""
        given_others = 1.0 / (np.square(self.noise.factors) - np.square(self.basis).sum(axis=2))
        return constraint.diagonal_clearance(np.abs(given_others))

    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, FactorCovariances]:
        H = self.low_rank_factors[:, given, 1:]
        inner = np.eye(self.n_factors) + H.swapaxes(1, 2) @ H
        # The factors' means are linear in what is known, and their covariance is the inverse of the inner matrix.
        gains = np.linalg.solve(inner, (H * self.noise.factors[:, given, None]).swapaxes(1, 2))
        roots = np.linalg.inv(np.linalg.cholesky(inner)).swapaxes(1, 2)
        rest = self.loadings[:, kept]
        shared = self.shared and bool((roots == roots[0]).all())
        left = FactorCovariances.rotated(rest @ roots, self.noise.marginal(kept), shared)
        return rest @ gains, left


def principal_rotation(loadings: Floats) -> Floats:
    """Return loadings (K, D, q) rotated to principal axes, Λ R with ΛᵀΛ = R diag R^T."""
    if loadings.shape[2] == 0:
        return np.array(loadings)
    _, vectors = np.linalg.eigh(loadings.swapaxes(1, 2) @ loadings)
    rotated = loadings @ vectors[:, :, ::-1]
    places = np.abs(rotated).argmax(axis=1)[:, None]
    signs = np.sign(np.take_along_axis(rotated, places, axis=1))
    return np.asarray(rotated * np.where(signs == 0, 1.0, signs))
