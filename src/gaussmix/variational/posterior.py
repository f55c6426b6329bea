"""The posterior distribution of a variational fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from .._types import Floats
from ..covariances import Covariances, Family, Tied
from ..densities import Densities
from ..errors import InputError
from ..frames import Frame
from ..mixture import Mixture
from ..uniform import Uniform
from ..validation import as_generator
from .draws import draw_mixture
from .intervals import Intervals, credible_intervals
from .predictive import PredictiveMixture
from .prior import Prior
from .weights import WEIGHTS, BetaWeight, WeightDistribution

__all__ = ["Posterior", "VariationalMixture"]


@dataclass(frozen=True, eq=False)
class Posterior:
    r"""The variational posterior of weights, means and covariances, conjugate to its prior.

    .. math:: q(p, \mu, \Lambda) = q(p) \prod_k N(\mu_k \mid m_k, (\beta_k \Lambda_k)^{-1}) \,
              \mathrm{Wishart}(\Lambda_k \mid \nu_k, (\nu_k \Sigma_k)^{-1})

    Parameters
    ----------
    prior : Prior
        The prior that it was updated from.
    counts : (K,) array
        Expected numbers of rows of the components, N.
    means : (K, D) array
        m, the posterior means of the means.
    covariances : Covariances
        Σ, the inverses of the expected precisions.
    uniform : Uniform or None
        The uniform component, with its expected weight.
    uniform_count : float
        Expected number of its rows.
    entropy_of_rows : callable, optional
        Returns the entropy of the responsibilities that it was computed from, nats; none for incomplete rows and with a
        uniform component.

    Examples
    --------
    >>> from gaussmix import BayesianGaussianMixture, datasets
    >>> model = BayesianGaussianMixture(3, random_state=0).fit(datasets.load_faithful().data)
    >>> model.posterior_.degrees_of_freedom.round()
    array([177.,  99.,   2.])
    """

    prior: Prior
    counts: Floats
    means: Floats
    covariances: Covariances
    uniform: Uniform | None = None
    uniform_count: float = 0.0
    entropy_of_rows: Callable[[], float] | None = None

    @property
    def n_components(self) -> int:
        """Number of components K."""
        return len(self.counts)

    @property
    def n_features(self) -> int:
        """Number of features D."""
        return int(self.means.shape[1])

    @property
    def family(self) -> Family:
        """The covariance family."""
        return self.prior.family

    @property
    def tied(self) -> bool:
        """Whether all components share one covariance."""
        return isinstance(self.family, Tied)

    @property
    def mean_precisions(self) -> Floats:
        """β, the precisions of the means in rows, (K,)."""
        return self.prior.mean_precision + self.counts

    @property
    def degrees_of_freedom(self) -> Floats:
        """ν, those of the components' precisions, (K,); of a shared covariance, those of all components."""
        prior, K = self.prior.degrees_of_freedom, self.n_components
        return np.full(K, K * prior + self.counts.sum()) if self.tied else prior + self.counts

    @cached_property
    def weights(self) -> WeightDistribution:
        """The distribution of the weights, of the Gaussian components alone."""
        return WEIGHTS[self.prior.weights].of_counts(self.counts, self.prior.concentration)

    @property
    def uniform_weight(self) -> BetaWeight | None:
        """The distribution of the weight of the uniform component, or None."""
        return None if self.uniform is None else BetaWeight(self.uniform_count, float(self.counts.sum()))

    @cached_property
    def mixture(self) -> Mixture:
        """The mixture of expected weights and means, and of Σ."""
        weights = self.weights.means
        if self.uniform is not None:
            weights = weights * (1.0 - self.uniform.weight)
        return Mixture.of(weights, self.means, self.covariances, uniform=self.uniform)

    @cached_property
    def log_determinants(self) -> Floats:
        """Log |Σ|, (K,), from the whitening factors."""
        return -2.0 * self.covariances.frame.log_pivots(self.covariances.factors)

    @cached_property
    def expected_log_determinants(self) -> Floats:
        """E log |Λ|, (K,)."""
        correction = self.prior.precisions.log_correction(self.degrees_of_freedom)
        return np.asarray(correction - self.log_determinants)

    @cached_property
    def densities(self) -> Densities:
        r"""The weighted densities of the E-step, :math:`\exp E \log p_k N(x \mid \mu_k, \Lambda_k^{-1})`."""
        D, weight, uniform = self.n_features, self.uniform_weight, self.uniform
        normal = self.expected_log_determinants - D * np.log(2.0 * np.pi) - D / self.mean_precisions
        offsets = self.weights.expected_logs + 0.5 * normal
        if weight is not None and uniform is not None:
            offsets = offsets + weight.expected_log_rest
            uniform = uniform.of_weight(float(np.exp(weight.expected_log)))
        values = self.covariances
        return Densities(self.means, values.factors, offsets, values.frame, uniform)

    @cached_property
    def divergence(self) -> float:
        """Kullback-Leibler divergence of the prior from the posterior, nats."""
        weight = self.uniform_weight
        of_weights = self.weights.divergence + (0.0 if weight is None else weight.divergence)
        halves = 0.5 * self._trace_of_prior
        return of_weights + self._divergence_of_means + self._divergence_of_precisions + halves

    @property
    def _divergence_of_means(self) -> float:
        """Divergence of the prior of the means from their posterior, but for their distances from its mean, nats."""
        ratio = self.prior.mean_precision / self.mean_precisions
        return float(0.5 * self.n_features * (ratio - 1.0 - np.log(ratio)).sum())

    @property
    def _divergence_of_precisions(self) -> float:
        """Divergence of the prior of the precisions from their posterior, but for the trace of its scale, nats."""
        prior, D = self.prior, self.n_features
        times, each = (self.n_components, slice(0, 1)) if self.tied else (1, slice(None))
        dof, dof0 = self.degrees_of_freedom[each], np.array([times * prior.degrees_of_freedom])
        log_norm = prior.precisions.log_norm
        norms = log_norm(dof0, np.array([prior.log_determinant])) - log_norm(dof, self.log_determinants[each])
        powers = 0.5 * (dof - dof0) * self.expected_log_determinants[each]
        return float((powers - 0.5 * dof * D + norms).sum())

    @property
    def _trace_of_prior(self) -> float:
        """Σ_k tr Σ_k⁻¹ (B₀ + β₀ (m_k − m₀)(m_k − m₀)ᵀ), which both of these contain half of."""
        prior, frame, factors = self.prior, self.family.frame, self.covariances.factors
        whitened = frame.whiten(factors, (self.means - prior.mean)[:, None, :])
        times, factors = (self.n_components, factors[:1]) if self.tied else (1, factors)
        squares = prior.mean_precision * np.square(whitened).sum()
        return times * _total_trace(frame, factors, prior.scatter) + float(squares)

    def scaled(self, factors: Floats) -> Posterior:
        """Return the posterior of columns multiplied by factors.

        Parameters
        ----------
        factors : (D,) array
            Factors of the columns.

        Returns
        -------
        Posterior
            In the new units.
        """
        uniform = None if self.uniform is None else self.uniform.affine(np.diag(factors))
        return replace(
            self,
            prior=self.prior.scaled(factors),
            means=self.means * factors,
            covariances=self.covariances.scale(factors),
            uniform=uniform,
        )

    @cached_property
    def entropy(self) -> float | None:
        """Entropy of the responsibilities that it was computed from, nats; None where it is not known."""
        return None if self.entropy_of_rows is None else self.entropy_of_rows()

    @property
    def sklearn_bound(self) -> float | None:
        """The bound as scikit-learn computes it, without terms that depend on K, D and the prior alone."""
        if self.entropy is None:
            return None
        D, K = self.n_features, self.n_components
        dof = self.degrees_of_freedom / (K if self.tied else 1)
        log_root = -0.5 * (self.log_determinants + D * np.log(dof))
        of_precisions = dof * (log_root + 0.5 * D * np.log(2.0))
        of_precisions = of_precisions + gammaln((dof[:, None] - np.arange(D)) / 2.0).sum(axis=1)
        of_means = -0.5 * D * np.log(self.mean_precisions).sum()
        return float(self.entropy + of_precisions.sum() + self.weights.log_norm + of_means)

    @cached_property
    def component_evidence(self) -> Floats:
        """Logarithms of the normalisers of the distributions of mean and precision, (K,) or (1,) if shared."""
        each = slice(0, 1) if self.tied else slice(None)
        of_precisions = self.prior.precisions.log_norm(self.degrees_of_freedom, self.log_determinants)[each]
        of_means = -0.5 * self.n_features * np.log(self.mean_precisions)
        return of_precisions + (of_means.sum() if self.tied else of_means)

    @property
    def total_weight(self) -> float:
        """Sum of the rows' weights."""
        return float(self.counts.sum() + self.uniform_count)

    @property
    def marginals_of_weights(self) -> tuple[Floats, Floats]:
        """Parameters of the Beta distributions of the weights, (K,) and (K,); approximate but for a Dirichlet prior."""
        a, b = self.weights.marginals
        return (a, b) if self.uniform_weight is None else self.uniform_weight.times(a, b)

    def intervals(self, level: float = 0.95) -> Intervals:
        """Return the credible intervals of weights, means and variances.

        Those of means come from t-distributions, those of variances from scaled inverse χ² distributions, and those of
        weights from Beta distributions, which for a Dirichlet process have the right mean and variance.

        Parameters
        ----------
        level : float, default=0.95
            Posterior probability of each interval.

        Returns
        -------
        Intervals
            Lower and upper bounds.

        Raises
        ------
        InputError
            If the level is not between 0 and 1.
        """
        if not 0.0 < level < 1.0:
            raise InputError(f"level is {level!r}: give a probability between 0 and 1.")
        return credible_intervals(self, level)

    @property
    def predictive(self) -> PredictiveMixture:
        """The distribution of a new row, a mixture of t-distributions."""
        dof, precisions = self.degrees_of_freedom, self.prior.precisions
        factor = precisions.column_scale(dof) * (1.0 + 1.0 / self.mean_precisions)
        scales = self.family.frame.expand(factor) * self.covariances.in_frame()
        weights, freedom = self.mixture.weights, precisions.t_freedom(dof)
        independent = precisions.columns_independent
        return PredictiveMixture(weights, self.means, scales, freedom, independent, self.uniform)

    def draw(self, random_state: Any = None) -> Mixture:
        """Return a mixture drawn from the posterior.

        Parameters
        ----------
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Source of random numbers.

        Returns
        -------
        Mixture
            Of weights, means and covariances that are plausible given the rows.
        """
        return draw_mixture(self, as_generator(random_state))

    @property
    def active(self) -> NDArray[np.bool_]:
        """Whether a component has at least one row, (K,)."""
        return np.asarray(self.counts >= 1.0)


class VariationalMixture(Mixture):
    """The mixture of a posterior, with the densities of its E-step in place of its own."""

    @classmethod
    def of_posterior(cls, posterior: Posterior, feature_names: tuple[str, ...] | None) -> VariationalMixture:
        """Return the mixture of a posterior.

        Parameters
        ----------
        feature_names : tuple of str or None
            Names of the columns.
        """
        plain = posterior.mixture
        mixture = cls.of(plain.weights, plain.means, plain.covariances, feature_names, plain.uniform)
        densities = posterior.densities
        mixture.__dict__.update(densities=densities, offsets=densities.offsets)
        return mixture


def _total_trace(frame: Frame, factors: Floats, second: Floats) -> float:
    """Return the sum of tr L S Lᵀ over whitening factors L, for one second moment S."""
    if not frame.full:
        return float(np.vdot(np.square(factors).sum(axis=0), second))
    # In lower triangles, the upper half of the rows has zeros in the right half of the columns.
    half = (len(second) + 1) // 2
    upper, lower = factors[:, :half, :half].reshape(-1, half), factors[:, half:].reshape(-1, len(second))
    return float(np.vdot(upper @ second[:half, :half], upper) + np.vdot(lower @ second, lower))
