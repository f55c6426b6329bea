"""Time one EM pass (E-step and M-step over all rows) beside scikit-learn's, from the same start.

Run ``python benchmarks/em_pass.py`` or ``make bench``. A pass is the difference of two whole fits of different
numbers of iterations, so that what a fit does once is left out. The two libraries take turns, and the ratio is that
of each pair; the median is the figure to quote.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
from sklearn.mixture import GaussianMixture as SklearnMixture

from gaussmix import GaussianMixture, kernels
from gaussmix.datasets import random_mixture
from gaussmix.engines import available_threads

WORKLOADS = [
    (100_000, 2, 5, 20),
    (1_000_000, 2, 5, 5),
    (1_000_000, 10, 20, 2),
    (50_000, 32, 32, 2),
    (150, 4, 3, 200),
]
"""Rows N, features D, components K, and the iterations that the longer fit makes beyond the shorter one."""


def seconds(run: Callable[[], object]) -> float:
    """Return the wall-clock time of a call."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def pass_seconds(estimator: type, X: np.ndarray, start: dict[str, object], passes: int) -> float:
    """Return the time of one EM pass of an estimator."""
    K = len(start["weights_init"])

    def fit(iterations: int) -> Callable[[], object]:
        return lambda: estimator(K, tol=0.0, reg_covar=1e-6, max_iter=iterations, **start).fit(X)

    return (seconds(fit(1 + passes)) - seconds(fit(1))) / passes


def start_of(X: np.ndarray, K: int) -> dict[str, object]:
    """Return a start that both libraries take: equal weights, rows as means, the pooled covariance."""
    precision = np.linalg.inv(np.atleast_2d(np.cov(X.T)))
    return {
        "weights_init": np.full(K, 1 / K),
        "means_init": X[:K],
        "precisions_init": np.stack([precision] * K),
    }


def compare(N: int, D: int, K: int, passes: int, pairs: int) -> None:
    """Print one line of the table."""
    X, _ = random_mixture(K, D, random_state=1).sample(N, random_state=2)
    start = start_of(X, K)
    pass_seconds(GaussianMixture, X, start, 1)
    ours, theirs, ratios = [], [], []
    for _ in range(pairs):
        a, b = pass_seconds(GaussianMixture, X, start, passes), pass_seconds(SklearnMixture, X, start, passes)
        ours.append(a)
        theirs.append(b)
        ratios.append(b / a)
    shape = f"({N:,}, {D}, {K})"
    print(
        f"{shape:>20}  {1e3 * statistics.median(ours):10.3f}  {1e3 * statistics.median(theirs):12.3f}"
        f"  {min(ratios):7.1f} {statistics.median(ratios):7.1f} {max(ratios):7.1f}",
        flush=True,
    )


def main() -> None:
    """Run the workloads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7, help="pairs of measurements a workload (default 7)")
    parser.add_argument("--first", action="store_true", help="only the first workload")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        f"One EM pass, full covariances, {available_threads()} threads, kernel {kernels.name}; ratio: min median max"
    )
    print(f"{'(N, D, K)':>20}  {'gaussmix/ms':>10}  {'sklearn/ms':>12}  {'ratio':>23}")
    for workload in WORKLOADS[:1] if arguments.first else WORKLOADS:
        compare(*workload, pairs=arguments.pairs)


if __name__ == "__main__":
    main()
