"""Groups of rows for moved components: all rows on a smaller scale, the nearest rows, or those beside a hyperplane.

The most likely mixtures of more components than clusters often have components of few rows beside a hyperplane; EM
seldom leads to them from rounder groups.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from ..._types import Floats, Ints
from ..search_data import SearchData

__all__ = ["Moments", "flat_groups", "local_groups", "reduced_groups"]

Moments: TypeAlias = tuple[Floats, Floats, Floats]
"""Means (B, D), scatter matrices (B, D, D) or (B, D), and total weights (B,) of groups."""

SMALLER = 2.0
"""The volume of all rows is divided by up to this power of n / (fewest rows of a component)."""
HYPERPLANES = 32
"""Number of random hyperplanes from which that with the nearest rows is taken."""
WIDEST = 2
"""The most rows of a neighbourhood with a hyperplane, in units of n / K."""
RIDGE = 1e-3
"""The share of one row of the covariance of all rows that is added to the scatter of a group."""
JITTER = 1e-9
"""Noise of the rows that span a hyperplane, in standard deviations of all rows: equal rows span none."""


def reduced_groups(data: SearchData, rows: Ints, K: int, rng: np.random.Generator) -> Moments:
    """Return the moments of all rows about their mean, with columns on random smaller scales, moved to rows.

    Parameters
    ----------
    data : SearchData
    rows : (B,) array
    K : int
        Not used.
    rng : numpy.random.Generator
    """
    B, D = len(rows), data.X.shape[1]
    most = SMALLER * np.log(max(1.0, len(data.X) / data.least_rows))
    scale = np.exp(-rng.uniform(0.0, most, size=(B, 1)) * rng.dirichlet(np.ones(D), size=B))
    scales = scale[:, :, None] * scale[:, None] if data.model.full else scale**2
    return data.X[rows], scales * data.total_scatter, np.full(B, data.total_weight)


def local_groups(data: SearchData, rows: Ints, K: int, rng: np.random.Generator) -> Moments:
    """Return the moments about rows of random numbers of their nearest rows, at most n / K.

    Parameters
    ----------
    data : SearchData
    rows : (B,) array
    K : int
    rng : numpy.random.Generator
    """
    X, n, fewest = data.X, len(data.X), _fewest(data)
    sizes = _log_uniform(fewest, max(fewest, n // K), len(rows), rng).tolist()
    counts, scatter = np.empty(len(rows)), np.empty((len(rows), *data.total_scatter.shape))
    for b, (distances, size) in enumerate(zip(_squared_distances(data, rows), sizes, strict=True)):
        nearest = distances.argpartition(size - 1)[:size]
        Y, weights = X[nearest] - X[rows[b]], data.weights[nearest]
        scatter[b] = (weights * Y.T) @ Y if data.model.full else weights @ Y**2
        counts[b] = weights.sum()
    return X[rows], scatter + _ridge(data), counts


def flat_groups(data: SearchData, rows: Ints, K: int, rng: np.random.Generator) -> Moments:
    """Return the moments of a random number of rows beside a hyperplane in the neighbourhood of each row.

    A hyperplane goes through D random rows of the neighbourhood. Of several, that with the nearest rows is taken, but
    none with so many rows in it that a component would be degenerate.

    Parameters
    ----------
    data : SearchData
        With full covariances.
    rows : (B,) array
    K : int
    rng : numpy.random.Generator
    """
    fewest, n = _fewest(data), len(data.X)
    most = min(n, max(fewest, WIDEST * n // K))
    wide = int(_log_uniform(min(2 * fewest, most), most, 1, rng)[0])
    size = int(_log_uniform(fewest, max(fewest, wide // 2), 1, rng)[0])
    near = _squared_distances(data, rows).argpartition(wide - 1, axis=1)[:, :wide]
    distances = _from_hyperplanes(data.places.Z[near], rng)
    widths = np.partition(distances, size - 1, axis=2)[:, :, size - 1]
    narrow = data.distinct.least_clearance_of_few * data.model.constraint.epsilon
    best = np.where(widths**2 > 3.0 * narrow, widths, np.inf).argmin(axis=1)
    beside = distances[np.arange(len(rows)), best].argpartition(size - 1, axis=1)[:, :size]
    groups = np.take_along_axis(near, beside, axis=1)
    X, weights = data.X[groups], data.weights[groups]
    counts = weights.sum(axis=1)
    means = np.einsum("bn,bnd->bd", weights, X) / counts[:, None]
    Y = X - means[:, None]
    scatter = (weights[:, :, None] * Y).swapaxes(1, 2) @ Y
    return means, scatter + _ridge(data), counts


def _from_hyperplanes(Z: Floats, rng: np.random.Generator) -> Floats:
    """Return the distances (B, H, n) of rows (B, n, D) from random hyperplanes through D of them."""
    B, n, D = Z.shape
    at, shape = np.arange(B)[:, None], (B, HYPERPLANES)
    origins = Z[at, rng.integers(n, size=shape)]
    spans = Z[at[:, :, None], rng.integers(n, size=(*shape, D - 1))] - origins[:, :, None]
    spans += JITTER * rng.standard_normal(spans.shape)
    normals = np.ones((*shape, D))
    normals[..., :-1] = np.linalg.solve(spans[..., :-1], -spans[..., -1:])[..., 0]
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    offsets = (normals * origins).sum(axis=2, keepdims=True)
    return np.asarray(np.abs(normals @ Z.swapaxes(1, 2) - offsets))


def _ridge(data: SearchData) -> Floats:
    """Return the addition to the scatter of a group, which may have no variance in a direction."""
    return RIDGE / len(data.X) * data.total_scatter


def _fewest(data: SearchData) -> int:
    """Return the fewest rows of a group."""
    return min(len(data.X), int(data.least_rows) + 1)


def _log_uniform(least: int, most: int, number: int, rng: np.random.Generator) -> Ints:
    """Return log-uniform random integers."""
    return np.exp(rng.uniform(np.log(least), np.log(most), size=number)).round().astype(int)


def _squared_distances(data: SearchData, rows: Ints) -> Floats:
    """Return the squared distances of all rows from some (B, n), less the norms of these."""
    Z = data.places.Z
    return np.asarray(np.einsum("nd,nd->n", Z, Z) - 2.0 * (Z[rows] @ Z.T))
