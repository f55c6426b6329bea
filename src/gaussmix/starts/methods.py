"""Initial responsibilities, by scikit-learn's names for the methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from .._types import Floats, Ints
from .hierarchical import MOST_ROWS, hierarchy
from .kmeans import lloyd, nearest, plus_plus
from .partitions import Coordinates
from .sample import StartRows

__all__ = ["START_METHODS", "StartMethod", "one_hot"]

StartMethod: TypeAlias = Callable[[StartRows, int, np.random.Generator], Floats]
"""From rows, K and a generator to responsibilities (m, K)."""


def one_hot(labels: Ints, n_components: int) -> Floats:
    """Return responsibilities (m, K) of one at the label and zero elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> one_hot(np.array([1, 0]), 2)
    array([[0., 1.],
           [1., 0.]])
    """
    result = np.zeros((len(labels), n_components))
    result[np.arange(len(labels)), labels] = 1.0
    return result


def _k_means(rows: StartRows, n_components: int, rng: np.random.Generator) -> Floats:
    centres = plus_plus(rows.Z, rows.mass, n_components, rng)
    return one_hot(lloyd(rows.Z, rows.mass, centres), n_components)


def _k_means_plus_plus(rows: StartRows, n_components: int, rng: np.random.Generator) -> Floats:
    return one_hot(nearest(rows.Z, plus_plus(rows.Z, rows.mass, n_components, rng)), n_components)


def _random(rows: StartRows, n_components: int, rng: np.random.Generator) -> Floats:
    shares = rng.random((len(rows.Z), n_components))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _random_from_data(rows: StartRows, n_components: int, rng: np.random.Generator) -> Floats:
    mass = rows.weights * rows.huber_weights
    share = mass / mass.sum()
    chosen = rng.choice(len(rows.Z), size=n_components, replace=len(rows.Z) < n_components, p=share)
    return one_hot(nearest(rows.Z, rows.Z[chosen]), n_components)


def _hierarchical(rows: StartRows, n_components: int, rng: np.random.Generator) -> Floats:
    few = rows.part(MOST_ROWS, rng)
    Z, every = Coordinates(few).sphered, Coordinates(rows).sphered
    labels = hierarchy(Z, few.weights).labels(n_components)
    if len(few.X) < len(rows.X):
        centres = one_hot(labels, n_components).T @ (few.weights[:, None] * Z)
        mass = np.bincount(labels, few.weights, n_components)
        labels = nearest(every, centres / np.maximum(mass, 1e-300)[:, None])
    return one_hot(labels, n_components)


START_METHODS: dict[str, StartMethod] = {
    "kmeans": _k_means,
    "k-means++": _k_means_plus_plus,
    "random": _random,
    "random_from_data": _random_from_data,
    "hierarchical": _hierarchical,
}
"""Start methods by name."""
