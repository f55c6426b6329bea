"""Mixtures of t distributions against a maximum of the likelihood that scipy finds, by densities of scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp
from sklearn.datasets import load_iris

from gaussmix import StudentMixture
from gaussmix.datasets import load_faithful

FAITHFUL = load_faithful().data / [1.0, 10.0]
SEPALS = load_iris().data[:, :2]
PETALS = load_iris().data[:, 2:]
PAIRS = np.column_stack([FAITHFUL[:-1, 0], FAITHFUL[1:, 0]])
"""An eruption and the next one: six pairs are outliers."""
CASES = {
    "pairs, common": (PAIRS, 3, "common"),
    "pairs, fixed": (PAIRS, 3, 4.0),
    "faithful, fixed": (FAITHFUL, 2, 5.0),
    "sepals, fixed": (SEPALS, 2, 4.0),
    "petals, common": (PETALS, 2, "common"),
}
"""With degrees of freedom that have a maximum: for nearly Gaussian rows they are at their bound."""


def log_likelihood(vector, X, K, rule):
    """Return log L for K − 1 log ratios of weights, means, Cholesky factors with logarithms of the diagonal, log ν."""
    n, D = X.shape
    ratios, rest = vector[: K - 1], vector[K - 1 :]
    means, rest = rest[: K * D].reshape(K, D), rest[K * D :]
    own = D * (D + 1) // 2
    joint = np.empty((n, K))
    logits = np.append(ratios, 0.0)
    for k in range(K):
        factor = np.zeros((D, D))
        factor[np.tril_indices(D)] = rest[k * own : (k + 1) * own]
        diagonal = np.diagonal(factor).copy()
        factor[np.diag_indices(D)] = np.exp(diagonal)
        squares = np.square(np.linalg.solve(factor, (X - means[k]).T)).sum(axis=0)
        tails = rest[K * own :]
        nu = rule if isinstance(rule, float) else float(np.exp(tails[k if rule == "each" else 0]))
        constant = gammaln((nu + D) / 2) - gammaln(nu / 2) - 0.5 * D * np.log(nu * np.pi) - diagonal.sum()
        joint[:, k] = logits[k] - logsumexp(logits) + constant - 0.5 * (nu + D) * np.log1p(squares / nu)
    return logsumexp(joint, axis=1).sum()


def vector_of(model, rule):
    weights, D = model.weights_, model.means_.shape[1]
    factors = np.linalg.cholesky(model.covariances_)
    factors[:, np.arange(D), np.arange(D)] = np.log(np.diagonal(factors, axis1=1, axis2=2))
    degrees = {"common": model.degrees_of_freedom_[:1], "each": model.degrees_of_freedom_}
    lower = factors[:, *np.tril_indices(D)]
    tails = np.log(degrees.get(rule, []))
    return np.concatenate([np.log(weights[:-1] / weights[-1]), model.means_.ravel(), lower.ravel(), tails])


@pytest.mark.parametrize("name", CASES)
def test_scipy_finds_the_same_maximum(name):
    X, K, rule = CASES[name]
    model = StudentMixture(K, degrees_of_freedom=rule, tol=1e-11, max_iter=5_000, random_state=0).fit(X)
    found = vector_of(model, rule)
    total = log_likelihood(found, X, K, rule)
    assert model.score(X) * len(X) == pytest.approx(total, rel=1e-11)
    start = found + 0.02 * np.random.default_rng(0).standard_normal(len(found))
    best = minimize(
        lambda vector: -log_likelihood(vector, X, K, rule), start, method="BFGS", options={"gtol": 1e-5}
    )
    assert -best.fun < total + 1e-6
    assert -best.fun == pytest.approx(total, abs=1e-5)
    degrees = 0 if isinstance(rule, float) else len(model.degrees_of_freedom_) if rule == "each" else 1
    near = slice(None, len(found) - degrees)
    np.testing.assert_allclose(best.x[near], found[near], atol=2e-3)
