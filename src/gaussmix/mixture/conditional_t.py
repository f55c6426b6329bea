"""The conditional distributions of a mixture of t distributions, one for each of many rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .._types import Floats, Ints
from ..covariances import Covariances, Diagonal, Family, Full
from ..errors import InputError
from ..uniform import Uniform
from .conditional import ConditionalMixtures
from .one_dimensional import Univariate

if TYPE_CHECKING:
    from .t_mixture import TMixture

__all__ = ["ConditionalTMixtures"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ConditionalTMixtures(ConditionalMixtures):
    r"""The conditional distributions of q columns under t distributions, one mixture for each of n rows.

    .. math:: p(y \mid x_i) = \sum_k r_k(x_i) \, t(y \mid m_{ik}, s_{ik} R_k, \nu_k + d), \qquad
              s_{ik} = \frac{\nu_k + \delta_k(x_i)}{\nu_k + d}

    with the means m and matrices R of Gaussians, and d known columns at the squared Mahalanobis distance δ. Methods are
    those of :class:`ConditionalMixtures`.

    Parameters
    ----------
    weights : (n, K) array
        Posterior probabilities r of the components.
    means : (n, K, q) array
        Conditional locations m of the components, in the units of the columns.
    covariances : tuple of Covariances
        Matrices R of the components, one entry for each pattern of missing values.
    pattern : (n,) array of int
        The entry of ``covariances`` for each row.
    feature_names : tuple of str or None
        Names of the q columns.
    uniforms : tuple of Uniform or None
        The uniform component for each pattern of missing values.
    scales : (n, K) array
        The factors s of the scale matrices.
    degrees : (n, K) array
        Degrees of freedom ν + d.

    Examples
    --------
    >>> from gaussmix import TMixture
    >>> mixture = TMixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]], 3.0)
    >>> mixture.conditionals(0, [[0.0], [4.0]]).variance().ravel()
    array([1.125, 7.125])

    References
    ----------
    Ding, P. (2016). On the conditional distribution of the multivariate t distribution. The American Statistician 70,
    293-295.
    """

    scales: Floats
    degrees: Floats

    def _mixture(self, i: int, uniform: Uniform | None) -> TMixture:
        from .t_mixture import TMixture

        plain = super()._mixture(i, uniform)
        family: Family = Full() if plain.family.frame.full else Diagonal()
        spread = family.from_dense(plain.covariances.dense() * self.scales[i][:, None, None], plain.weights)
        scaled = plain.like(plain.weights, plain.means, spread, plain.feature_names, plain.uniform)
        return TMixture.with_tails(scaled, self.degrees[i].copy(), "each")

    @property
    def _spreads(self) -> Floats:
        self._check_moment(2.0, "covariance")
        return np.asarray(self.weights * self.scales * self.degrees / (self.degrees - 2.0))

    def _check_moment(self, degrees: float, what: str) -> None:
        low = np.argwhere(self.degrees <= degrees)
        if len(low):
            row, k = low[0]
            raise InputError(
                f"component {k} has {self.degrees[row, k]:.4g} degrees of freedom given row {row}, and a t "
                f"distribution has no {what} with {degrees:g} or fewer: take quantiles."
            )

    def _log_component(self, covariance: Covariances, deviations: Floats, rows: Ints, k: int) -> Floats:
        from .t_mixture import TMixture
        from .value import Mixture

        plain = Mixture.of(np.ones(1), np.zeros((1, self.n_features)), covariance)
        result = np.empty(len(rows))
        for degrees in np.unique(self.degrees[rows, k]):
            at = self.degrees[rows, k] == degrees
            scales = self.scales[rows[at], k]
            one = TMixture.with_tails(plain, np.array([degrees]), "each")
            observed = (~np.isnan(deviations[at])).sum(axis=1)
            standard = one.log_prob(deviations[at] / np.sqrt(scales)[:, None])
            result[at] = standard - 0.5 * observed * np.log(scales)
        return result

    def _univariate(self, what: str) -> Univariate:
        plain = super()._univariate(what)
        return replace(plain, deviations=plain.deviations * np.sqrt(self.scales), degrees=self.degrees)

    def _stretches(self, rows: Ints, components: Ints, rng: np.random.Generator) -> Floats:
        degrees = self.degrees[rows, components]
        ratios = self.scales[rows, components] * degrees / rng.chisquare(degrees)
        return np.asarray(np.sqrt(ratios)[:, None])
