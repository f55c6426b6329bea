"""The conditional distributions of some columns, one for each of many rows of the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._types import Floats, Ints
from ..covariances import Covariances
from ..errors import InputError
from ..log_space import log_sum_exp
from ..uniform import Uniform
from ..validation import as_count, as_generator, as_rows_with_holes
from .one_dimensional import Univariate, as_probabilities

if TYPE_CHECKING:
    from .value import Mixture

__all__ = ["ConditionalMixtures"]


@dataclass(frozen=True, eq=False, repr=False)
class ConditionalMixtures:
    r"""The conditional distributions of q columns, one mixture for each of n rows of the other columns.

    .. math:: p(y \mid x_i) = \sum_k r_k(x_i) \, N(y \mid \mu_{ky} + B_k (x_i - \mu_{kx}), \, R_k),
              \qquad B_k = \Sigma_{kyx} \Sigma_{kxx}^{-1}, \quad R_k = \Sigma_{kyy} - B_k \Sigma_{kxy}

    The covariances R do not depend on the values of a row, only on which of them are missing: they are kept once for
    each pattern of missing values. ``len`` is n, and an index gives the :class:`Mixture` of a row.

    Parameters
    ----------
    weights : (n, K) array
        Posterior probabilities r of the Gaussian components.
    means : (n, K, q) array
        Conditional means of the components, in the units of the columns.
    covariances : tuple of Covariances
        Conditional covariances R of the components, one entry for each pattern of missing values.
    pattern : (n,) array of int
        The entry of ``covariances`` for each row.
    feature_names : tuple of str or None
        Names of the q columns.
    uniforms : tuple of Uniform or None
        The uniform component for each pattern of missing values.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
    >>> conditionals = mixture.conditionals([0], [[2.0], [-2.0], [float("nan")]])
    >>> conditionals.mean().ravel()
    array([ 1., -1.,  0.])
    >>> conditionals.variance().ravel()
    array([0.75, 0.75, 1.  ])
    """

    weights: Floats
    means: Floats
    covariances: tuple[Covariances, ...]
    pattern: Ints
    feature_names: tuple[str, ...] | None = None
    uniforms: tuple[Uniform, ...] | None = None

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, row: int) -> Mixture:
        i = int(row)
        if not -len(self) <= i < len(self):
            raise IndexError(f"row {i} is out of range: there are {len(self)} conditional mixtures.")
        uniform = None
        if self.uniforms is not None:
            uniform = self.uniforms[self.pattern[i]].of_weight(float(self.uniform_weights[i]))
        return self._mixture(i, uniform)

    def _mixture(self, i: int, uniform: Uniform | None) -> Mixture:
        from .value import Mixture

        covariances = self.covariances[self.pattern[i]]
        return Mixture.of(
            self.weights[i].copy(), self.means[i].copy(), covariances, self.feature_names, uniform
        )

    def __iter__(self) -> Iterator[Mixture]:
        return (self[i] for i in range(len(self)))

    @property
    def n_components(self) -> int:
        """Number of Gaussian components K."""
        return int(self.means.shape[1])

    @property
    def n_features(self) -> int:
        """Number of columns q of the conditional distributions."""
        return int(self.means.shape[2])

    @cached_property
    def uniform_weights(self) -> Floats:
        """Posterior probabilities of the uniform component, (n,); zeros without one."""
        if self.uniforms is None:
            return np.zeros(len(self))
        return np.asarray(np.maximum(1.0 - self.weights.sum(axis=1), 0.0))

    def mean(self) -> Floats:
        """Return the conditional expectations, Σ r_k(x) m_k(x).

        Returns
        -------
        (n, q) array
            Expectations, in the units of the columns.

        Raises
        ------
        InputError
            If a component has a t distribution of at most one degree of freedom given a row.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> mixture.conditionals(0, [[4.0]]).mean()
        array([[2.]])
        """
        self._check_moment(1.0, "mean")
        means = np.matmul(self.weights[:, None, :], self.means)[:, 0]
        if self.uniforms is not None:
            means += self.uniform_weights[:, None] * self._centres
        return np.asarray(means)

    def _check_moment(self, degrees: float, what: str) -> None:
        """Raise InputError if a component has no more than some degrees of freedom, so that a moment does not exist."""

    @property
    def _centres(self) -> Floats:
        assert self.uniforms is not None
        return np.stack([uniform.centre for uniform in self.uniforms])[self.pattern]

    @property
    def _spreads(self) -> Floats:
        """Weights of the covariances R in the covariance of a row, (n, K)."""
        return self.weights

    def covariance(self) -> Floats:
        """Return the conditional covariances, those within the components and those between their means.

        Returns
        -------
        (n, q, q) array
            Covariances, in squared units.

        Raises
        ------
        InputError
            If a component has a t distribution of at most two degrees of freedom given a row.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[0.0, -1.0], [0.0, 1.0]], [1.0, 1.0]).conditionals(0, [[0.0]]).covariance()
        array([[[2.]]])
        """
        n, q = len(self), self.n_features
        mean = self.mean()
        apart = self.means - mean[:, None]
        result = np.matmul((self.weights[:, :, None] * apart).swapaxes(1, 2), apart)
        K, spreads = self.n_components, self._spreads
        for code, covariances in enumerate(self.covariances):
            rows = self.pattern == code
            result[rows] += (spreads[rows] @ covariances.dense().reshape(K, q * q)).reshape(-1, q, q)
        if self.uniforms is not None:
            shift, p = self._centres - mean, self.uniform_weights
            result += p[:, None, None] * shift[:, :, None] * shift[:, None, :]
            widths = np.stack([u.upper - u.lower for u in self.uniforms])[self.pattern]
            result[:, np.arange(q), np.arange(q)] += p[:, None] * widths**2 / 12.0
        return np.asarray(result.reshape(n, q, q))

    def variance(self) -> Floats:
        """Return the conditional variances of the columns.

        Returns
        -------
        (n, q) array
            Variances, in squared units.

        Raises
        ------
        InputError
            If a component has a t distribution of at most two degrees of freedom given a row.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[0.0, -1.0], [0.0, 1.0]], [1.0, 1.0]).conditionals(0, [[0.0]]).variance()
        array([[2.]])
        """
        mean = self.mean()
        result = (self.weights[:, :, None] * (self.means - mean[:, None]) ** 2).sum(axis=1)
        spreads = self._spreads
        for code, covariances in enumerate(self.covariances):
            rows = self.pattern == code
            result[rows] += spreads[rows] @ covariances.variances()
        if self.uniforms is not None:
            widths = np.stack([u.upper - u.lower for u in self.uniforms])[self.pattern]
            spread = (self._centres - mean) ** 2 + widths**2 / 12.0
            result += self.uniform_weights[:, None] * spread
        return np.asarray(result)

    def log_prob(self, Y: Any) -> Floats:
        """Return the conditional log-density log p(y | x) of a row of values under the mixture of each row.

        Parameters
        ----------
        Y : (n, q) array
            Values of the columns, one row for each mixture; (n,) if q = 1. NaN is integrated out.

        Returns
        -------
        (n,) array
            Log-densities, in nats.

        Raises
        ------
        InputError
            If the shape is another, or a value is infinite.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> mixture.conditionals(0, [[2.0]]).log_prob([1.0]).round(4)
        array([-0.7751])
        """
        values = self._values(Y)
        joint = np.empty((len(self), self.n_components + (self.uniforms is not None)))
        for code, covariances in enumerate(self.covariances):
            rows = np.flatnonzero(self.pattern == code)
            for k in range(self.n_components):
                deviations = values[rows] - self.means[rows, k]
                joint[rows, k] = self._log_component(covariances.take([k]), deviations, rows, k)
            if self.uniforms is not None:
                joint[rows, -1] = self.uniforms[code].of_weight(0.5).log_density(values[rows]) - np.log(0.5)
        with np.errstate(divide="ignore"):
            joint[:, : self.n_components] += np.log(self.weights)
            if self.uniforms is not None:
                joint[:, -1] += np.log(self.uniform_weights)
        return log_sum_exp(joint)

    def _log_component(self, covariance: Covariances, deviations: Floats, rows: Ints, k: int) -> Floats:
        """Return the log-densities of component k at deviations (m, q) of some rows from its means, (m,)."""
        from .value import Mixture

        return Mixture.of(np.ones(1), np.zeros((1, self.n_features)), covariance).log_prob(deviations)

    def _values(self, Y: Any) -> Floats:
        values, _ = as_rows_with_holes(
            Y, n_features=self.n_features, name="Y", min_rows=0, one_column=True, fitted=True
        )
        if len(values) != len(self):
            raise InputError(f"Y has {len(values):,} rows: give one for each of the {len(self):,} mixtures.")
        return np.asarray(values, dtype=np.float64)

    def cdf(self, y: Any) -> Floats:
        """Return P(Y ≤ y | x) for one column.

        Parameters
        ----------
        y : (n,) array or float
            A value for the mixture of each row.

        Returns
        -------
        (n,) array
            Probabilities.

        Raises
        ------
        InputError
            If there are several columns, or another number of values.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> mixture.conditionals(0, [[2.0], [4.0]]).cdf([1.0, 2.0])
        array([0.5, 0.5])
        """
        one = self._univariate("cdf")
        return one.cdf(self._one_each(np.asarray(y, dtype=np.float64), "y"))

    def quantile(self, level: Any) -> Floats:
        """Return conditional quantiles of one column: the limits of a prediction interval.

        Parameters
        ----------
        level : float or (L,) array
            Probabilities from 0 to 1.

        Returns
        -------
        (n,) or (n, L) array
            The smallest values y with P(Y ≤ y | x) ≥ level, in the units of the column.

        Raises
        ------
        InputError
            If there are several columns, or a level is no probability.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> mixture.conditionals(0, [[2.0], [0.0]]).quantile([0.5, 0.975]).round(3)
        array([[1.   , 2.697],
               [0.   , 1.697]])
        """
        levels = as_probabilities(level)
        if levels.ndim > 1:
            raise InputError(f"level has shape {levels.shape}: give a number or a list of numbers.")
        one = self._univariate("quantile")
        columns = [one.quantile(np.full(len(self), p)) for p in levels.ravel()]
        return columns[0] if levels.ndim == 0 else np.stack(columns, axis=1)

    def _univariate(self, what: str) -> Univariate:
        if self.n_features != 1:
            raise InputError(
                f"{what} needs mixtures of one column, and these have {self.n_features}: condition on all columns but "
                "one."
            )
        deviations = np.sqrt(np.stack([c.variances()[:, 0] for c in self.covariances]))[self.pattern]
        lower, upper = np.zeros(len(self)), np.ones(len(self))
        if self.uniforms is not None:
            lower = np.array([u.lower[0] for u in self.uniforms])[self.pattern]
            upper = np.array([u.upper[0] for u in self.uniforms])[self.pattern]
        return Univariate(self.weights, self.means[:, :, 0], deviations, self.uniform_weights, lower, upper)

    def _one_each(self, values: Floats, name: str) -> Floats:
        if values.ndim == 0:
            return np.full(len(self), float(values))
        if values.shape not in ((len(self),), (len(self), 1)):
            raise InputError(
                f"{name} has shape {values.shape}: give one value for each of the {len(self)} mixtures."
            )
        return values.reshape(len(self))

    def sample(self, draws: int = 1, random_state: Any = None) -> Floats:
        """Draw values from the mixture of each row.

        Parameters
        ----------
        draws : int, default=1
            Number of draws m for each row.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Source of random numbers.

        Returns
        -------
        (m, n, q) array
            The values of each draw.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
        >>> mixture.conditionals(0, [[2.0], [0.0]]).sample(3, random_state=0).shape
        (3, 2, 1)
        """
        rng, m = as_generator(random_state), as_count(draws, "draws")
        K, n, q = self.n_components, len(self), self.n_features
        below = np.cumsum(self.weights, axis=1)
        points = rng.uniform(size=(m, n)) * (below[:, -1] + self.uniform_weights)
        labels = (below < points[..., None]).sum(axis=2).ravel()
        noise, rows = rng.standard_normal((m * n, q)), np.tile(np.arange(n), m)
        chosen, result = np.minimum(labels, K - 1), np.empty((m * n, q))
        for code, covariances in enumerate(self.covariances):
            at = np.flatnonzero(self.pattern[rows] == code)
            spread = covariances.colorize(noise[at], chosen[at])
            result[at] = self.means[rows[at], chosen[at]] + spread * self._stretches(
                rows[at], chosen[at], rng
            )
            if self.uniforms is not None:
                scattered = at[labels[at] == K]
                result[scattered] = self.uniforms[code].sample(len(scattered), rng)
        return result.reshape(m, n, q)

    def _stretches(self, rows: Ints, components: Ints, rng: np.random.Generator) -> Floats | float:
        """Return the factors of draws with the covariances R, (m, 1) or one."""
        return 1.0

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: {len(self):,} rows, {self.n_components} components, "
            f"{self.n_features} column{'s' * (self.n_features != 1)}>"
        )
