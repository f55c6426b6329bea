"""pomegranate's GeneralMixtureModel of Normal distributions."""

from importlib.metadata import version

import numpy as np
import torch
from pomegranate.distributions import Normal
from pomegranate.gmm import GeneralMixtureModel


def open(problem):
    return problem, torch.from_numpy(problem.X)


def fit(state, iterations):
    problem, X = state
    as_tensor = lambda a: torch.from_numpy(np.array(a, dtype=problem.X.dtype))  # noqa: E731
    parts = [
        Normal(as_tensor(m), as_tensor(S), covariance_type=problem.family, min_cov=0.0)
        for m, S in zip(problem.means, problem.covariances, strict=True)
    ]
    model = GeneralMixtureModel(parts, priors=as_tensor(problem.weights), max_iter=iterations, tol=-np.inf)
    return model.fit(X), iterations


def iterations(state, model):
    return model[1]


def parameters(state, model):
    parts = model[0].distributions
    means, covariances = ([getattr(p, name).detach().numpy() for p in parts] for name in ("means", "covs"))
    return model[0].priors.detach().numpy(), np.array(means), np.array(covariances)


def describe():
    return {"version": version("pomegranate"), "threads": torch.get_num_threads()}
