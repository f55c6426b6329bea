"""EM of families that estimate their covariances in NumPy: the steps of plain EM, in a part of the time."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Diagonal, Full, GaussianMixture, Mixture, Spherical, Tied, kernels
from gaussmix.blocks import Block
from gaussmix.covariances.constraints import AddToDiagonal, Floor
from gaussmix.em import e_step, m_step
from gaussmix.engines import SerialEngine
from gaussmix.fitting import BatchEM, Problem
from gaussmix.fitting.drivers import driver_of
from gaussmix.fitting.own_estimate import EstimateState, OwnEstimateEM, own_estimate_steps
from gaussmix.model import Model
from gaussmix.sources import ArraySource

from ..support import assert_close, clusters, quiet

needs_compiled = pytest.mark.skipif(kernels.em_scatter is None, reason="the kernel in use has no such passes")


def uncompiled(family):
    """The family, as one whose M-step the kernels do not know."""
    kind = type(f"Own{type(family).__name__}", (type(family),), {})
    own = kind(*([family.inner] if isinstance(family, Tied) else []))
    own.pooling = None
    return own


FAMILIES = [uncompiled(family) for family in (Full(), Diagonal(), Tied(Full()), Tied(Diagonal()))]
EACH = pytest.mark.parametrize("family", FAMILIES, ids=repr)


def same(a, b, rtol=1e-9):
    assert_close(a.weights, b.weights, rtol)
    assert_close(a.means, b.means, rtol)
    assert_close(a.covariances.dense(), b.covariances.dense(), rtol)


def problem(family, constraint=None, K=3, D=2, dtype=np.float64):
    """A table with weights, a model, and a start of broad components at some rows."""
    rng = np.random.default_rng(0)
    X = clusters(rng, 200, K, D).astype(dtype)
    weights = rng.integers(0, 3, 200).astype(float)
    spread = np.cov(X.T).reshape(D, D)
    floor = Floor(spread if family.frame.full else np.diagonal(spread), 1e-6)
    shares = np.full(K, 1.0 / K)
    start = Mixture.of(shares, X[:K].astype(float), family.from_dense(np.tile(spread, (K, 1, 1)), shares))
    return Problem(ArraySource(X, weights), Model(family, constraint or floor), SerialEngine()), start


@needs_compiled
@EACH
@pytest.mark.parametrize(("K", "D"), [(1, 1), (3, 2), (2, 7), (4, 3)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_its_steps_are_those_of_plain_em(family, K, D, dtype):
    problem_, start = problem(family, K=K, D=D, dtype=dtype)
    driver, plain = driver_of(problem_), BatchEM(problem_)
    assert isinstance(driver, OwnEstimateEM)
    state, expected = driver.init(start), plain.init(start)
    for _ in range(12):
        state, expected = driver.step(state), plain.step(expected)
        assert_close(state.objective, expected.objective, 1e-9 if dtype == np.float64 else 1e-5)
    same(state.mixture, expected.mixture, 1e-8 if dtype == np.float64 else 1e-4)
    same(driver.steps(driver.init(start), 12).mixture, state.mixture)


@needs_compiled
@EACH
@pytest.mark.parametrize("name", ["floor", "floor that holds", "addition"])
def test_constraints(family, name):
    scale = np.eye(2) if family.frame.full else np.ones(2)
    constraint = {
        "floor": Floor(scale, 1e-8),
        "floor that holds": Floor(100.0 * scale, 0.05),
        "addition": AddToDiagonal(0.5),
    }[name]
    problem_, start = problem(family, constraint)
    driver, plain = OwnEstimateEM(problem_), BatchEM(problem_)
    state, expected = driver.init(start), plain.init(start)
    for _ in range(8):
        state, expected = driver.step(state), plain.step(expected)
    same(state.mixture, expected.mixture)
    assert_close(state.objective, expected.objective)


@needs_compiled
@EACH
def test_fixed_components_in_the_background(family):
    problem_, start = problem(family)
    block = problem_.source.parts()[0].read()
    background = np.random.default_rng(1).standard_normal(block.n_rows) - 6.0
    model, beside = problem_.model.of_mass(0.7), Block(block.X, block.weights, background=background)
    state, done = own_estimate_steps(beside, model, EstimateState.of(start), 5)
    expected = start
    for _ in range(5):
        moments = e_step(expected.densities, beside)
        expected = m_step(moments, model)
    assert done == 5
    same(state.mixture, expected)
    assert_close(state.log_likelihood, moments.log_likelihood)
    assert_close(state.weights.sum(), 0.7)


@needs_compiled
@EACH
def test_what_is_rare_is_left_to_plain_em(family):
    problem_, start = problem(family)
    # Of an empty component, and of means far from every row.
    X = problem_.source.parts()[0].read().X
    away = Mixture.of(
        start.weights.copy(),
        X.mean(axis=0) + np.array([[0.0, 0.0], [1e5, 0.0], [0.0, 1e9]]),
        start.covariances,
    )
    block = problem_.source.parts()[0].read()
    assert own_estimate_steps(block, problem_.model, EstimateState.of(away), 3)[1] == 0
    driver = OwnEstimateEM(
        Problem(
            problem_.source,
            Model(family, Floor(np.eye(2) if family.frame.full else np.ones(2))),
            SerialEngine(),
        )
    )
    found = driver.step(driver.init(away))
    expected = BatchEM(driver.problem).step(BatchEM(driver.problem).init(away))
    same(found.mixture, expected.mixture)


@EACH
def test_without_the_compiled_kernel_it_is_plain_em(family, monkeypatch):
    monkeypatch.setattr(kernels, "em_scatter", None)
    problem_, start = problem(family)
    assert isinstance(driver_of(problem_), BatchEM)
    assert (
        own_estimate_steps(problem_.source.parts()[0].read(), problem_.model, EstimateState.of(start), 3)[1]
        == 0
    )


@needs_compiled
@pytest.mark.parametrize("family", [Full(), Diagonal(), Spherical()], ids=repr)
def test_the_search_finds_the_same_by_either_way(family):
    X = clusters(np.random.default_rng(3), 300, 4, 2)
    fits = []
    for one in (family, uncompiled(family)):
        with quiet():
            fits.append(GaussianMixture(4, covariance_type=one, random_state=0).fit(X))
    assert_close(fits[1].score(X), fits[0].score(X), 1e-6)
