"""R's mclust: em() in an R process that keeps the data."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np

SCRIPT = Path(__file__).with_suffix(".R")
MODELS = {"full": "VVV", "diag": "VVI"}


class Session:
    def __init__(self, problem):
        self.folder = tempfile.TemporaryDirectory()
        covariances = [np.diag(S) if problem.family == "diag" else S for S in problem.covariances]
        # R stores matrices by column.
        arrays = {
            "X": problem.X.T,
            "weights": problem.weights,
            "means": problem.means,
            "covariances": covariances,
        }
        for name, array in arrays.items():
            np.array(array, dtype=float, order="C").tofile(Path(self.folder.name) / name)
        self.K, self.D = problem.means.shape
        size = [str(n) for n in (len(problem.X), self.D, self.K)]
        self.process = subprocess.Popen(
            ["Rscript", str(SCRIPT), self.folder.name, *size, MODELS[problem.family]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip

    def fit(self, iterations):
        self.process.stdin.write(f"{iterations}\n")
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("R ended")
        return np.array(line.split(), dtype=float)


def open(problem):
    return Session(problem)


def fit(state, iterations):
    return state.fit(iterations)


def seconds(state, model):
    return float(model[0])


def iterations(state, model):
    return abs(model[1])  # negative where it did not converge


def parameters(state, model):
    K, D = state.K, state.D
    weights, means, covariances = np.split(model[2:], [K, K + K * D])
    return weights, means.reshape(K, D), covariances.reshape(K, D, D)


def describe():
    version = ["Rscript", "-e", "cat(as.character(packageVersion('mclust')))"]
    return {"version": subprocess.run(version, capture_output=True, text=True).stdout, "threads": 1}
