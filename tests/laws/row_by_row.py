"""EM written row by row, with every option.

The options: weights, missing values, noise, labels, projections, a uniform part, fixed parameters, a prior, t
distributions, trimming; and four families of covariances. It is slow and short, and the library is held against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, gammaln


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
    """Weights (K,), means (K, D), covariances (K, D, D), the weight of the uniform part, degrees of freedom (K,)."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    uniform: float = 0.0
    degrees: np.ndarray | None = None


@dataclass(frozen=True)
class Prior:
    """Dirichlet (α) on all weights, normal-inverse-Wishart (m₀, κ₀, ν₀, S₀) on each component.

    Diagonal families have an inverse gamma distribution (ν₀/2, s₀/2) for each variance, S₀ = diag(s₀); spherical ones
    one for the variance of a component, with the mean of s₀; tied ones one inverse Wishart distribution.
    """

    alpha: float
    mean: np.ndarray
    kappa: float
    nu: float
    scatter: np.ndarray

    def count(self, family: str, K: int, D: int) -> float:
        """Return the factor of −½ log |Σ| in the log-density of one component; 1 is that of its mean."""
        own = {"full": self.nu + D + 1.0, "tied": (self.nu + D + 1.0) / K, "diag": self.nu + 2.0}
        return own.get(family, (self.nu + 2.0) / D) + 1.0

    def scale(self, family: str, K: int, D: int) -> np.ndarray:
        """Return the matrix B of −½ tr B Σ⁻¹ of one component."""
        if family == "spherical":
            return np.eye(D) * np.diagonal(self.scatter).mean() / D
        return self.scatter / K if family == "tied" else self.scatter

    def log_density(self, p: Parameters, family: str = "full") -> float:
        """log p(θ), up to a constant: the penalty of the objective."""
        K, D = p.means.shape
        count, scale = self.count(family, K, D), self.scale(family, K, D)
        total = (self.alpha - 1.0) * np.log(p.weights).sum()
        total += (self.alpha - 1.0) * np.log(p.uniform) if p.uniform else 0.0
        for mean, covariance in zip(p.means, p.covariances, strict=True):
            inverse, shift = np.linalg.inv(covariance), mean - self.mean
            total -= 0.5 * count * np.linalg.slogdet(covariance)[1]
            total -= 0.5 * (np.trace(scale @ inverse) + self.kappa * shift @ inverse @ shift)
        return float(total)


@dataclass(frozen=True)
class Rules:
    """The side of the M-step, and the trimming.

    ``fixed`` (K,), ``fixed_weights`` (K,) and ``known`` (K,) mark means, weights and covariances that stay, ``widths``
    (D,) is the box of the uniform part, ``estimated`` says which degrees of freedom are, ``trim`` is the share of rows
    left out, and ``log_scales`` (D,) are the scales of missing values in the comparison of rows.
    """

    fixed: np.ndarray
    widths: np.ndarray
    prior: Prior | None = None
    family: str = "full"
    fixed_weights: np.ndarray | None = None
    known: np.ndarray | None = None
    estimated: str = "fixed"
    trim: float = 0.0
    log_scales: np.ndarray | None = None


@dataclass
class Sums:
    """What the E-step adds up: additive, about the origin.

    ``members`` are Σ v r, ``counts`` Σ v r u with the precisions u of t distributions, ``scales`` Σ v r (E log τ − u).
    """

    counts: np.ndarray
    first: np.ndarray
    second: np.ndarray
    uniform: float = 0.0
    log_likelihood: float = 0.0
    responsibilities: list[np.ndarray] = field(default_factory=list)
    members: np.ndarray | None = None
    scales: np.ndarray | None = None
    total: float = 0.0


@dataclass
class Given:
    """What is known of one row: log joint densities (K + 1,), u, E log τ − u, and moments of the true values."""

    log_joint: np.ndarray
    u: np.ndarray
    scales: np.ndarray
    expected: np.ndarray
    spread: np.ndarray

    @property
    def log_density(self) -> float:
        return float(np.logaddexp.reduce(self.log_joint))


def given(p: Parameters, rules: Rules, x, noise, allowed, R) -> Given:
    """Return what one row says, given the parameters."""
    K, D = p.means.shape
    o, m = np.flatnonzero(~np.isnan(x)), int((~np.isnan(x)).sum())
    row = Given(np.full(K + 1, -np.inf), np.ones(K), np.zeros(K), np.zeros((K, D)), np.zeros((K, D, D)))
    for k in np.flatnonzero(allowed[:K]):
        mean, covariance = p.means[k], p.covariances[k]
        seen = R[o] @ covariance @ R[o].T + noise[np.ix_(o, o)]
        gain = np.linalg.solve(seen, R[o] @ covariance).T if m else np.zeros((D, 0))
        shift = x[o] - R[o] @ mean
        square = shift @ np.linalg.solve(seen, shift) if m else 0.0
        log_volume = np.linalg.slogdet(seen)[1]
        if p.degrees is None:
            log_density = -0.5 * (m * np.log(2.0 * np.pi) + log_volume + square)
        else:
            nu, half = p.degrees[k], (p.degrees[k] + m) / 2.0
            log_density = gammaln(half) - gammaln(nu / 2.0) - 0.5 * (m * np.log(nu * np.pi) + log_volume)
            log_density -= half * np.log1p(square / nu)
            row.u[k] = (nu + m) / (nu + square)
            row.scales[k] = digamma(half) - np.log((nu + square) / 2.0) - row.u[k]
        row.log_joint[k] = np.log(p.weights[k]) + log_density
        row.expected[k] = mean + gain @ shift
        row.spread[k] = covariance - gain @ R[o] @ covariance
    if p.uniform and allowed[K]:
        row.log_joint[K] = np.log(p.uniform) - np.log(rules.widths[o]).sum()
    return row


def kept(weights: np.ndarray, scores: np.ndarray, trim: float) -> np.ndarray:
    """Return the weights of the rows without the share of least score; the last row in part."""
    left, v = (1.0 - trim) * weights.sum(), np.zeros(len(weights))
    for i in np.argsort(-scores, kind="stable"):
        v[i] = min(weights[i], left)
        left -= v[i]
    return v


def e_step(p: Parameters, rows: Rows, rules: Rules) -> Sums:
    """Return the expected moments of the true values of the rows that are kept, given what was observed."""
    K, D = p.means.shape
    measured = zip(rows.X, rows.noise, rows.allowed, rows.seen_through(D), strict=True)
    every = [given(p, rules, *row) for row in measured]
    scores = np.array([row.log_density for row in every])
    if rules.trim:
        scores = scores - np.isnan(rows.X) @ rules.log_scales
    v = kept(rows.weights, scores, rules.trim) if rules.trim else rows.weights
    sums = Sums(np.zeros(K), np.zeros((K, D)), np.zeros((K, D, D)), members=np.zeros(K), scales=np.zeros(K))
    for w, score, row in zip(v, scores, every, strict=True):
        r = np.exp(row.log_joint - row.log_density)
        sums.responsibilities.append(r)
        sums.total += w
        sums.log_likelihood += w * score
        sums.uniform += w * r[K]
        sums.members += w * r[:K]
        sums.scales += w * r[:K] * row.scales
        sums.counts += w * r[:K] * row.u
        sums.first += (w * r[:K] * row.u)[:, None] * row.expected
        outer = row.u[:, None, None] * row.expected[:, :, None] * row.expected[:, None, :]
        sums.second += (w * r[:K])[:, None, None] * (outer + row.spread)
    return sums


def m_step(sums: Sums, rules: Rules, old: Parameters) -> Parameters:
    """Return the maximum of the expected log-likelihood, plus the log-density of the prior."""
    K, D = sums.first.shape
    prior = rules.prior
    kappa, centre = (prior.kappa, prior.mean) if prior else (0.0, np.zeros(D))
    shares = shared(sums, rules, old)
    means = (sums.first + kappa * centre) / (sums.counts + kappa)[:, None]
    means[rules.fixed] = old.means[rules.fixed]
    scatters, counts = [], sums.members.copy()
    for n, f, S, mean in zip(sums.counts, sums.first, sums.second, means, strict=True):
        scatter = S - np.outer(f, mean) - np.outer(mean, f) + n * np.outer(mean, mean)
        if prior:
            shift = mean - centre
            scatter = scatter + prior.scale(rules.family, K, D) + kappa * np.outer(shift, shift)
        scatters.append(scatter)
    if prior:
        counts += prior.count(rules.family, K, D)
    covariances = estimated(np.array(scatters), counts, rules.family)
    if rules.known is not None:
        covariances[rules.known] = old.covariances[rules.known]
    return Parameters(shares[:-1], means, covariances, float(shares[-1]), degrees_after(sums, rules, old))


def shared(sums: Sums, rules: Rules, old: Parameters) -> np.ndarray:
    """Return the weights, and that of the uniform part: in proportion to the counts, where they are not fixed."""
    add = rules.prior.alpha - 1.0 if rules.prior else 0.0
    shares = np.append(sums.members + add, sums.uniform + add if old.uniform else 0.0)
    stay = np.zeros(len(shares), dtype=bool)
    if rules.fixed_weights is not None:
        stay[:-1] = rules.fixed_weights
    before = np.append(old.weights, old.uniform)
    return np.where(stay, before, shares / shares[~stay].sum() * (1.0 - before[stay].sum()))


def estimated(scatters: np.ndarray, counts: np.ndarray, family: str) -> np.ndarray:
    """Return the covariances of a family from scatter matrices (K, D, D) and counts (K,)."""
    K, D = scatters.shape[:2]
    if family == "tied":
        return np.tile(scatters.sum(axis=0) / counts.sum(), (K, 1, 1))
    covariances = scatters / counts[:, None, None]
    if family == "spherical":
        return np.trace(covariances, axis1=1, axis2=2)[:, None, None] * np.eye(D) / D
    return covariances * np.eye(D) if family == "diag" else covariances


def degrees_after(sums: Sums, rules: Rules, old: Parameters) -> np.ndarray | None:
    """Return ν after an M-step: the roots of the derivative of the expected log-likelihood, from 1 to 10,000."""
    if old.degrees is None or rules.estimated == "fixed":
        return old.degrees
    mean = sums.scales / sums.members
    if rules.estimated == "common":
        mean = np.full(len(mean), sums.scales.sum() / sums.members.sum())

    def root(mean: float) -> float:
        def slope(nu: float) -> float:
            return float(np.log(nu / 2.0) - digamma(nu / 2.0) + 1.0 + mean)

        if slope(1.0) <= 0:
            return 1.0
        return 1e4 if slope(1e4) >= 0 else brentq(slope, 1.0, 1e4, xtol=1e-13, rtol=1e-14)

    return np.array([root(value) for value in mean])


def objective(p: Parameters, rows: Rows, rules: Rules) -> float:
    """Σ v log p(x) + log p(θ), nats: what no iteration may lower."""
    penalty = rules.prior.log_density(p, rules.family) if rules.prior else 0.0
    return e_step(p, rows, rules).log_likelihood + penalty
