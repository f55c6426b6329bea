"""Coverage of confidence intervals and the level of the likelihood-ratio test, by simulation.

    python -m benchmarks.inference [--tables 200] [--replicates 199]

Tables are drawn from the mixture that fits Old Faithful, with two components: of 272 rows, and of a third of them. An
interval covers if it holds the parameter of that mixture. The level of the test is the share of tables of one component
in which one component is rejected.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np

from gaussmix import GaussianMixture, datasets, inference

__all__ = ["coverage", "level_of_the_test"]

METHODS = ("nonparametric", "weighted", "parametric", "jackknife")


def coverage(n_rows: int, tables: int, replicates: int) -> dict[str, tuple[float, float, float, float]]:
    """Return for each method the coverage of weights, means and variances by 95 % intervals, and milliseconds each."""
    truth = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data).mixture_
    parameters = [truth.weights, truth.means, truth.covariances.variances()]
    held = {method: [[], [], []] for method in METHODS}
    seconds = dict.fromkeys(METHODS, 0.0)
    for seed in range(tables):
        X = truth.sample(n_rows, random_state=seed)[0]
        model = GaussianMixture(2, init_params=truth).fit(X)
        for method in METHODS:
            start = time.process_time()
            found = (
                inference.jackknife(model, X)
                if method == "jackknife"
                else inference.bootstrap(model, X, method=method, n_replicates=replicates, random_state=seed)
            )
            seconds[method] += (time.process_time() - start) / found.n_replicates
            ends = [found.intervals().lower, found.intervals().upper]
            for place, true in enumerate(parameters):
                low, high = (
                    (each.weights, each.means, np.diagonal(each.covariances, axis1=1, axis2=2))[place]
                    for each in ends
                )
                held[method][place].append(np.mean((low <= true) & (true <= high)))
    return {
        method: (*(float(np.mean(part)) for part in held[method]), 1e3 * seconds[method] / tables)
        for method in METHODS
    }


def level_of_the_test(tables: int, replicates: int, level: float = 0.05) -> float:
    """Return the share of tables of one normal distribution in which one component is rejected at a level."""
    rejected = 0
    for seed in range(tables):
        X = np.random.default_rng(seed).normal(size=(100, 1))
        test = inference.likelihood_ratio_test(
            GaussianMixture(covariance_type="tied"),
            X,
            max_components=2,
            level=level,
            n_replicates=replicates,
            random_state=seed,
        )
        rejected += test.rejected
    return rejected / tables


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--replicates", type=int, default=199)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        "| rows | method | weights | means | variances | CPU time of a replicate |\n|---|---|---|---|---|---|"
    )
    for n_rows in (272, 91):
        for method, numbers in coverage(n_rows, options.tables, options.replicates).items():
            *shares, milliseconds = numbers
            shown = " | ".join(f"{100 * share:.1f} %" for share in shares)
            print(f"| {n_rows} | {method} | {shown} | {milliseconds:.2f} ms |", flush=True)
    share = level_of_the_test(options.tables, 39)
    print(
        f"\nOf {options.tables} tables of one component, the test at the level 0.05 rejected one component in "
        f"{100 * share:.1f} %."
    )


if __name__ == "__main__":
    main()
