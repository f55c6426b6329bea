"""Tables that are drawn: kinds of rows that a first user tries, each from a seed of its own."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .table import Entry

__all__ = ["DRAWN"]

Rows = tuple[np.ndarray, np.ndarray | None]


def blobs(rng: np.random.Generator, N: int, D: int, K: int) -> Rows:
    """Return round clusters, as scikit-learn draws them."""
    from sklearn.datasets import make_blobs

    return make_blobs(N, D, centers=K, random_state=int(rng.integers(2**31)))


def sine(rng: np.random.Generator, N: int) -> Rows:
    """Return a sine with noise, as in an example of scikit-learn."""
    x = np.linspace(0, 4 * np.pi, N) - 6 + rng.normal(0, 0.1, N)
    return np.column_stack([x, 3 * (np.sin(np.linspace(0, 4 * np.pi, N)) + rng.normal(0, 0.2, N))]), None


def shapes(rng: np.random.Generator, kind: str, N: int) -> Rows:
    """Return two moons, or two circles."""
    from sklearn import datasets

    options = {"factor": 0.5} if kind == "circles" else {}
    return getattr(datasets, f"make_{kind}")(N, noise=0.05, random_state=int(rng.integers(2**31)), **options)


def clusters(rng: np.random.Generator, N: int, D: int, K: int, tails: float | None = None) -> Rows:
    """Return clusters with covariances of their own; with tails, t-distributed ones of so many degrees of freedom."""
    labels = rng.integers(K, size=N)
    means = rng.uniform(-10, 10, (K, D))
    roots = rng.normal(size=(K, D, D)) / np.sqrt(D) + 0.3 * np.eye(D)
    z = rng.normal(size=(N, D))
    if tails:
        z /= np.sqrt(rng.chisquare(tails, N) / tails)[:, None]
    return means[labels] + 1.5 * np.einsum("nij,nj->ni", roots[labels], z), labels


def rounded(rng: np.random.Generator, N: int, D: int, K: int) -> Rows:
    """Return clusters rounded to whole numbers."""
    X, labels = clusters(rng, N, D, K)
    return np.round(X), labels


def scales(rng: np.random.Generator, N: int, D: int, K: int) -> Rows:
    """Return clusters in columns whose units differ, from a thousandth to a million."""
    X, labels = clusters(rng, N, D, K)
    return X * 10.0 ** np.linspace(-3, 6, D), labels


def far(rng: np.random.Generator, N: int, D: int, K: int) -> Rows:
    """Return clusters with one row a thousand times as far away."""
    X, labels = clusters(rng, N, D, K)
    X[0] *= 1000
    return X, labels


def uniform(rng: np.random.Generator, N: int, D: int) -> Rows:
    """Return rows without a cluster."""
    return rng.uniform(size=(N, D)), None


def entry(name: str, kind: Callable[..., Rows], about: str, *size: Any) -> Entry:
    """Return a drawn table; its seed is made from its name."""

    def drawn() -> Rows:
        return kind(np.random.default_rng(zlib.crc32(name.encode())), *size)

    return Entry(name, drawn, about, real=False)


def entries() -> tuple[Entry, ...]:
    """Return all drawn tables."""
    blob_sizes = (
        (100, 10, 3), (500, 10, 5), (2000, 10, 5), (100, 20, 2), (500, 20, 3), (1000, 20, 5), (200, 30, 3),
        (1000, 30, 5), (300, 50, 3), (1000, 50, 5), (500, 100, 3), (2000, 100, 5),
    )  # fmt: skip
    found = [
        entry(f"blobs_{N}_{D}_{K}", blobs, f"make_blobs, {K} centres", N, D, K) for N, D, K in blob_sizes
    ]
    found += [entry(f"sine_{N}", sine, "a sine with noise", N) for N in (100, 500)]
    found += [entry(f"{k}_{N}", shapes, f"make_{k}", k, N) for k in ("moons", "circles") for N in (200, 1000)]
    heavy = partial(clusters, tails=3.0)
    for N, D, K in ((300, 2, 3), (1000, 5, 5)):
        found += [
            entry(f"tails_{N}", heavy, "clusters of t with 3 degrees of freedom", N, D, K),
            entry(f"whole_{N}", rounded, "clusters of whole numbers", N, D, K),
            entry(f"units_{N}", scales, "clusters in units from 1e-3 to 1e6", N, D, K),
            entry(f"far_{N}", far, "clusters and one row a thousand times as far", N, D, K),
            entry(f"uniform_{N}", uniform, "uniform rows", N, D),
        ]
    return tuple(found)


DRAWN = entries()
