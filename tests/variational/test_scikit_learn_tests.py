"""What scikit-learn's tests of its BayesianGaussianMixture ask of private functions, and for one family alone.

The others run on our class in `tests/conformance/test_sklearn_bayesian_mixture.py`.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_almost_equal
from scipy.special import gammaln
from scipy.stats import wishart
from sklearn.mixture.tests.test_gaussian_mixture import RandomData

from gaussmix import BayesianGaussianMixture, Diagonal, Full, Spherical, Tied
from gaussmix.blocks import Block
from gaussmix.em import given_step
from gaussmix.engines import SerialEngine
from gaussmix.fitting import Problem
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.variational import Prior, VariationalEM
from gaussmix.variational.precisions import Wishart
from gaussmix.variational.weights import DirichletWeights

FAMILIES = ["full", "tied", "diag", "spherical"]
TYPES = ["dirichlet_process", "dirichlet_distribution"]

pytestmark = pytest.mark.filterwarnings("ignore::gaussmix.errors.DataWarning")


def test_log_dirichlet_norm():
    alpha = np.random.RandomState(0).rand(2)
    expected = gammaln(alpha).sum() - gammaln(alpha.sum())
    assert_almost_equal(DirichletWeights(alpha, 1.0).log_norm, expected)


@pytest.mark.parametrize("D", [1, 2, 5])
def test_log_wishart_norm(D):
    rng = np.random.RandomState(D)
    dof = rng.rand(4) + D
    A = rng.standard_normal((4, D, D))
    sigma = A @ A.swapaxes(1, 2) + np.eye(D)
    point = np.eye(D) * 0.7
    found = Wishart(D).log_norm(dof, np.linalg.slogdet(sigma)[1])
    for nu, matrix, norm in zip(dof, sigma, found, strict=True):
        density = wishart(nu, np.linalg.inv(nu * matrix)).logpdf(point)
        kernel = 0.5 * (nu - D - 1) * np.linalg.slogdet(point)[1] - 0.5 * nu * np.trace(matrix @ point)
        assert_almost_equal(kernel - norm, density)


@pytest.mark.parametrize("prior_type", TYPES)
def test_compare_covar_type(prior_type):
    """From the same responsibilities, other families have the means, diagonals or traces of the full scatter."""
    data = RandomData(np.random.RandomState(0), scale=7)
    X, K = data.X["full"], 2 * data.n_components
    first = np.random.RandomState(1).dirichlet(np.ones(K), len(X))

    def scatter(family, units):
        prior = Prior(family, prior_type, 0.5, X.mean(axis=0), 1.0, 2.0, units)
        driver = VariationalEM(Problem(ArraySource(X), Model(family), SerialEngine()), prior)
        posterior = driver.posterior(given_step(first, Block(X), np.zeros((K, 2)), family.frame))
        dof = posterior.degrees_of_freedom / (K if posterior.tied else 1)
        return posterior.covariances.dense() * dof[:, None, None]

    full = scatter(Full(), np.cov(X.T))
    diagonal = np.diagonal(full, axis1=1, axis2=2)
    assert_almost_equal(scatter(Tied(Full()), np.cov(X.T))[0], full.mean(axis=0))
    variances = np.var(X, axis=0, ddof=1)
    assert_almost_equal(np.diagonal(scatter(Diagonal(), variances), axis1=1, axis2=2), diagonal)
    assert_almost_equal(scatter(Spherical(), np.full(2, variances.mean()))[:, 0, 0], diagonal.mean(axis=1))


@pytest.mark.parametrize("prior_type", TYPES)
@pytest.mark.parametrize("family", FAMILIES)
def test_invariant_translation(prior_type, family):
    data = RandomData(np.random.RandomState(0), scale=100)
    options = {
        "weight_concentration_prior_type": prior_type,
        "covariance_type": family,
        "n_components": 2 * data.n_components,
        "random_state": 0,
    }
    X = data.X[family]
    one, two = (BayesianGaussianMixture(**options).fit(rows) for rows in (X, X + 100))
    assert_almost_equal(one.means_, two.means_ - 100, decimal=5)
    assert_almost_equal(one.weights_, two.weights_)
    np.testing.assert_allclose(one.covariances_, two.covariances_, rtol=1e-5, atol=1e-6)
