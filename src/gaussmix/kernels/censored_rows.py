"""Passes over rows with censored values: what lies at or beyond a limit is known only to lie there.

With the values o that are known and the columns c that are censored, a row has the density N(x_o) P(x_c beyond | x_o)
under a component, and its expected moments are those of the Gaussian of x_c given x_o, truncated to what lies beyond
the limits. Missing values follow by regression.

Lee, G. and Scott, C. (2012). EM algorithms for multivariate Gaussian mixture models with truncated and censored data.
Computational Statistics & Data Analysis 56, 2816-2829.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._types import Floats, Ints
from .incomplete_rows import Gaussians, Observations, Sums
from .student_rows import posterior_shares
from .truncated_normal import truncated_moments

__all__ = ["Limits", "censored_expected", "censored_joint", "censored_pass"]

_VALUES = 1 << 19


class Limits(NamedTuple):
    """Limits of the columns: values at or beyond them are censored.

    Parameters
    ----------
    lower, upper : (D,) arrays
        Infinite where there is no limit.
    """

    lower: Floats
    upper: Floats


class _Piece(NamedTuple):
    """Rows of one pattern: known, censored and missing columns, and the boxes of the censored values."""

    rows: Observations
    places: Ints
    known: Ints
    censored: Ints
    low: Floats
    high: Floats


class _Given(NamedTuple):
    """One component, given the rows of a piece."""

    log_joint: Floats  # (n,)
    expected: Floats  # E[x], (n, D)
    spread: Floats  # the part of Cov[x] from the censored values, (n, c, c)
    gain: Floats  # from the seen columns to all, (D, o + c)
    rest: Floats  # the part of Cov[x] from the missing values, (D, D)


def censored_pass(rows: Observations, gaussians: Gaussians, limits: Limits, reference: Floats) -> Sums:
    """Return the sums of an E-step over rows with censored and missing values, about a reference (K, D)."""
    K, D = gaussians.means.shape
    counts, first, second = np.zeros(K), np.zeros((K, D)), np.zeros((K, D, D))
    log_likelihood = map_entropy = 0.0
    for piece in _pieces(rows, limits, K):
        given = [_given(piece, gaussians, k) for k in range(K)]
        shares, log_density, log_top = posterior_shares(_joint(piece, given), piece.rows.background)
        w = np.ones(len(shares)) if piece.rows.weights is None else piece.rows.weights
        log_likelihood += float(w @ log_density)
        map_entropy += float(w @ log_top)
        r = w[:, None] * shares
        counts += r.sum(axis=0)
        for k, component in enumerate(given):
            deviations = component.expected - reference[k]
            weighted = deviations * r[:, k, None]
            first[k] += weighted.sum(axis=0)
            second[k] += weighted.T @ deviations + r[:, k].sum() * component.rest
            inner = np.einsum("n,nij->ij", r[:, k], component.spread)
            gain = component.gain[:, len(piece.known) :]
            second[k] += gain @ inner @ gain.T
    return counts, first, second, log_likelihood, map_entropy


def censored_joint(rows: Observations, gaussians: Gaussians, limits: Limits) -> Floats:
    """Return the log-joint densities of rows with censored and missing values, (n, K)."""
    joint = np.empty((len(rows.X), len(gaussians.means)))
    for piece in _pieces(rows, limits, joint.shape[1]):
        joint[piece.places] = _joint(piece, [_given(piece, gaussians, k) for k in range(joint.shape[1])])
    return joint


def censored_expected(rows: Observations, gaussians: Gaussians, limits: Limits) -> Floats:
    """Return the posterior means of the true values of rows, (n, D)."""
    result = np.zeros((len(rows.X), gaussians.means.shape[1]))
    K = len(gaussians.means)
    for piece in _pieces(rows, limits, K):
        given = [_given(piece, gaussians, k) for k in range(K)]
        shares = posterior_shares(_joint(piece, given), None)[0]
        for k, component in enumerate(given):
            result[piece.places] += shares[:, k, None] * component.expected
    return result


def _joint(piece: _Piece, given: list[_Given]) -> Floats:
    joint = np.column_stack([component.log_joint for component in given])
    if piece.rows.allowed is not None:
        joint[~piece.rows.allowed] = -np.inf
    return joint


def _given(piece: _Piece, gaussians: Gaussians, k: int) -> _Given:
    mean, covariance = gaussians.means[k], gaussians.covariances[k]
    o, c, n, D = piece.known, piece.censored, len(piece.rows.X), len(gaussians.means[k])
    seen = np.concatenate([o, c])
    values = np.empty((n, len(seen)))
    log_joint = np.full(n, gaussians.log_weights[k])
    centre = np.broadcast_to(mean[c], (n, len(c)))
    inner = covariance[np.ix_(c, c)]
    if len(o):
        lower = np.linalg.cholesky(covariance[np.ix_(o, o)])
        shift = np.asarray(piece.rows.X[:, o], dtype=np.float64)
        values[:, : len(o)] = shift
        whitened = np.linalg.solve(lower, (shift - mean[o]).T)
        across = np.linalg.solve(lower, covariance[np.ix_(o, c)])
        centre = centre + whitened.T @ across
        inner = inner - across.T @ across
        log_joint = log_joint - 0.5 * (np.square(whitened).sum(axis=0) + len(o) * np.log(2.0 * np.pi))
        log_joint -= np.log(np.diagonal(lower)).sum()
    spread = np.zeros((n, len(c), len(c)))
    if len(c):
        log_p, values[:, len(o) :], spread = truncated_moments(centre, inner, piece.low, piece.high)
        log_joint = log_joint + log_p
    gain = np.zeros((D, len(seen)))
    if len(seen):
        gain = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[seen]).T
    expected = mean + (values - mean[seen]) @ gain.T
    expected[:, seen] = values
    rest = covariance - gain @ covariance[seen]
    rest[seen, :] = rest[:, seen] = 0.0
    return _Given(log_joint, expected, spread, gain, rest)


def _pieces(rows: Observations, limits: Limits, n_components: int) -> Iterator[_Piece]:
    """Yield the rows of each pattern of known, censored and missing columns."""
    X = np.asarray(rows.X, dtype=np.float64)
    missing = np.isnan(X)
    with np.errstate(invalid="ignore"):
        below, above = limits.lower >= X, limits.upper <= X
    status = np.where(missing, 2, np.where(below | above, 1, 0)).astype(np.int8)
    _, labels = np.unique(status, axis=0, return_inverse=True)
    labels = labels.ravel()
    order = np.argsort(labels, kind="stable")
    for places in np.split(order, np.cumsum(np.bincount(labels))[:-1]):
        kind = status[places[0]]
        known, censored = np.flatnonzero(kind == 0), np.flatnonzero(kind == 1)
        nodes = 1 if len(censored) < 2 else 1024
        size = max(1, _VALUES // (nodes * max(1, n_components * X.shape[1])))
        for start in range(0, len(places), size):
            some = places[start : start + size]
            under = below[some][:, censored]
            low = np.where(under, -np.inf, limits.upper[censored])
            high = np.where(under, limits.lower[censored], np.inf)
            yield _Piece(rows.take(some), some, known, censored, low, high)
