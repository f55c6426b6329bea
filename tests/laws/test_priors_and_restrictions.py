"""Priors and restrictions in every family and beside every option of the rows: EM never lowers the objective."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import ConjugatePrior, FactorAnalysers, Full, MclustPrior, Mixture
from gaussmix.blocks import Block
from gaussmix.covariances import standard_families
from gaussmix.covariances.eigenvalue_ratio import eigenvalue_ratio, truncation
from gaussmix.em import e_step, imposed, m_step, penalty
from gaussmix.model import Model
from gaussmix.restrictions import FREE, Restrictions
from gaussmix.uniform import Uniform

from ..support import assert_close

K, D, N = 3, 2, 60
ROWS = ("weights", "holes", "errors", "labels", "uniform")
SUBSETS = list(chain.from_iterable(combinations(ROWS, size) for size in range(len(ROWS) + 1)))
ANALYSERS = FactorAnalysers(1)
FAMILIES = (*standard_families, ANALYSERS)
CENTRES = np.array([[0.0, 0.0], [4.0, 1.0], [0.0, 5.0]])
BOX = np.array([16.0, 17.0])
PRIORS = {
    "conjugate": ConjugatePrior(2.0),
    "mclust": MclustPrior(),
    "strong": ConjugatePrior(1.5, [1.0, 1.0], 5.0, 9.0, 2.0),
    "no mean": ConjugatePrior(mean_precision=0.0),
}
WEIGHTS = np.array([0.2, np.nan, np.nan])
MEANS = np.where(np.arange(K)[:, None] == 1, CENTRES + 0.5, np.nan)
RULES = {
    "equal weights": Restrictions(equal_weights=True),
    "a weight": Restrictions(weights=WEIGHTS),
    "least weight": Restrictions(min_weight=0.25),
    "a mean": Restrictions(means=MEANS),
    "zero means": Restrictions(means=np.zeros((K, D))),
    "one mean": Restrictions(shared_mean=True),
    "a weight and a mean": Restrictions(weights=WEIGHTS, means=MEANS, min_weight=0.1),
    "ratio": Restrictions(max_eigenvalue_ratio=2.5),
    "ratio of one": Restrictions(max_eigenvalue_ratio=1.0, equal_weights=True),
}


def name_of(value):
    if isinstance(value, tuple):
        return "+".join(value) or "plain"
    return getattr(value, "mclust_name", None) or str(value)


def rows_with(options):
    rng = np.random.default_rng([3, *(ROWS.index(option) for option in options)])
    truth = rng.integers(0, K, N)
    mixing = rng.standard_normal((K, D, D)) * 0.4 + np.eye(D)
    X = CENTRES[truth] + np.einsum("nij,nj->ni", mixing[truth], rng.standard_normal((N, D)))
    weights, noise, allowed = None, None, None
    if "weights" in options:
        weights = rng.uniform(0.2, 2.5, N)
    if "errors" in options:
        roots = 0.4 * rng.standard_normal((N, D, D))
        noise = roots @ roots.swapaxes(1, 2)
    if "labels" in options:
        allowed = np.ones((N, K + ("uniform" in options)), dtype=bool)
        known = rng.random(N) < 0.3
        allowed[known] = truth[known, None] == np.arange(allowed.shape[1])
    if "holes" in options:
        X = np.where(rng.random((N, D)) < 0.2, np.nan, X)
        X[9] = np.nan
    return Block(X, weights, noise=noise, allowed=allowed, holes="holes" in options)


def start_of(family, uniform):
    share = 0.0 if uniform is None else uniform.weight
    covariances = family.from_dense(np.array([[[2.0, 0.3], [0.3, 3.0]]] * K), np.full(K, 1 / K))
    return Mixture.of(np.full(K, (1 - share) / K), CENTRES + 0.7, covariances, uniform=uniform)


def check_ascent(model, block, mixture, iterations=4):
    """Iterations of EM never lower the objective; return the mixtures on the way."""
    mixture, values, found = imposed(mixture, model), [], []
    for _ in range(iterations):
        moments = e_step(mixture.densities, block)
        values.append(moments.log_likelihood + penalty(mixture, model))
        mixture = m_step(moments, model, mixture)
        found.append(mixture)
        share = 0.0 if mixture.uniform is None else mixture.uniform.weight
        assert mixture.weights.sum() + share == pytest.approx(1.0)
    assert (np.diff(values) > -1e-9 * np.abs(values[0])).all(), values
    return found


def problem(options, family, prior=None, rules=FREE):
    uniform = Uniform(0.1, -BOX / 2, BOX / 2, float(np.log(BOX).sum())) if "uniform" in options else None
    pseudo = None
    if prior is not None:
        covariance = np.array([[5.0, 0.5], [0.5, 6.0]])
        scale = covariance if family.frame.full else np.diagonal(covariance)
        pseudo = prior.pseudo_moments(family, K, np.ones(D), scale, float(N))
    model = Model(family, uniform=uniform, prior=pseudo, restrictions=rules)
    return model, rows_with(options), start_of(family, uniform)


@pytest.mark.parametrize("name", PRIORS)
@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_the_objective_never_falls_with_a_prior(family, name):
    for options in SUBSETS:
        check_ascent(*problem(options, family, PRIORS[name]))


def is_tied(family):
    return family.n_parameters(2, D) == family.n_parameters(1, D)


def suits(family, name):
    if name == "one mean" and (is_tied(family) or family == ANALYSERS):
        return False
    return not (name.startswith("ratio") and family == ANALYSERS)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_the_objective_never_falls_with_a_restriction(family, name):
    if not suits(family, name):
        pytest.skip("refused")
    for prior in (None, PRIORS["strong"]):
        for options in SUBSETS[:: 1 if prior is None else 5]:
            model, block, start = problem(options, family, prior, RULES[name])
            for mixture in check_ascent(model, block, start, 3):
                check_rule(mixture, RULES[name])


def check_rule(mixture, rules):
    """A mixture satisfies restrictions."""
    share = 0.0 if mixture.uniform is None else mixture.uniform.weight
    if rules.equal_weights:
        assert_close(mixture.weights, np.full(K, (1 - share) / K), rtol=1e-12)
    if rules.weights is not None:
        assert mixture.weights[0] == rules.weights[0]
    assert (mixture.weights >= rules.min_weight * (1 - 1e-12)).all()
    if rules.means is not None:
        fixed = ~np.isnan(rules.means)
        assert (mixture.means[fixed] == rules.means[fixed]).all()
    if rules.shared_mean:
        assert (mixture.means == mixture.means[0]).all()
    assert eigenvalue_ratio(mixture.covariances) <= rules.max_eigenvalue_ratio * (1 + 1e-6)


@pytest.mark.parametrize("family", standard_families, ids=name_of)
def test_a_known_covariance_stays(family):
    dense = np.array([[[1.0, 0.3], [0.3, 0.8]]])
    known = family.from_dense(np.repeat(dense, K, axis=0), np.full(K, 1 / K)).take([1])
    rules = Restrictions(covariances=known, known=np.array([1]))
    for options in SUBSETS[::3]:
        model, block, start = problem(options, family, None, rules)
        for mixture in check_ascent(model, block, start):
            assert_close(mixture.covariances.dense()[1], known.dense()[0], rtol=1e-9, atol=1e-12)
            assert mixture.family == family
        whole = replace(rules, covariances=start.covariances, known=np.arange(K))
        for mixture in check_ascent(replace(model, restrictions=whole), block, start, 2):
            assert_close(mixture.covariances.dense(), start.covariances.dense(), rtol=1e-9)


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_a_vanishing_prior_is_none(family):
    model, block, start = problem((), family, PRIORS["strong"])
    moments = e_step(start.densities, block)
    weak = m_step(moments, replace(model, prior=model.prior.scaled(1e-12)), start)
    plain = m_step(moments, replace(model, prior=None), start)
    assert_close(weak.means, plain.means, rtol=1e-9)
    assert_close(weak.covariances.dense(), plain.covariances.dense(), rtol=1e-6, atol=1e-9)


def test_a_strong_prior_is_the_estimate():
    prior = ConjugatePrior(1e9, [1.0, -1.0], 1e9, 1e9, 2e9)
    model, block, start = problem((), Full(), prior)
    mixture = m_step(e_step(start.densities, block), model, start)
    assert_close(mixture.weights, np.full(K, 1 / K), rtol=1e-6)
    assert_close(mixture.means, np.tile([1.0, -1.0], (K, 1)), rtol=1e-6)
    assert_close(mixture.covariances.dense(), np.tile(2.0 * np.eye(D), (K, 1, 1)), rtol=1e-6, atol=1e-6)


def test_twice_the_rows_and_twice_the_prior_give_the_same_step():
    model, block, start = problem(("weights",), Full(), PRIORS["strong"])
    once = m_step(e_step(start.densities, block), model, start)
    twice = replace(block, weights=2.0 * block.weights)
    again = m_step(e_step(start.densities, twice), model.scaled(2.0), start)
    assert_close(again.covariances.dense(), once.covariances.dense(), rtol=1e-12)


positive = st.floats(0.01, 100.0)


@settings(deadline=None)
@given(st.lists(st.lists(positive, min_size=3, max_size=3), min_size=1, max_size=5), st.floats(1.0, 50.0))
def test_the_truncation_is_the_best_one(values, ratio):
    eigenvalues = np.array(values)
    counts = np.linspace(1.0, 2.0, len(values))

    def loss(m):
        held = np.clip(eigenvalues, m, ratio * m)
        return float(counts @ (np.log(held) + eigenvalues / held).sum(axis=1))

    best = truncation(eigenvalues, counts, ratio)
    grid = np.geomspace(eigenvalues.min() / ratio, eigenvalues.max(), 400)
    assert loss(best) <= min(map(loss, grid)) + 1e-9 * abs(loss(best))


@settings(deadline=None)
@given(st.lists(positive, min_size=2, max_size=6), st.floats(0.0, 1.0), st.floats(0.0, 5.0))
def test_least_weights_are_the_maximum_of_the_expected_log_likelihood(counts, share, uniform):
    counts = np.array(counts)
    least = share / len(counts)
    beside = uniform if share < 0.99 else None
    weights, rest = Restrictions(min_weight=least).restricted_weights(counts, beside)
    assert weights.sum() + rest == pytest.approx(1.0)
    assert (weights >= least * (1 - 1e-9)).all()
    # Above the bound, weights are in proportion to the counts; below it, they would be lower.
    free = weights > least * (1 + 1e-9)
    if free.any():
        scale = (weights[free] / counts[free]).max()
        assert_close(weights[free] / counts[free], np.full(free.sum(), scale), rtol=1e-9)
        assert (scale * counts[~free] <= least * (1 + 1e-9)).all()
