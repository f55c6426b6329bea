"""gmmx, in JAX, whose arrays must be float32. It is compiled anew for each number of iterations: that is not timed."""

import os
import time
from importlib.metadata import version

import jax
import numpy as np
from gmmx import EMFitter, GaussianMixtureModelJax

COMPILED = {}


def open(problem):
    COMPILED.clear()
    arrays = [
        np.asarray(a, dtype=problem.X.dtype) for a in (problem.means, problem.covariances, problem.weights)
    ]
    start = GaussianMixtureModelJax.from_squeezed(
        *(jax.numpy.asarray(a) for a in arrays), covariance_type=problem.family
    )
    return jax.numpy.asarray(problem.X), start


def fit(state, iterations):
    fitter = EMFitter(max_iter=iterations, tol=0.0, reg_covar=0.0)
    if iterations not in COMPILED:
        COMPILED[iterations] = EMFitter.fit.lower(fitter, *state).compile()
    began = time.perf_counter()
    result = jax.block_until_ready(COMPILED[iterations](fitter, *state))
    return time.perf_counter() - began, result


def seconds(state, model):
    return model[0]


def iterations(state, model):
    return model[1].n_iter


def parameters(state, model):
    gmm = model[1].gmm
    K, D = gmm.n_components, gmm.n_features
    return np.ravel(gmm.weights), np.reshape(gmm.means, (K, D)), gmm.covariances.values_numpy


def describe():
    return {"version": version("gmmx"), "threads": len(os.sched_getaffinity(0))}
