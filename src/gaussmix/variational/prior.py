"""Conjugate priors of a variational fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .._types import Floats
from ..covariances import Family, Tied
from ..covariances.constraints import Floor
from ..errors import InputError
from ..fitting.spread import Spread
from .precisions import PrecisionDistribution, precision_distribution
from .weights import WEIGHTS

__all__ = ["GivenPrior", "Prior"]


@dataclass(frozen=True, eq=False)
class Prior:
    r"""The conjugate prior of a mixture: of its weights, means and precisions.

    .. math:: \mu_k \mid \Lambda_k \sim N(m_0, (\beta_0 \Lambda_k)^{-1}), \qquad
              \Lambda_k \sim \mathrm{Wishart}(\nu_0, B_0^{-1})

    Diagonal and spherical covariances have Gamma distributions of their precisions instead. A covariance that is shared
    by K components has the prior K times, with K ν₀ degrees of freedom and the scale K B₀.

    Parameters
    ----------
    family : Family
        The covariance family.
    weights : str
        "dirichlet_process" or "dirichlet_distribution".
    concentration : float
        Concentration of the weights.
    mean : (D,) array
        Prior mean m₀ of the means.
    mean_precision : float
        β₀, in rows.
    degrees_of_freedom : float
        ν₀, more than D − 1.
    scatter : (D, D) or (D,) array
        Scale B₀ in the frame of the family, in squared units of the columns; equal values for spherical covariances.

    Raises
    ------
    InputError
        If spherical covariances have a scale with unequal variances.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import Full
    >>> Prior(Full(), "dirichlet_process", 0.5, np.zeros(2), 1.0, 2.0, np.eye(2)).covariance
    array([[1., 0.],
           [0., 1.]])
    """

    family: Family
    weights: str
    concentration: float
    mean: Floats
    mean_precision: float
    degrees_of_freedom: float
    scatter: Floats

    def __post_init__(self) -> None:
        lowest, highest = np.min(self.scatter), np.max(self.scatter)
        if self._pooled and highest - lowest > 1e-9 * highest:
            raise InputError(
                f"scatter has variances from {lowest:g} to {highest:g}, but those of the family "
                f"{self.family.name!r} are equal: give D equal values."
            )

    @property
    def _pooled(self) -> bool:
        """Whether the variances of all columns are equal."""
        pooling = self.family.pooling
        return pooling is not None and pooling.columns

    @property
    def covariance(self) -> Floats:
        """The scale in the natural shape of one component, as ``covariance_prior_`` shows it."""
        single = self.family.inner if isinstance(self.family, Tied) else self.family
        return np.asarray(single.natural(self.scatter[None])[0])

    @cached_property
    def precisions(self) -> PrecisionDistribution:
        """The distribution of the precisions."""
        return precision_distribution(self.family, len(self.mean))

    @property
    def stick_breaking(self) -> bool:
        """Whether the weights are those of a Dirichlet process."""
        return WEIGHTS[self.weights].ordered

    @cached_property
    def log_determinant(self) -> float:
        """Log-determinant of Σ₀ = B₀ / ν₀."""
        D = len(self.mean)
        matrix = self.family.frame.dense(self.scatter)
        return float(np.linalg.slogdet(matrix)[1] - D * np.log(self.degrees_of_freedom))

    @property
    def key(self) -> tuple[Any, ...]:
        """The prior as values that can be compared."""
        numbers = (self.concentration, self.mean_precision, self.degrees_of_freedom)
        return self.family, self.weights, *numbers, self.mean.tobytes(), self.scatter.tobytes()

    def scaled(self, factors: Floats) -> Prior:
        """Return the prior of columns multiplied by factors.

        Parameters
        ----------
        factors : (D,) array
            Factors of the columns.

        Returns
        -------
        Prior
            In the new units.
        """
        frame = self.family.frame
        return replace(self, mean=self.mean * factors, scatter=self.scatter * frame.outer(factors, factors))


@dataclass(frozen=True, eq=False)
class GivenPrior:
    """The prior as far as a user gives it; the rows give the rest.

    Parameters
    ----------
    concentration : float, optional
        1 / K by default.
    mean : (D,) array, optional
        The mean of the rows by default.
    mean_precision : float, optional
        1 by default.
    degrees_of_freedom : float, optional
        D by default.
    scatter : (D, D) or (D,) array, optional
        In the frame of the family; the covariance of the rows by default.

    Examples
    --------
    >>> GivenPrior("dirichlet_process").concentration is None
    True
    """

    weights: str
    concentration: float | None = None
    mean: Floats | None = None
    mean_precision: float | None = None
    degrees_of_freedom: float | None = None
    scatter: Floats | None = None

    def scaled(self, factors: Floats) -> GivenPrior:
        """Return the prior of columns multiplied by factors, (D,)."""
        mean = None if self.mean is None else self.mean * factors
        if self.scatter is None:
            return replace(self, mean=mean)
        outer = np.multiply.outer(factors, factors) if self.scatter.ndim == 2 else factors * factors
        return replace(self, mean=mean, scatter=self.scatter * outer)

    def with_rows(
        self, family: Family, n_components: int, spread: Spread, observed: Callable[[], Floats]
    ) -> Prior:
        """Return the whole prior.

        Parameters
        ----------
        n_components : int
            K.
        spread : Spread
            Of the rows, with missing values replaced by means.
        observed : callable
            Returns the share of the rows that is observed, for each column, (D,).
        """
        D = len(spread.variances)
        dof = float(D) if self.degrees_of_freedom is None else self.degrees_of_freedom
        if not dof > D - 1.0:
            raise InputError(
                f"The parameter 'degrees_of_freedom_prior' should be greater than {D - 1}, but got {dof:.3f}."
            )
        return Prior(
            family,
            self.weights,
            1.0 / n_components if self.concentration is None else self.concentration,
            spread.mean if self.mean is None else self.mean,
            1.0 if self.mean_precision is None else self.mean_precision,
            dof,
            _scatter_of(family, spread, observed()) if self.scatter is None else self.scatter,
        )


def _scatter_of(family: Family, spread: Spread, observed: Floats) -> Floats:
    """Return the covariance of the rows, with n − 1 as divisor, as far as the family has its parameters."""
    # Columns with values replaced by their mean vary too little.
    rescale = 1.0 / np.sqrt(np.where(observed > 0, observed, 1.0))
    n = spread.total_weight
    covariance = (
        spread.covariance * family.frame.outer(rescale, rescale) * (n / (n - 1.0) if n > 1.5 else 1.0)
    )
    single = family.inner if isinstance(family, Tied) else family
    bounded = single.constrain(single.nearest(covariance[None], np.ones(1)), Floor(spread.scale), np.ones(1))
    return np.asarray(bounded.in_frame()[0])
