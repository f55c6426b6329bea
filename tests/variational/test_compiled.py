"""The compiled iterations of variational Bayes against the update in Python, the definition of each number."""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import BayesianGaussianMixture, Diagonal, Full, Mixture, Spherical, Tied, kernels
from gaussmix.blocks import Block
from gaussmix.covariances.constraints import AddToDiagonal, NoConstraint
from gaussmix.datasets import load_faithful
from gaussmix.engines import SerialEngine
from gaussmix.fitting import FixedIterations, Problem, run_loop
from gaussmix.fitting.loop import Reached
from gaussmix.kernels import VariationalPath
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.variational import Prior, VariationalEM, VariationalState
from gaussmix.variational.compiled import CompiledVariationalState, LinearBlocks, OneBlock, variational_driver
from gaussmix.variational.weights import WEIGHTS

from ..support import assert_close, clusters

FAMILIES = {
    "full": Full(),
    "tied": Tied(Full()),
    "diag": Diagonal(),
    "spherical": Spherical(),
    "tied-diag": Tied(Diagonal()),
    "tied-spherical": Tied(Spherical()),
}
all_families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
all_weights = pytest.mark.parametrize("weights", sorted(WEIGHTS))

needs_kernel = pytest.mark.skipif(
    kernels.variational_path is None, reason="the compiled kernel is not in use"
)


def problem_of(X, family, weights=None, ridge=0.0, block_rows=None):
    source = ArraySource.of(Block(X, weights))
    if block_rows is not None:
        source = ArraySource(X, weights, rows_per_block=block_rows)
    return Problem(source, Model(family, AddToDiagonal(ridge) if ridge else NoConstraint()), SerialEngine())


def prior_of(rng, X, family, weights, concentration=0.5, mean_precision=1.0, more=0.0):
    D = X.shape[1]
    root = rng.standard_normal((D, D)) * X.std(axis=0)
    scatter = root @ root.T + np.diag(X.var(axis=0))
    dof = D + more
    single = family.inner if isinstance(family, Tied) else family
    scatter = single.nearest(single.frame.of_matrices(scatter)[None], np.ones(1)).in_frame()[0]
    return Prior(family, weights, concentration, X.mean(axis=0), mean_precision, dof, scatter)


def start_of(rng, X, K, family):
    means = X[rng.choice(len(X), K)]
    covariances = np.stack([np.diag(X.var(axis=0))] * K)
    return Mixture(np.full(K, 1.0 / K), means, family.from_dense(covariances, np.full(K, 1.0 / K)))


def assert_same_run(problem, prior, start, iterations=5, rtol=1e-11):
    """Assert that iterations of both give the same densities, divergences, bounds and moments."""
    plain, compiled = VariationalEM(problem, prior), variational_driver(problem, prior)
    one = two = plain.init(start)
    for _ in range(iterations):
        one, two = plain.step(one), compiled.step(two)
        assert isinstance(two, CompiledVariationalState)
        for found, expected in zip(two.densities, one.densities, strict=True):
            assert_close(found, expected, rtol=rtol, scale=max(1.0, np.abs(expected).max()))
        assert_close(two.objective, one.objective, rtol=rtol, scale=max(1.0, abs(one.objective)))
        assert_close(
            two.moments.counts, one.moments.counts, rtol=rtol, scale=len(problem.source.parts()[0].read().X)
        )
        assert_close(two.posterior.divergence, two.densities.divergence, rtol=rtol)
        assert_close(two.posterior.entropy, one.posterior.entropy, rtol=1e-9, scale=problem.n_rows)


@needs_kernel
@all_families
@all_weights
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    D=st.integers(1, 9),
    K=st.integers(1, 5),
    concentration=st.sampled_from([1e-6, 1e-3, 0.3, 1.0, 50.0, 1e4]),
    mean_precision=st.sampled_from([1e-3, 1.0, 30.0]),
    more=st.sampled_from([-0.9, 0.0, 2.5, 100.0]),
    weighted=st.booleans(),
    ridge=st.sampled_from([0.0, 0.1]),
    blocks=st.booleans(),
)
def test_a_step_is_that_of_python(
    family, weights, seed, D, K, concentration, mean_precision, more, weighted, ridge, blocks
):
    rng = np.random.default_rng(seed)
    X = clusters(rng, 200, K, D)
    values = rng.uniform(0.0, 3.0, len(X)) if weighted else None
    prior = prior_of(rng, X, family, weights, concentration, mean_precision, more)
    problem = problem_of(X, family, values, ridge, 64 if blocks else None)
    assert len(problem.source.parts()) == (4 if blocks else 1)
    assert_same_run(problem, prior, start_of(rng, X, K, family), iterations=3)


@needs_kernel
@all_weights
@pytest.mark.parametrize("family", [Tied(Full()), Tied(Diagonal())], ids=["full", "diagonal"])
def test_a_linear_pass_is_that_of_python(family, weights):
    rng = np.random.default_rng(0)
    D, n = (12, 6000) if family.frame.full else (70, 300)
    X = clusters(rng, n, 3, D) + 5.0
    problem, prior = problem_of(X, family, rng.uniform(0.0, 3.0, n)), prior_of(rng, X, family, weights)
    assert isinstance(variational_driver(problem, prior), LinearBlocks)
    assert_same_run(problem, prior, start_of(rng, X, 3, family), rtol=1e-10)


@needs_kernel
def test_a_linear_pass_is_not_made_where_digits_would_cancel():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((6000, 12)) + np.where(rng.random(6000) < 0.5, 0.0, 1e7)[:, None]
    family = Tied(Full())
    prior = Prior(family, "dirichlet_process", 0.5, np.zeros(12), 1e-9, 12.0, np.eye(12))
    problem = problem_of(X, family)
    start = Mixture(
        [0.5, 0.5], [[0.0] * 12, [1e7] * 12], family.from_dense(np.stack([np.eye(12)] * 2), np.full(2, 0.5))
    )
    driver, plain = variational_driver(problem, prior), VariationalEM(problem, prior)
    after, expected = driver.step(driver.init(start)), plain.step(plain.init(start))
    assert isinstance(driver, LinearBlocks)
    assert isinstance(after, VariationalState)
    assert after.objective == expected.objective


@needs_kernel
@all_families
@all_weights
def test_a_look_ahead_is_that_many_steps(family, weights):
    rng = np.random.default_rng(0)
    X = load_faithful().data
    problem = problem_of(X, family)
    prior = prior_of(rng, X, family, weights)
    start = start_of(rng, X, 4, family)
    plain, compiled = VariationalEM(problem, prior), variational_driver(problem, prior)
    run = partial(run_loop, start=start, stop=FixedIterations(), max_iter=50)
    one, two = run(plain), run(compiled)
    np.testing.assert_allclose(two.trace.log_likelihood, one.trace.log_likelihood, rtol=1e-10)
    assert two.trace.n_iterations == 50
    assert_close(two.mixture.means, one.mixture.means, rtol=1e-8)
    assert len(compiled.look_ahead(compiled.init(start), 7)) == 7


def path_of(X, mixture, moments):
    """The path of one iteration with given moments, from the densities of a mixture."""
    means, factors, offsets = mixture.densities.arrays
    both = [np.stack([array, np.zeros_like(array)]) for array in (means, factors, offsets)]
    return VariationalPath(*both, np.zeros(2), moments[None])


@needs_kernel
@all_families
@pytest.mark.parametrize("kind", ["as usual", "a mean that jumps", "rows without a density"])
def test_what_is_rare_is_refused(family, kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 2))
    start = start_of(rng, X, 2, family)
    if kind == "a mean that jumps":
        start = start.like(start.weights, start.means + 1e9, start.covariances)
    moments = kernels.em_sums(X, None, *map(np.ascontiguousarray, start.densities.arrays))
    if kind == "rows without a density":
        moments[0] = np.nan
    prior = Prior(
        family,
        "dirichlet_process",
        0.5,
        np.zeros(2),
        1.0,
        2.0,
        np.cov(X.T) if family.frame.full else np.ones(2),
    )
    rule = variational_driver(problem_of(X, family), prior).rule
    assert kernels.variational_update(path_of(X, start, moments), rule) == (kind == "as usual")


@pytest.mark.parametrize("refused", [True, False])
def test_what_the_kernel_refuses_is_done_in_python(refused):
    rng = np.random.default_rng(0)
    X, family = load_faithful().data, Full()
    problem, prior, start = (
        problem_of(X, family),
        prior_of(rng, X, family, "dirichlet_process"),
        start_of(rng, X, 2, family),
    )
    steps = (lambda rows, path, rule: 0) if refused else kernels.variational_path
    if steps is None:
        pytest.skip("the compiled kernel is not in use")
    driver, plain = OneBlock(problem, prior, steps), VariationalEM(problem, prior)
    after, expected = driver.step(driver.init(start)), plain.step(plain.init(start))
    assert isinstance(after, VariationalState) == refused
    assert_close(after.posterior.means, expected.posterior.means, rtol=1e-11)


@needs_kernel
@pytest.mark.parametrize("blocks", [None, 64])
def test_a_state_continues_to_the_bit(blocks):
    rng = np.random.default_rng(0)
    X, family = load_faithful().data, Full()
    driver = variational_driver(
        problem_of(X, family, block_rows=blocks), prior_of(rng, X, family, "dirichlet_process")
    )
    start = start_of(rng, X, 3, family)
    run = partial(run_loop, driver, stop=FixedIterations())
    whole = run(start, max_iter=20)
    half = run(start, max_iter=11).reached
    for state in (half.state, half.state.alone(), pickle.loads(pickle.dumps(half.state))):
        end = run(Reached(state, list(half.objectives), False), max_iter=9)
        np.testing.assert_array_equal(end.mixture.means, whole.mixture.means)
        assert end.objective == whole.objective
        assert end.posterior.divergence == whole.posterior.divergence


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_a_fit_without_the_kernel_is_the_same(family, monkeypatch):
    X = load_faithful().data
    fit = BayesianGaussianMixture(4, covariance_type=family, random_state=0, tol=1e-9, max_iter=2000).fit
    compiled = fit(X)
    bound, means = compiled.lower_bound_, compiled.means_.copy()
    monkeypatch.setattr(kernels, "variational_path", None)
    assert type(variational_driver(problem_of(X, Full()), None)) is VariationalEM
    plain = fit(X)
    assert plain.lower_bound_ == pytest.approx(bound, abs=1e-6)
    np.testing.assert_allclose(plain.means_, means, rtol=1e-4)
