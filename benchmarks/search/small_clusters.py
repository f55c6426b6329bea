"""Small clusters of large tables: how often a default fit finds them beside scikit-learn with ten starts."""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture as Theirs
from threadpoolctl import threadpool_limits

from gaussmix import GaussianMixture

SIZES, COLUMNS, FAMILIES = (3_000, 6_000, 30_000), (10, 20, 50), ("full", "diag", "spherical")


def table_of(n: int, n_columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return five separate clusters with their labels, the last of 2 (D + 1) rows."""
    rng, small = np.random.default_rng([seed, n_columns]), 2 * (n_columns + 1)
    fair = (n - small) // 4
    labels = np.repeat(np.arange(5), [fair, fair, fair, n - small - 3 * fair, small])
    means = 4.0 * rng.standard_normal((5, n_columns))
    widths = rng.uniform(0.5, 1.5, (5, n_columns))
    return means[labels] + widths[labels] * rng.standard_normal((n, n_columns)), labels


def found(kind: type, options: dict[str, object], X: np.ndarray, labels: np.ndarray) -> tuple[bool, float]:
    """Return whether a component of a fit has nine tenths of the small cluster and little else, and its seconds."""
    began = time.process_time()
    model = kind(5, **options).fit(X)
    seconds, own = time.process_time() - began, model.predict(X)
    inside = np.bincount(own[labels == 4], minlength=5)
    size = int(inside.sum())
    return bool(inside.max() > 0.9 * size and (own == inside.argmax()).sum() < 1.5 * size), seconds


def main() -> None:
    """Print the share of fits that find the small cluster."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    given = parser.parse_args()
    kinds = {"gaussmix": (GaussianMixture, {}), "scikit-learn, n_init=10": (Theirs, {"n_init": 10})}
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n in given.rows:
            for name, (kind, more) in kinds.items():
                ends = [
                    found(
                        kind, {"covariance_type": family, "random_state": seed, **more}, *table_of(n, D, seed)
                    )
                    for D in COLUMNS
                    for family in FAMILIES
                    for seed in range(given.seeds)
                ]
                share, seconds = sum(end for end, _ in ends), sum(seconds for _, seconds in ends)
                print(
                    f"{n:,} rows: {name} finds the small cluster in {share} of {len(ends)} fits, {seconds:.1f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
