"""The compiled kernel: C++ through nanobind, whitened and centred, in cache-sized blocks of rows.

Every call releases the interpreter lock. The instruction set (AVX-512, AVX2 or a baseline) is chosen when the
module is loaded.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

import gaussmix.kernels._native as _native

from .._types import Floats, Ints, Rows
from . import distant, incomplete_rows, partitions
from .blas import linear_pass, weighted_moments
from .incomplete_rows import Gaussians, Observations, Sums
from .protocols import (
    MixtureArrays,
    Pause,
    PlainRows,
    Rule,
    Scatter,
    SplitEffort,
    SplitRows,
    VariationalPath,
    VariationalRule,
)
from .search_protocols import CentredRows, CrossoverDraws, CrossoverRows, Distinct, RunEffort, RunTable

__all__ = [
    "best_runs",
    "best_split",
    "coarse_sums",
    "crossed",
    "cuts",
    "decomposed",
    "em_pass",
    "em_pass_rows",
    "em_path",
    "em_race",
    "em_runs",
    "em_scatter",
    "em_steps",
    "em_sums",
    "farthest",
    "instruction_set",
    "invert",
    "linear_pass",
    "lloyd",
    "log_joint",
    "log_prob",
    "m_step",
    "matched",
    "mergers",
    "part_moments",
    "predict",
    "responsibilities",
    "rows_expected",
    "rows_joint",
    "seeds",
    "variational_path",
    "variational_update",
    "weighted_moments",
    "whiten",
]


_REACH_OF_SINGLE = 1e4
"""Standard deviations from the common centre at which rows in float32 still have three digits of one."""


def instruction_set() -> str:
    """Return the instruction set in use: "avx512", "avx2" or "baseline"."""
    return _native.instruction_set()


def _parameters(means: Floats, factors: Floats, offsets: Floats) -> tuple[Floats, Floats, Floats]:
    return np.ascontiguousarray(means), np.ascontiguousarray(factors), np.ascontiguousarray(offsets)


def _in_reach(X: Rows, means: Floats, factors: Floats) -> Rows:
    """Return rows as they are, or in float64 where float32 is too coarse for components so narrow and far apart."""
    if X.dtype == np.float64:
        return X
    inverses = factors if factors.ndim == 2 else np.diagonal(factors, axis1=1, axis2=2)
    apart = np.abs(means - means.mean(axis=0)) * np.abs(inverses).max(axis=0)
    return X if apart.max() < _REACH_OF_SINGLE else X.astype(np.float64)


def em_pass(
    X: Rows,
    weights: Floats | None,
    means: Floats,
    factors: Floats,
    offsets: Floats,
    reference: Floats,
    background: Floats | None = None,
) -> Sums:
    """Return the moments of one E-step about the reference, Σ w log p(x) and Σ w log max_k r_k."""
    K, D = means.shape
    X = _in_reach(X, means, factors)
    sums = np.zeros(K + means.size + factors.size + 2)
    w = None if weights is None else np.ascontiguousarray(weights)
    parameters = _parameters(means, factors, offsets)
    about = parameters[0] if reference is means else np.ascontiguousarray(reference)
    _native.em_pass(X, (w, background), parameters, about, sums)
    if not math.isfinite(np.add.reduce(sums[:K])):
        whole = X.dtype == np.float64
        again = distant.em_pass if whole else em_pass
        rows = X if whole else X.astype(np.float64)
        return again(rows, weights, means, factors, offsets, reference, background)
    first, second = sums[K : K + K * D], sums[K + K * D : -2]
    return sums[:K], first.reshape(K, D), second.reshape(factors.shape), float(sums[-2]), float(sums[-1])


def em_sums(X: Rows, weights: Floats | None, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return the moments of one E-step about the means as one array, in the order of :func:`em_pass`."""
    X = _in_reach(X, means, factors)
    sums = np.zeros(offsets.size + means.size + factors.size + 2)
    _native.em_pass(X, (weights, None), (means, factors, offsets), means, sums)
    if not math.isfinite(np.add.reduce(sums[: offsets.size])):
        *moments, log_likelihood, map_entropy = em_pass(X, weights, means, factors, offsets, means)
        return np.concatenate([*(moment.ravel() for moment in moments), [log_likelihood, map_entropy]])
    return sums


def coarse_sums(X: Rows, weights: Floats | None, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return the moments of one E-step in single precision, in the order of :func:`em_sums`."""
    if X.dtype == np.float64:
        sums = np.zeros(offsets.size + means.size + factors.size + 2)
        _native.coarse_pass(
            X.astype(np.float64, copy=False), (weights, None), (means, factors, offsets), means, sums
        )
        if np.isfinite(sums[: offsets.size].sum()):
            return sums
    return em_sums(X, weights, means, factors, offsets)


def m_step(moments: Floats, mixture: MixtureArrays, rule: Rule) -> bool:
    """Replace a mixture's arrays by those of an M-step from moments; False, and no change, where something is rare."""
    return _native.m_step(moments, mixture, rule)


def em_steps(
    rows: PlainRows, mixture: MixtureArrays, rule: Rule, iterations: int
) -> tuple[int, float, float]:
    """Replace a mixture's arrays by those after EM iterations; return how many were done and the last objectives."""
    return _native.em_steps(rows, mixture, rule, iterations)


def em_path(
    rows: PlainRows,
    mixtures: tuple[MixtureArrays, MixtureArrays],
    rule: Rule,
    pause: Pause | None,
    total_weight: float,
    objectives: Floats,
    iterations: int,
) -> int:
    """Write the last mixtures of EM iterations, and return the number of iterations."""
    return _native.em_path(rows, mixtures, rule, pause, total_weight, objectives, iterations)


def em_runs(rows: PlainRows | CentredRows, runs: RunTable, rule: Rule, effort: RunEffort) -> Ints:
    """Replace several mixtures by those after EM iterations; return how many iterations were done of each."""
    done = np.empty(len(runs.numbers), dtype=np.intp)
    _native.em_runs(rows, runs, rule, effort, done)
    return done


def em_race(
    rows: PlainRows | CentredRows, runs: RunTable, rule: Rule, distinct: Distinct, heats: Floats
) -> list[int]:
    """Replace several mixtures by those after heats of EM; return the numbers of the last of them, the best first."""
    return _native.em_race(rows, runs, rule, distinct, heats)


def best_runs(runs: RunTable, distinct: Distinct, most: int, least: float) -> list[int]:
    """Return the numbers of the best distinct runs above a log-likelihood, at most some."""
    return _native.best_runs(runs, distinct, most, least)


def crossed(
    parents: RunTable,
    places: Floats,
    rows: CrossoverRows,
    draws: CrossoverDraws,
    least_weight: float,
    pooled: bool,
) -> Floats:
    """Return a table of children of mixtures."""
    children = np.empty((len(draws.first), parents.numbers.shape[1]))
    _native.crossed(parents, places, rows, draws, least_weight, pooled, children)
    return children


def matched(one: Floats, other: Floats) -> Ints:
    """Return for each component of a mixture one of another, (B, K), the nearest pairs first."""
    to = np.empty(one.shape[:2], dtype=np.intp)
    _native.matched(one, other, to)
    return to


def best_split(
    rows: SplitRows, rule: Rule, effort: SplitEffort, uniform: Floats, least_weight: float, full: bool
) -> tuple[float, Floats, Floats, Floats]:
    """Return the best pair of components in place of one: objective, weights, means and covariances."""
    D = len(rows.centre)
    pair = np.empty(2), np.empty((2, D)), np.empty((2, D, D) if full else (2, D))
    return _native.best_split(rows, rule, effort, uniform, least_weight, pair), *pair


def decomposed(scatter: Floats, counts: Floats, model: str, factors: Floats | None = None) -> Floats:
    """Return the covariances of a model of three letters; NaN if there are none."""
    found, begin = np.array(scatter, order="C"), None if factors is None else np.ascontiguousarray(factors)
    there = _native.decomposed(found, np.ascontiguousarray(counts), model, begin)
    return found if there else np.full_like(found, np.nan)


def em_scatter(rows: PlainRows, arrays: tuple[Floats, Floats, Floats], mass: float) -> Scatter | None:
    """Return counts, weights, means and scatter of one E-step; None where a component is empty or a mean jumped far."""
    means, factors, offsets = arrays
    next_means, scatter = np.empty_like(means), np.empty_like(factors)
    counts, weights = np.empty_like(offsets), np.empty_like(offsets)
    located, log_likelihood, _ = _native.em_scatter(
        rows, arrays, mass, (counts, weights, next_means, scatter)
    )
    return Scatter(counts, weights, next_means, scatter, log_likelihood) if located else None


def whiten(weights: Floats, covariances: Floats, least: Floats | None) -> tuple[Floats, Floats] | None:
    """Return factors and offsets of covariances; None where one is not positive definite or falls below the least."""
    factors, offsets = np.empty_like(covariances), np.empty_like(weights)
    return (factors, offsets) if _native.whiten(weights, covariances, least, factors, offsets) else None


def invert(inverses: Floats) -> tuple[Floats, Floats, Floats] | None:
    """Return whitening factors, variances and log-determinants from inverse covariances, or None."""
    K, D, _ = inverses.shape
    found = np.empty((K, D, D)), np.empty((K, D)), np.empty(K)
    return found if _native.invert(inverses, *found) else None


def variational_update(path: VariationalPath, rule: VariationalRule) -> bool:
    """Write the posterior for the moments of a path of one iteration; False where something is rare."""
    means, factors, offsets, divergences, moments = path
    divergences[1] = _native.variational_update(
        moments[0], means[0], (means[1], factors[1], offsets[1]), rule
    )
    return not np.isnan(divergences[1])


def variational_path(rows: PlainRows, path: VariationalPath, rule: VariationalRule) -> int:
    """Write the posterior after each of several iterations, and the moments; return how many were done."""
    return _native.variational_path(rows, path, rule)


def seeds(Z: Floats, weights: Floats, uniform: Floats, n_parts: int) -> Ints:
    """Return rows drawn by greedy k-means++, (S, K)."""
    chosen = np.empty((len(uniform), n_parts), dtype=np.intp)
    _native.seeds(np.ascontiguousarray(Z), weights, np.ascontiguousarray(uniform), chosen)
    return chosen


def farthest(Z: Floats, first: Ints, n_parts: int) -> Ints:
    """Return the rows of farthest-first traversals, (S, K)."""
    chosen = np.repeat(first[:, None], n_parts, axis=1)
    _native.farthest(np.ascontiguousarray(Z), chosen)
    return chosen


def lloyd(Z: Floats, weights: Floats, centres: Floats, iterations: int) -> Ints:
    """Return the labels (S, n) of k-means partitions after Lloyd's iterations."""
    labels = np.empty((len(centres), len(Z)), dtype=np.intp)
    _native.lloyd(np.ascontiguousarray(Z), weights, np.ascontiguousarray(centres), iterations, labels)
    return labels


def mergers(Z: Floats, weights: Floats) -> Ints:
    """Return the merges of an agglomerative clustering by the classification likelihood, (m - 1, 2)."""
    merged = np.empty((max(len(Z) - 1, 0), 2), dtype=np.intp)
    _native.mergers(np.ascontiguousarray(Z), weights, merged)
    return merged


def cuts(scores: Floats, weights: Floats, shares: Floats) -> Ints:
    """Return the labels (S, n) of cuts at quantiles of scores."""
    labels = np.empty(scores.shape, dtype=np.intp)
    _native.cuts(np.ascontiguousarray(scores), weights, shares, partitions.TIE, labels)
    return labels


def part_moments(
    X: Floats, weights: Floats, labels: Ints, n_parts: int, full: bool
) -> tuple[Floats, Floats, Floats]:
    """Return the counts, means and scatter matrices of the parts of partitions."""
    S, D = len(labels), X.shape[1]
    counts, means = np.empty((S, n_parts)), np.empty((S, n_parts, D))
    scatter = np.empty((S, n_parts, D, D) if full else (S, n_parts, D))
    _native.part_moments(np.ascontiguousarray(X), weights, labels, (counts, means, scatter))
    return counts, means, scatter


def log_joint(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log p_k N(x | μ_k, Σ_k), as (n, K)."""
    out = np.empty((len(X), len(means)))
    X = _in_reach(X, means, factors)
    _native.log_joint(X, _parameters(means, factors, offsets), out)
    return distant.mend_log_joint(out, X, means, factors, offsets)


def log_prob(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log Σ_k p_k N(x | μ_k, Σ_k), as (n,)."""
    out = np.empty(len(X))
    X = _in_reach(X, means, factors)
    _native.log_prob(X, _parameters(means, factors, offsets), out)
    limit = distant.LIMIT if X.dtype == np.float64 else distant.LIMIT_OF_SINGLE
    return distant.mend_log_prob(out, X, means, factors, offsets, limit)


def responsibilities(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return p_k N(x | μ_k, Σ_k) / p(x), as (n, K)."""
    out = np.empty((len(X), len(means)))
    X = _in_reach(X, means, factors)
    _native.responsibilities(X, _parameters(means, factors, offsets), out)
    return distant.mend_responsibilities(out, X, means, factors, offsets)


def predict(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Ints:
    """Return the component of the largest responsibility, as (n,)."""
    out = np.empty(len(X), dtype=np.intp)
    X = _in_reach(X, means, factors)
    _native.labels(X, _parameters(means, factors, offsets), out)
    return distant.mend_labels(out, X, means, factors, offsets)


def em_pass_rows(rows: Observations, gaussians: Gaussians, reference: Floats, full: bool) -> Sums:
    """Return the moments of the true values about a reference, expected given rows with errors and missing values."""
    K, D = reference.shape
    size = K * D * D if full else K * D
    sums = np.zeros(K + K * D + size + 2)
    values, about = (_values(rows.weights), _values(rows.background)), np.ascontiguousarray(reference)
    _native.em_pass_rows(rows.X, values, _known(rows), _gaussians(gaussians), about, full, sums)
    if not np.isfinite(sums).all():  # rows far from every component, or without a density
        return incomplete_rows.em_pass_rows(rows, gaussians, reference, full)
    first, second = sums[K : K + K * D].reshape(K, D), sums[K + K * D : -2]
    return sums[:K], first, second.reshape((K, D, D) if full else (K, D)), float(sums[-2]), float(sums[-1])


def rows_joint(rows: Observations, gaussians: Gaussians) -> Floats:
    """Return log p_k N(x_o | μ_k, Σ_k + N) of the observed columns of each row, as (n, K)."""
    out = np.empty((len(rows.X), len(gaussians.means)))
    _native.rows_joint(rows.X, _known(rows), _gaussians(gaussians), out)
    again = np.flatnonzero(np.isnan(out).any(axis=1))
    if again.size:
        out[again] = incomplete_rows.rows_joint(rows.take(again), gaussians)
    return out


def rows_expected(rows: Observations, gaussians: Gaussians) -> tuple[Floats, Floats]:
    """Return the conditional mean (n, D) and covariance (n, D, D) of the true values of each row."""
    n, D = len(rows.X), gaussians.means.shape[1]
    means, covariances = np.empty((n, D)), np.empty((n, D, D))
    _native.rows_expected(rows.X, _known(rows), _gaussians(gaussians), means, covariances)
    again = np.flatnonzero(~np.isfinite(means).all(axis=1) | ~np.isfinite(covariances).all(axis=(1, 2)))
    if again.size:
        means[again], covariances[again] = incomplete_rows.rows_expected(rows.take(again), gaussians)
    return means, covariances


def _values(array: Floats | None) -> Floats | None:
    return None if array is None else np.ascontiguousarray(array, dtype=np.float64)


def _known(rows: Observations) -> tuple[Floats | None, Floats | None, NDArray[np.uint8] | None]:
    """Return the errors, the projections and the allowed components as the compiled passes read them."""
    allowed = None if rows.allowed is None else np.ascontiguousarray(rows.allowed).view(np.uint8)
    return _values(rows.noise), _values(rows.projections), allowed


def _gaussians(gaussians: Gaussians) -> tuple[Floats, Floats, Floats]:
    log_weights, means, covariances = (np.ascontiguousarray(array) for array in gaussians)
    return log_weights, means, covariances
