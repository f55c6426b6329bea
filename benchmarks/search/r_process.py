"""R's mclust, in an R process that stays: rows go there as a file, parameters come back as a line."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

__all__ = ["MODELS", "mclust_fit", "mclust_installed"]

SCRIPT = Path(__file__).with_name("mclust.R")
MODELS = {
    "full": "VVV",
    "tied": "EEE",
    "diag": "VVI",
    "tied-diag": "EEI",
    "spherical": "VII",
    "tied-spherical": "EII",
}


class MclustError(Exception):
    """mclust found no mixture."""


@cache
def mclust_installed() -> bool:
    """Whether there is an R with mclust."""
    if not shutil.which("Rscript"):
        return False
    return subprocess.run(["Rscript", "-e", "library(mclust)"], capture_output=True).returncode == 0


@cache
def process() -> subprocess.Popen[str]:
    """Start R, once."""
    started = subprocess.Popen(
        ["Rscript", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        bufsize=1,
    )  # fmt: skip
    atexit.register(started.kill)
    return started


def mclust_fit(
    X: np.ndarray, K: int, family: str, seed: int
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return the seconds that Mclust() took in R, weights (K,), means (K, D) and covariances (K, D, D).

    Raises
    ------
    MclustError
        If it found nothing.
    """
    N, D = X.shape
    running = process()
    with tempfile.TemporaryDirectory(prefix="gaussmix-mclust-") as folder:
        np.asarray(X.T, dtype=float, order="C").tofile(Path(folder) / "X")  # R stores matrices by column
        running.stdin.write("\t".join([folder, *map(str, (N, D, K)), MODELS[family], str(seed)]) + "\n")
        answer = running.stdout.readline().split()
    if not answer or answer[0] == "failed":
        raise MclustError("mclust found no mixture" if answer else "R ended")
    numbers = np.array(answer, dtype=float)
    weights, means, covariances = np.split(numbers[1:], [K, K + K * D])
    return float(numbers[0]), weights, means.reshape(K, D), covariances.reshape(K, D, D)
