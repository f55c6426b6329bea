"""Factor analysers on rows of many columns: held-out likelihood, time and memory beside other families.

``python -m benchmarks.low_rank FOLDER`` prints a line for each table and model; FOLDER holds what there is of

- ``fashion/``: the files of Debian's ``dataset-fashion-mnist`` (``*-images-idx3-ubyte.gz``), 784 columns;
- ``speech/``: recordings of 8 kHz, such as Debian's ``asterisk-core-sounds-en-wav``, 39 columns;
- ``embeddings.npy``: sentence embeddings, as :mod:`benchmarks.embeddings` makes them of descriptions, 384 columns.

A table "drawn" of 50,000 rows and 768 columns is always there. Each model is fitted in a process of its own. Images
have whole numbers as values, to which uniform noise is added, so that there is a density. The principal components of
"PCA-20" have a mixture of full covariances, and what they leave one variance.
"""

from __future__ import annotations

import argparse
import gzip
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gaussmix import GaussianMixture, Mixture
from gaussmix.covariances import DiagonalCovariances, FactorCovariances

from .speech import speech_rows

ITERATIONS = 40
"""Iterations of EM on all rows at most: the last of many gain hundredths of a nat."""

Table = Callable[[Path], np.ndarray]
"""From the folder to rows, in an order that chance has given them."""


def fashion(folder: Path) -> np.ndarray:
    """Return the images of clothes, (70000, 784)."""
    parts = []
    for name in ("train", "t10k"):
        with gzip.open(next((folder / "fashion").rglob(f"{name}-images-idx3-ubyte.gz"))) as file:
            parts.append(np.frombuffer(file.read(), dtype=np.uint8, offset=16).reshape(-1, 784))
    X = np.concatenate(parts).astype(np.float32)
    return X + np.random.default_rng(0).random(X.shape, dtype=np.float32)


def speech(folder: Path) -> np.ndarray:
    """Return frames of speech, (n, 39)."""
    return shuffled(speech_rows(folder / "speech"))


def embeddings(folder: Path) -> np.ndarray:
    """Return sentence embeddings, (n, 384)."""
    return shuffled(np.load(folder / "embeddings.npy").astype(np.float64))


def drawn(folder: Path) -> np.ndarray:
    """Return rows of 96 factor analysers, (55000, 768)."""
    rng = np.random.default_rng(0)
    K, D, q = 96, 768, 8
    noise = DiagonalCovariances(rng.uniform(0.5, 2.0, (K, D)))
    covariances = FactorCovariances(0.5 * rng.standard_normal((K, D, q)), noise)
    mixture = Mixture.of(np.full(K, 1.0 / K), 0.6 * rng.standard_normal((K, D)), covariances)
    return mixture.sample(55_000, 1)[0].astype(np.float32)


def shuffled(X: np.ndarray) -> np.ndarray:
    """Return rows in random order."""
    return X[np.random.default_rng(0).permutation(len(X))]


TABLES: dict[str, tuple[Table, int, tuple[str, ...]]] = {
    "speech": (speech, 32, ("diag", "full", "PCA-20", "UUU-3", "UUU-8", "UUC-8", "UCU-8")),
    "embeddings": (embeddings, 20, ("diag", "full", "PCA-20", "UUU-10", "UUC-10", "UCU-10", "UUC-30")),
    "fashion": (fashion, 20, ("diag", "PCA-20", "UUU-10", "UUC-10", "UCU-10")),
    "drawn": (drawn, 96, ("UUU-8",)),
}
"""Each table with its number of components and the models that are fitted."""


def fit(table: str, name: str, folder: Path) -> str:
    """Return a line on the fit of a model to nine tenths or more of a table."""
    rows, K, _ = TABLES[table]
    X = rows(folder)
    cut = len(X) - min(len(X) // 10, 10_000)
    train, test = X[:cut], X[cut:]
    before = time.process_time(), time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score, iterations, parameters = (
            principal(train, test, K) if name == "PCA-20" else whole(train, test, K, name)
        )
    cpu, wall = time.process_time() - before[0], time.perf_counter() - before[1]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return (
        f"{table:10s} {cut:6d} x {X.shape[1]:3d}  K = {K:2d}  {name:7s} {parameters:8d} parameters  held out "
        f"{score:9.3f} nats per row  {iterations:4d} iterations  {cpu:6.0f} s of processor, {wall:5.0f} s  "
        f"{memory:.1f} GB"
    )


def whole(train: np.ndarray, test: np.ndarray, K: int, family: str) -> tuple[float, int, int]:
    """Return the held-out log-likelihood of a mixture of all columns, its iterations and parameters."""
    model = GaussianMixture(K, covariance_type=family, random_state=0, max_iter=ITERATIONS).fit(train)
    return float(model.score(test)), model.n_iter_, model.mixture_.n_parameters


def principal(train: np.ndarray, test: np.ndarray, K: int, axes: int = 20) -> tuple[float, int, int]:
    """Return the same of full covariances of the first principal components beside one variance of the others."""
    mean = train.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(np.cov(train.T.astype(np.float64), bias=True))
    V = vectors[:, -axes:]
    model = GaussianMixture(K, random_state=0, max_iter=ITERATIONS).fit((train - mean) @ V)
    left, count = float(values[:-axes].mean()), len(values) - axes
    deviation = test - mean
    Z = deviation @ V
    rest = np.square(deviation).sum(axis=1) - np.square(Z).sum(axis=1)
    score = model.score(Z) - 0.5 * (count * np.log(2.0 * np.pi * left) + rest.mean() / left)
    return float(score), model.n_iter_, model.mixture_.n_parameters + axes * len(values) + len(values) + 1


def main() -> None:
    """Fit every model of every table that is there, each in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", nargs="?", choices=TABLES)
    parser.add_argument("model", nargs="?")
    arguments = parser.parse_args()
    if arguments.model:
        print(fit(arguments.table, arguments.model, arguments.folder), flush=True)
    else:
        for table in [arguments.table] if arguments.table else TABLES:
            for model in TABLES[table][2]:
                command = [sys.executable, "-m", "benchmarks.low_rank", str(arguments.folder), table, model]
                subprocess.run(command, check=False)


if __name__ == "__main__":
    main()
