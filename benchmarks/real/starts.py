"""First labels of the rows, from which EM begins: the more ways, the more optima are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["WAYS", "exchanged", "labels_of"]

Labels = np.ndarray
MOST_WARD = 2500


def standardised(X: np.ndarray) -> np.ndarray:
    """Return columns of mean 0 and variance 1."""
    return (X - X.mean(axis=0)) / X.std(axis=0)


def whitened(X: np.ndarray) -> np.ndarray:
    """Return principal components of variance 1."""
    Z = standardised(X)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(Z.T)))
    return Z @ vectors / np.sqrt(np.maximum(values, 1e-6))


def k_means(Z: np.ndarray, K: int, rng: np.random.Generator) -> Labels:
    from sklearn.cluster import KMeans

    return KMeans(K, n_init=1, random_state=int(rng.integers(2**31))).fit(Z).labels_


def nearest_rows(Z: np.ndarray, K: int, rng: np.random.Generator) -> Labels:
    """Return the number of the nearest of K rows drawn at random."""
    centres = Z[rng.choice(len(Z), K, replace=False)]
    return (np.square(centres).sum(axis=1) - 2 * Z @ centres.T).argmin(axis=1)


def cuts(Z: np.ndarray, K: int, rng: np.random.Generator) -> Labels:
    """Return pieces of nearly equal size along a random direction."""
    order = np.argsort(np.argsort(Z @ rng.normal(size=Z.shape[1])))
    return order * K // len(Z)


def ward(Z: np.ndarray, K: int, rng: np.random.Generator) -> Labels:
    """Return Ward's clusters; of some of the rows where they are many, and the nearest of their means for the rest."""
    from sklearn.cluster import AgglomerativeClustering

    some = Z if len(Z) <= MOST_WARD else Z[rng.choice(len(Z), MOST_WARD, replace=False)]
    found = AgglomerativeClustering(K).fit(some).labels_
    if len(some) == len(Z):
        return found
    centres = np.array([some[found == k].mean(axis=0) for k in range(K)])
    return (np.square(centres).sum(axis=1) - 2 * Z @ centres.T).argmin(axis=1)


WAYS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[..., Labels]]] = {
    "k-means of standardised columns": (standardised, k_means),
    "random rows": (standardised, nearest_rows),
    "k-means of whitened columns": (whitened, k_means),
    "cuts": (standardised, cuts),
    "random rows, whitened": (whitened, nearest_rows),
    "cuts, whitened": (whitened, cuts),
    "Ward": (standardised, ward),
    "Ward, whitened": (whitened, ward),
}
ONCE = ("Ward", "Ward, whitened")
"""Ways that give the same labels again."""


def exchanged(labels: Labels, X: np.ndarray, K: int, rng: np.random.Generator) -> Labels:
    """Return labels with two groups made one, and another cut in two along a random direction."""
    labels = labels.copy()
    first, second, cut = rng.permutation(K)[:3] if K > 2 else (0, 1, 0)
    labels[labels == second] = first
    chosen = np.flatnonzero(labels == cut)
    if len(chosen) > 1:
        along = standardised(X)[chosen] @ rng.normal(size=X.shape[1])
        labels[chosen[along > np.quantile(along, rng.uniform(0.2, 0.8))]] = second
    return labels


def labels_of(X: np.ndarray, K: int, number: int) -> Iterator[tuple[str, Any]]:
    """Yield ways with the labels that they give for a round."""
    rng = np.random.default_rng([number, K, len(X)])
    for name, (scaled, way) in WAYS.items():
        if number == 0 or name not in ONCE:
            yield name, way(scaled(X), K, rng)
