"""Factor analysers of many columns: the M-step from projections of the second moments, without a D × D matrix."""

from __future__ import annotations

import numpy as np

from .._types import Floats
from ..frames import DiagonalFrame, LowRankFrame, MomentFrame
from ..kernels.low_rank import roots_of
from ..moments import Moments
from .constraints import Constraint, NoConstraint
from .covariances import Covariances
from .factor_analysers import FactorAnalysers
from .factor_covariances import FactorCovariances, principal_rotation
from .factor_step import FactorMoments, NoiseStep, Parameters, conditional_step
from .family import Family

__all__ = ["LowRankFactorAnalysers", "principal_axes", "principal_factors"]

_OVERSAMPLED, _POWER = 10, 4
_LEAST_VARIANCE = 1e-8
_LEAST_NOISE = 0.05
"""Share of a column's variance that is noise at a start, at least."""


class LowRankFactorAnalysers(FactorAnalysers):
    """Factor analysers with second moments projected on the factors.

    Moments under given responsibilities are projected on the factors of all rows together, where the M-step begins.

    Parameters
    ----------
    origin : FactorCovariances, optional
        Of all rows, as one component; without it the family has no M-step yet.
    """

    frame = DiagonalFrame()

    def __init__(self, family: FactorAnalysers, origin: FactorCovariances | None = None) -> None:
        super().__init__(family.n_factors, family.loadings, family.noise)
        self.origin = origin

    @property
    def single(self) -> Family:
        return self if not self.shared and self.noise.single == self.noise else super().single

    def moment_frame(self, n_components: int) -> MomentFrame:
        return LowRankFrame(self.origins(n_components).basis)

    def origins(self, n_components: int) -> FactorCovariances:
        """Return the covariances of all rows together, once for each of K components."""
        assert self.origin is not None, "factor analysers without factors to begin with"
        return self.origin.take([0] * n_components)

    def estimate(
        self, moments: Moments, constraint: Constraint | None = None, start: Covariances | None = None
    ) -> Covariances:
        """Return the covariances of an M-step; a component without weight keeps those before."""
        before = self.origins(len(moments.counts)) if start is None else start
        empty = moments.empty
        scatter, counts = moments.scatter(), moments.members
        if empty.any():
            scatter, counts = scatter.copy(), counts.copy()
            counts[empty] = max(counts.sum(), np.finfo(np.float64).tiny)
            kept = LowRankFrame(_factors(before).basis[empty]).of_factors(_factors(before).array[empty])
            scatter[empty] = kept * counts[empty, None, None]
        return self.from_scatter(scatter, counts, constraint or NoConstraint(), before)

    def constrain(
        self, covariances: Covariances, constraint: Constraint, counts: Floats
    ) -> FactorCovariances:
        before = _factors(covariances)
        noise = self.noise.constrain(before.noise, constraint, counts)
        return FactorCovariances(before.loadings, noise, before.shared)

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> FactorCovariances:
        return self._ascended(scatter, counts, NoConstraint(), start)

    def from_scatter(
        self, scatter: Floats, counts: Floats, constraint: Constraint, start: Covariances | None = None
    ) -> Covariances:
        if not constraint.bounds:
            return self.constrain(self.maximum_likelihood(scatter, counts, start), constraint, counts)
        return self._ascended(scatter, counts, constraint, start)

    def _ascended(
        self, scatter: Floats, counts: Floats, constraint: Constraint, start: Covariances | None
    ) -> FactorCovariances:
        """Return the covariances after one step of parameter-expanded EM."""
        before = _factors(self.origins(len(counts)) if start is None else start)
        S = scatter / counts[:, None, None]
        noise = NoiseStep(self.noise, constraint, counts, S[..., 0])
        roots = roots_of(before.low_rank_factors[..., 1:])
        moments = FactorMoments.of(S[..., 0], S[..., 1:], before.basis, roots)
        now = Parameters(before.loadings, before.noise_variances)
        loadings, after = conditional_step(moments, now, noise, self.shared)
        return FactorCovariances.rotated(loadings, after, self.shared)


def _factors(covariances: Covariances) -> FactorCovariances:
    assert isinstance(covariances, FactorCovariances)
    return covariances


def principal_factors(
    X: Floats, weights: Floats, family: FactorAnalysers, scale: Floats | float = 0.0
) -> FactorCovariances:
    """Return factors of rows as one component: principal axes of the standardised columns, and noise beside them.

    Parameters
    ----------
    X : (m, D) array
    weights : (m,) array
    scale : (D,) array, optional
        Variances of the columns, a small share of which even a constant column has.

    References
    ----------
    Halko, N., Martinsson, P. G. and Tropp, J. A. (2011). Finding structure with randomness. SIAM Review 53, 217-288.
    """
    share = weights / weights.sum()
    Y = X - share @ X
    variances = np.maximum(share @ np.square(Y), _LEAST_VARIANCE * scale)
    deviation = np.sqrt(np.where(variances > 0, variances, 1.0))
    Y = Y / deviation * np.sqrt(share)[:, None]
    axes, values = principal_axes(Y, family.n_factors)
    left = max(float(variances.astype(bool).sum()) - float(values.sum()), 0.0) / max(
        X.shape[1] - len(values), 1
    )
    lengths = np.sqrt(np.maximum(values - left, _LEAST_NOISE))
    loadings = np.zeros((1, X.shape[1], family.n_factors))
    loadings[0, :, : len(lengths)] = deviation[:, None] * axes * lengths
    rest = np.maximum(deviation**2 - np.square(loadings[0]).sum(axis=1), _LEAST_NOISE * deviation**2)
    noise = family.noise.nearest(rest[None], np.ones(1))
    return FactorCovariances(principal_rotation(loadings), noise, family.shared)


def principal_axes(Y: Floats, n_axes: int) -> tuple[Floats, Floats]:
    """Return the first principal axes (D, at most q) of centred rows and the eigenvalues of YᵀY, descending.

    Parameters
    ----------
    Y : (m, D) array
    """
    n_axes = min(n_axes, *Y.shape)
    draws = np.random.default_rng(0).standard_normal((Y.shape[1], min(n_axes + _OVERSAMPLED, *Y.shape)))
    Q = np.linalg.qr(Y @ draws)[0]
    for _ in range(_POWER):
        Q = np.linalg.qr(Y @ np.linalg.qr(Y.T @ Q)[0])[0]
    _, values, axes = np.linalg.svd(Q.T @ Y, full_matrices=False)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    return (axes * signs[:, None])[:n_axes].T, np.square(values[:n_axes])
