"""The lower bound that variational fits reach with one start, with ten, and with the search, over three seeds.

Run `python -m benchmarks.bayesian_search`.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
from sklearn.datasets import load_iris, load_wine

from gaussmix import BayesianGaussianMixture, datasets

WAYS = {"one start": {"search": "off"}, "ten starts": {"search": "off", "n_init": 10}, "search": {}}


def tables() -> dict[str, np.ndarray]:
    """Small real tables."""
    return {
        "faithful": datasets.load_faithful().data,
        "iris": load_iris().data,
        "wine, 6 columns": load_wine().data[:, :6],
        "log vowels": np.log(datasets.load_vowels().data),
    }


def main() -> None:
    """Print a table: median and range of the bounds, and the CPU seconds of the three fits."""
    warnings.simplefilter("ignore")
    print("| table, K = 12 | " + " | ".join(WAYS) + " |")
    print("|---|" + "---|" * len(WAYS))
    for name, X in tables().items():
        cells = []
        for options in WAYS.values():
            began = time.process_time()
            fits = [BayesianGaussianMixture(12, random_state=s, **options).fit(X) for s in range(3)]
            bounds = sorted(fit.lower_bound_ for fit in fits)
            seconds = time.process_time() - began
            cells.append(f"{bounds[0]:.1f} to {bounds[-1]:.1f}, {seconds:.1f} s".replace("-", "−"))
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
