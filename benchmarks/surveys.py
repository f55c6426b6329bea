"""Selections on drawn surveys, with answers from 1 to 5 and counts beside measured values.

``python -m benchmarks.surveys`` draws surveys of two to four groups, whose columns of few values invite components of
single values, and prints how often ``select`` chooses the number of groups, and the mean adjusted Rand index: of the
columns as they are, with uniform random numbers added to the whole numbers, and of the measured columns alone.
"""

from __future__ import annotations

import argparse
import time
import warnings
from typing import NamedTuple

import numpy as np
from sklearn.metrics import adjusted_rand_score

from gaussmix import select

MEASURED = 2
"""The number of measured columns, which come first."""


class Survey(NamedTuple):
    """Rows with their groups."""

    X: np.ndarray
    groups: np.ndarray


def drawn(seed: int) -> Survey:
    """Return a survey with an answer, a count, or both."""
    rng = np.random.default_rng(seed)
    n, K = int(rng.integers(300, 1200)), int(rng.integers(2, 5))
    groups = rng.integers(K, size=n)
    measured = rng.normal(rng.normal(0, 2.5, (K, MEASURED))[groups], 1)
    answers = np.clip(np.rint(rng.normal(rng.uniform(1.5, 4.5, K)[groups], 0.8)), 1, 5)
    counts = rng.poisson(rng.uniform(0.5, 6, K)[groups])
    chosen = [[answers], [counts], [answers, counts]][seed % 3]
    return Survey(np.column_stack([measured, *chosen]).astype(float), groups)


def scored(X: np.ndarray, survey: Survey) -> tuple[bool, float, float]:
    """Return whether the number of groups is chosen, the adjusted Rand index, and the processor seconds."""
    began = time.process_time()
    chosen = select(X, random_state=0)
    seconds, labels = time.process_time() - began, chosen.best_.predict(X)
    right = chosen.best.n_components == len(np.unique(survey.groups))
    return right, float(adjusted_rand_score(survey.groups, labels)), seconds


def main() -> None:
    """Print a line for each form of the columns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--surveys", type=int, default=45)
    warnings.simplefilter("ignore")
    surveys = [drawn(seed) for seed in range(parser.parse_args().surveys)]
    spread = np.random.default_rng(7)
    forms = {
        "as they are": [survey.X for survey in surveys],
        "with uniform numbers": [
            np.column_stack(
                [X[:, :MEASURED], X[:, MEASURED:] + spread.uniform(-0.5, 0.5, X[:, MEASURED:].shape)]
            )
            for X, _ in surveys
        ],
        "measured columns": [survey.X[:, :MEASURED] for survey in surveys],
    }
    for name, tables in forms.items():
        found = np.array([scored(X, survey) for X, survey in zip(tables, surveys, strict=True)])
        right, index, seconds = found.mean(axis=0)
        print(f"{name}: groups {right:.0%} of {len(found)}, adjusted Rand index {index:.2f}, {seconds:.1f} s")


if __name__ == "__main__":
    main()
