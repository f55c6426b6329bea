"""gaussmix itself. ``GAUSSMIX_REG_COVAR=auto`` times it with its own default floor."""

import os

import gaussmix
from gaussmix import GaussianMixture, kernels
from gaussmix.engines import available_threads

FLOOR = os.environ.get("GAUSSMIX_REG_COVAR", "0")


def open(problem):
    options = {
        "covariance_type": problem.family, "tol": 0.0, "reg_covar": "auto" if FLOOR == "auto" else float(FLOOR),
        "weights_init": problem.weights, "means_init": problem.means, "precisions_init": problem.precisions,
    }  # fmt: skip
    return problem.X, len(problem.weights), options


def fit(state, iterations):
    X, K, options = state
    return GaussianMixture(K, max_iter=iterations, **options).fit(X)


def iterations(state, model):
    return model.n_iter_


def parameters(state, model):
    return model.weights_, model.means_, model.covariances_


def proba(state, model):
    return model.predict_proba(state[0])


def describe():
    return {"version": gaussmix.__version__, "threads": available_threads(), "kernel": kernels.name}
