"""Rows as they are in every family: weights, missing values, errors, labels, a uniform component; fifteen families.

The steps of EM, of all subsets of the options in all families, are those of EM written row by row and never fall. The
default fits are a covering design: each family meets each option, and each pair of options each of its four states.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pytest

from gaussmix import FactorAnalysers, GaussianMixture, Mixture
from gaussmix.blocks import Block
from gaussmix.covariances import standard_families
from gaussmix.em import e_step as ours
from gaussmix.em import m_step as our_m_step
from gaussmix.model import Model
from gaussmix.uniform import Uniform

from ..support import assert_close, quiet
from .row_by_row import Parameters, Rows, Rules, e_step, m_step

K, D, N, STEPS = 2, 3, 30, 2
OPTIONS = ("weights", "holes", "errors", "labels", "uniform")
SUBSETS = list(chain.from_iterable(combinations(OPTIONS, size) for size in range(len(OPTIONS) + 1)))
ANALYSERS = FactorAnalysers(1)
FAMILIES = (*standard_families, ANALYSERS)
CENTRES = np.array([[0.0, 0.0, 0.0], [5.0, 3.0, -2.0]])
BOX = np.array([22.0, 20.0, 18.0])


def name_of(value):
    if isinstance(value, tuple):
        return "+".join(value) or "plain"
    return getattr(value, "mclust_name", None) or str(value)


def problem(options, n=N):
    """Rows with some options, their arguments in ``fit``, and the true components."""
    rng = np.random.default_rng([7, *(OPTIONS.index(option) for option in options)])
    truth = rng.integers(0, K, n)
    mixing = rng.standard_normal((K, D, D)) * 0.4 + np.eye(D)
    X = CENTRES[truth] + np.einsum("nij,nj->ni", mixing[truth], rng.standard_normal((n, D)))
    known = {}
    if "uniform" in options:
        X[:4], truth[:4] = rng.uniform(-BOX / 2, BOX / 2, (4, D)), -1
    if "weights" in options:
        known["sample_weight"] = rng.uniform(0.2, 2.5, n)
    if "errors" in options:
        roots = 0.4 * rng.standard_normal((n, D, D))
        known["noise"] = roots @ roots.swapaxes(1, 2)
        X = X + (roots @ rng.standard_normal((n, D, 1)))[:, :, 0]
    if "labels" in options:
        known["labels"] = np.where(rng.random(n) < 0.3, truth, -1)
    if "holes" in options:
        X = np.where(rng.random((n, D)) < 0.2, np.nan, X)
        X[9] = np.nan
    return X, known


def reference(X, known):
    """The problem of EM row by row."""
    labels = known.get("labels")
    allowed = None if labels is None else (labels[:, None] < 0) | (labels[:, None] == np.arange(K + 1))
    rows = Rows.of(X, K, known.get("sample_weight"), known.get("noise"), allowed)
    return rows, Rules(np.zeros(K, dtype=bool), BOX), allowed


def within(family, p, before):
    """The estimate of a family from that of full covariances."""
    start = family.from_dense(before.covariances, before.weights)
    scatter = family.frame.of_dense(p.covariances * p.weights[:, None, None])
    return replace(p, covariances=family.maximum_likelihood(scatter, p.weights, start).dense())


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_steps_of_every_subset_of_the_options_are_those_row_by_row(family):
    for options in SUBSETS:
        X, known = problem(options)
        rows, rules, allowed = reference(X, known)
        share = 0.1 if "uniform" in options else 0.0
        uniform = Uniform(share, -BOX / 2, BOX / 2, float(np.log(BOX).sum())) if share else None
        start = family.from_dense(
            np.array([np.diag([2.0, 3.0, 4.0]), np.diag([3.0, 2.0, 2.5])]) + 0.3, np.full(K, 1 / K)
        )
        mixture = Mixture.of(np.full(K, (1 - share) / K), CENTRES + 1.0, start, None, uniform)
        model = Model(family, uniform=uniform)
        block = Block(
            X,
            known.get("sample_weight"),
            noise=known.get("noise"),
            allowed=None if allowed is None else allowed[:, : K + bool(share)],
            holes="holes" in options,
        )
        p, values = Parameters(mixture.weights, mixture.means, start.dense(), share), []
        for _ in range(STEPS):
            sums, moments = e_step(p, rows, rules), ours(mixture.densities, block)
            values.append(sums.log_likelihood)
            compare(moments, sums, p, options)
            best = m_step(sums, rules, p)
            expected, mixture = within(family, best, p), our_m_step(moments, model, mixture)
            assert_close(mixture.means, expected.means, rtol=1e-8, atol=1e-8)
            assert_close(mixture.weights, expected.weights, rtol=1e-9)
            before, p = p, replace(expected, covariances=mixture.covariances.dense())
            if family == ANALYSERS:
                # Iterations end on the way to a maximum, which depends on the loadings that they start at.
                assert gain(p, best) > gain(before, best) - 1e-9
            else:
                assert_close(p.covariances, expected.covariances, rtol=1e-6, atol=1e-7)
        assert (np.diff(values) > -1e-9 * np.abs(values[0])).all(), options
        assert values[-1] > values[0], options


def gain(p, best):
    """Expected log-likelihood of covariances, of the scatter of full ones; nats for each unit of weight."""
    share = best.weights / best.weights.sum()
    inverse, log_volumes = np.linalg.inv(p.covariances), np.linalg.slogdet(p.covariances)[1]
    return -0.5 * share @ (log_volumes + np.einsum("kij,kji->k", inverse, best.covariances))


def compare(moments, sums, p, options):
    """The E-step's sums are the reference's, about the same points."""
    assert_close(moments.log_likelihood, sums.log_likelihood, rtol=1e-9)
    assert_close(moments.counts, sums.counts, rtol=1e-7)
    assert_close(moments.uniform, sums.uniform, rtol=1e-7, atol=1e-9)
    about = moments.reference
    first = sums.first - sums.counts[:, None] * about
    assert_close(moments.first, first, rtol=1e-6, atol=1e-6)
    cross = np.einsum("ki,kj->kij", first, about)
    second = sums.second - cross - cross.swapaxes(1, 2)
    second -= np.einsum("k,ki,kj->kij", sums.counts, about, about)
    assert_close(moments.second, moments.frame.of_dense(second), rtol=1e-6, atol=1e-6)


def covering():
    """Two runs of each family, whose options are each other's complement.

    Every option is there and not in each family. The sixteen pairs of complements are all 32 subsets, so any options
    occur together in every way.
    """
    pairs = [(s, tuple(o for o in OPTIONS if o not in s)) for s in SUBSETS[: len(SUBSETS) // 2]]
    for i, family in enumerate(FAMILIES):
        for options in pairs[i % len(pairs)]:
            yield options, family


RUNS = list(covering())


def test_the_design_covers_all_pairs():
    for family in FAMILIES:
        met = [set(options) for options, other in RUNS if other == family]
        for option in OPTIONS:
            assert {option in options for options in met} == {True, False}
    for pair in combinations(OPTIONS, 2):
        assert len({tuple(option in options for option in pair) for options, _ in RUNS}) == 4


@pytest.mark.parametrize(("options", "family"), RUNS, ids=name_of)
def test_default_fits(options, family):
    X, known = problem(options, 70)
    widths = np.nanmax(X, axis=0) - np.nanmin(X, axis=0)
    volume = float(widths.prod()) if "uniform" in options else False
    model = GaussianMixture(K, covariance_type=family, noise_component=volume, random_state=0)
    with quiet():
        model.fit(X, **known)
    bounds = np.array(model.lower_bounds_)
    assert (np.diff(bounds) >= -1e-9 * np.abs(bounds[:-1])).all()
    rows, rules, _ = reference(X, known)
    rules, mixture = replace(rules, widths=widths), model.mixture_
    share = 0.0 if mixture.uniform is None else mixture.uniform.weight
    p = Parameters(mixture.weights, mixture.means, mixture.covariances.dense(), share)
    sums, total = e_step(p, rows, rules), rows.weights.sum()
    assert sums.log_likelihood / total == pytest.approx(model.lower_bound_, abs=1e-5)
    after = e_step(within(family, m_step(sums, rules, p), p), rows, rules)
    gained = (after.log_likelihood - sums.log_likelihood) / total
    assert -1e-8 < gained < 1e-4
