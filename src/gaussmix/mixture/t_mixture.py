"""TMixture: a mixture of multivariate t distributions, as a frozen value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy.special import fdtr

from .._types import Floats, Ints
from ..covariances import Covariances, Diagonal, Family, Full
from ..degrees_of_freedom import DegreesOfFreedom, Estimated
from ..densities import Densities
from ..errors import InputError
from ..incomplete import posterior, squared_distances
from ..kernels.student import log_normalisers
from ..repr import mixture_html, mixture_text
from ..student import precision_weights
from ..uniform import Uniform
from ..validation import LARGEST, as_columns, finite_array
from .t_distribution import TDistribution
from .value import Mixture

__all__ = ["TMixture"]


class TMixture(TDistribution):
    r"""A mixture of multivariate t distributions: weights, means, scale matrices and degrees of freedom, frozen.

    .. math:: p(x) = \sum_{k=1}^K p_k \, t(x \mid \mu_k, \Sigma_k, \nu_k), \qquad
              t(x \mid \mu, \Sigma, \nu) = \frac{\Gamma(\frac{\nu + D}{2})}{\Gamma(\frac\nu2)}
              |\nu \pi \Sigma|^{-1/2} \left(1 + \tfrac1\nu (x - \mu)^T \Sigma^{-1} (x - \mu) \right)^{-(\nu + D)/2}

    Attributes and methods are those of :class:`Mixture`. ``covariances`` are the scale matrices Σ: the covariance of a
    component is ν/(ν − 2) Σ for ν > 2, and does not exist for other ν.

    Parameters
    ----------
    weights : (K,) array
        Weights p_k ≥ 0 of the components; they sum to one.
    means : (K, D) array
        Locations μ_k, in the units of the columns: the means for ν > 1.
    covariances : array or Covariances
        Scale matrices Σ_k, in the forms that :class:`Mixture` takes.
    degrees_of_freedom : float or (K,) array
        Degrees of freedom ν_k > 0: small ones mean heavy tails.
    estimated : {"fixed", "common", "each"}, default="each"
        The rule of the fit, for the number of free parameters.
    family : Family, optional
        The family of the scale matrices, if the shape of the array is ambiguous.
    feature_names : sequence of str, optional
        Names of the D columns.

    Raises
    ------
    InputError
        If shapes do not fit, a value is not finite, or degrees of freedom are not positive.

    Examples
    --------
    >>> from gaussmix import TMixture
    >>> cauchy = TMixture([1.0], [[0.0]], [1.0], degrees_of_freedom=1.0)
    >>> cauchy.pdf([0.0, 1.0]).round(4)
    array([0.3183, 0.1592])
    >>> cauchy.precision_weights([0.0, 10.0]).round(2)
    array([2.  , 0.02])

    References
    ----------
    Peel, D. and McLachlan, G. J. (2000). Robust mixture modelling using the t distribution. Statistics and Computing
    10, 339-348.
    """

    degrees_of_freedom: Floats
    """Degrees of freedom ν of the components, (K,)."""
    estimated: Estimated
    """Whether the fit estimated them: "fixed", "common" or "each"."""

    def __init__(
        self,
        weights: Any,
        means: Any,
        covariances: Any,
        degrees_of_freedom: Any,
        *,
        estimated: Estimated = "each",
        family: Family | None = None,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(weights, means, covariances, family=family, feature_names=feature_names)
        degrees = finite_array(degrees_of_freedom, "degrees_of_freedom")
        if degrees.shape not in ((), (self.n_components,)) or not (degrees > 0).all():
            raise InputError(
                f"degrees_of_freedom is {degrees_of_freedom!r}: give a positive number, or {self.n_components} of "
                "them, one for each component."
            )
        rule = DegreesOfFreedom(estimated, tuple(np.atleast_1d(degrees).tolist()))
        self._set_degrees(rule.start(self.n_components), estimated)

    @classmethod
    def with_tails(cls, mixture: Mixture, degrees: Floats, estimated: Estimated) -> Self:
        """Return the mixture of t distributions with the parameters of another mixture.

        Parameters
        ----------
        mixture : Mixture
            Of K components: its covariances are the scale matrices.
        degrees : (K,) array
            Degrees of freedom.
        estimated : {"fixed", "common", "each"}
            The rule of the fit.

        Returns
        -------
        TMixture
            The mixture of t distributions.

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix import Mixture, TMixture
        >>> TMixture.with_tails(Mixture([1.0], [[0.0]], [1.0]), np.array([5.0]), "each").degrees_of_freedom
        array([5.])
        """
        result = cls.of(
            mixture.weights, mixture.means, mixture.covariances, mixture.feature_names, mixture.uniform
        )
        result._set_degrees(degrees, estimated)
        return result

    @property
    def tails(self) -> DegreesOfFreedom:
        """The rule for the degrees of freedom, from their values on."""
        return DegreesOfFreedom(self.estimated, tuple(self.degrees_of_freedom.tolist()))

    def _set_degrees(self, degrees: Floats, estimated: Estimated) -> None:
        degrees.setflags(write=False)
        self.__dict__.update(degrees_of_freedom=degrees, estimated=estimated)

    def like(
        self,
        weights: Floats,
        means: Floats,
        covariances: Covariances,
        feature_names: tuple[str, ...] | None = None,
        uniform: Uniform | None = None,
        components: Ints | None = None,
    ) -> Self:
        """Return a mixture with other parameters and the same degrees of freedom."""
        degrees = self.degrees_of_freedom if components is None else self.degrees_of_freedom[components]
        plain = Mixture.of(weights, means, covariances, feature_names, uniform)
        return self.with_tails(plain, np.array(degrees), self.estimated)

    @property
    def gaussian(self) -> Mixture:
        """The Gaussian mixture with the scale matrices as covariances."""
        return Mixture.of(self.weights, self.means, self.covariances, self.feature_names, self.uniform)

    @property
    def n_parameters(self) -> int:
        """Number of free parameters, with those of the degrees of freedom."""
        return super().n_parameters + self.tails.n_parameters(self.n_components)

    @cached_property
    def offsets(self) -> Floats:
        """Logarithms of the weighted densities at the locations, (K,)."""
        with np.errstate(divide="ignore"):
            gaussian = np.log(self.weights) + self.covariances.log_normalisers
        return np.asarray(gaussian + log_normalisers(self.degrees_of_freedom, self.n_features))

    @cached_property
    def densities(self) -> Densities:
        """The weighted component densities, as the E-step takes them."""
        values = self.covariances
        return Densities(
            self.means, values.factors, self.offsets, values.frame, self.uniform, self.degrees_of_freedom
        )

    def precision_weights(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        r"""Return the expected precision of each row: near zero for an outlier.

        .. math:: \sum_k r_k(x) \, u_k(x), \qquad u_k(x) = \frac{\nu_k + D}{\nu_k + \delta_k(x)}

        with δ the squared Mahalanobis distance. The means and scale matrices of a fit are weighted by r u.

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise, projections : None
            t distributions take no measurement errors.

        Returns
        -------
        (n,) array
            Weights between 0 and 1 + D/ν.

        Raises
        ------
        InputError
            If the rows are invalid.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> TMixture([1.0], [[0.0]], [1.0], 4.0).precision_weights([0.0, 1.0, 20.0]).round(2)
        array([1.25, 1.  , 0.01])
        """
        return precision_weights(self.densities, self._block(X, noise, projections))

    def outlier_score(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        r"""Return the outlier score of each row, from 0 to 1.

        The score is the probability of a smaller Mahalanobis distance under the t distributions, averaged over the
        components of the row, :math:`\sum_k r_k(x) \, P(F_{D, \nu_k} \le \delta_k(x) / D)`; with a uniform component,
        it is the posterior probability of that component.

        Parameters
        ----------
        X : (n, D) array
            Rows, as in :meth:`log_prob`.
        noise, projections : None
            t distributions take no measurement errors.

        Returns
        -------
        (n,) array
            Scores.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> TMixture([1.0], [[0.0]], [1.0], 4.0).outlier_score([0.0, 2.776]).round(3)
        array([0.  , 0.95])
        """
        block = self._block(X, noise, projections)
        r = posterior(self.densities, block)
        if self.uniform is not None:
            return np.asarray(r[:, -1])
        squares, observed = squared_distances(self.densities, block)
        tails = fdtr(
            np.maximum(observed, 1)[:, None],
            self.degrees_of_freedom,
            squares / np.maximum(observed, 1)[:, None],
        )
        return np.asarray((r * tails).sum(axis=1))

    def condition(self, columns: Any, values: Any) -> Self:
        r"""Return the conditional distribution of the other columns, given values of some.

        It is a mixture of t distributions, too: with d known columns at the squared distance δ, component k has
        ν_k + d degrees of freedom and the scale matrix of the Gaussian conditional times (ν_k + δ)/(ν_k + d).

        Parameters
        ----------
        columns : sequence of int or str
            Positions or names of the known columns.
        values : (number of known columns,) array
            Their values, in the units of the columns.

        Returns
        -------
        TMixture
            The conditional distribution of the columns that are not known, in their order.

        Raises
        ------
        InputError
            If a column is not known to the mixture, or every column is given.

        Examples
        --------
        >>> from gaussmix import TMixture
        >>> mixture = TMixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]], 3.0)
        >>> mixture.condition([0], [2.0]).degrees_of_freedom
        array([4.])

        References
        ----------
        Ding, P. (2016). On the conditional distribution of the multivariate t distribution. The American Statistician
        70, 293-295.
        """
        given = as_columns(columns, self.n_features, self.feature_names)
        known = np.atleast_1d(finite_array(values, "values", largest=LARGEST))
        gaussian = super().condition(columns, known)
        marginal = self.marginal(given)
        block = marginal._block(known[None])
        squares = squared_distances(marginal.densities, block)[0][0]
        nu, d = self.degrees_of_freedom, len(given)
        scales = (nu + squares) / (nu + d)
        family: Family = Full() if gaussian.family.frame.full else Diagonal()
        dense = gaussian.covariances.dense() * scales[:, None, None]
        spread = family.from_dense(dense, gaussian.weights)
        plain = Mixture.of(gaussian.weights, gaussian.means, spread, gaussian.feature_names, gaussian.uniform)
        return self.with_tails(plain, nu + d, self.estimated)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mixture):
            return NotImplemented
        return (
            isinstance(other, TMixture)
            and super().__eq__(other)
            and np.array_equal(self.degrees_of_freedom, other.degrees_of_freedom)
            and self.estimated == other.estimated
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        _, arguments = super().__reduce__()
        return _unpickled, (type(self), arguments, self.degrees_of_freedom.copy(), self.estimated)

    def __repr__(self) -> str:
        return mixture_text(
            self.weights,
            self.means,
            self.covariances,
            self.feature_names,
            self.uniform,
            self.degrees_of_freedom,
        )

    def _repr_html_(self) -> str:
        return mixture_html(
            self.weights,
            self.means,
            self.covariances,
            self.feature_names,
            self.uniform,
            self.degrees_of_freedom,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as arrays and text, in the form of :meth:`save`.

        Returns
        -------
        dict
            As for :class:`Mixture`, with the degrees of freedom and the rule of the fit.
        """
        return {
            **super().to_dict(),
            "kind": "t-mixture",
            "degrees_of_freedom": self.degrees_of_freedom,
            "estimated": self.estimated,
        }


def _unpickled(
    cls: type[TMixture], arguments: tuple[Any, ...], degrees: Floats, estimated: Estimated
) -> TMixture:
    return cls.with_tails(Mixture.of(*arguments), degrees, estimated)
