"""The public behaviour that scikit-learn's tests of its BayesianGaussianMixture ask for, one test for each of them.

They are the tests of the file sklearn/mixture/tests/test_bayesian_mixture.py; those of private functions call ours.
"""

from __future__ import annotations

import copy

import numpy as np
import pytest
from numpy.testing import assert_almost_equal, assert_array_equal
from scipy.special import gammaln
from scipy.stats import wishart
from sklearn.exceptions import NotFittedError
from sklearn.metrics.cluster import adjusted_rand_score
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
SMALL = np.random.RandomState(0).rand(10, 2)

pytestmark = [
    pytest.mark.filterwarnings("ignore::gaussmix.errors.DataWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


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


def test_weights_prior_initialisation():
    given = BayesianGaussianMixture(weight_concentration_prior=0.3, random_state=0).fit(SMALL)
    assert given.weight_concentration_prior_ == 0.3
    default = BayesianGaussianMixture(n_components=5, random_state=0).fit(SMALL)
    assert_almost_equal(default.weight_concentration_prior_, 1.0 / 5)


def test_mean_prior_initialisation():
    given = BayesianGaussianMixture(mean_precision_prior=0.4, mean_prior=[0.1, 0.2], random_state=0).fit(
        SMALL
    )
    assert given.mean_precision_prior_ == 0.4
    assert_array_equal(given.mean_prior_, [0.1, 0.2])
    default = BayesianGaussianMixture(n_components=3, random_state=0).fit(SMALL)
    assert default.mean_precision_prior_ == 1.0
    assert_almost_equal(default.mean_prior_, SMALL.mean(axis=0))


def test_degrees_of_freedom_prior_initialisation():
    with pytest.raises(
        ValueError,
        match="The parameter 'degrees_of_freedom_prior' should be greater than 1, but got 1.000.",
    ):
        BayesianGaussianMixture(degrees_of_freedom_prior=1.0).fit(SMALL)
    assert BayesianGaussianMixture(degrees_of_freedom_prior=1.3).fit(SMALL).degrees_of_freedom_prior_ == 1.3
    assert BayesianGaussianMixture().fit(SMALL).degrees_of_freedom_prior_ == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_covariance_prior_initialisation(family):
    cov = np.cov(SMALL.T, bias=1)
    given = {"full": cov + 10, "tied": cov + 5, "diag": np.diag(cov) + 3, "spherical": 0.7}[family]
    model = BayesianGaussianMixture(covariance_type=family, covariance_prior=given, random_state=0).fit(SMALL)
    assert_almost_equal(model.covariance_prior_, given)
    variances = np.var(SMALL, axis=0, ddof=1)
    default = {
        "full": np.cov(SMALL.T),
        "tied": np.cov(SMALL.T),
        "diag": variances,
        "spherical": variances.mean(),
    }
    model = BayesianGaussianMixture(covariance_type=family, random_state=0).fit(SMALL)
    assert_almost_equal(model.covariance_prior_, default[family])


def test_check_is_fitted():
    with pytest.raises(ValueError, match="This BayesianGaussianMixture instance is not fitted yet."):
        BayesianGaussianMixture().score(SMALL)


@pytest.mark.parametrize("search", ["auto", "off"])
def test_weights(search):
    options = {"n_components": 3, "random_state": 0, "search": search}
    model = BayesianGaussianMixture(weight_concentration_prior_type=TYPES[1], **options).fit(SMALL)
    assert_almost_equal(model.weights_, model.weight_concentration_ / model.weight_concentration_.sum())
    assert_almost_equal(model.weights_.sum(), 1.0)
    model = BayesianGaussianMixture(weight_concentration_prior_type=TYPES[0], **options).fit(SMALL)
    a, b = model.weight_concentration_
    expected = a / (a + b) * np.hstack((1, np.cumprod((b / (a + b))[:-1])))
    assert_almost_equal(model.weights_, expected / expected.sum())
    assert_almost_equal(model.weights_.sum(), 1.0)


@pytest.mark.parametrize("prior_type", TYPES)
@pytest.mark.parametrize("family", FAMILIES)
def test_monotonic_likelihood(prior_type, family):
    rng = np.random.RandomState(0)
    data = RandomData(rng, scale=20)
    model = BayesianGaussianMixture(
        weight_concentration_prior_type=prior_type,
        n_components=2 * data.n_components,
        covariance_type=family,
        warm_start=True,
        max_iter=1,
        random_state=rng,
        tol=1e-3,
    )
    last = -np.inf
    for _ in range(600):
        bound = model.fit(data.X[family]).lower_bound_
        assert bound >= last - 1e-9 * abs(bound)
        last = bound
        if model.converged_:
            break
    assert model.converged_


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
    assert_almost_equal(scatter(Spherical(), variances)[:, 0, 0], diagonal.mean(axis=1))


@pytest.mark.parametrize("family", FAMILIES)
def test_check_covariance_precision(family):
    data = RandomData(np.random.RandomState(0), scale=7)
    K = 2 * data.n_components
    model = BayesianGaussianMixture(
        n_components=K, covariance_type=family, random_state=0, tol=1e-3, reg_covar=0
    ).fit(data.X[family])
    if family == "full":
        products, expected = model.covariances_ @ model.precisions_, np.tile(np.eye(2), (K, 1, 1))
    elif family == "tied":
        products, expected = model.covariances_ @ model.precisions_, np.eye(2)
    else:
        products = model.covariances_ * model.precisions_
        expected = np.ones_like(products)
    assert_almost_equal(products, expected)


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


@pytest.mark.parametrize(
    ("seed", "max_iter", "tol"), [(0, 2, 1e-7), (1, 2, 1e-1), (3, 300, 1e-7), (4, 300, 1e-1)]
)
@pytest.mark.parametrize("family", FAMILIES)
def test_fit_predict(seed, max_iter, tol, family):
    rng = np.random.RandomState(seed)
    data = RandomData(rng, n_samples=50, scale=7)
    one = BayesianGaussianMixture(
        n_components=2 * data.n_components,
        covariance_type=family,
        max_iter=max_iter,
        random_state=rng,
        tol=tol,
        reg_covar=0,
    )
    two, X = copy.deepcopy(one), data.X[family]
    assert_array_equal(one.fit(X).predict(X), two.fit_predict(X))


def test_fit_predict_n_init():
    X = np.random.RandomState(0).randn(50, 5)
    model = BayesianGaussianMixture(n_components=5, n_init=10, random_state=0)
    assert_array_equal(model.fit_predict(X), model.predict(X))


@pytest.mark.parametrize("prior_type", TYPES)
@pytest.mark.parametrize("family", FAMILIES)
def test_predict_predict_proba(prior_type, family):
    rng = np.random.RandomState(0)
    data = RandomData(rng)
    X, Y = data.X[family], data.Y
    model = BayesianGaussianMixture(
        n_components=data.n_components,
        random_state=rng,
        weight_concentration_prior_type=prior_type,
        covariance_type=family,
    )
    with pytest.raises(
        NotFittedError,
        match="This BayesianGaussianMixture instance is not fitted yet. Call 'fit' with appropriate",
    ):
        model.predict(X)
    model.fit(X)
    predicted = model.predict(X)
    assert_array_equal(predicted, model.predict_proba(X).argmax(axis=1))
    assert adjusted_rand_score(Y, predicted) >= 0.95
