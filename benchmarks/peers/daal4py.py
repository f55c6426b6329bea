"""oneDAL's EM, through daal4py (in scikit-learn-intelex). It stops early, and says after how many iterations."""

from importlib.metadata import version

import daal4py
import numpy as np


def open(problem):
    def as_data(array):
        return np.ascontiguousarray(array, dtype=problem.X.dtype)

    # Diagonal covariances are a row of D numbers each.
    covariances = [as_data(np.atleast_2d(covariance)) for covariance in problem.covariances]
    options = {
        "fptype": "float" if problem.X.dtype == np.float32 else "double", "accuracyThreshold": 0.0,
        "regularizationFactor": 0.0, "covarianceStorage": {"full": "full", "diag": "diagonal"}[problem.family],
    }  # fmt: skip
    start = as_data(problem.weights[None]), as_data(problem.means), covariances
    return problem, options, start


def fit(state, iterations):
    problem, options, start = state
    return daal4py.em_gmm(len(problem.weights), maxIterations=iterations, **options).compute(
        problem.X, *start
    )


def iterations(state, model):
    return model.nIterations[0, 0]


def parameters(state, model):
    covariances = np.array(model.covariances)
    diagonal = state[0].family == "diag"
    return (
        model.weights.ravel(),
        model.means,
        covariances.reshape(model.means.shape) if diagonal else covariances,
    )


def describe():
    return {"version": version("scikit-learn-intelex"), "threads": daal4py.num_threads()}
