"""Coordinate ascent of the bound: the steps of scikit-learn for Wishart priors, and no decrease for any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.mixture import BayesianGaussianMixture as Reference

from gaussmix import Diagonal, Full, Spherical, Tied
from gaussmix.blocks import Block
from gaussmix.datasets import load_faithful
from gaussmix.em import given_step
from gaussmix.engines import SerialEngine
from gaussmix.fitting import FixedIterations, Problem, run_loop
from gaussmix.fitting.loop import Reached
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.variational import Prior, VariationalEM, VariationalState

X = load_faithful().data
X = (X - X.mean(axis=0)) / X.std(axis=0)
K, D = 6, 2
FAMILIES = {
    "full": Full(),
    "tied": Tied(Full()),
    "diag": Diagonal(),
    "spherical": Spherical(),
    "tied-diag": Tied(Diagonal()),
    "tied-spherical": Tied(Spherical()),
}
TYPES = ["dirichlet_process", "dirichlet_distribution"]


def prior_of(family, weights, concentration=1.0, dof=2.0):
    scatter = np.eye(D) if family.frame.full else np.ones(D)
    return Prior(family, weights, concentration, np.zeros(D), 1.0, dof, scatter)


def run(prior, block, responsibilities, iterations):
    """The end of a run from responsibilities."""
    problem = Problem(ArraySource.of(block), Model(prior.family), SerialEngine())
    driver = VariationalEM(problem, prior)
    start = driver.posterior(given_step(responsibilities, block, np.zeros((K, D)), prior.family.frame))
    state = VariationalState(start, -np.inf)
    return run_loop(driver, Reached(state, [], False), stop=FixedIterations(), max_iter=iterations)


def random_responsibilities(seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(K), size=len(X))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("weights", TYPES)
@pytest.mark.parametrize("name", ["full", "tied"])
def test_steps_are_those_of_scikit_learn(name, weights):
    first = random_responsibilities()

    class FromResponsibilities(Reference):
        def _initialize_parameters(self, X, random_state, xp=None):
            self._initialize(X, first)

    prior = {"mean_prior": np.zeros(D), "mean_precision_prior": 1.0, "degrees_of_freedom_prior": 2.0}
    reference = FromResponsibilities(
        n_components=K,
        covariance_type=name,
        weight_concentration_prior_type=weights,
        weight_concentration_prior=1.0,
        covariance_prior=np.eye(D),
        reg_covar=0.0,
        tol=0.0,
        max_iter=30,
        **prior,
    ).fit(X)
    mixture = run(prior_of(FAMILIES[name], weights), Block(X), first, 30).mixture
    np.testing.assert_allclose(mixture.weights, reference.weights_, rtol=1e-10)
    np.testing.assert_allclose(mixture.means, reference.means_, atol=1e-10)
    np.testing.assert_allclose(mixture.covariances.natural, reference.covariances_, atol=1e-10)


@pytest.mark.parametrize("weights", TYPES)
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("concentration", [1e-3, 1.0, 50.0])
def test_the_bound_ascends(name, weights, concentration):
    prior = prior_of(FAMILIES[name], weights, concentration)
    bounds = run(prior, Block(X), random_responsibilities(), 60).trace.log_likelihood
    assert (np.diff(bounds) > -1e-12).all()
    assert bounds[-1] > bounds[0]


@pytest.mark.parametrize("subset", range(16))
@pytest.mark.parametrize("weights", TYPES)
@pytest.mark.parametrize("name", ["full", "tied", "diag", "spherical"])
def test_the_bound_ascends_for_incomplete_rows(name, weights, subset):
    rng = np.random.default_rng(subset)
    block = Block(X)
    if subset & 1:
        block = replace(block, weights=rng.uniform(0.1, 3.0, len(X)))
    if subset & 2:
        block = replace(block, X=np.where(rng.random(X.shape) < 0.2, np.nan, X), holes=True)
    if subset & 4:
        block = replace(block, noise=rng.uniform(0.0, 0.2, X.shape))
    if subset & 8:
        allowed = np.ones((len(X), K), dtype=bool)
        allowed[::5] = np.eye(K, dtype=bool)[rng.integers(K, size=len(X[::5]))]
        block = replace(block, allowed=allowed)
    prior = prior_of(FAMILIES[name], weights)
    problem = Problem(ArraySource.of(block), Model(prior.family), SerialEngine())
    driver = VariationalEM(problem, prior)
    reference = driver.posterior(
        given_step(random_responsibilities(), Block(X), np.zeros((K, D)), prior.family.frame)
    )
    start = Reached(VariationalState(reference, -np.inf), [], False)
    bounds = run_loop(driver, start, stop=FixedIterations(), max_iter=30).trace.log_likelihood
    assert (np.diff(bounds) > -1e-12).all()
