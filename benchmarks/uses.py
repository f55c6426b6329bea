"""Uses of a mixture: conditional distributions of many rows, and the reduction of many components.

``python -m benchmarks.uses`` measures processor time of regressions of 100,000 rows with 10 inputs under 20 components,
beside gmr where it is installed. ``--components 1000000`` measures a reduction to a tenth in three columns.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from gaussmix import Mixture, datasets


def seconds(call: Callable[[], Any], turns: int = 3) -> float:
    """Return the least processor time of a call in some turns."""
    times = []
    for _ in range(turns):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return min(times)


def regressions(n: int = 100_000, D: int = 10, K: int = 20) -> None:
    """Print the seconds of conditional means, deviations and quantiles."""
    mixture = datasets.random_mixture(K, D + 1, random_state=0)
    X = mixture.sample(n, random_state=1)[0][:, :D]
    inputs = list(range(D))
    conditionals = mixture.conditionals(inputs, X)
    print(f"means of {n} rows: {seconds(lambda: mixture.conditionals(inputs, X).mean()):.2f} s")
    print(f"deviations besides: {seconds(conditionals.variance):.2f} s")
    print(f"two quantiles besides: {seconds(lambda: conditionals.quantile([0.05, 0.95])):.2f} s")
    if importlib.util.find_spec("gmr"):
        import gmr

        peer = gmr.GMM(K, mixture.weights, mixture.means, mixture.covariances.dense())
        print(f"means by gmr: {seconds(lambda: peer.predict(np.array(inputs), X), turns=1):.2f} s")


def reduction(K: int, D: int = 3) -> None:
    """Print the seconds and the memory of a reduction to a tenth of K components."""
    rng = np.random.default_rng(0)
    means, _ = datasets.random_mixture(50, D, random_state=0).sample(K, random_state=1)
    A = 0.05 * rng.normal(size=(K, D, D))
    mixture = Mixture(rng.dirichlet(np.ones(K)), means, A @ A.swapaxes(1, 2) + 1e-3 * np.eye(D))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = seconds(lambda: mixture.reduce(K // 10), turns=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{K} components to {K // 10}: {spent:.1f} s, {(peak - before) / 1024:.0f} MB more than before")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, help="components of a reduction")
    chosen = parser.parse_args()
    if chosen.components:
        reduction(chosen.components)
    else:
        regressions()
