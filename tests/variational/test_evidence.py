"""The divergence of the posterior, exact in closed form: with known labels the bound is the evidence.

The posterior of known labels is exact, so that the bound is log p(X, z): the product of the predictive probabilities of
rows and labels, one after the other. These are t-densities and shares, which know nothing of normalisers and expected
logarithms.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, multivariate_t

from gaussmix import Diagonal, Full, Spherical, Tied
from gaussmix.blocks import Block
from gaussmix.em import e_step, given_step
from gaussmix.engines import SerialEngine
from gaussmix.fitting import Problem
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.variational import Prior, VariationalEM
from gaussmix.variational.weights import DirichletWeights, StickBreakingWeights

FAMILIES = {
    "full": Full(),
    "tied": Tied(Full()),
    "diag": Diagonal(),
    "spherical": Spherical(),
    "tied-diag": Tied(Diagonal()),
    "tied-spherical": Tied(Spherical()),
}
TYPES = ["dirichlet_process", "dirichlet_distribution"]
K, D, ALPHA = 3, 2, 0.7


def predictive(family, x, mean, precision, dof, scale):
    """The log-density of a row given the rows of its component so far; ``scale`` (D, D)."""
    single = family.inner if isinstance(family, Tied) else family
    widened = scale * (precision + 1.0) / precision
    if isinstance(single, Full):
        freedom = dof - D + 1.0
        return multivariate_t(mean, widened / freedom, freedom).logpdf(x)
    if isinstance(single, Spherical):
        return multivariate_t(mean, np.trace(widened) / (D * dof) * np.eye(D), D * dof).logpdf(x)
    columns = zip(x, mean, np.diagonal(widened) / dof, strict=True)
    return sum(multivariate_t([m], [[s]], dof).logpdf([value]) for value, m, s in columns)


def log_evidence_of_rows(family, prior, X, labels):
    """log p(X | z), row by row."""
    scatter = prior.scatter if family.frame.full else np.diag(prior.scatter)
    shared = K if isinstance(family, Tied) else 1
    states = [
        [prior.mean.copy(), prior.mean_precision, prior.degrees_of_freedom * shared, scatter * shared]
        for _ in range(K)
    ]
    total = 0.0
    for x, k in zip(X, labels, strict=True):
        mean, precision, dof, scale = states[k]
        total += predictive(family, x, mean, precision, dof, scale)
        scale = scale + precision / (precision + 1.0) * np.outer(x - mean, x - mean)
        states[k] = [(precision * mean + x) / (precision + 1.0), precision + 1.0, dof + 1.0, scale]
        if shared > 1:  # all components learn of the common covariance
            states = [[*state[:2], dof + 1.0, scale] for state in states]
    return total


def log_evidence_of_labels(weights, labels):
    """log p(z), label by label."""
    counts, total = np.zeros(K), 0.0
    for k in labels:
        if weights == TYPES[1]:
            shares = (ALPHA + counts) / (K * ALPHA + counts.sum())
        else:
            after = np.append(np.cumsum(counts[::-1])[-2::-1], 0.0)
            sticks = (1.0 + counts) / (1.0 + counts + ALPHA + after)
            shares = sticks * np.append(1.0, np.cumprod(1.0 - sticks)[:-1])
        total += np.log(shares[k])
        counts[k] += 1.0
    return total


def posterior_of_labels(family, weights, X, labels, row_weights=None):
    """The prior, and the posterior of rows whose components are known."""
    single = family.inner if isinstance(family, Tied) else family
    variances = np.array([2.0, 2.0 if isinstance(single, Spherical) else 1.0])
    scatter = np.diag(variances) + 0.3 * np.eye(2)[::-1] if family.frame.full else variances
    prior = Prior(family, weights, ALPHA, np.array([0.5, -0.2]), 1.7, 2.5, scatter)
    driver = VariationalEM(Problem(ArraySource(X), Model(family), SerialEngine()), prior)
    block = Block(X, row_weights)
    return prior, driver.posterior(given_step(np.eye(K)[labels], block, np.zeros((K, D)), family.frame))


def rows_with_labels():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, K, 40)
    return 2.0 * np.eye(K, D)[labels] + rng.standard_normal((40, D)), labels


@pytest.mark.parametrize("weights", TYPES)
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_with_known_labels_the_bound_is_the_evidence(family, weights):
    X, labels = rows_with_labels()
    prior, posterior = posterior_of_labels(family, weights, X, labels)
    allowed = np.eye(K, dtype=bool)[labels]
    expected_log = e_step(posterior.densities, Block(X, allowed=allowed)).log_likelihood
    evidence = log_evidence_of_rows(family, prior, X, labels) + log_evidence_of_labels(weights, labels)
    assert expected_log - posterior.divergence == pytest.approx(evidence, abs=1e-9)


@pytest.mark.parametrize("weights", TYPES)
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_weights_of_rows_count_copies(family, weights):
    X, labels = rows_with_labels()
    times = np.random.default_rng(1).integers(0, 4, len(X))
    weighted = posterior_of_labels(family, weights, X, labels, times.astype(float))[1]
    copies = posterior_of_labels(family, weights, np.repeat(X, times, axis=0), np.repeat(labels, times))[1]
    assert weighted.divergence == pytest.approx(copies.divergence, rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_missing_value_is_integrated_over(family):
    X, labels = rows_with_labels()
    densities = posterior_of_labels(family, TYPES[0], X, labels)[1].densities

    def density(value):
        row = Block(np.array([[0.4, value]]))
        return np.exp(e_step(densities, row).log_likelihood)

    hole = replace(Block(np.array([[0.4, np.nan]])), holes=True)
    expected = quad(density, -40.0, 40.0, epsabs=1e-13, epsrel=1e-11, limit=400)[0]
    assert np.exp(e_step(densities, hole).log_likelihood) == pytest.approx(expected, rel=1e-9)


def divergence_by_quadrature(a, b, a0, b0):
    """KL(Beta(a, b) | Beta(a0, b0))."""
    q, p = beta(a, b), beta(a0, b0)
    return quad(lambda v: q.pdf(v) * (q.logpdf(v) - p.logpdf(v)), 0.0, 1.0, limit=400, epsabs=1e-12)[0]


COUNTS = np.array([7.3, 0.4, 2.0, 11.0])


def test_the_divergence_of_sticks_is_that_of_their_beta_distributions():
    found = StickBreakingWeights.of_counts(COUNTS, ALPHA)
    expected = sum(divergence_by_quadrature(a, b, 1.0, ALPHA) for a, b in zip(found.a, found.b, strict=True))
    assert found.divergence == pytest.approx(expected, abs=1e-8)


def test_a_dirichlet_distribution_is_one_of_sticks():
    """Its sticks are independent, with Beta(α_k, Σ_{j>k} α_j)."""
    found = DirichletWeights.of_counts(COUNTS, ALPHA)
    after = np.cumsum(found.alpha[::-1])[::-1][1:]
    sticks = zip(found.alpha[:-1], after, ALPHA * np.arange(3, 0, -1), strict=True)
    expected = sum(divergence_by_quadrature(a, b, ALPHA, b0) for a, b, b0 in sticks)
    assert found.divergence == pytest.approx(expected, abs=1e-8)
