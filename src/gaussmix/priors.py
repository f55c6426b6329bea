"""Conjugate priors of a mixture's parameters, and the pseudo-moments that they add to an M-step."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ._types import Floats
from .covariances import FactorAnalysers, Family, Spherical, Tied
from .errors import InputError
from .frames import MomentFrame
from .moments import Moments
from .validation import finite_array

__all__ = ["ConjugatePrior", "MclustPrior", "PseudoMoments"]


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


@dataclass(frozen=True, eq=False)
class ConjugatePrior:
    r"""A conjugate prior for the maximum a posteriori (MAP) estimate of a mixture.

    .. math:: p \sim \text{Dirichlet}(\alpha, \ldots, \alpha), \quad
              \mu_k \mid \Sigma_k \sim N(m_0, \Sigma_k / \kappa), \quad
              \Sigma_k \sim \text{inverse Wishart}(\nu, S_0)

    Diagonal and spherical families have the inverse gamma distribution :math:`(\nu / 2, s_0 / 2)` for each variance,
    with the diagonal of :math:`S_0`, or its mean for spherical ones: of equal variances, an inverse Wishart density
    depends on the trace of :math:`S_0` only, and of diagonal covariances on its diagonal. Families with one covariance
    for all components have one inverse Wishart or inverse gamma distribution. In families with a part of the
    covariances in common, the density is that of separate covariances.

    Parameters
    ----------
    weight_concentration : float, default=1.0
        α ≥ 1, of the Dirichlet distribution of the weights, that of a noise component included: α − 1 pseudo-rows for
        each. 1 is the uniform distribution.
    mean : (D,) array, optional
        m₀; by default the mean of the rows.
    mean_precision : float, default=0.01
        κ ≥ 0, the number of pseudo-rows at m₀ in each component; 0 for no prior of the means.
    degrees_of_freedom : float, optional
        ν > D − 1; by default D + 2.
    scale : float, (D,) or (D, D) array, optional
        S₀, in squared units of the columns; by default the covariance of the rows divided by K^(2/D), so that K
        components of this covariance fill the volume of the data.

    Raises
    ------
    InputError
        If a value is out of range.

    Examples
    --------
    >>> from gaussmix import ConjugatePrior, GaussianMixture
    >>> from gaussmix.datasets import load_faithful
    >>> X = load_faithful().data
    >>> model = GaussianMixture(2, prior=ConjugatePrior(weight_concentration=2.0), random_state=0).fit(X)
    >>> model.weights_.round(3)
    array([0.643, 0.357])

    References
    ----------
    Fraley, C. and Raftery, A. E. (2007). Bayesian regularization for normal mixture estimation and model-based
    clustering. Journal of Classification 24, 155-181.
    """

    weight_concentration: float = 1.0
    mean: Any = None
    mean_precision: float = 0.01
    degrees_of_freedom: float | None = None
    scale: Any = None

    name = "conjugate"

    def __post_init__(self) -> None:
        if not 1.0 <= _number(self.weight_concentration, "weight_concentration") < np.inf:
            raise InputError(
                f"weight_concentration is {self.weight_concentration}: give a number ≥ 1; below it the posterior has "
                "no mode with positive weights."
            )
        if not 0.0 <= _number(self.mean_precision, "mean_precision") < np.inf:
            raise InputError(f"mean_precision is {self.mean_precision}: give a number ≥ 0.")
        if self.degrees_of_freedom is not None and not (
            0.0 < _number(self.degrees_of_freedom, "degrees_of_freedom") < np.inf
        ):
            raise InputError(f"degrees_of_freedom is {self.degrees_of_freedom}: give a number above D − 1.")
        for name in ("mean", "scale"):
            value = getattr(self, name)
            if value is not None:
                array = finite_array(value, name).copy()
                array.setflags(write=False)
                object.__setattr__(self, name, array)

    def pseudo_moments(
        self,
        family: Family,
        n_components: int,
        mean: Floats,
        covariance: Floats,
        total_weight: float = np.inf,
    ) -> PseudoMoments:
        """Return the pseudo-moments of the prior for a family and K components.

        Parameters
        ----------
        family : Family
            The covariance family.
        n_components : int
            Number of components (K).
        mean : (D,) array
            Mean of the rows.
        covariance : (D, D) or (D,) array
            Covariance of the rows, in the frame of the family.
        total_weight : float
            Sum of the weights of the rows.

        Returns
        -------
        PseudoMoments
            What the M-step adds to the moments of the rows.

        Raises
        ------
        InputError
            If a value does not fit the number of columns.
        """
        K, D = n_components, len(mean)
        nu = D + 2.0 if self.degrees_of_freedom is None else float(self.degrees_of_freedom)
        if nu <= D - 1:
            raise InputError(f"prior: degrees_of_freedom is {nu:g}: give a number above D − 1 = {D - 1}.")
        m0 = mean if self.mean is None else finite_array(self.mean, "prior: mean", (D,))
        S0 = self._default_scale(family, K, covariance, total_weight)
        if self.scale is not None:
            S0 = _scale_of(self.scale, covariance)
        counts, share = self._counts(family, K, D, nu)
        if isinstance(family.single, Spherical):
            S0 = np.full(D, S0.mean() / D)
        scatter = np.tile(share * S0, (K, *[1] * S0.ndim))
        return PseudoMoments(
            self.weight_concentration - 1.0,
            np.asarray(m0, dtype=np.float64),
            float(self.mean_precision),
            np.full(K, counts),
            scatter,
        )

    def _default_scale(self, family: Family, K: int, covariance: Floats, total_weight: float) -> Floats:
        """Return S₀, (D, D) or (D,)."""
        return np.asarray(covariance / K ** (2.0 / len(covariance)))

    def _counts(self, family: Family, K: int, D: int, nu: float) -> tuple[float, float]:
        """Return the pseudo-count of each component's covariance, and its share of the scale."""
        own = _degrees(family, D, nu)
        of_mean = 1.0 if self.mean_precision > 0 else 0.0
        once = isinstance(family, Tied) or (isinstance(family, FactorAnalysers) and family.pooled)
        return (own / K + of_mean, 1.0 / K) if once else (own + of_mean, 1.0)

    def covariance_count(self, family: Family, n_components: int, n_features: int) -> float:
        """Return the pseudo-count of the covariance of each component.

        Parameters
        ----------
        family : Family
            The covariance family.
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        float
            In rows.
        """
        nu = n_features + 2.0 if self.degrees_of_freedom is None else float(self.degrees_of_freedom)
        return self._counts(family, n_components, n_features, nu)[0]

    def rescaled(self, powers: Floats) -> ConjugatePrior:
        """Return the prior for columns times 2**−powers.

        Parameters
        ----------
        powers : (D,) array
            Whole numbers.

        Returns
        -------
        ConjugatePrior
            The same prior in other units.
        """
        units = np.ldexp(1.0, -powers)
        mean = None if self.mean is None else np.asarray(self.mean) * units
        if self.scale is None:
            return replace(self, mean=mean)
        scale = np.asarray(self.scale)
        scale = scale * np.outer(units, units) if scale.ndim == 2 else scale * np.square(units)
        return replace(self, mean=mean, scale=scale)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return all((a is None) == (b is None) and np.array_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash((type(self), self.weight_concentration, self.mean_precision, self.degrees_of_freedom))

    def __repr__(self) -> str:
        given = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        words = [
            f"{name}={value.tolist() if isinstance(value, np.ndarray) else value!r}"
            for name, value, default in given
            if isinstance(value, np.ndarray) or value != default
        ]
        return f"{type(self).__name__}({', '.join(words)})"


class MclustPrior(ConjugatePrior):
    r"""The default prior of mclust, with the M-steps of mclust: ``prior="mclust"``.

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
        if total_weight > 1.0:
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


def _number(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} is {value!r}: give a number.") from None


def _degrees(family: Family, D: int, nu: float) -> float:
    """Return the count of an inverse Wishart or inverse gamma density, for each unit of log |Σ|."""
    if isinstance(family.single, Spherical):
        return (nu + 2.0) / D
    correlated = family.frame.full or isinstance(family, FactorAnalysers)
    return nu + D + 1.0 if correlated else nu + 2.0


def _scale_of(scale: Floats, covariance: Floats) -> Floats:
    """Return a given scale in the form of a covariance, (D, D) or (D,)."""
    D = len(covariance)
    array = np.asarray(scale, dtype=np.float64)
    if array.ndim == 0:
        array = np.full(D, float(array))
    if array.shape not in ((D,), (D, D)):
        raise InputError(
            f"prior: scale has shape {array.shape}: give a number, (D,) = ({D},) or (D, D) values."
        )
    positive = (array > 0).all() if array.ndim == 1 else np.linalg.eigvalsh(array)[0] > 0
    if not positive or not np.allclose(array, array.T):
        raise InputError(
            "prior: scale is not positive definite: give positive variances or a covariance matrix."
        )
    if covariance.ndim == 2:
        return np.diag(array) if array.ndim == 1 else array
    return array if array.ndim == 1 else np.diagonal(array).copy()
