"""scikit-learn's GaussianMixture."""

import sklearn
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_info


def open(problem):
    options = {
        "covariance_type": problem.family, "tol": 0.0, "reg_covar": 0.0, "weights_init": problem.weights,
        "means_init": problem.means, "precisions_init": problem.precisions,
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
    threads = max(pool["num_threads"] for pool in threadpool_info())
    return {"version": sklearn.__version__, "threads": threads}
