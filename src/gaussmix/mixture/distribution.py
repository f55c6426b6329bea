"""Distribution function, quantiles, entropy, modes and highest-density regions of a mixture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from .._types import Floats
from ..containers import float_array
from ..errors import InputError
from .density_regions import HighestDensityRegion, region_of
from .distances import DISTANCES, check_columns, check_gaussians
from .evaluation import Evaluation
from .expectations import DRAWS, Estimate, Sampler, expectation, proper_log_prob
from .modal_em import component_starts, modes_from
from .one_dimensional import Univariate, as_probabilities

if TYPE_CHECKING:
    from .value import Mixture

__all__ = ["Distribution"]


class Distribution(Evaluation):
    """Functions of the distribution as a whole."""

    def cdf(self, X: Any, tol: float = 1e-6) -> Floats:
        r"""Return the distribution function, the probability of no larger value in any column.

        .. math:: F(x) = P(X \le x) = \sum_k p_k \, \Phi_D(x; \mu_k, \Sigma_k)

        It is exact in one column, and for covariances without correlations. Otherwise it is the numerical integral of
        ``scipy.stats.multivariate_normal.cdf``.

        Parameters
        ----------
        X : (n, D) array
            Points, in the units of the columns; (n,) if D = 1. Infinite values are allowed.
        tol : float, default=1e-6
            The bound for the estimated absolute error of the numerical integral.

        Returns
        -------
        (n,) array
            Probabilities.

        Raises
        ------
        InputError
            If the points have another number of columns, or a missing value.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[-1.0], [1.0]], [1.0, 1.0]).cdf([0.0, float("inf")])
        array([0.5, 1. ])
        >>> Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]]).cdf([[0.0, 0.0]]).round(6)
        array([0.333333])

        References
        ----------
        Genz, A. (1992). Numerical computation of multivariate normal probabilities. J. Comput. Graph. Statist. 1,
        141-149.
        """
        points = self._points(X)
        if self.n_features == 1:
            return self._univariate(len(points)).cdf(points[:, 0])
        result = np.zeros(len(points))
        for k in np.flatnonzero(self.weights > 0):
            result += self.weights[k] * self._component_cdf(int(k), points, tol)
        if self.uniform is not None:
            box = self.uniform
            shares = np.clip((points - box.lower) / (box.upper - box.lower), 0.0, 1.0)
            result += box.weight * shares.prod(axis=1)
        return np.clip(result, 0.0, 1.0)

    def _component_cdf(self, k: int, points: Floats, tol: float) -> Floats:
        covariance = self.covariances.take([k]).dense()[0]
        deviations = np.sqrt(np.diag(covariance))
        if not np.count_nonzero(covariance - np.diag(np.diag(covariance))) and (deviations > 0).all():
            return np.asarray(ndtr((points - self.means[k]) / deviations).prod(axis=1))
        # In standard units, so that the bounds on the error do not depend on those of the columns.
        scale = np.where(deviations > 0, deviations, 1.0)
        # The integral is by random points: with a seed of their own, the same in every call.
        options: dict[str, Any] = {"maxpts": 1_000_000 * self.n_features, "abseps": tol, "releps": 0.0}
        correlation, singular = covariance / np.outer(scale, scale), self.covariances.singular
        gaussian = multivariate_normal(cov=correlation, allow_singular=singular, seed=0, **options)
        values = gaussian.cdf((points - self.means[k]) / scale)
        return np.asarray(values, dtype=np.float64).reshape(len(points))

    def _points(self, X: Any) -> Floats:
        points = np.array(float_array(X, "X"), dtype=np.float64)
        if points.ndim < 2 and self.n_features == 1:
            points = points.reshape(-1, 1)
        if points.ndim != 2 or points.shape[1] != self.n_features:
            raise InputError(f"X has shape {points.shape}: give points of shape (n, {self.n_features}).")
        holes = np.isnan(points)
        if holes.any():
            row, column = (int(i) for i in np.argwhere(holes)[0])
            raise InputError(
                f"X[{row}, {column}] is NaN: give infinity for a column without a bound, or take the marginal."
            )
        return points

    def quantile(self, level: Any) -> Floats:
        """Return quantiles of a mixture of one column, the inverse of :meth:`cdf`.

        Parameters
        ----------
        level : float or array
            Probabilities from 0 to 1.

        Returns
        -------
        array
            The smallest x with P(X ≤ x) ≥ level, to rounding error, in the shape of ``level``.

        Raises
        ------
        InputError
            If there are several columns, or a level is no probability.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[-1.0], [1.0]], [1.0, 1.0]).quantile([0.025, 0.5]).round(3) + 0.0
        array([-2.646,  0.   ])
        """
        levels = as_probabilities(level)
        if self.n_features != 1:
            raise InputError(
                f"quantiles need a mixture of one column, and this has {self.n_features}: "
                "take mixture.marginal([column]).quantile(level)."
            )
        flat = levels.ravel()
        return self._univariate(len(flat)).quantile(flat).reshape(levels.shape)

    def _univariate(self, n: int) -> Univariate:
        K, box = self.n_components, self.uniform
        ends = (0.0, 0.0, 1.0) if box is None else (box.weight, float(box.lower[0]), float(box.upper[0]))
        deviations = np.sqrt(np.maximum(self.covariances.variances()[:, 0], 0.0))
        return Univariate(
            np.broadcast_to(self.weights, (n, K)),
            np.broadcast_to(self.means[:, 0], (n, K)),
            np.broadcast_to(deviations, (n, K)),
            *(np.full(n, end) for end in ends),
        )

    def entropy(self, draws: int = DRAWS, random_state: Any = 0) -> Estimate:
        r"""Return the differential entropy of the distribution.

        .. math:: H = -\int p(x) \log p(x) \, dx

        By quadrature in one column, and by randomised quasi-Monte Carlo in more.

        Parameters
        ----------
        draws : int, default=65536
            Number of points in more than one column.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=0
            Source of random numbers.

        Returns
        -------
        Estimate
            The entropy in nats, with its standard error.

        Raises
        ------
        InputError
            If covariances are singular.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> round(Mixture([0.5, 0.5], [[-2.0], [2.0]], [1.0, 1.0]).entropy().value, 6)
        2.051659
        """
        mixture = self._whole()
        return expectation(lambda x: -proper_log_prob(mixture, x), mixture, Sampler(draws, random_state))

    def modes(self) -> Floats:
        """Return the modes of the density that modal EM reaches from the means of the components.

        :func:`gaussmix.modal_clustering` begins at rows too, and assigns them to modes.

        Returns
        -------
        (M, D) array
            The modes, in the order of the components, in the units of the columns.

        Raises
        ------
        InputError
            If covariances are singular.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[-2.0], [2.0]], [1.0, 1.0]).modes().round(3)
        array([[-1.999],
               [ 1.999]])

        References
        ----------
        Li, J., Ray, S. and Lindsay, B. G. (2007). A nonparametric statistical approach to clustering via mode
        identification. J. Mach. Learn. Res. 8, 1687-1723.
        """
        return modes_from(self._whole(), component_starts(self._whole())).modes

    def highest_density_region(
        self, level: float = 0.95, draws: int = DRAWS, random_state: Any = 0
    ) -> HighestDensityRegion:
        """Return the smallest region of a given probability: where the density is above a threshold.

        Parameters
        ----------
        level : float, default=0.95
            The probability of the region, between 0 and 1.
        draws : int, default=65536
            Number of points that determine the threshold in more than one column; in one it is exact.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=0
            Source of random numbers.

        Returns
        -------
        HighestDensityRegion
            The threshold, and tests of points.

        Raises
        ------
        InputError
            If the level is not between 0 and 1, or covariances are singular.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> region = Mixture([0.5, 0.5], [[-3.0], [3.0]], [1.0, 1.0]).highest_density_region(0.9)
        >>> region.intervals.round(3)
        array([[-4.645, -1.355],
               [ 1.355,  4.645]])
        >>> region.contains([[0.0], [2.5]])
        array([False,  True])

        References
        ----------
        Hyndman, R. J. (1996). Computing and graphing highest density regions. The American Statistician 50, 120-126.
        """
        return region_of(self._whole(), level, Sampler(draws, random_state))

    def distance(self, other: Distribution, metric: str = "wasserstein") -> float:
        r"""Return the distance of another mixture, in closed form.

        .. math:: MW_2(p, q)^2 = \min_{w} \sum_{ab} w_{ab} \, W_2(N_a, N_b)^2, \qquad
                  L_2(p, q)^2 = \int (p(x) - q(x))^2 \, dx

        The Wasserstein distance is that of order 2 over transports w of the weights from the components of one mixture
        to those of the other. Both are metrics, and depend on the units of the columns.

        Parameters
        ----------
        other : Mixture
            A mixture of the same columns.
        metric : {"wasserstein", "l2"}, default="wasserstein"
            The Wasserstein distance, in the unit of the columns, or the L2 distance of the densities, in the square
            root of the unit of the densities.

        Returns
        -------
        float
            The distance.

        Raises
        ------
        InputError
            If the columns differ, a component is uniform or a t distribution, or covariances are singular (L2 only).

        See Also
        --------
        gaussmix.divergences : The transport between the components, and divergences without a closed form.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> p, q = Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[3.0]], [1.0])
        >>> p.distance(q)
        3.0
        >>> round(p.distance(q, metric="l2"), 3)
        0.71

        References
        ----------
        Delon, J. and Desolneux, A. (2020). A Wasserstein-type distance in the space of Gaussian mixture models. SIAM J.
        Imaging Sci. 13, 936-970.
        """
        if metric not in DISTANCES:
            raise InputError(f"metric is {metric!r}: give one of {', '.join(map(repr, DISTANCES))}.")
        p, q = self._whole(), other._whole()
        check_columns(p, q)
        check_gaussians(p, q, "a distance")
        return DISTANCES[metric](p, q)

    def _whole(self) -> Mixture:
        return cast("Mixture", self)
