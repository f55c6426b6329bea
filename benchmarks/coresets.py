"""Coresets beside uniform samples: the loss of a fit to 1 % of the rows, and after one and two exact passes.

    python -m benchmarks.coresets [--quick]

Losses are nats a row below the fit to all rows; p / 2m is what a uniform sample of m rows loses on average. All fits
begin at the mixture that drew the rows, or of a fit to some of them, so that the sample alone makes the difference.
The pixels are those of a photograph of scikit-learn, with a uniform random number added to each colour.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np

from gaussmix import GaussianMixture, Mixture, coreset, datasets

__all__ = ["losses"]

REPEATS = 3


def losses(truth: Mixture, X: np.ndarray, m: int, seed: int, by_importance: bool) -> tuple[float, ...]:
    """Return the losses of a fit to m rows, after no, one and two exact passes, and the seconds of the draw."""
    began = time.process_time()
    if by_importance:
        few = coreset(X, m, random_state=seed)
        rows, weights = few.X, few.sample_weight
    else:
        rows, weights = X[np.random.default_rng(seed).choice(len(X), m, replace=False)], None
    seconds = time.process_time() - began
    best = GaussianMixture(truth.n_components, init_params=truth).fit(X).score(X)
    model = GaussianMixture(truth.n_components, init_params=truth).fit(rows, sample_weight=weights)
    found = [best - model.score(X)]
    for passes in (1, 2):
        exact = GaussianMixture(
            truth.n_components, init_params=model.mixture_, max_iter=passes, tol=0, acceleration="off"
        )
        found.append(best - exact.fit(X).score(X))
    return (*found, seconds)


def pixels() -> np.ndarray:
    """Return the colours of a photograph, (273280, 3)."""
    from sklearn.datasets import load_sample_image

    X = load_sample_image("china.jpg").reshape(-1, 3)
    return X + np.random.default_rng(0).random(X.shape)


def tables(n: int) -> Iterator[tuple[str, Mixture, np.ndarray]]:
    """Yield tables with a name and a mixture to begin at."""
    rare = datasets.random_mixture(5, 5, random_state=3)
    drawn = {
        "five components": datasets.random_mixture(5, 5, random_state=1),
        "twenty components": datasets.random_mixture(20, 5, random_state=1),
        "rare components": Mixture([0.6, 0.3, 0.0985, 0.001, 0.0005], rare.means, rare.covariances),
    }
    for name, truth in drawn.items():
        yield name, truth, truth.sample(n, random_state=2)[0]
    X = pixels()
    yield "pixels", GaussianMixture(8, random_state=0).fit(X[::20]).mixture_, X


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="100,000 rows")
    n = 100_000 if parser.parse_args().quick else 1_000_000
    for name, truth, X in tables(n):
        m = len(X) // 100
        print(
            f"{name}, {len(X):,} rows × {X.shape[1]}, 1 % drawn; p / 2m = {truth.n_parameters / (2 * m):.4f}"
        )
        for by_importance in (False, True):
            runs = [losses(truth, X, m, seed, by_importance) for seed in range(REPEATS)]
            before, once, twice, seconds = np.mean(runs, axis=0)
            kind = "coreset" if by_importance else "uniform"
            print(
                f"  {kind}: {before:.6f}, then {once:.6f}, {twice:.6f}; drawn in {seconds:.2f} s of processor time"
            )


if __name__ == "__main__":
    main()
