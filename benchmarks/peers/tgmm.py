"""tgmm's GaussianMixture, on the processor."""

import numpy as np
import tgmm
import torch


def open(problem):
    def as_tensor(array):
        return torch.from_numpy(np.array(array, dtype=problem.X.dtype))

    options = {
        "covariance_type": problem.family, "tol": 1e-300, "reg_covar": 0.0, "device": "cpu",
        "init_means": as_tensor(problem.means), "init_weights": as_tensor(problem.weights),
        "init_covariances": as_tensor(problem.covariances),
    }  # fmt: skip
    return torch.from_numpy(problem.X), len(problem.weights), options


def fit(state, iterations):
    X, K, options = state
    return tgmm.GaussianMixture(n_components=K, max_iter=iterations, **options).fit(X)


def iterations(state, model):
    return model.n_iter_ + 1  # it keeps the index of the last one


def parameters(state, model):
    return model.weights_.numpy(), model.means_.numpy(), model.covariances_.numpy()


def describe():
    return {"version": tgmm.__version__, "threads": torch.get_num_threads()}
