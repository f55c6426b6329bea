"""The moments that a conjugate prior adds to those of the rows in an M-step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .._types import Floats
from ..frames import MomentFrame
from ..moments import Moments

__all__ = ["PseudoMoments"]


@dataclass(frozen=True, eq=False)
class PseudoMoments:
    r"""The moments of the pseudo-rows of a conjugate prior.

    The M-step of a MAP estimate is that of maximum likelihood after their addition to the moments of the rows. There
    are three pseudo-counts for each component, since a conjugate prior weighs the three parameters apart.

    Parameters
    ----------
    weight_count : float
        Addition to the count of each weight, α − 1.
    mean : (D,) array
        The prior mean m₀ of each component.
    mean_count : float
        Addition to the count of each mean, κ.
    covariance_counts : (K,) array
        Additions to the counts of the covariances.
    scatter : (K, D, D) or (K, D) array
        Additions to the scatter about the means, in the frame of the family.

    Examples
    --------
    >>> from gaussmix import ConjugatePrior, Full
    >>> pseudo = ConjugatePrior().pseudo_moments(Full(), 2, mean=np.zeros(3), covariance=np.eye(3))
    >>> pseudo.mean_count, pseudo.covariance_counts
    (0.01, array([10., 10.]))
    """

    weight_count: float
    mean: Floats
    mean_count: float
    covariance_counts: Floats
    scatter: Floats

    def scaled(self, factor: float) -> PseudoMoments:
        """Return the pseudo-moments of a prior to the power of a factor, for rows of another total weight."""
        return PseudoMoments(
            factor * self.weight_count,
            self.mean,
            factor * self.mean_count,
            factor * self.covariance_counts,
            factor * self.scatter,
        )

    def added(self, moments: Moments, means: Floats) -> Moments:
        """Return the moments of rows and pseudo-rows about means, with the counts of the covariances.

        Parameters
        ----------
        moments : Moments
            Of the rows, about the means.
        means : (K, D) array
        """
        frame, shift = moments.frame, means - self.mean
        second = moments.second + frame.of_variances(self.scatter)
        second = second + self.mean_count * frame.outer(shift, shift)
        return replace(moments, counts=moments.counts + self.covariance_counts, second=second)

    def log_density(self, weights: Floats, means: Floats, factors: Floats, frame: MomentFrame) -> float:
        r"""Return the logarithm of the prior density of parameters, up to a constant.

        .. math:: \sum_k (\alpha - 1) \log p_k - \tfrac12 \left( c_k \log |\Sigma_k| + \operatorname{tr} B_k
                  \Sigma_k^{-1} + \kappa (\mu_k - m_0)^T \Sigma_k^{-1} (\mu_k - m_0) \right)

        Parameters
        ----------
        weights : (K,) or (K + 1,) array
            The last one is that of the uniform component, if there is one.
        means : (K, D) array
        factors : array
            The whitening factors of the covariances.
        frame : MomentFrame
            Of the factors.
        """
        total = float(self.covariance_counts @ frame.log_pivots(factors))
        if self.weight_count:
            total += self.weight_count * float(np.log(weights).sum())
        shift = means - self.mean
        if frame.low_rank:
            squares = self.scatter + self.mean_count * shift * shift
            return total - 0.5 * _low_rank_trace(factors, squares, shift, self)
        second = frame.of_variances(self.scatter) + self.mean_count * frame.outer(shift, shift)
        whitened = np.square(factors) * second if second.ndim == 2 else (factors @ second) * factors
        return total - 0.5 * float(whitened.sum())


def _low_rank_trace(factors: Floats, squares: Floats, shift: Floats, prior: PseudoMoments) -> float:
    """Return the sum of the traces of B Σ⁻¹ and of κ s sᵀ Σ⁻¹, for diagonal B and Σ⁻¹ = W (I − H M⁻¹ Hᵀ) W."""
    w, H = factors[..., 0], factors[..., 1:]
    inner = np.linalg.inv(np.eye(H.shape[-1]) + H.swapaxes(1, 2) @ H)
    explained = np.einsum("kdq,kqr,kdr->kd", H, inner, H)
    projected = np.einsum("kdq,kd->kq", H, w * shift)
    cross = np.einsum("kq,kqr,kr->", projected, inner, projected)
    own = np.square(w) * (squares - prior.scatter * explained)
    return float(own.sum() - prior.mean_count * cross)
