"""EM written row by row, with every option.

The options: weights, missing values, noise, labels, projections, a uniform part, fixed means, a prior.
It is slow and short. The compiled passes and the features to come are held against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Rows:
    """Rows with what is known of each.

    ``X`` (n, D) has NaN where a value is missing; ``noise`` (n, D, D) are the covariances of the measurement errors;
    ``allowed`` (n, K + 1) says which components, and in the last column whether the uniform part, may have made a row.
    ``projections`` (n, m, D) are the matrices R of rows (n, m) of R v, where v are the true values.
    """

    X: np.ndarray
    weights: np.ndarray
    noise: np.ndarray
    allowed: np.ndarray
    projections: np.ndarray | None = None

    @classmethod
    def of(cls, X, K, weights=None, noise=None, allowed=None, projections=None):
        n, m = X.shape
        return cls(
            X,
            np.ones(n) if weights is None else weights,
            np.zeros((n, m, m)) if noise is None else noise,
            np.ones((n, K + 1), dtype=bool) if allowed is None else allowed,
            projections,
        )

    def seen_through(self, D):
        """The matrices (n, m, D) of the rows."""
        return np.tile(np.eye(D), (len(self.X), 1, 1)) if self.projections is None else self.projections


@dataclass(frozen=True)
class Parameters:
    """Weights (K,), means (K, D), covariances (K, D, D), and the weight of the uniform part."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    uniform: float = 0.0


@dataclass(frozen=True)
class Prior:
    """Dirichlet (α) on all weights, normal-inverse-Wishart (m₀, κ₀, ν₀, S₀) on each component."""

    alpha: float
    mean: np.ndarray
    kappa: float
    nu: float
    scatter: np.ndarray

    def log_density(self, p: Parameters) -> float:
        """log p(θ), up to a constant: the penalty of the objective."""
        D = p.means.shape[1]
        total = (self.alpha - 1.0) * np.log(p.weights).sum()
        total += (self.alpha - 1.0) * np.log(p.uniform) if p.uniform else 0.0
        for mean, covariance in zip(p.means, p.covariances, strict=True):
            inverse, shift = np.linalg.inv(covariance), mean - self.mean
            total -= 0.5 * (self.nu + D + 2.0) * np.linalg.slogdet(covariance)[1]
            total -= 0.5 * (np.trace(self.scatter @ inverse) + self.kappa * shift @ inverse @ shift)
        return float(total)


@dataclass(frozen=True)
class Rules:
    """The M-step's side: ``fixed`` (K,) marks means that stay, ``widths`` (D,) is the box of the uniform part."""

    fixed: np.ndarray
    widths: np.ndarray
    prior: Prior | None = None


@dataclass
class Sums:
    """What the E-step adds up: additive, about the origin."""

    counts: np.ndarray
    first: np.ndarray
    second: np.ndarray
    uniform: float = 0.0
    log_likelihood: float = 0.0
    responsibilities: list[np.ndarray] = field(default_factory=list)


def e_step(p: Parameters, rows: Rows, rules: Rules) -> Sums:
    """Return the expected moments of the true values of all rows, given what was observed."""
    K, D = p.means.shape
    sums = Sums(np.zeros(K), np.zeros((K, D)), np.zeros((K, D, D)))
    measured = zip(rows.X, rows.weights, rows.noise, rows.allowed, rows.seen_through(D), strict=True)
    for x, w, noise, allowed, R in measured:
        o = np.flatnonzero(~np.isnan(x))
        log_joint, expected, spread = np.full(K + 1, -np.inf), np.zeros((K, D)), np.zeros((K, D, D))
        for k in np.flatnonzero(allowed[:K]):
            mean, covariance = p.means[k], p.covariances[k]
            seen = R[o] @ covariance @ R[o].T + noise[np.ix_(o, o)]
            gain = np.linalg.solve(seen, R[o] @ covariance).T if len(o) else np.zeros((D, 0))
            shift = x[o] - R[o] @ mean
            square = shift @ np.linalg.solve(seen, shift) if len(o) else 0.0
            log_volume = len(o) * np.log(2.0 * np.pi) + np.linalg.slogdet(seen)[1]
            log_joint[k] = np.log(p.weights[k]) - 0.5 * (log_volume + square)
            expected[k] = mean + gain @ shift
            spread[k] = covariance - gain @ R[o] @ covariance
        if p.uniform and allowed[K]:
            log_joint[K] = np.log(p.uniform) - np.log(rules.widths[o]).sum()
        log_density = np.logaddexp.reduce(log_joint)
        r = np.exp(log_joint - log_density)
        sums.responsibilities.append(r)
        sums.log_likelihood += w * log_density
        sums.uniform += w * r[K]
        sums.counts += w * r[:K]
        sums.first += (w * r[:K])[:, None] * expected
        outer = expected[:, :, None] * expected[:, None, :]
        sums.second += (w * r[:K])[:, None, None] * (outer + spread)
    return sums


def m_step(sums: Sums, rules: Rules, old: Parameters) -> Parameters:
    """Return the maximum of the expected log-likelihood, plus the log-density of the prior."""
    D, prior = sums.first.shape[1], rules.prior
    add, kappa = (prior.alpha - 1.0, prior.kappa) if prior else (0.0, 0.0)
    centre = prior.mean if prior else np.zeros(D)
    shares = np.append(sums.counts + add, sums.uniform + add if old.uniform else 0.0)
    shares /= shares.sum()
    means = (sums.first + kappa * centre) / (sums.counts + kappa)[:, None]
    means[rules.fixed] = old.means[rules.fixed]
    covariances = []
    for n, f, S, mean in zip(sums.counts, sums.first, sums.second, means, strict=True):
        scatter = S - np.outer(f, mean) - np.outer(mean, f) + n * np.outer(mean, mean)
        if prior:
            scatter = scatter + prior.scatter + kappa * np.outer(mean - centre, mean - centre)
            n = n + prior.nu + D + 2.0
        covariances.append(scatter / n)
    return Parameters(shares[:-1], means, np.array(covariances), float(shares[-1]))


def objective(p: Parameters, rows: Rows, rules: Rules) -> float:
    """Σ w log p(x) + log p(θ), nats: what no iteration may lower."""
    return e_step(p, rows, rules).log_likelihood + (rules.prior.log_density(p) if rules.prior else 0.0)
