"""Rows far from every component, beyond the accuracy or the range of a kernel.

Of a row with |L_k (x − μ_k)|² of 1e14 or more, the rounding of that square is as large as the difference between two
components. Kernels mark such rows, and here they are computed anew from differences: with y_k = L_k (x − μ_k),

    |y_k|² − |y_j|² = (y_k − y_j)ᵀ (y_k + y_j),    y_k − y_j = (L_k − L_j)(x − μ_j) + L_k (μ_j − μ_k),

in which nothing cancels where the covariances are equal, and whose exponents are kept apart where they leave float64.
"""

from __future__ import annotations

import numpy as np

from .._types import Floats, Ints, Rows

__all__ = [
    "LIMIT",
    "LIMIT_OF_SINGLE",
    "em_pass",
    "log_lengths",
    "log_posterior",
    "mend_labels",
    "mend_log_joint",
    "mend_log_prob",
    "mend_responsibilities",
]

LIMIT = 1e14
"""A row whose log-density is below −LIMIT is distant."""
LIMIT_OF_SINGLE = 1e6
"""The same where products are made in float32."""

_SHRINK = 2.0**-64
_VALUES = 1 << 20


def log_posterior(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> tuple[Floats, Floats]:
    """Return log p(x) (n,) and the logarithms of the responsibilities (n, K) of rows at any distance.

    A log-density below the range of float64 is −∞; responsibilities are finite even then.
    """
    log_prob, posterior = np.empty(len(X)), np.empty((len(X), len(means)))
    size = max(1, _VALUES // factors.size)
    for start in range(0, len(X), size):
        rows = slice(start, start + size)
        log_prob[rows], posterior[rows] = _Distances(
            np.asarray(X[rows], dtype=np.float64), means, factors, offsets
        ).posterior()
    return log_prob, posterior


def log_lengths(X: Rows, means: Floats, factors: Floats) -> Floats:
    """Return log |L_k (x − μ_k)| of rows at any distance, (n, K); of low-rank factors, without the loadings."""
    diagonal = factors if factors.ndim == 2 or factors.shape[1] == factors.shape[2] else factors[..., 0]
    with np.errstate(divide="ignore"):
        lengths = _Distances(np.asarray(X, dtype=np.float64), means, diagonal, np.zeros(len(means))).lengths
        return np.asarray(np.log(lengths) - np.log(_SHRINK))


class _Distances:
    """Whitened deviations of some rows from every component, in units without overflow."""

    def __init__(self, X: Floats, means: Floats, factors: Floats, offsets: Floats) -> None:
        self.means, self.factors, self.offsets = means, factors, offsets
        self.deviations = (X[:, None, :] - means) * _SHRINK
        self.whitened = _apply(factors, self.deviations)
        largest = np.abs(self.whitened).max(axis=2, initial=0.0)
        unit = np.where(largest > 0, largest, 1.0)
        self.lengths = largest * np.sqrt(np.square(self.whitened / unit[:, :, None]).sum(axis=2))

    def log_joint(self) -> Floats:
        """Return log p_k N(x | μ_k, Σ_k) (n, K); −∞ below the range of float64."""
        with np.errstate(over="ignore", under="ignore"):
            lengths = self.lengths / _SHRINK
            return np.asarray(self.offsets - 0.5 * lengths * lengths)

    def posterior(self) -> tuple[Floats, Floats]:
        """Return log p(x) and the log-responsibilities."""
        joint, rows = self.log_joint(), np.arange(len(self.lengths))
        best = np.where(np.isneginf(self.offsets), np.inf, self.lengths).argmin(axis=1)
        for _ in range(len(self.offsets) + 1):
            over = self._over(best)
            better = over.argmax(axis=1)
            if not (over[rows, better] > 0).any():
                break
            best = np.where(over[rows, better] > 0, better, best)
        over = np.minimum(over, 0.0)
        log_total = np.log(np.exp(over).sum(axis=1))
        return joint[rows, best] + log_total, over - log_total[:, None]

    def _over(self, base: Ints) -> Floats:
        """Return the excess of each component's log-joint density over that of another, (n, K)."""
        rows = np.arange(len(base))
        mean, own = self.means[base][:, None], self.whitened[rows, base][:, None]
        gap = _apply(self.factors, (mean - self.means) * _SHRINK)
        gap += _apply_each(self.factors, self.factors[base], self.deviations[rows, base])
        squares = _product(gap, self.whitened + own)
        with np.errstate(invalid="ignore"):
            over = self.offsets - self.offsets[base][:, None] - 0.5 * squares
        over[rows, base] = 0.0
        return np.where(np.isneginf(self.offsets), -np.inf, over)


def _apply(factors: Floats, deviations: Floats) -> Floats:
    """Return L_k d_k for deviations (n, K, D)."""
    if factors.ndim == 2:
        return factors * deviations
    return np.asarray(np.einsum("kij,nkj->nki", factors, deviations))


def _apply_each(factors: Floats, others: Floats, deviations: Floats) -> Floats:
    """Return (L_k − L_j) d for the factors L_j (n, ...) and deviations (n, D) of each row."""
    if factors.ndim == 2:
        return np.asarray((factors - others[:, None]) * deviations[:, None])
    return np.stack([np.einsum("nij,nj->ni", factor - others, deviations) for factor in factors], axis=1)


def _product(a: Floats, b: Floats) -> Floats:
    """Return aᵀ b / shrink² of vectors (n, K, D); ±∞ beyond the range of float64."""
    sizes = [np.abs(v).max(axis=2, initial=0.0) for v in (a, b)]
    units = [np.where(size > 0, size, 1.0) for size in sizes]
    cosine = np.einsum("nkd,nkd->nk", a / units[0][:, :, None], b / units[1][:, :, None])
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.where(cosine == 0, 0.0, cosine * (units[0] / _SHRINK) * (units[1] / _SHRINK))


def mend_log_prob(
    log_prob: Floats, X: Rows, means: Floats, factors: Floats, offsets: Floats, limit: float
) -> Floats:
    """Return log-densities (n,), with those of distant rows recomputed."""
    # One comparison for a table without such a row; NaN compares as false.
    if log_prob.size and not log_prob.min() > -limit:
        rows = np.flatnonzero(~(log_prob > -limit))
        log_prob[rows] = log_posterior(X[rows], means, factors, offsets)[0]
    return log_prob


def mend_responsibilities(result: Floats, X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return responsibilities (n, K), with rows of NaN recomputed."""
    if result.size and np.isnan(result[:, 0].sum()):
        rows = np.flatnonzero(np.isnan(result[:, 0]))
        result[rows] = np.exp(log_posterior(X[rows], means, factors, offsets)[1])
    return result


def mend_labels(labels: Ints, X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Ints:
    """Return labels (n,), with those of −1 recomputed."""
    if labels.size and labels.min() < 0:
        rows = np.flatnonzero(labels < 0)
        labels[rows] = log_posterior(X[rows], means, factors, offsets)[1].argmax(axis=1)
    return labels


def mend_log_joint(joint: Floats, X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log-joint densities (n, K), with rows outside the kernel's range recomputed."""
    if joint.size and not np.isfinite(joint.min()):
        rows = np.flatnonzero(~np.isfinite(joint[:, np.isfinite(offsets)]).all(axis=1))
        for start in range(0, len(rows), 4096):
            some = rows[start : start + 4096]
            joint[some] = _Distances(
                np.asarray(X[some], dtype=np.float64), means, factors, offsets
            ).log_joint()
    return joint


def em_pass(
    X: Rows,
    weights: Floats | None,
    means: Floats,
    factors: Floats,
    offsets: Floats,
    reference: Floats,
    background: Floats | None = None,
) -> tuple[Floats, Floats, Floats, float, float]:
    """Return the moments of one E-step over rows at any distance: where those of a kernel are not finite."""
    log_prob, log_r = log_posterior(X, means, factors, offsets)
    log_top = log_r.max(axis=1, initial=-np.inf)
    if background is not None:
        total = np.logaddexp(log_prob, background)
        share = np.where(np.isneginf(total), 0.0, log_prob - total)
        log_r, log_top = log_r + share[:, None], np.maximum(log_top + share, background - total)
        log_prob = total
    w = np.ones(len(X)) if weights is None else weights
    r = w[:, None] * np.exp(log_r)
    first, second = np.zeros(means.shape), np.zeros(factors.shape)
    for k, centre in enumerate(reference):
        deviations = X - centre
        weighted = r[:, k, None] * deviations
        first[k] = weighted.sum(axis=0)
        second[k] = weighted.T @ deviations if second.ndim == 3 else (weighted * deviations).sum(axis=0)
    used = w > 0
    return r.sum(axis=0), first, second, float(w[used] @ log_prob[used]), float(w[used] @ log_top[used])
