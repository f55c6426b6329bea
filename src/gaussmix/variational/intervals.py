"""Credible intervals of a variational posterior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import beta, chi2
from scipy.stats import t as student

from .._types import Floats

if TYPE_CHECKING:
    from .posterior import Posterior

__all__ = ["Intervals", "credible_intervals"]


@dataclass(frozen=True, eq=False)
class Intervals:
    """Credible intervals of the parameters of a mixture, with equal probabilities below and above.

    Attributes
    ----------
    level : float
        Posterior probability of each interval.
    weights : (K, 2) array
        Lower and upper bounds of the weights.
    means : (K, D, 2) array
        Lower and upper bounds of the means.
    variances : (K, D, 2) array
        Lower and upper bounds of the variances.

    Examples
    --------
    >>> from gaussmix import BayesianGaussianMixture, datasets
    >>> model = BayesianGaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
    >>> model.posterior_.intervals().weights.round(2)
    array([[0.59, 0.7 ],
           [0.3 , 0.41]])
    """

    level: float
    weights: Floats
    means: Floats
    variances: Floats


def credible_intervals(posterior: Posterior, level: float) -> Intervals:
    """Return the intervals of a posterior; those of weights of a Dirichlet process by Beta distributions."""
    tails = np.array([0.5 - 0.5 * level, 0.5 + 0.5 * level])
    a, b = (part[:, None] for part in posterior.marginals_of_weights)
    dof, variances = posterior.degrees_of_freedom, posterior.covariances.variances()
    freedom = posterior.prior.precisions.t_freedom(dof)
    # The variance of a column has a scaled inverse χ² distribution of this scale.
    scale = variances * posterior.prior.precisions.column_scale(dof)[:, None]
    deviation = np.sqrt(scale / posterior.mean_precisions[:, None])
    quantiles = np.asarray(student.ppf(tails[None, :], freedom[:, None]))
    spread = (freedom / chi2.ppf(tails[::-1][:, None], freedom)).T
    return Intervals(
        level,
        np.asarray(beta.ppf(tails, a, b)),
        posterior.means[:, :, None] + deviation[:, :, None] * quantiles[:, None, :],
        scale[:, :, None] * spread[:, None, :],
    )
