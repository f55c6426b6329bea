"""Fits with a noise component to real tables, beside fits without one: log-likelihood, price, and agreement of seeds.

``python -m benchmarks.noise`` fits the tables of the half of ``benchmarks.real`` not tuned on, of at most 3,000 rows,
with at least five rows for each parameter. The weight of the noise may be zero, so that no best fit with it is less
likely than one without it.
"""

from __future__ import annotations

import argparse
import time
import warnings
from statistics import median
from typing import NamedTuple

import numpy as np

from gaussmix import GaussianMixture
from gaussmix.errors import NoiseOnlyError

from .real.catalogue import tables_of

MOST_ROWS, ROWS_PER_PARAMETER, GAP = 3_000, 5, 0.5
KINDS = ("full", "tied", "diag", "spherical")


class Fitted(NamedTuple):
    """A fit: its log-likelihood, its processor seconds, and whether its verdict is clear."""

    log_likelihood: float
    seconds: float
    clear: bool
    n_parameters: int


def fitted(X: np.ndarray, K: int, kind: str, noise: bool, seed: int) -> Fitted:
    """Return a default fit."""
    began = time.process_time()
    model = GaussianMixture(K, covariance_type=kind, noise_component=noise, random_state=seed).fit(X)
    seconds, search = time.process_time() - began, model.trace_.search
    clear = search is not None and search.clear
    return Fitted(model.score(X) * len(X), seconds, clear, model.mixture_.n_parameters)


def main() -> None:
    """Print a line for each number of components."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", default="report", choices=["tune", "report", "both"])
    parser.add_argument("--components", type=int, nargs="*", default=[1, 2, 3, 5, 8])
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    tables = [
        table
        for table in tables_of(given.half)
        if len(table.X) <= MOST_ROWS and np.ptp(table.X, axis=0).all()
    ]
    for K in given.components:
        fits: list[tuple[Fitted, Fitted, Fitted]] = []
        alone = 0
        for table in tables:
            for kind in KINDS:
                plain = fitted(table.X, K, kind, False, 0)
                if len(table.X) < ROWS_PER_PARAMETER * plain.n_parameters:
                    continue
                try:
                    one, other = (fitted(table.X, K, kind, True, seed) for seed in (0, 1))
                except NoiseOnlyError:  # columns of very different units beside one variance for all
                    alone += 1
                    continue
                fits.append((plain, one, other))
        below = sum(one.log_likelihood < plain.log_likelihood - GAP for plain, one, _ in fits)
        apart = [abs(one.log_likelihood - other.log_likelihood) > GAP for _, one, other in fits]
        clear = [one.clear and one.log_likelihood < other.log_likelihood - GAP for _, one, other in fits]
        price = median(one.seconds / plain.seconds for plain, one, _ in fits)
        print(
            f"K = {K}: {len(fits)} fits to {len(tables)} tables; {below} below the fit without noise; "
            f"two seeds differ in {sum(apart)}, "
            f"where the lower is clear in {sum(clear)} of {sum(one.clear for _, one, _ in fits)}; "
            f"{price:.1f} times the time of a fit without noise; {alone} with no row left to the components",
            flush=True,
        )


if __name__ == "__main__":
    main()
