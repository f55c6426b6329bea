"""EM with a shared covariance by linear passes: against plain EM, step by step, and where digits would be lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import Diagonal, Full, Mixture, Spherical, Tied
from gaussmix.covariances.constraints import AddToDiagonal, Floor, NoConstraint
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.fitting import tied
from gaussmix.fitting.batch import BatchEM
from gaussmix.fitting.drivers import driver_of
from gaussmix.fitting.problem import Problem
from gaussmix.fitting.tied import Coordinates, LinearForm, TiedEM, tied_driver
from gaussmix.frames import FullFrame
from gaussmix.model import Model
from gaussmix.one_blas_thread import one_blas_thread
from gaussmix.sources import ArraySource

from ..laws.test_monotone import KINDS, assert_never_falls
from ..support import assert_close, fit, random_dense, random_mixture

SEEDS = st.integers(0, 2**32 - 1)
TIED = (Tied(Full()), Tied(Diagonal()), Tied(Spherical()))
all_tied = pytest.mark.parametrize("family", TIED, ids=[family.name for family in TIED])


class Refused:
    """A driver whose steps nobody may take."""

    allowed_fall = 1e-9

    def init(self, mixture):
        return mixture

    def step(self, state):
        raise AssertionError("the exact pass was asked for")


def table(seed, K, D, condition=10.0, spread=5.0, n=400):
    """Rows of K clusters of one shape, and a mixture near them."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(random_dense(rng, 1, D, condition)[0])
    centres = spread * rng.uniform(-1, 1, (K, D)) @ root.T
    X = centres[rng.integers(0, K, n)] + rng.standard_normal((n, D)) @ root.T
    return X, centres + 0.3 * rng.standard_normal((K, D)) @ root.T, root @ root.T, rng


def problem_of(X, family, weights=None, constraint=None, engine=None):
    scale = np.cov(X.T).reshape(X.shape[1], -1)
    return Problem(
        ArraySource(X, weights), Model(family, constraint or Floor(scale)), engine or SerialEngine()
    )


def start_of(family, means, covariance):
    K = len(means)
    return Mixture.of(np.full(K, 1 / K), means, family.from_dense(np.tile(covariance, (K, 1, 1)), np.ones(K)))


def assert_same_steps(problem, start, steps=3, exact=None, rtol=1e-10):
    driver, plain = TiedEM(problem, exact or BatchEM(problem)), BatchEM(problem)
    state, expected = driver.init(start), plain.init(start)
    offset = start.means.mean(axis=0)
    for _ in range(steps):
        state, expected = driver.step(state), plain.step(expected)
        # Rows far from the origin are given to so many digits and no more.
        far = 4e-16 * np.abs(offset).max()
        assert_close(state.objective, expected.objective, rtol=rtol, atol=rtol)
        assert_close(state.mixture.weights, expected.mixture.weights, rtol=rtol)
        assert_close(state.mixture.means - offset, expected.mixture.means - offset, rtol=rtol, atol=far)
        assert type(state.mixture.covariances) is type(expected.mixture.covariances)
        assert_close(state.mixture.covariances.array, expected.mixture.covariances.array, rtol=rtol)


@all_tied
@given(SEEDS, st.integers(1, 6), st.integers(1, 8), st.sampled_from([0.0, 1e6]), st.booleans())
def test_each_step_is_that_of_plain_em(family, seed, K, D, offset, weighted):
    X, means, covariance, rng = table(seed, K, D)
    weights = rng.integers(0, 4, len(X)).astype(float) if weighted else None
    problem = problem_of(X + offset, family, weights)
    assert_same_steps(problem, start_of(family, means + offset, covariance), exact=Refused())


@given(SEEDS, st.sampled_from([1e2, 1e4, 1e8]), st.sampled_from([2.0, 30.0]))
def test_clusters_near_a_plane(seed, condition, spread):
    X, means, covariance, _ = table(seed, 3, 6, condition, spread)
    start = start_of(Tied(Full()), means, covariance)
    assert_same_steps(problem_of(X, Tied(Full())), start, exact=Refused(), rtol=1e-15 * max(1e5, condition))


@all_tied
@given(SEEDS, st.sampled_from([1e2, 1e3, 1e5, 1e7]))
def test_clusters_far_apart(family, seed, spread):
    X, means, covariance, _ = table(seed, 4, 3, spread=spread)
    assert_same_steps(problem_of(X, family), start_of(family, means, covariance))


@all_tied
def test_clusters_too_far_apart_are_left_to_the_exact_pass(family):
    X, means, covariance, _ = table(0, 3, 4, spread=1e5)
    driver = TiedEM(problem_of(X, family), Refused())
    with pytest.raises(AssertionError, match="exact"):
        driver.step(driver.init(start_of(family, means, covariance)))


@all_tied
@pytest.mark.parametrize("constraint", [NoConstraint(), AddToDiagonal(0.1), Floor(np.eye(5), 0.9)])
def test_each_prior(family, constraint):
    X, means, covariance, _ = table(0, 3, 5)
    assert_same_steps(
        problem_of(X, family, constraint=constraint), start_of(family, means, covariance), exact=Refused()
    )


@all_tied
def test_a_component_without_rows(family):
    X, means, covariance, _ = table(0, 3, 4)
    means[0] += 1e4
    assert_same_steps(problem_of(X, family), start_of(family, means, covariance))


@all_tied
def test_columns_without_spread_and_sums_of_others(family):
    X, means, covariance, _ = table(0, 3, 5)
    X[:, 1], X[:, 4] = 7.0, X[:, 0] + X[:, 2]
    means[:, 1], means[:, 4] = 7.0, means[:, 0] + means[:, 2]
    scale = np.cov(X.T) + np.diag([0.0, 1.0, 0.0, 0.0, 1.0])
    problem = problem_of(X, family, constraint=Floor(scale, 1e-3))
    assert_same_steps(problem, start_of(family, means, covariance), exact=Refused(), rtol=1e-9)


@all_tied
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_number_of_threads_changes_no_bit(family, dtype):
    rng = np.random.default_rng(0)
    X, weights = rng.standard_normal((100_000, 6)).astype(dtype), rng.integers(0, 3, 100_000).astype(float)
    start, found = random_mixture(rng, 4, 6, family), []
    for engine in (SerialEngine(), ThreadEngine(1), ThreadEngine(3)):
        driver = TiedEM(problem_of(X, family, weights, engine=engine), Refused())
        assert len(driver.problem.source.parts()) > 1
        with one_blas_thread:  # as in a fit: sums of BLAS in single precision depend on its number of threads
            state = driver.init(start)
            for _ in range(3):
                state = driver.step(state)
        found.append(state)
    assert found[0].mixture == found[1].mixture == found[2].mixture
    assert found[0].objective == found[1].objective == found[2].objective


def test_rows_are_whitened_where_columns_are_correlated():
    for condition, whitened in ((1.5, False), (1e6, True)):
        X, *_ = table(0, 1, 6, condition)
        coordinates = Coordinates.of(ArraySource(X), SerialEngine(), FullFrame())
        assert (coordinates.basis is not None) == whitened
    assert_close(coordinates.scatter, len(X) * np.eye(6), rtol=1e-9)
    X, means, covariance, _ = table(0, 3, 6, 1e6)
    coordinates = Coordinates.of(ArraySource(X), SerialEngine(), FullFrame())
    mixture = start_of(Tied(Full()), means, covariance)
    form = LinearForm.of(mixture.densities, coordinates)
    Y = (X - coordinates.centre) @ coordinates.basis.T
    difference = mixture.log_joint(X) - (form.intercepts + Y @ form.slopes.T)
    assert_close(difference, np.tile(difference[:, :1], 3), rtol=1e-9)
    assert_close(difference[:, 0].sum(), form.quadratic, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", [family.name for family in TIED])
@settings(max_examples=10)
@given(seed=SEEDS, D=st.integers(1, 4), K=st.integers(1, 4))
def test_the_objective_never_falls(kind, name, seed, D, K):
    X = kind(np.random.default_rng(seed), 60, D)
    with pytest.MonkeyPatch.context() as patch:
        for limit in ("_SMALL", "_FEW_COLUMNS", "_MANY_COLUMNS"):
            patch.setattr(tied, limit, 0)
        model = fit(X, min(K, len(X)), covariance_type=name, tol=0.0, max_iter=30, random_state=seed % 1000)
    assert_never_falls(model)


def test_where_it_is_used():
    def used(n, D, family):
        problem = Problem(ArraySource(np.zeros((n, D))), Model(family, NoConstraint()), SerialEngine())
        return tied_driver(problem, BatchEM(problem)) is not None

    assert used(10_000, 20, Tied(Full()))
    assert used(90, 100, Tied(Diagonal()))
    assert not used(2_000, 10, Tied(Full()))
    assert not used(100_000, 4, Tied(Full()))
    assert not used(100_000, 20, Tied(Diagonal()))
    assert not used(100_000, 100, Full())
    problem = Problem(
        ArraySource(np.zeros((10_000, 20))), Model(Tied(Full()), NoConstraint()), SerialEngine()
    )
    assert isinstance(driver_of(problem), TiedEM)
