"""Armadillo's gmm_full and gmm_diag, compiled here for this processor."""

import ctypes
import os
from pathlib import Path

import numpy as np
from worker import shared_library

LIBRARY = shared_library(Path(__file__).with_suffix(".cpp"), ["-larmadillo"])
LIBRARY.fit_full.restype = LIBRARY.fit_diag.restype = ctypes.c_double
LIBRARY.version.restype = ctypes.c_char_p


def open(problem):
    return problem


def fit(problem, iterations):
    start = [
        np.array(a, dtype=float, order="C") for a in (problem.weights, problem.means, problem.covariances)
    ]
    pointers = [a.ctypes.data_as(ctypes.c_void_p) for a in (problem.X, *start)]
    call = {"full": LIBRARY.fit_full, "diag": LIBRARY.fit_diag}[problem.family]
    seconds = call(pointers[0], *problem.X.shape, len(problem.weights), iterations, *pointers[1:])
    if seconds < 0:
        raise RuntimeError("Armadillo's learn() failed")
    return seconds, iterations, start


def seconds(problem, model):
    return model[0]


def iterations(problem, model):
    return model[1]


def parameters(problem, model):
    return model[2]


def describe():
    threads = os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0))
    return {"version": LIBRARY.version().decode().split()[0], "threads": int(threads)}
