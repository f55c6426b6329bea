"""Problems whose good optimum is known or can be found: rows of mixtures drawn at random, and harder kinds.

A problem is made anew from its kind, its cell (D columns, K components) and a seed: nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gaussmix import Mixture
from gaussmix.datasets import random_mixture

__all__ = ["CELLS", "HARDER", "HARDER_CELLS", "KINDS", "Problem", "problem_of", "rows_of_cell"]

Cell = tuple[int, int]
Draw = Callable[[int], np.ndarray]
Kind = Callable[[np.random.Generator, int, int, int], tuple[Mixture, Draw, Draw]]

CELLS: tuple[Cell, ...] = ((2, 5), (2, 10), (2, 20), (2, 50), (5, 10), (10, 20), (20, 10))
HARDER_CELLS: tuple[Cell, ...] = ((2, 10), (5, 5))
ENOUGH = 5
"""Every component expects at least this many times D + 1 rows: else the best likelihood is a collapsed component's."""
SPREAD = 10.0


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows to fit, as many new ones, and a mixture to start the reference from."""

    kind: str
    D: int
    K: int
    seed: int
    X: np.ndarray
    held_out: np.ndarray
    truth: Mixture
    family: str = "full"


def rows_of_cell(K: int) -> int:
    """Return N, the rows of a problem with K components."""
    return 20_000 if K >= 50 else 5_000


def enough_rows(weights: np.ndarray, N: int, D: int) -> bool:
    """Whether each component expects enough of N rows."""
    return bool(N * weights.min() >= ENOUGH * (D + 1))


def drawn_mixture(rng: np.random.Generator, D: int, K: int, N: int) -> Mixture:
    """Return the first of consecutive draws in which every component expects enough rows."""
    while True:
        mixture = random_mixture(K, D, SPREAD, rng)
        if enough_rows(mixture.weights, N, D):
            return mixture


def drawn_weights(rng: np.random.Generator, D: int, K: int, N: int) -> np.ndarray:
    """Return shares that are uniform before they are made to sum to one, each of enough rows."""
    while True:
        weights = rng.uniform(size=K)
        weights /= weights.sum()
        if enough_rows(weights, N, D):
            return weights


def sampler(mixture: Mixture, rng: np.random.Generator) -> Draw:
    """Return what draws rows of a mixture."""
    return lambda n: mixture.sample(n, rng)[0]


def twice(mixture: Mixture, draw: Draw) -> tuple[Mixture, Draw, Draw]:
    """Training rows and held-out rows are drawn alike."""
    return mixture, draw, draw


def random(rng: np.random.Generator, D: int, K: int, N: int) -> tuple[Mixture, Draw, Draw]:
    """Draw means in a cube, covariances AᵀA and uniform weights, as `random_mixture` does."""
    mixture = drawn_mixture(rng, D, K, N)
    return twice(mixture, sampler(mixture, rng))


def elongated(rng: np.random.Generator, D: int, K: int, N: int) -> tuple[Mixture, Draw, Draw]:
    """Draw components whose standard deviations along their axes differ by up to 60 times."""
    weights = drawn_weights(rng, D, K, N)
    means = rng.uniform(-SPREAD, SPREAD, size=(K, D))
    axes = np.linalg.qr(rng.standard_normal((K, D, D)))[0]
    scales = np.exp(rng.uniform(np.log(0.05), np.log(3.0), size=(K, D)))
    roots = axes * scales[:, None, :]
    mixture = Mixture(weights, means, roots @ roots.transpose(0, 2, 1))
    return twice(mixture, sampler(mixture, rng))


def nested(rng: np.random.Generator, D: int, K: int, N: int) -> tuple[Mixture, Draw, Draw]:
    """Draw pairs of components with the same mean, one with a fifth of the other's standard deviations."""
    mixture = drawn_mixture(rng, D, K, N)
    means, covariances = mixture.means.copy(), mixture.covariances.dense().copy()
    inner, outer = np.arange(1, K, 2), np.arange(0, K - 1, 2)
    means[inner], covariances[inner] = means[outer], covariances[outer] / 25
    mixture = Mixture(mixture.weights, means, covariances)
    return twice(mixture, sampler(mixture, rng))


def unequal(rng: np.random.Generator, D: int, K: int, N: int) -> tuple[Mixture, Draw, Draw]:
    """Draw weights from 1 to 100, equally far apart in logarithms."""
    mixture = random_mixture(K, D, SPREAD, rng)
    weights = rng.permutation(np.geomspace(1, 100, K))
    mixture = Mixture(weights / weights.sum(), mixture.means, mixture.covariances)
    return twice(mixture, sampler(mixture, rng))


def tails(rng: np.random.Generator, D: int, K: int, N: int) -> tuple[Mixture, Draw, Draw]:
    """Draw t-distributed components with 5 degrees of freedom; the reference starts at their covariances."""
    nu = 5
    shape = drawn_mixture(rng, D, K, N)
    roots = np.linalg.cholesky(shape.covariances.dense())

    def draw(n: int) -> np.ndarray:
        k = rng.choice(K, n, p=shape.weights)
        z = np.einsum("nij,nj->ni", roots[k], rng.standard_normal((n, D)))
        return shape.means[k] + z / np.sqrt(rng.chisquare(nu, n) / nu)[:, None]

    covariances = shape.covariances.dense() * nu / (nu - 2)
    return twice(Mixture(shape.weights, shape.means, covariances), draw)


def noise(rng: np.random.Generator, D: int, K: int, N: int) -> tuple[Mixture, Draw, Draw]:
    """Draw 20 % of the rows uniformly from a box around K − 1 components; the reference starts with one wide one."""
    share, side = 0.2, 1.3 * SPREAD
    clusters = drawn_mixture(rng, D, K - 1, round((1 - share) * N))

    def draw(n: int) -> np.ndarray:
        rows = clusters.sample(n, rng)[0]
        return np.where(rng.uniform(size=(n, 1)) < share, rng.uniform(-side, side, size=(n, D)), rows)

    weights = np.append((1 - share) * clusters.weights, share)
    covariances = np.concatenate([clusters.covariances.dense(), [np.eye(D) * side**2 / 3]])
    return twice(Mixture(weights, np.vstack([clusters.means, np.zeros(D)]), covariances), draw)


def ties(rng: np.random.Generator, D: int, K: int, N: int) -> tuple[Mixture, Draw, Draw]:
    """Round rows to whole numbers, so that many are equal; the reference allows for the rounding."""
    mixture = drawn_mixture(rng, D, K, N)
    widened = mixture.covariances.dense() + np.eye(D) / 12
    return twice(
        Mixture(mixture.weights, mixture.means, widened), lambda n: np.round(mixture.sample(n, rng)[0])
    )


def heap(rng: np.random.Generator, D: int, K: int, N: int) -> tuple[Mixture, Draw, Draw]:
    """Put three heaps of 2 (D + 1) nearly equal rows into the training rows: a component must not feed on them."""
    mixture = drawn_mixture(rng, D, K, N)
    plain = sampler(mixture, rng)

    def draw(n: int) -> np.ndarray:
        rows, size = plain(n), 2 * (D + 1)
        for i in range(3):
            rows[i * size : (i + 1) * size] = rows[-1 - i] + 1e-3 * rng.standard_normal((size, D))
        return rng.permutation(rows)

    return mixture, draw, plain


HARDER: dict[str, Kind] = {
    "elongated": elongated, "nested": nested, "unequal": unequal, "tails": tails, "noise": noise, "ties": ties,
    "heap": heap,
}  # fmt: skip
KINDS: dict[str, Kind] = {"random": random, **HARDER}


def problem_of(kind: str, cell: Cell, seed: int, N: int | None = None) -> Problem:
    """Return the problem of a kind, a cell and a seed.

    Parameters
    ----------
    kind : str
        A name in `KINDS`.
    cell : (int, int)
        D and K.
    seed : int
        Another one is another problem of the same kind.
    N : int, optional
        Rows; `rows_of_cell` unless given.
    """
    D, K = cell
    N = rows_of_cell(K) if N is None else N
    rng = np.random.default_rng([list(KINDS).index(kind), D, K, seed])
    truth, draw, draw_held_out = KINDS[kind](rng, D, K, N)
    return Problem(kind, D, K, seed, draw(N), draw_held_out(N), truth)
