"""Two revisions of gaussmix compared: ``python -m benchmarks.revisions OLD/bin/python NEW/bin/python``.

Each interpreter has one of the revisions installed. The processes alternate, each on one processor, and the processor
time of the same fits is compared: passes of EM from the same start, and whole fits with the search. The table has the
medians of the rounds, their ratio, and the gain of the mean log-likelihood. ``--worker`` measures in this process and
prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

PASSES = {
    "272 × 2, K = 2, full": (272, 2, 2, "full", np.float64),
    "10,000 × 5, K = 10, full": (10_000, 5, 10, "full", np.float64),
    "10,000 × 5, K = 10, tied": (10_000, 5, 10, "tied", np.float64),
    "10,000 × 5, K = 10, diag": (10_000, 5, 10, "diag", np.float64),
    "100,000 × 10, K = 20, full": (100_000, 10, 20, "full", np.float64),
    "100,000 × 10, K = 20, full, float32": (100_000, 10, 20, "full", np.float32),
    "10,000 × 50, K = 10, full": (10_000, 50, 10, "full", np.float64),
    "5,000 × 100, K = 5, full": (5_000, 100, 5, "full", np.float64),
}
"""Rows, columns, components, family and type of the rows."""
WORK = 2e8
"""Rows × columns × columns × components of the passes of a measurement, about."""
REPEATS = 3
SEARCHES = {
    "5,000 × 2, K = 5, search": (5_000, 2, 5),
    "5,000 × 5, K = 10, search": (5_000, 5, 10),
    "5,000 × 10, K = 20, search": (5_000, 10, 20),
    "20,000 × 5, K = 10, search": (20_000, 5, 10),
}


def rows(n: int, n_features: int, n_components: int, seed: int) -> np.ndarray:
    """Rows of overlapping clusters, the same for both revisions."""
    rng = np.random.default_rng(seed)
    means = 3.0 * rng.standard_normal((n_components, n_features))
    scales = rng.uniform(0.5, 1.5, (n_components, n_features))
    labels = rng.integers(n_components, size=n)
    return means[labels] + scales[labels] * rng.standard_normal((n, n_features))


def timed(fit: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of a call, and its result."""
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = fit()
    return time.process_time() - began, result


def measured() -> dict[str, tuple[float, float]]:
    """Seconds of an iteration, or of a fit, and the log-likelihood reached."""
    from gaussmix import GaussianMixture, Mixture

    found = {}
    for name, (n, D, K, family, kind) in PASSES.items():
        X = rows(n, D, K, 0).astype(kind)
        iterations = int(min(3000, max(3, WORK / (n * D * D * K))))
        unit = {"full": np.tile(np.eye(D), (K, 1, 1)), "tied": np.eye(D), "diag": np.ones((K, D))}[family]
        start = Mixture(np.full(K, 1 / K), X[:: n // K][:K].astype(float), unit)
        options = {
            "init_params": start,
            "search": "off",
            "tol": 0,
            "covariance_type": family,
            "acceleration": "off",
        }
        short, long = (GaussianMixture(K, max_iter=count, **options) for count in (2, 2 + iterations))
        timed(lambda: short.fit(X))  # noqa: B023
        seconds = [
            timed(lambda: long.fit(X))[0] - timed(lambda: short.fit(X))[0]  # noqa: B023
            for _ in range(REPEATS)
        ]
        found[name] = (median(seconds) / iterations, long.lower_bound_)
    for name, (n, D, K) in SEARCHES.items():
        tables = [rows(n, D, K, seed) for seed in range(3)]
        fits = [timed(lambda: GaussianMixture(K, random_state=0).fit(X)) for X in tables]  # noqa: B023
        found[name] = (
            sum(seconds for seconds, _ in fits),
            float(np.mean([model.score(X) for (_, model), X in zip(fits, tables, strict=True)])),
        )
    return found


def worker(python: str) -> dict[str, tuple[float, float]]:
    """Measure in a process of another interpreter, on one processor."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [python, __file__, "--worker"]
    text = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    measurements: dict[str, tuple[float, float]] = json.loads(text)
    return measurements


def compare(old: str, new: str, rounds: int) -> None:
    """Print the table."""
    pairs = [(worker(old), worker(new)) for _ in range(rounds)]
    print("| fit | before, ms | after, ms | ratio | gain, nats per row |\n| --- | --- | --- | --- | --- |")
    for name in pairs[0][0]:
        before, after = (1e3 * median(pair[i][name][0] for pair in pairs) for i in (0, 1))
        ratio = median(b[name][0] / a[name][0] for a, b in pairs)
        (_, one), (_, other) = (measurement[name] for measurement in pairs[0])
        gain = "the same bits" if one == other else f"{other - one:+.1e}"
        print(f"| {name} | {before:.3g} | {after:.3g} | {ratio:.2f} | {gain} |")


def main() -> None:
    """Measure, or compare two interpreters."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "python", nargs="*", help="an interpreter with the old revision, and one with the new one"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(json.dumps(measured()))
        return
    if len(options.python) != 2:
        parser.error("give two interpreters: one with the old revision, one with the new")
    compare(*options.python, options.rounds)


if __name__ == "__main__":
    main()
