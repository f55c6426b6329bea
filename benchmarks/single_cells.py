"""Clusters of single cells beside R's mclust: time, log-likelihood and agreement with cell types.

``python -m benchmarks.single_cells FILE`` takes scanpy's ``10x_pbmc68k_reduced.h5ad`` (in the package scanpy, at
``scanpy/datasets``), and needs h5py, Rscript and mclust. 700 blood cells have 50 principal components; ten components
are fitted with EEE and VVV covariances. Both sides run in turn, so that the load of the machine falls on both.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

from gaussmix import GaussianMixture

PROGRAM = r"""
suppressMessages(library(mclust))
folder <- commandArgs(TRUE)[1]; model <- commandArgs(TRUE)[2]; D <- as.integer(commandArgs(TRUE)[3])
X <- as.matrix(read.csv(file.path(folder, "cells.csv"), header = FALSE))[, 1:D]
seconds <- system.time(fit <- Mclust(X, G = 10, modelNames = model, verbose = FALSE))
if (is.null(fit)) { cat("none", sum(seconds[1:2]), "\n"); quit() }
write.csv(fit$classification, file.path(folder, "labels.csv"), row.names = FALSE)
cat(fit$loglik, sum(seconds[1:2]), "\n")
"""


def cells(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the principal components and the cell types."""
    import h5py

    with h5py.File(path) as file:
        return np.asarray(file["obsm"]["X_pca"], dtype=np.float64), np.asarray(file["obs"]["bulk_labels"])


def ours(X: np.ndarray, family: str, search: str) -> tuple[float, float, np.ndarray]:
    """Return seconds of processor time, log-likelihood and labels."""
    began = time.process_time()
    model = GaussianMixture(10, covariance_type=family, random_state=0, search=search)
    labels = model.fit_predict(X)
    return time.process_time() - began, model.score(X) * len(X), labels


def theirs(folder: Path, family: str, D: int) -> tuple[float, float, np.ndarray | None]:
    """Return the same of mclust; None where it has no fit."""
    script = folder / "cells.R"
    script.write_text(PROGRAM, encoding="utf-8")
    command = ["Rscript", str(script), str(folder), family, str(D)]
    value, seconds = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    if value == "none":
        return float(seconds), np.nan, None
    return float(seconds), float(value), np.loadtxt(folder / "labels.csv", skiprows=1)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--columns", default="50,20,10")
    given = parser.parse_args()
    whole, types = cells(given.file)
    print("| columns | family | program | seconds | log-likelihood | ARI |\n|---|---|---|---|---|---|")
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        np.savetxt(Path(folder) / "cells.csv", whole, delimiter=",", fmt="%.17g")
        for D in map(int, given.columns.split(",")):
            X = whole[:, :D]
            for family in ("EEE", "VVV"):
                runs = {f"gaussmix, search={s!r}": ours(X, family, s) for s in ("auto", "off")}
                for name, (seconds, value, labels) in {
                    **runs,
                    "mclust": theirs(Path(folder), family, D),
                }.items():
                    agreement = "" if labels is None else f"{adjusted_rand_score(types, labels):.3f}"
                    shown = "no fit" if labels is None else f"{value:.1f}"
                    print(f"| {D} | {family} | {name} | {seconds:.2f} | {shown} | {agreement} |", flush=True)


if __name__ == "__main__":
    main()
