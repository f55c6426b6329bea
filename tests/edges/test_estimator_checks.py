"""scikit-learn's own checks of estimators, with one expected to fail."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from gaussmix import (
    BayesianGaussianMixture,
    Diagonal,
    GaussianMixture,
    MixtureClassifier,
    MixtureRegressor,
    Tied,
)

ESTIMATORS = [
    GaussianMixture(),
    GaussianMixture(2, covariance_type="tied-diag"),
    GaussianMixture(3, covariance_type="spherical", reg_covar=1e-6, n_init=2),
    GaussianMixture(
        2, covariance_type=Tied(Diagonal()), init_params="random", search="off", acceleration="off"
    ),
    BayesianGaussianMixture(),
    BayesianGaussianMixture(
        2, covariance_type="tied-diag", weight_concentration_prior_type="dirichlet_distribution"
    ),
    MixtureClassifier(),
    MixtureClassifier(1, covariance_type="diag", reg_covar=1e-6),
    MixtureClassifier(1, covariance_type="spherical", init_params="k-means++", n_init=2),
    MixtureRegressor(),
    MixtureRegressor(GaussianMixture(2, covariance_type="diag", random_state=0)),
]

MIXED = "a model answers rows of any library in their own kind: the computation is on the host in any case"


def expected_failures(estimator):
    mixture = isinstance(estimator, (GaussianMixture, BayesianGaussianMixture))
    return {"check_array_api_same_namespace": MIXED} if mixture else {}


@pytest.fixture(autouse=True)
def dispatch(monkeypatch):
    """Let the checks of array API dispatch run, where a library is installed."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")


@pytest.mark.filterwarnings("default")  # as scikit-learn runs its checks
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)
def test_scikit_learn(estimator, check):
    check(estimator)
