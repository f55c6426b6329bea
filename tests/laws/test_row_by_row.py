"""Every subset of the options of EM ascends, and each option alone has its closed form."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pytest

from gaussmix import ConjugatePrior, Full, Mixture
from gaussmix.blocks import Block
from gaussmix.em import e_step as ours
from gaussmix.em import m_step as our_m_step
from gaussmix.em import penalty
from gaussmix.model import Model
from gaussmix.restrictions import FREE, Restrictions
from gaussmix.uniform import Uniform

from ..support import assert_close
from .row_by_row import Parameters, Prior, Rows, Rules, e_step, m_step, objective

K, D, N = 3, 2, 45
OPTIONS = ("weights", "missing", "noise", "labels", "uniform", "fixed", "prior")
SUBSETS = list(chain.from_iterable(combinations(OPTIONS, size) for size in range(len(OPTIONS) + 1)))


def problem(options=(), seed=0):
    """Rows, rules and first parameters of a problem with some options."""
    rng = np.random.default_rng([seed, *(OPTIONS.index(option) for option in options)])
    centres = np.array([[0.0, 0.0], [3.0, 1.0], [0.0, 4.0]])
    labels = rng.integers(0, K, N)
    X = centres[labels] + rng.standard_normal((N, D)) @ np.array([[1.0, 0.4], [0.0, 0.7]])
    weights = rng.uniform(0.2, 3.0, N) if "weights" in options else None
    noise = None
    if "noise" in options:
        root = rng.standard_normal((N, D, D)) * 0.5
        noise = root @ root.swapaxes(1, 2)
        X = X + (root @ rng.standard_normal((N, D, 1)))[:, :, 0]
    if "missing" in options:
        X = np.where(rng.random((N, D)) < 0.3, np.nan, X)
    allowed = None
    if "labels" in options:
        allowed = np.ones((N, K + 1), dtype=bool)
        known = np.flatnonzero(rng.random(N) < 0.3)
        allowed[known] = labels[known, None] == np.arange(K + 1)
        allowed[rng.integers(N), :] = [True, True, False, False]
    prior = Prior(2.0, np.zeros(D), 0.5, 3.0, np.eye(D)) if "prior" in options else None
    fixed = np.array([False, True, False]) & ("fixed" in options)
    uniform = 0.1 if "uniform" in options else 0.0
    start = Parameters(
        np.full(K, (1.0 - uniform) / K),
        rng.standard_normal((K, D)) * 2 + 1,
        np.tile(2.0 * np.eye(D), (K, 1, 1)),
        uniform,
    )
    return Rows.of(X, K, weights, noise, allowed), Rules(fixed, np.array([20.0, 30.0]), prior), start


def run(rows, rules, start, iterations):
    p = start
    for _ in range(iterations):
        p = m_step(e_step(p, rows, rules), rules, p)
    return p


@pytest.mark.parametrize("options", SUBSETS, ids="+".join)
def test_the_objective_never_falls(options):
    rows, rules, p = problem(options)
    values = [objective(p, rows, rules)]
    for _ in range(5):
        p = m_step(e_step(p, rows, rules), rules, p)
        values.append(objective(p, rows, rules))
    assert (np.diff(values) > -1e-9 * np.abs(values[0])).all()
    assert values[-1] > values[0] + 1.0
    assert p.weights.sum() + p.uniform == pytest.approx(1.0)
    assert (np.linalg.eigvalsh(p.covariances) > 0).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_plain_rows_give_the_steps_of_the_library(weighted):
    rows, rules, start = problem(("weights",) if weighted else ())
    mixture = Mixture(start.weights, start.means, start.covariances)
    moments = ours(mixture.densities, Block(rows.X, rows.weights), reference=np.zeros((K, D)))
    sums = e_step(start, rows, rules)
    for name in ("counts", "first", "second", "log_likelihood"):
        assert_close(getattr(moments, name), getattr(sums, name), rtol=1e-10, atol=1e-10)
    after, expected = our_m_step(moments, Model(Full())), m_step(sums, rules, start)
    assert_close(after.weights, expected.weights, rtol=1e-10)
    assert_close(after.means, expected.means, rtol=1e-10)
    assert_close(after.covariances.dense(), expected.covariances, rtol=1e-9)


def library_problem(options):
    """The problem of the reference in the library's values: mixture, block, model."""
    rows, rules, start = problem(options)
    upper = rules.widths / 2.0
    uniform = (
        Uniform(start.uniform, -upper, upper, float(np.log(rules.widths).sum())) if start.uniform else None
    )
    mixture = Mixture(start.weights, start.means, start.covariances, uniform=uniform)
    block = Block(
        rows.X,
        rows.weights if "weights" in options else None,
        noise=rows.noise if "noise" in options else None,
        allowed=rows.allowed[:, : K + (uniform is not None)] if "labels" in options else None,
        holes="missing" in options,
    )
    return mixture, block, library_model(rules, start, uniform)


def library_model(rules, start, uniform=None):
    """The M-step's side of the reference as a model of the library."""
    prior, fixed = None, FREE
    if rules.prior is not None:
        p, eye = rules.prior, np.ones(K)
        given = ConjugatePrior(p.alpha, p.mean, p.kappa, p.nu, p.scatter)
        prior = given.pseudo_moments(Full(), K, np.ones(D), np.eye(D))
        assert_close(prior.covariance_counts, (p.nu + D + 2.0) * eye)
    if rules.fixed.any():
        fixed = Restrictions(means=np.where(rules.fixed[:, None], start.means, np.nan))
    return Model(Full(), uniform=uniform, prior=prior, restrictions=fixed)


@pytest.mark.parametrize("options", SUBSETS, ids="+".join)
def test_the_library_takes_the_same_steps(options):
    rows, rules, p = problem(options)
    mixture, block, model = library_problem(options)
    assert_close(mixture.densities.covariances, p.covariances, rtol=1e-12, atol=1e-14)
    for _ in range(3):
        sums, moments = e_step(p, rows, rules), ours(mixture.densities, block)
        assert_close(moments.log_likelihood, sums.log_likelihood, rtol=1e-11)
        assert_close(moments.uniform, sums.uniform, rtol=1e-9, atol=1e-9)
        ours_told = moments.log_likelihood + penalty(mixture, model)
        assert_close(ours_told, objective(p, rows, rules), rtol=1e-10)
        p, mixture = m_step(sums, rules, p), our_m_step(moments, model)
        assert_close(mixture.means, p.means, rtol=1e-9, atol=1e-9)
        assert_close(mixture.covariances.dense(), p.covariances, rtol=1e-8, atol=1e-9)
        assert_close(mixture.weights, p.weights, rtol=1e-9)
    joint = mixture.log_joint(rows.X, block.noise)
    unlabelled = e_step(p, replace(rows, allowed=np.ones((N, K + 1), dtype=bool), weights=np.ones(N)), rules)
    assert_close(np.logaddexp.reduce(joint, axis=1).sum(), unlabelled.log_likelihood, rtol=1e-10)
    r = np.array(unlabelled.responsibilities)[:, : joint.shape[1]]
    assert_close(mixture.responsibilities(rows.X, block.noise), r, rtol=1e-7, atol=1e-10)
    assert (
        mixture.predict(rows.X, block.noise) == np.where(r.argmax(axis=1) == K, -1, r.argmax(axis=1))
    ).all()


def test_a_background_is_a_component_that_stays():
    rows, _, start = problem()
    mixture = Mixture(start.weights, start.means, start.covariances)
    apart = mixture.densities.take(np.array([0, 2]))
    background = mixture.log_joint(rows.X)[:, 1]
    some = ours(apart, Block(rows.X, rows.weights, background=background))
    whole = ours(mixture.densities, Block(rows.X, rows.weights))
    assert_close(some.counts, whole.counts[[0, 2]], rtol=1e-12)
    assert_close(some.log_likelihood, whole.log_likelihood, rtol=1e-12)


def test_a_component_that_is_not_allowed_has_no_part():
    rows, rules, start = problem()
    mixture = Mixture(start.weights, start.means, start.covariances)
    allowed = np.array([True, False, True])
    restricted = ours(mixture.densities.restricted(allowed), Block(rows.X), reference=np.zeros((K, D)))
    every = replace(rows, allowed=np.tile(np.append(allowed, False), (N, 1)))
    sums = e_step(start, every, rules)
    assert_close(restricted.counts, sums.counts, rtol=1e-12, atol=1e-300)
    assert_close(restricted.log_likelihood, sums.log_likelihood, rtol=1e-12)


def test_weights_are_copies():
    rows, rules, start = problem()
    copies = np.random.default_rng(1).integers(0, 4, N)
    weighted = e_step(start, replace(rows, weights=copies.astype(float)), rules)
    repeated = e_step(start, Rows.of(np.repeat(rows.X, copies, axis=0), K), rules)
    assert_close(weighted.second, repeated.second, rtol=1e-10)
    assert_close(weighted.log_likelihood, repeated.log_likelihood, rtol=1e-10)


def test_missing_values_reach_the_factored_maximum():
    """Anderson (1957): with y missing in some rows, N(μ, Σ) has its maximum in closed form."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((80, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]]) + [1.0, -2.0]
    X[50:, 1] = np.nan
    rows = Rows.of(X, 1)
    start = Parameters(np.ones(1), np.zeros((1, 2)), np.eye(2)[None])
    found = run(rows, Rules(np.zeros(1, dtype=bool), np.ones(2)), start, 400)
    x, y = X[:50].T
    mean, variance = X[:, 0].mean(), X[:, 0].var()
    slope = np.cov(x, y, bias=True)[0, 1] / x.var()
    rest = y.var() - slope**2 * x.var()
    expected = [mean, y.mean() + slope * (mean - x.mean())]
    covariance = [[variance, slope * variance], [slope * variance, rest + slope**2 * variance]]
    assert_close(found.means[0], np.array(expected), rtol=1e-7)
    assert_close(found.covariances[0], np.array(covariance), rtol=1e-7)


def test_a_value_of_infinite_noise_is_a_missing_one():
    rows, rules, start = problem()
    noise = np.zeros((N, D, D))
    noise[::3, 1, 1] = 1e9
    X = rows.X.copy()
    X[::3, 1] = np.nan
    noisy, holed = e_step(start, replace(rows, noise=noise), rules), e_step(start, replace(rows, X=X), rules)
    assert_close(noisy.counts, holed.counts, rtol=1e-5)
    assert_close(noisy.second, holed.second, rtol=1e-5)


def test_equal_noise_is_taken_off_the_covariance():
    """With one component and the same noise R in each row, the maximum is the sample covariance less R."""
    rng = np.random.default_rng(3)
    X, R = 2.0 * rng.standard_normal((200, D)), np.array([[0.5, 0.2], [0.2, 0.3]])
    rows = Rows.of(X, 1, noise=np.tile(R, (200, 1, 1)))
    start = Parameters(np.ones(1), np.zeros((1, D)), np.eye(D)[None])
    found = run(rows, Rules(np.zeros(1, dtype=bool), np.ones(D)), start, 60)
    assert_close(found.means[0], X.mean(axis=0), rtol=1e-8, atol=1e-10)
    assert_close(found.covariances[0], np.cov(X.T, bias=True) - R, rtol=1e-6)


def test_labels_of_all_rows_give_the_estimates_of_the_classes():
    rows, rules, start = problem()
    labels = np.arange(N) % K
    labelled = replace(rows, allowed=labels[:, None] == np.arange(K + 1))
    found = m_step(e_step(start, labelled, rules), rules, start)
    for k in range(K):
        assert_close(found.means[k], rows.X[labels == k].mean(axis=0), rtol=1e-12)
        assert_close(found.covariances[k], np.cov(rows.X[labels == k].T, bias=True), rtol=1e-10)


def test_a_row_without_any_value_speaks_for_the_weights_alone():
    rows, rules, start = problem()
    more = Rows.of(np.concatenate([rows.X, np.full((1, D), np.nan)]), K)
    before, after = e_step(start, rows, rules), e_step(start, more, rules)
    assert_close(after.counts - before.counts, start.weights, rtol=1e-9)
    assert_close(after.log_likelihood, before.log_likelihood, rtol=1e-12)


def test_a_uniform_part_is_one_more_component():
    rows, rules, start = problem(("uniform",))
    sums = e_step(start, rows, rules)
    mixture = Mixture(start.weights / start.weights.sum(), start.means, start.covariances)
    density = (1.0 - start.uniform) * mixture.pdf(rows.X) + start.uniform / np.prod(rules.widths)
    assert_close(sums.log_likelihood, np.log(density).sum(), rtol=1e-12)
    assert_close(sums.uniform, (start.uniform / np.prod(rules.widths) / density).sum(), rtol=1e-10)


def test_the_prior_of_one_component_has_its_mode_in_closed_form():
    rows, _, _ = problem()
    prior = Prior(1.0, np.array([1.0, -1.0]), 4.0, 5.0, 2.0 * np.eye(D))
    rules = Rules(np.zeros(1, dtype=bool), np.ones(D), prior)
    start = Parameters(np.ones(1), np.zeros((1, D)), np.eye(D)[None])
    one = Rows.of(rows.X, 1)
    found = m_step(e_step(start, one, rules), rules, start)
    mean = (rows.X.sum(axis=0) + 4.0 * prior.mean) / (N + 4.0)
    assert_close(found.means[0], mean, rtol=1e-12)
    shift = rows.X.mean(axis=0) - prior.mean
    scatter = N * np.cov(rows.X.T, bias=True) + prior.scatter + N * 4.0 / (N + 4.0) * np.outer(shift, shift)
    assert_close(found.covariances[0], scatter / (N + 5.0 + D + 2.0), rtol=1e-10)
    # It is a stationary point of the objective: a small change either way lowers it.
    for sign in (1.0, -1.0):
        moved = replace(found, means=found.means + sign * 1e-3)
        assert objective(moved, one, rules) < objective(found, one, rules)


def test_fixed_means_stay():
    rows, rules, start = problem(("fixed", "prior", "missing"))
    found = run(rows, rules, start, 5)
    assert (found.means[1] == start.means[1]).all()
    assert (found.means[0] != start.means[0]).all()
