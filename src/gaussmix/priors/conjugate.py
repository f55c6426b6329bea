"""The conjugate prior of a mixture's parameters: Dirichlet, normal, and inverse Wishart or inverse gamma."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from .._types import Floats
from ..covariances import FactorAnalysers, Family, Spherical, Tied
from ..errors import InputError
from ..validation import finite_array
from .pseudo_moments import PseudoMoments

__all__ = ["ConjugatePrior"]


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
        """Return the default scale matrix S₀, (D, D) or (D,)."""
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
