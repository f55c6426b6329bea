"""Speed of variational inference: a pass beside one of EM, and a whole fit beside scikit-learn's.

Run `python benchmarks/variational.py`. The CPU times are those of this process with all of its threads; the two of a
ratio alternate, and the medians are compared. The time of an iteration is that of a long fit less a short one. A whole
fit has the same start and the same number of iterations in both libraries, or the default options of both. Set
OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1, so that threads that wait do not count.
"""

from __future__ import annotations

import argparse
import time
import warnings
from functools import partial
from statistics import median

import numpy as np
import sklearn.mixture

from gaussmix import BayesianGaussianMixture, GaussianMixture, Mixture


def rows(n: int, n_features: int, n_components: int, seed: int = 0) -> tuple[np.ndarray, Mixture]:
    """Rows of a mixture, and a start near it."""
    rng = np.random.default_rng(seed)
    means = 4.0 * rng.standard_normal((n_components, n_features))
    covariances = np.stack([np.eye(n_features) * s for s in rng.uniform(0.5, 2.0, n_components)])
    truth = Mixture(np.full(n_components, 1.0 / n_components), means, covariances)
    start = Mixture(truth.weights, means + 0.3 * rng.standard_normal(means.shape), covariances)
    return truth.sample(n, 1)[0], start


def measured(fit: partial) -> tuple[float, float]:
    """CPU and wall seconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit()
    return time.process_time() - cpu, time.perf_counter() - wall


def ratio_of(one: partial, other: partial, repeats: int) -> list[float]:
    """Medians of CPU and wall of one call, then of the other, in alternation."""
    pairs = [(measured(one), measured(other)) for _ in range(repeats)]
    return [median(pair[i][j] for pair in pairs) for i in (0, 1) for j in (0, 1)]


SIZES = [
    (272, 2, 2, "full"),
    (272, 2, 6, "full"),
    (1_000, 5, 10, "full"),
    (10_000, 2, 5, "full"),
    (10_000, 10, 20, "full"),
    (10_000, 10, 20, "tied"),
    (10_000, 10, 20, "diag"),
    (10_000, 10, 20, "spherical"),
    (20_000, 30, 20, "tied"),
    (100_000, 2, 5, "full"),
    (100_000, 10, 20, "full"),
    (100_000, 10, 20, "tied"),
    (1_000_000, 10, 20, "full"),
    (10_000, 80, 20, "full"),
    (10_000, 100, 20, "full"),
    (1_000, 100, 5, "full"),
]
"""Rows, columns, components and family."""
WORK = 40_000_000
"""Rows × columns × components of all iterations of the short fits, about."""


def start_of_family(start: Mixture, family: str) -> Mixture:
    """The start with unit covariances of a family."""
    K, D = start.means.shape
    covariances = {"tied": np.eye(D), "diag": np.ones((K, D)), "spherical": np.ones(K)}
    return Mixture(start.weights, start.means, covariances.get(family, np.tile(np.eye(D), (K, 1, 1))))


def passes(n: int, n_features: int, n_components: int, family: str, repeats: int) -> None:
    """Print the time of a variational iteration beside one of EM, as a row of a table."""
    X, start = rows(n, n_features, n_components)
    iterations = max(3, min(2_000, WORK // (n * n_features * n_components)))
    options = {"init_params": start_of_family(start, family), "search": "off", "tol": 0}
    options["covariance_type"] = family

    def each(cls: type, extra: dict) -> float:
        def seconds(count: int) -> float:
            return measured(partial(cls(n_components, max_iter=count, **options, **extra).fit, X))[0]

        return (seconds(3 * iterations) - seconds(iterations)) / (2 * iterations)

    pairs = [
        (each(BayesianGaussianMixture, {}), each(GaussianMixture, {"acceleration": "off"}))
        for _ in range(repeats)
    ]
    ratio = median(one / other for one, other in pairs)
    vb, em = (1e3 * median(pair[i] for pair in pairs) for i in (0, 1))
    print(
        f"| {n:,} × {n_features} | {n_components} | {family} | {vb:.3g} ms | {em:.3g} ms | {ratio:.2f} |",
        flush=True,
    )


def whole(n: int, n_features: int, n_components: int, iterations: int, repeats: int) -> None:
    """Print the time of a fit beside scikit-learn's, with the same start and the same iterations."""
    X, start = rows(n, n_features, n_components)
    labels = start.predict(X)

    class FromLabels(sklearn.mixture.BayesianGaussianMixture):
        def _initialize_parameters(self, X: np.ndarray, random_state: object, xp: object = None) -> None:
            self._initialize(X, np.eye(n_components)[labels])

    ours = BayesianGaussianMixture(n_components, init_params=labels, search="off", tol=0, max_iter=iterations)
    theirs = FromLabels(n_components=n_components, tol=0.0, max_iter=iterations)
    cpu, wall, their_cpu, their_wall = ratio_of(partial(ours.fit, X), partial(theirs.fit, X), repeats)
    print(
        f"{n:>9,} x {n_features:<3} K={n_components:<4} {iterations} iterations: {cpu:.2f} s CPU ({wall:.2f} s), "
        f"scikit-learn {their_cpu:.2f} s ({their_wall:.2f} s): "
        f"{their_cpu / cpu:.1f} ({their_wall / wall:.1f}) times as fast"
    )
    print("          largest difference of the means:", float(np.abs(ours.means_ - theirs.means_).max()))


def as_called(n: int, n_features: int, n_components: int) -> None:
    """Print the time of fits with the default options of both libraries."""
    X, _ = rows(n, n_features, n_components)
    ours = BayesianGaussianMixture(n_components, random_state=0)
    theirs = sklearn.mixture.BayesianGaussianMixture(n_components=n_components, random_state=0)
    cpu, their_cpu = measured(partial(ours.fit, X))[0], measured(partial(theirs.fit, X))[0]
    print(
        f"{n:>9,} x {n_features:<3} K={n_components:<4} default options: {cpu:.2f} s CPU, score {ours.score(X):.2f}, "
        f"converged {ours.converged_}; scikit-learn {their_cpu:.2f} s, score {theirs.score(X):.2f}, "
        f"converged {theirs.converged_}: {their_cpu / cpu:.0f} times as fast"
    )


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    print("| rows × columns | K | family | variational | EM | ratio |\n|---|---|---|---|---|---|")
    for size in SIZES:
        passes(*size, repeats)
    whole(100_000, 10, 20, 20, repeats)
    as_called(100_000, 10, 20)


if __name__ == "__main__":
    main()
