"""Densities: the weighted component densities of an E-step, with weights of any sum."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ._types import Floats, Ints, Rows
from .errors import InputError
from .frames import LowRankFrame, MomentFrame
from .kernels import DensityKernel, RowKernel, active, low_rank, low_rank_incomplete_rows, student_rows
from .kernels.censored_rows import Limits, censored_expected, censored_joint, censored_pass
from .kernels.incomplete_rows import Gaussians, Observations, Sums
from .kernels.student import StudentKernel, log_normalisers
from .kernels.student_rows import StudentSums
from .uniform import Uniform

__all__ = ["NOT_EXACT", "Densities"]

NOT_EXACT = (
    "rows have measurement errors or are projections, which t distributions, truncated and censored columns do not "
    "take: their densities have no closed form. Fit a plain GaussianMixture, or leave the errors out."
)
"""Reason against t distributions and bounds beside rows that are not exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Densities:
    r"""K weighted Gaussian densities, with weights of any sum.

    .. math:: \log \rho_k(x) = o_k - \tfrac12 |L_k (x - \mu_k)|^2

    For the components of a mixture :math:`o_k = \log p_k - \tfrac12 \log |2 \pi \Sigma_k|` and
    :math:`\Sigma_k^{-1} = L_k^T L_k`.

    Parameters
    ----------
    means : (K, D) array
    factors : (K, D, D), (K, D) or (K, D, 1 + q) array
        Whitening factors L: lower triangular, diagonal, or of low rank as in :class:`gaussmix.frames.LowRankFrame`.
    offsets : (K,) array
        o, nats; −∞ excludes a component.
    frame : MomentFrame
        The form of the factors.
    uniform : Uniform, optional
        The uniform component.
    degrees : (K,) array, optional
        Degrees of freedom of t distributions with scale matrices :math:`(L_k^T L_k)^{-1}`; Gaussians unless given.
    limits : Limits, optional
        Limits of the columns, at or beyond which values are censored.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> Mixture([1.0], [[0.0]], [1.0]).densities.offsets.round(4)
    array([-0.9189])
    """

    means: Floats
    factors: Floats
    offsets: Floats
    frame: MomentFrame
    uniform: Uniform | None = None
    degrees: Floats | None = None
    limits: Limits | None = None

    @property
    def kernel(self) -> RowKernel:
        """The densities of complete rows for this form of factors."""
        return self.gaussian_kernel if self.degrees is None else self.student

    @property
    def gaussian_kernel(self) -> DensityKernel:
        """The functions for complete rows and Gaussians of these factors."""
        return low_rank if self.frame.low_rank else active

    @property
    def student(self) -> StudentKernel:
        """The kernel of t distributions; that of a uniform component is the last one's density at any distance."""
        assert self.degrees is not None, "no degrees of freedom"
        degrees = self.degrees if self.uniform is None else np.append(self.degrees, 1.0)
        return StudentKernel(degrees, self.gaussian_kernel)

    @property
    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Means, factors and offsets, in the order of the kernels' arguments.

        A uniform component is the last of K + 1: its factor is zero, and so its density is constant.
        """
        if self.uniform is None:
            return self.means, self.factors, self.offsets
        return (
            np.concatenate([self.means, self.uniform.centre[None]]),
            np.concatenate([self.factors, np.zeros_like(self.factors[:1])]),
            np.append(self.offsets, self.uniform.log_height),
        )

    def take(self, components: Ints) -> Densities:
        """Return the densities of some components."""
        return Densities(
            self.means[components],
            self.factors[components],
            self.offsets[components],
            self.frame,
            self.uniform,
            None if self.degrees is None else self.degrees[components],
        )

    def restricted(self, allowed: NDArray[np.bool_]) -> Densities:
        """Return the densities of the allowed components, (K,) or (K + 1,), with zero for the others."""
        K = len(self.offsets)
        uniform = self.uniform if len(allowed) == K or allowed[K] else None
        return replace(self, offsets=np.where(allowed[:K], self.offsets, -np.inf), uniform=uniform)

    @property
    def log_weights(self) -> Floats:
        """Offsets without the normalising constants of the Gaussians, (K,): log p of the components of a mixture."""
        D = self.means.shape[1]
        constant = 0.5 * D * np.log(2.0 * np.pi)
        tails = 0.0 if self.degrees is None else log_normalisers(self.degrees, D)
        return np.asarray(self.offsets - (self.frame.log_pivots(self.factors) - constant + tails))

    @property
    def gaussians(self) -> Gaussians:
        """The Gaussian components by their covariances, as the kernels for incomplete rows take them."""
        return Gaussians(self.log_weights, self.means, self.covariances)

    @property
    def dense_gaussians(self) -> Gaussians:
        """The same with matrices (K, D, D), whatever the frame."""
        return Gaussians(self.log_weights, self.means, self.frame.matrices(self.covariances))

    def student_pass(self, rows: Observations, reference: Floats) -> StudentSums:
        """Return the sums of an E-step of t distributions over rows with missing values, in the frame."""
        assert self.degrees is not None, "no degrees of freedom"
        sums = student_rows.em_pass_rows(_exact(rows), self.dense_gaussians, self.degrees, reference)
        return sums._replace(second=self.frame.of_matrices(sums.second))

    def student_joint(self, rows: Observations) -> tuple[Floats, Floats]:
        """Return log-joint densities and expected precisions u of rows with missing values, (n, K)."""
        assert self.degrees is not None, "no degrees of freedom"
        return student_rows.rows_joint(_exact(rows), self.dense_gaussians, self.degrees)

    def weighted_moments(self, X: Rows, weights: Floats, reference: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the moments of complete rows under given weights (n, K), about a reference (K, D)."""
        if isinstance(self.frame, LowRankFrame):
            return low_rank.weighted_moments(X, weights, reference, self.frame.basis)
        return active.weighted_moments(X, weights, reference, self.frame.full)

    def rows_pass(self, rows: Observations, reference: Floats) -> Sums:
        """Return the expected moments of incomplete rows about a reference (K, D), in the frame."""
        if self.limits is not None:
            sums = censored_pass(_exact(rows), self.dense_gaussians, self.limits, reference)
            return *sums[:2], self.frame.of_matrices(sums[2]), *sums[3:]
        if isinstance(self.frame, LowRankFrame):
            return low_rank_incomplete_rows.em_pass_rows(
                _uncorrelated(rows), self.gaussians, reference, self.frame.basis
            )
        return active.em_pass_rows(rows, self.gaussians, reference, self.frame.full)

    def rows_joint(self, rows: Observations) -> Floats:
        """Return the log-joint densities of incomplete rows, (n, K)."""
        if self.limits is not None:
            return censored_joint(_exact(rows), self.dense_gaussians, self.limits)
        if self.degrees is not None:
            return self.student_joint(rows)[0]
        if self.frame.low_rank:
            return low_rank_incomplete_rows.rows_joint(_uncorrelated(rows), self.gaussians)
        return active.rows_joint(rows, self.gaussians)

    def rows_expected(self, rows: Observations) -> Floats:
        """Return the posterior means of the true values of rows, (n, D)."""
        if self.limits is not None:
            return censored_expected(_exact(rows), self.dense_gaussians, self.limits)
        if self.degrees is not None:
            return student_rows.rows_expected(_exact(rows), self.dense_gaussians, self.degrees)
        if self.frame.low_rank:
            return low_rank_incomplete_rows.expected_rows(_uncorrelated(rows), self.gaussians)
        return active.rows_expected(rows, self.gaussians)[0]

    def rows_squares(self, rows: Observations) -> Floats:
        """Return the squared Mahalanobis distances of incomplete rows, (n, K); of low rank only."""
        return low_rank_incomplete_rows.rows_squares(_uncorrelated(rows), self.gaussians)

    def rows_draw(self, rows: Observations, labels: Ints, rng: np.random.Generator) -> Floats:
        """Draw the true values of incomplete rows under the components of their labels, (n, D); of low rank only."""
        return low_rank_incomplete_rows.rows_draw(_uncorrelated(rows), self.gaussians, labels, rng)

    @property
    def covariances(self) -> Floats:
        """The inverses (LᵀL)⁻¹ in the frame, (K, D, D), (K, D) or (K, D, 1 + q)."""
        return self.frame.covariances(self.factors)

    @classmethod
    def everywhere_one(cls, reference: Floats, frame: MomentFrame) -> Densities:
        """Return densities of one everywhere about references (K, D): every row belongs to each component."""
        return cls(reference, frame.zero(*reference.shape), np.zeros(len(reference)), frame)


def _exact(rows: Observations) -> Observations:
    """Return rows without measurement errors, for t distributions."""
    if rows.noise is not None or rows.projections is not None:
        raise InputError(NOT_EXACT)
    return rows


def _uncorrelated(rows: Observations) -> Observations:
    """Return rows with variances as errors, for covariances of low rank."""
    if rows.projections is not None:
        raise InputError(
            f"factor analysers of {rows.projections.shape[2]} columns take no projections: fit another family."
        )
    if rows.noise is not None and rows.noise.ndim == 3:
        D = rows.X.shape[1]
        raise InputError(
            f"noise has covariances of the errors in {D} columns, and factor analysers of more than 30 columns take "
            "variances: give noise of shape (n, D)."
        )
    return rows
