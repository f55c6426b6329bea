"""mlpack's GMM, compiled here: its Python function begins with k-means whatever model it is given.

Its diagonal mixture is Armadillo's, which is timed as such.
"""

import ctypes
import os
from importlib.metadata import version
from pathlib import Path

import mlpack
import numpy as np
from worker import shared_library

INCLUDE = Path(mlpack.__file__).parent / "include"
LIBRARY = shared_library(Path(__file__).with_suffix(".cpp"), [f"-I{INCLUDE}", "-std=c++17", "-larmadillo"])
LIBRARY.fit_full.restype = ctypes.c_double


def open(problem):
    return problem


def fit(problem, iterations):
    start = [
        np.array(a, dtype=float, order="C") for a in (problem.weights, problem.means, problem.covariances)
    ]
    pointers = [a.ctypes.data_as(ctypes.c_void_p) for a in (problem.X, *start)]
    seconds = LIBRARY.fit_full(pointers[0], *problem.X.shape, len(problem.weights), iterations, *pointers[1:])
    return seconds, iterations, start


def seconds(problem, model):
    return model[0]


def iterations(problem, model):
    return model[1]


def parameters(problem, model):
    return model[2]


def describe():
    threads = os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0))
    return {"version": version("mlpack"), "threads": int(threads)}
