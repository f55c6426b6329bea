"""Costs of passes and of plain fits beside their formulas: ``python -m benchmarks.search.costs``.

The formulas of ``gaussmix/search/costs.py`` are the unit of the budget of a search. For each family the quantiles of
formula / measured are printed: of processor seconds of a population by its passes, and of scikit-learn's default fit.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture as Theirs
from threadpoolctl import threadpool_limits

from gaussmix import GaussianMixture
from gaussmix.datasets import random_mixture
from gaussmix.search import Budget, find
from gaussmix.search.costs import pass_cost, plain_fit_cost

__all__ = ["ratios"]

ROWS, COLUMNS, COMPONENTS = (100, 300, 1_000, 3_000), (2, 5, 10, 20, 50), (2, 5, 10, 20)
FAMILIES = ("full", "tied", "diag", "spherical")
QUANTILES = (0.1, 0.5, 0.9)


class _Timed:
    """A function of a search, with the seconds, passes and table of its calls."""

    def __init__(self, function: Any) -> None:
        self.function, self.calls = function, list[tuple[float, int, Any]]()

    def __call__(self, local_em: Any, *arguments: Any) -> Any:
        began, passes = time.process_time(), local_em.passes
        result = self.function(local_em, *arguments)
        self.calls.append((time.process_time() - began, local_em.passes - passes, local_em.data))
        return result


def ratios(family: str, seed: int, rows: tuple[int, ...]) -> Iterator[tuple[float, float]]:
    """Yield formula / measured of a pass and of a plain fit, for each size with four rows a component and column."""
    for n, D, K in itertools.product(rows, COLUMNS, COMPONENTS):
        if n < 4 * K * D:
            continue
        X = random_mixture(K, D, random_state=seed).sample(n, random_state=seed + 1)[0]
        timed = find.evolved = _Timed(find.evolved)
        try:
            GaussianMixture(K, covariance_type=family, search=Budget(runs=1), random_state=seed).fit(X)
        finally:
            find.evolved = timed.function
        began = time.process_time()
        theirs = Theirs(K, covariance_type=family, random_state=seed).fit(X)
        seconds = time.process_time() - began
        for own, passes, data in timed.calls:
            one = own / max(1, passes)
            yield 1e-9 * pass_cost(data, K) / one, 1e-9 * plain_fit_cost(data, K, theirs.n_iter_) / seconds


def main() -> None:
    """Print the quantiles of each family."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"formula / measured at the quantiles {QUANTILES}")
    with threadpool_limits(1):
        for family in FAMILIES:
            found = np.array(list(ratios(family, args.seed, tuple(args.rows))))
            of_pass, of_fit = np.quantile(found, QUANTILES, axis=0).T.round(2)
            print(f"{family:10} a pass {of_pass}   a plain fit {of_fit}", flush=True)


if __name__ == "__main__":
    main()
