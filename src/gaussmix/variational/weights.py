"""Distributions of the mixing weights: Dirichlet, and stick-breaking of a Dirichlet process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np
from scipy.special import betaln, digamma, gammaln

from .._types import Floats

__all__ = ["WEIGHTS", "BetaWeight", "DirichletWeights", "StickBreakingWeights", "WeightDistribution"]


class WeightDistribution(Protocol):
    """The posterior distribution of K mixing weights."""

    name: ClassVar[str]
    """The name as ``weight_concentration_prior_type``."""
    ordered: ClassVar[bool]
    """Whether the prior depends on the order of the components."""

    @property
    def prior(self) -> float:
        """The prior concentration."""
        ...

    @classmethod
    def of_counts(cls, counts: Floats, prior: float) -> Self:
        """Return the posterior for expected counts (K,), given the prior concentration."""
        ...

    @property
    def concentration(self) -> Floats | tuple[Floats, Floats]:
        """The parameters in scikit-learn's form."""
        ...

    @property
    def means(self) -> Floats:
        """Expected weights, scaled to a sum of one, (K,)."""
        ...

    @property
    def expected_logs(self) -> Floats:
        """Expected logarithms of the weights, (K,)."""
        ...

    @property
    def divergence(self) -> float:
        """Kullback-Leibler divergence of the prior from the posterior, nats."""
        ...

    @property
    def log_norm(self) -> float:
        """Log-normaliser of the density, nats."""
        ...

    @property
    def marginals(self) -> tuple[Floats, Floats]:
        """Parameters of the Beta distributions of the single weights, (K,) and (K,)."""
        ...

    def draw(self, rng: np.random.Generator) -> Floats:
        """Draw weights (K,) with a sum of one."""
        ...


@dataclass(frozen=True, eq=False)
class DirichletWeights:
    """A Dirichlet distribution of the weights.

    Parameters
    ----------
    alpha : (K,) array
        Posterior concentrations.
    prior : float
        Prior concentration of each component.

    Examples
    --------
    >>> import numpy as np
    >>> DirichletWeights.of_counts(np.array([3.0, 1.0]), 1.0).means.round(3)
    array([0.667, 0.333])
    """

    alpha: Floats
    prior: float
    name: ClassVar[str] = "dirichlet_distribution"
    ordered: ClassVar[bool] = False

    @classmethod
    def of_counts(cls, counts: Floats, prior: float) -> DirichletWeights:
        """Return the posterior for expected counts (K,)."""
        return cls(prior + counts, prior)

    @property
    def concentration(self) -> Floats:
        """The posterior concentrations, (K,)."""
        return self.alpha

    @property
    def means(self) -> Floats:
        """Expected weights, (K,)."""
        return np.asarray(self.alpha / self.alpha.sum())

    @property
    def expected_logs(self) -> Floats:
        """Expected logarithms of the weights, (K,)."""
        return np.asarray(digamma(self.alpha) - digamma(self.alpha.sum()))

    @property
    def divergence(self) -> float:
        """Kullback-Leibler divergence of the prior from the posterior, nats."""
        alpha, prior, K = self.alpha, self.prior, len(self.alpha)
        norms = gammaln(alpha.sum()) - gammaln(alpha).sum() - gammaln(K * prior) + K * gammaln(prior)
        return float(norms + (alpha - prior) @ self.expected_logs)

    @property
    def log_norm(self) -> float:
        """Logarithm of the multivariate beta function of the concentrations."""
        return float(gammaln(self.alpha).sum() - gammaln(self.alpha.sum()))

    @property
    def marginals(self) -> tuple[Floats, Floats]:
        """Parameters of the Beta distributions of the single weights."""
        return self.alpha, np.asarray(self.alpha.sum() - self.alpha)

    def draw(self, rng: np.random.Generator) -> Floats:
        """Draw weights (K,)."""
        return np.asarray(rng.dirichlet(self.alpha))


@dataclass(frozen=True, eq=False)
class StickBreakingWeights:
    r"""The stick-breaking weights of a Dirichlet process, with K sticks.

    .. math:: p_k = v_k \prod_{j<k} (1 - v_j), \qquad v_k \sim \mathrm{Beta}(a_k, b_k)

    Parameters
    ----------
    a, b : (K,) array
        Parameters of the posterior of each stick.
    prior : float
        Concentration α of the process; each stick has the prior Beta(1, α).

    Examples
    --------
    >>> import numpy as np
    >>> StickBreakingWeights.of_counts(np.array([3.0, 1.0]), 1.0).b
    array([2., 1.])

    References
    ----------
    Blei, D. M. and Jordan, M. I. (2006). Variational inference for Dirichlet process mixtures. Bayesian Analysis 1,
    121-143.
    """

    a: Floats
    b: Floats
    prior: float
    name: ClassVar[str] = "dirichlet_process"
    ordered: ClassVar[bool] = True

    @classmethod
    def of_counts(cls, counts: Floats, prior: float) -> StickBreakingWeights:
        """Return the posterior for expected counts (K,)."""
        after = np.append(np.cumsum(counts[::-1])[-2::-1], 0.0)
        return cls(1.0 + counts, prior + after, prior)

    @property
    def concentration(self) -> tuple[Floats, Floats]:
        """The parameters of the sticks, (K,) and (K,)."""
        return self.a, self.b

    @property
    def means(self) -> Floats:
        """Expected weights, scaled to a sum of one, (K,)."""
        means = _sticks_to_weights(self.a / (self.a + self.b))
        return np.asarray(means / means.sum())

    @property
    def expected_logs(self) -> Floats:
        """Expected logarithms of the weights, (K,)."""
        total = digamma(self.a + self.b)
        left = np.append(0.0, np.cumsum(digamma(self.b) - total)[:-1])
        return np.asarray(digamma(self.a) - total + left)

    @property
    def divergence(self) -> float:
        """Kullback-Leibler divergence of the prior from the posterior, nats."""
        return float(_beta_divergence(self.a, self.b, 1.0, self.prior).sum())

    @property
    def log_norm(self) -> float:
        """Sum of the logarithms of the sticks' beta functions."""
        return float(betaln(self.a, self.b).sum())

    @property
    def marginals(self) -> tuple[Floats, Floats]:
        """Parameters of the Beta distributions with the mean and the variance of each weight."""
        a, b, total = self.a, self.b, self.a + self.b
        first = _sticks_to_weights(a / total)
        left = b * (b + 1.0) / (total * (total + 1.0))
        second = a * (a + 1.0) / (total * (total + 1.0)) * np.append(1.0, np.cumprod(left[:-1]))
        return beta_of_moments(first, second)

    def draw(self, rng: np.random.Generator) -> Floats:
        """Draw weights (K,), the rest of the process divided among them."""
        weights = _sticks_to_weights(rng.beta(self.a, self.b))
        return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class BetaWeight:
    """The posterior of the weight of a uniform component, with a uniform prior between 0 and 1.

    Parameters
    ----------
    inside : float
        Expected count of the uniform component.
    outside : float
        Expected count of all others.

    Examples
    --------
    >>> BetaWeight(1.0, 3.0).mean
    0.3333333333333333
    """

    inside: float
    outside: float

    @property
    def mean(self) -> float:
        """The expected weight."""
        return (1.0 + self.inside) / (2.0 + self.inside + self.outside)

    @property
    def expected_log(self) -> float:
        """The expected logarithm of the weight."""
        return float(digamma(1.0 + self.inside) - digamma(2.0 + self.inside + self.outside))

    @property
    def expected_log_rest(self) -> float:
        """The expected logarithm of the weight of all other components together."""
        return float(digamma(1.0 + self.outside) - digamma(2.0 + self.inside + self.outside))

    def times(self, a: Floats, b: Floats) -> tuple[Floats, Floats]:
        """Return the Beta distributions of the shares of the other components times weights with Beta(a, b)."""
        rest, total = 1.0 + self.outside, 2.0 + self.inside + self.outside
        first, second = rest / total, rest * (rest + 1.0) / (total * (total + 1.0))
        size = a + b
        return beta_of_moments(first * a / size, second * a * (a + 1.0) / (size * (size + 1.0)))

    def draw(self, rng: np.random.Generator) -> float:
        """Draw the weight."""
        return float(rng.beta(1.0 + self.inside, 1.0 + self.outside))

    @property
    def divergence(self) -> float:
        """Kullback-Leibler divergence of the prior from the posterior, nats."""
        counts = np.array([1.0 + self.inside]), np.array([1.0 + self.outside])
        return float(_beta_divergence(*counts, 1.0, 1.0)[0])


def beta_of_moments(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Return the parameters of Beta distributions with given means and mean squares, (K,)."""
    size = (first - second) / (second - first * first)
    return np.asarray(size * first), np.asarray(size * (1.0 - first))


def _beta_divergence(a: Floats, b: Floats, a0: float, b0: float) -> Floats:
    """Return KL(Beta(a, b) | Beta(a0, b0)), nats."""
    total = digamma(a + b)
    logs = (a - a0) * (digamma(a) - total) + (b - b0) * (digamma(b) - total)
    return np.asarray(betaln(a0, b0) - betaln(a, b) + logs)


def _sticks_to_weights(sticks: Floats) -> Floats:
    return np.asarray(sticks * np.append(1.0, np.cumprod(1.0 - sticks[:-1])))


WEIGHTS: dict[str, type[DirichletWeights] | type[StickBreakingWeights]] = {
    cls.name: cls for cls in (DirichletWeights, StickBreakingWeights)
}
"""The distributions of the weights by the name of ``weight_concentration_prior_type``."""
