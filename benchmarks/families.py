"""The fourteen covariance families: what a default fit costs, and what it reaches beside R's mclust.

``python -m benchmarks.families`` measures processor time of default fits on three synthetic tables, with the families
in turn, and compares each with the full or diagonal family, whichever keeps the same moments. ``--mclust`` fits every
result of ``mclustBIC`` in ``tests/oracles/tables`` that is no spike, by the default search and by ``"likelihood"``.
``--uncompiled`` compares the same families with and without their compiled M-step, as a family of one's own has none.
"""

from __future__ import annotations

import argparse
import copy
import time
import warnings
from collections import Counter

import numpy as np

from gaussmix import Diagonal, Full, GaussianMixture, Spherical, Tied, datasets
from gaussmix.covariances import Family, standard_families

from .search import mclust_tables

SIZES = ((300, 2, 3), (500, 5, 4), (2000, 10, 5))
"""Rows, columns and components of the tables."""
TABLES, TURNS = 3, 3


def seconds_of(family: Family, X: np.ndarray, K: int) -> float:
    """Return the processor time of a default fit."""
    model = GaussianMixture(K, covariance_type=family, random_state=0)
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X)
    return time.process_time() - began


def costs(n: int, D: int, K: int) -> dict[str, float]:
    """Return the median processor time of default fits of each family over tables, in seconds; the least of turns."""
    rows = [
        datasets.random_mixture(n_components=K, n_features=D, random_state=seed).sample(n, random_state=seed)[
            0
        ]
        for seed in range(TABLES)
    ]
    times: dict[str, list[float]] = {str(family.mclust_name): [] for family in standard_families}
    for X in rows:
        turns = [
            {str(family.mclust_name): seconds_of(family, X, K) for family in standard_families}
            for _ in range(TURNS)
        ]
        for name, found in times.items():
            found.append(min(turn[name] for turn in turns))
    return {name: float(np.median(found)) for name, found in times.items()}


def print_costs() -> None:
    """Print the times, and their ratio to the family that keeps the same moments and shares nothing."""
    for n, D, K in SIZES:
        found = costs(n, D, K)
        print(f"{n} rows, {D} columns, {K} components: milliseconds, and times VVI or VVV")
        for family in standard_families:
            name = str(family.mclust_name)
            base = found["VVV" if family.frame.full else "VVI"]
            print(f"  {name}  {1e3 * found[name]:8.1f}  {found[name] / base:5.2f}")


def without_compiled_step(family: Family) -> Family:
    """Return the family without a compiled M-step."""
    kind = type(f"Uncompiled{type(family).__name__}", (type(family),), {})
    other: Family = copy.copy(family)
    other.__class__ = kind
    other.pooling = None
    return other


def print_uncompiled() -> None:
    """Print processor times of default fits with and without a compiled M-step, in turn: medians over tables."""
    for n, D, K in (*SIZES, (5000, 5, 10)):
        print(f"{n} rows, {D} columns, {K} components: milliseconds compiled, without, ratio")
        for family in (Full(), Diagonal(), Spherical(), Tied(Full())):
            pairs = []
            for seed in range(TABLES * TURNS):
                truth = datasets.random_mixture(n_components=K, n_features=D, random_state=seed % TABLES)
                X = truth.sample(n, random_state=seed % TABLES)[0]
                pairs.append([seconds_of(each, X, K) for each in (family, without_compiled_step(family))])
            one, other = np.median(pairs, axis=0)
            ratio = np.median([b / a for a, b in pairs])
            print(f"  {family.name:16} {1e3 * one:8.1f} {1e3 * other:8.1f} {ratio:6.2f}")


def print_reached(search: str) -> None:
    """Print how many of mclust's log-likelihoods are reached for each family, and the cases that are not."""
    reached: Counter[str] = Counter()
    all_cases: Counter[str] = Counter()
    for case in mclust_tables.cases():
        found = mclust_tables.fitted(case, search)
        all_cases[case["model"]] += 1
        reached[case["model"]] += found["reached"]
        if not found["reached"]:
            fall = found["ours"] - case["theirs"]
            print(f"  {case['table']:10} {case['model']:3} K = {case['K']}: {fall:+.4f}")
    print(f"search={search!r}: {sum(reached.values())} of {sum(all_cases.values())} reached")
    print("  " + ", ".join(f"{model} {reached[model]}/{n}" for model, n in all_cases.items()))


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.families", description=__doc__)
    parser.add_argument("--mclust", action="store_true", help="what is reached, instead of what it costs")
    parser.add_argument("--uncompiled", action="store_true", help="the cost without a compiled M-step")
    options = parser.parse_args()
    if options.uncompiled:
        print_uncompiled()
        return
    if not options.mclust:
        print_costs()
        return
    for search in ("auto", "likelihood"):
        print_reached(search)


if __name__ == "__main__":
    main()
