"""The default prior of mclust."""

from __future__ import annotations

import numpy as np

from .._types import Floats
from ..covariances import Family
from .conjugate import ConjugatePrior

__all__ = ["MclustPrior"]


class MclustPrior(ConjugatePrior):
    r"""Default conjugate prior of mclust (``prior="mclust"``), with the pseudo-counts of mclust's M-steps.

    The shrinkage is κ = 0.01, and ν = D + 2; m₀ is the mean of the rows, and :math:`S_0 = S / K^{2/D}` with their
    sample covariance S, or with the mean of their variances for diagonal and spherical families. In VEE, EVE, VVE and
    EVV, where mclust has no M-step with a prior, it is that of VVV.

    Parameters
    ----------
    weight_concentration : float, default=1.0
        α of the weights, as in :class:`ConjugatePrior`; mclust has 1.
    mean : (D,) array, optional
        m₀; by default the mean of the rows.
    mean_precision : float, default=0.01
        κ, mclust's shrinkage.
    degrees_of_freedom : float, optional
        ν; by default D + 2.
    scale : float, (D,) or (D, D) array, optional
        S₀, in squared units of the columns.

    Notes
    -----
    The pseudo-counts are those of mclust's function ``me``, some of which differ from the table of Fraley and Raftery
    (2007): the M-step of EII has no scale, and that of VEV no counts. In EEI, mclust does not shrink the means.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, MclustPrior
    >>> from gaussmix.datasets import load_faithful
    >>> X = load_faithful().data
    >>> start = (X[:, 0] > 3).astype(int)
    >>> model = GaussianMixture(2, prior=MclustPrior(), init_params=start).fit(X)
    >>> round(model.score(X) * len(X), 4)  # me(faithful, "VVV", z, prior = priorControl()) in mclust
    -1130.5093

    References
    ----------
    Fraley, C. and Raftery, A. E. (2007). Bayesian regularization for normal mixture estimation and model-based
    clustering. Journal of Classification 24, 155-181.
    """

    name = "mclust"

    def _default_scale(self, family: Family, K: int, covariance: Floats, total_weight: float) -> Floats:
        sample = super()._default_scale(family, K, covariance, total_weight)
        # Weights that are shares of one are no number of rows.
        if total_weight >= 2.0:
            sample = sample / (1.0 - 1.0 / total_weight)
        if family.frame.full:
            return sample if total_weight > len(sample) else np.diag(np.diagonal(sample))
        return np.full_like(sample, sample.mean())

    def _counts(self, family: Family, K: int, D: int, nu: float) -> tuple[float, float]:
        model = family.mclust_name or "VVV"
        if D == 1:  # mclust's E and V
            model = "EEE" if family.n_parameters(2, 1) == 1 else "VVV"
        if K == 1:  # mclust's XII, XXI and XXX
            model = _OF_ONE.get(model, "VVV")
        of_mean = 1.0 if self.mean_precision > 0 else 0.0
        counts = {
            "EII": ((nu + 2.0 + D * K) / (D * K), 0.0),
            "VII": ((nu + 2.0) / D + of_mean, 1.0),
            "EEI": ((nu + 1.0 + of_mean) / K, 1.0 / K),
            "VEI": ((nu + 2.0 + of_mean) / D, 1.0),
            "EVI": ((nu + 1.0 + of_mean) / K, 1.0),
            "VVI": (nu + 2.0 + of_mean, 1.0),
            "EEE": ((nu + D + 1.0) / K + of_mean, 1.0 / K),
            "EEV": ((nu + D + 1.0 + of_mean) / K, 1.0),
            "VEV": (0.0, 1.0),
        }
        return counts.get(model, (nu + D + 2.0, 1.0))


_OF_ONE = {"EII": "VII", "VII": "VII", "EEI": "VVI", "VEI": "VVI", "EVI": "VVI", "VVI": "VVI"}
