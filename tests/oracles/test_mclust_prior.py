"""R's mclust with its default prior, from the same start: MAP estimates and their log-likelihoods."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, MclustPrior
from gaussmix.estimators.options import family_of

from ..support import quiet
from .tables import measurements, rows_of

REFERENCE = [tuple(row.values()) for row in rows_of("mclust_prior")]


def start_of(table):
    """The rows of a table and its true labels."""
    if table != "acidity":
        return measurements(table)
    X = np.array([[float(row["acidity"])] for row in rows_of("acidity")])
    return X, (X[:, 0] > 5.2).astype(int)


def map_fit(table, model, shrinkage=0.01):
    X, labels = start_of(table)
    K = labels.max() + 1
    prior = MclustPrior(mean_precision=float(shrinkage))
    with quiet():
        return X, GaussianMixture(
            K,
            covariance_type=family_of(model, X.shape[1]),
            prior=prior,
            init_params=np.eye(K)[labels],
            tol=0,
            max_iter=400,
        ).fit(X)


@pytest.mark.parametrize(
    ("table", "n", "D", "K", "model", "shrinkage", "log_likelihood", "weight", "mean", "variance"), REFERENCE
)
def test_me_with_the_default_prior(table, n, D, K, model, shrinkage, log_likelihood, weight, mean, variance):
    X, fitted = map_fit(table, model, shrinkage)
    assert (*X.shape, fitted.n_components) == (int(n), int(D), int(K))
    bounds = np.array(fitted.lower_bounds_)
    assert (np.diff(bounds) >= -1e-12 * np.abs(bounds[:-1])).all()
    assert fitted.score(X) * len(X) == pytest.approx(float(log_likelihood), abs=1e-6, rel=1e-9)
    assert fitted.weights_[0] == pytest.approx(float(weight), abs=1e-6)
    assert fitted.means_[0, 0] == pytest.approx(float(mean), rel=1e-6)
    assert fitted.mixture_.covariances.variances()[0, 0] == pytest.approx(float(variance), rel=1e-6)


@pytest.mark.parametrize("model", ["VVV", "EEE", "VEV", "VII"])
def test_bic_is_that_of_the_likelihood_without_the_prior(model):
    X, fitted = map_fit("iris", model)
    total, nu = fitted.score(X) * len(X), fitted.mixture_.n_parameters
    assert fitted.bic(X) == pytest.approx(nu * np.log(len(X)) - 2 * total)


@pytest.mark.parametrize("model", ["VVV", "EEE", "VEV", "VII"])
def test_the_objective_is_that_with_the_prior(model):
    X, fitted = map_fit("iris", model)
    n, family = len(X), fitted.mixture_.family
    scale = np.cov(X.T, bias=True)
    framed = scale if family.frame.full else np.diagonal(scale)
    pseudo = fitted.prior.pseudo_moments(family, 3, X.mean(axis=0), framed, n)
    covariances = fitted.mixture_.covariances
    told = pseudo.log_density(fitted.weights_, fitted.means_, covariances.factors, covariances.frame)
    assert fitted.lower_bound_ == pytest.approx(fitted.score(X) + told / n, abs=1e-9)
