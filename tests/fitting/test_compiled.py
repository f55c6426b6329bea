"""The compiled drivers against plain EM in NumPy, step by step, for each family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gaussmix import Full, Mixture, Spherical, Tied, kernels
from gaussmix.covariances.constraints import AddToDiagonal, Floor, NoConstraint
from gaussmix.engines import SerialEngine
from gaussmix.errors import NoiseOnlyError
from gaussmix.fitting import (
    AbsoluteChange,
    Aitken,
    FixedIterations,
    RelativeChange,
    accelerated,
    compiled,
    run_loop,
)
from gaussmix.fitting.batch import BatchEM
from gaussmix.fitting.compiled import BlocksEM, OneBlockEM, compiled_driver
from gaussmix.fitting.drivers import driver_of
from gaussmix.fitting.problem import Problem
from gaussmix.fitting.tied import tied_driver
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.starts.beside_uniform import beside
from gaussmix.uniform import Uniform

from ..support import DECOMPOSED, FAMILIES, NAMES, assert_close, clusters, random_mixture

pytestmark = pytest.mark.skipif(kernels.em_steps is None, reason="the compiled kernel is not in use")
SIZES = {"one block": (900, OneBlockEM), "many blocks": (140_000, BlocksEM)}
all_families = pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
all_sizes = pytest.mark.parametrize(("n", "kind"), SIZES.values(), ids=SIZES)
CONSTRAINTS = {
    "none": NoConstraint(),
    "a constant": AddToDiagonal(np.array([0.1, 0.2, 0.3])),
    "a floor that binds": Floor(np.eye(3), 0.5),
}


def problem_of(n, family, constraint, dtype=np.float64):
    rng = np.random.default_rng(0)
    X, weights = clusters(rng, n, 4, 3).astype(dtype), rng.integers(0, 3, n).astype(float)
    return Problem(ArraySource(X, weights), Model(family, constraint), SerialEngine())


def assert_same_steps(driver, plain, start, steps, rtol):
    state, expected = driver.init(start), plain.init(start)
    for _ in range(steps):
        state, expected = driver.step(state), plain.step(expected)
        assert_close(state.objective, expected.objective, rtol=rtol)
        for name in ("weights", "means"):
            assert_close(getattr(state.mixture, name), getattr(expected.mixture, name), rtol=rtol)
        assert type(state.mixture.covariances) is type(expected.mixture.covariances)
        assert_close(state.mixture.covariances.array, expected.mixture.covariances.array, rtol=rtol)


@all_sizes
@all_families
@pytest.mark.parametrize("constraint", CONSTRAINTS.values(), ids=CONSTRAINTS)
def test_each_step_is_that_of_plain_em(n, kind, family, constraint):
    problem = problem_of(n, family, constraint)
    driver = compiled_driver(problem)
    assert type(driver) is kind
    start = random_mixture(np.random.default_rng(1), 4, 3, family)
    assert_same_steps(driver, BatchEM(problem), start, 3, rtol=1e-9)


@pytest.mark.parametrize("family", [*FAMILIES, *DECOMPOSED], ids=lambda family: family.name)
@pytest.mark.parametrize(
    "constraint", [NoConstraint(), CONSTRAINTS["a floor that binds"]], ids=["none", "floor"]
)
def test_each_step_on_incomplete_rows_is_that_of_plain_em(family, constraint):
    problem = problem_of(300, family, constraint)
    block = problem.source.parts()[0].read()
    X = np.where(np.random.default_rng(2).random(block.X.shape) < 0.2, np.nan, block.X)
    problem = replace(problem, source=ArraySource(X, block.weights, holes=True))
    driver = compiled_driver(problem)
    assert type(driver) is OneBlockEM
    start = random_mixture(np.random.default_rng(1), 4, 3, family)
    assert_same_steps(driver, BatchEM(problem), start, 3, rtol=1e-9)


def test_incomplete_rows_of_many_blocks_are_left_to_plain_em():
    problem = problem_of(140_000, Full(), NoConstraint())
    assert compiled_driver(replace(problem, source=ArraySource(np.zeros((140_000, 3)), holes=True))) is None


def test_rows_in_float32():
    problem = problem_of(140_000, Full(), NoConstraint(), np.float32)
    start = random_mixture(np.random.default_rng(1), 4, 3, Full())
    assert_same_steps(compiled_driver(problem), BatchEM(problem), start, 3, rtol=1e-5)


@all_sizes
def test_an_empty_component_and_a_jump_are_left_to_plain_em(n, kind):
    problem = problem_of(n, Full(), NoConstraint())
    eye = np.stack([np.eye(3)] * 2)
    for means in ([[0.0] * 3, [1e6] * 3], [[1e7] * 3, [1e7 + 1.0] * 3]):
        start = Mixture([0.5, 0.5], means, eye)
        assert_same_steps(compiled_driver(problem), BatchEM(problem), start, 2, rtol=1e-9)


def test_there_is_none_for_many_columns_or_a_rule_of_another_kind():
    many = Problem(ArraySource(np.zeros((9, 65))), Model(Full(), NoConstraint()), SerialEngine())
    assert compiled_driver(many) is None

    class Odd(Spherical):
        pooling = None

    assert compiled_driver(problem_of(900, Odd(), NoConstraint())) is None


def test_there_is_none_without_the_compiled_kernel(monkeypatch):
    for name in ("em_steps", "em_sums", "m_step"):
        monkeypatch.setattr(kernels, name, None)
    for n in (900, 140_000):
        assert compiled_driver(problem_of(n, Full(), NoConstraint())) is None


class OneByOne:
    """A driver whose steps are taken one at a time."""

    def __init__(self, driver):
        self.init, self.step, self.allowed_fall = driver.init, driver.step, driver.allowed_fall


def overlapping(family, constraint=None):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((300, 3)) + rng.integers(0, 2, 300)[:, None] * [2.0, 1.0, 0.0]
    weights = rng.integers(0, 3, 300).astype(float)
    return Problem(ArraySource(X, weights), Model(family, constraint or Floor(np.cov(X.T))), SerialEngine())


def assert_same_run(driver, start, stop, max_iter=400):
    ahead = run_loop(driver, start, stop=stop, max_iter=max_iter)
    single = run_loop(OneByOne(driver), start, stop=stop, max_iter=max_iter)
    assert ahead.trace.status == single.trace.status
    assert np.array_equal(ahead.trace.log_likelihood, single.trace.log_likelihood)
    assert ahead.mixture == single.mixture
    assert ahead.mixture.weights.base is None  # and does not hold the mixtures of the look ahead
    return ahead


RULES = (FixedIterations(), AbsoluteChange(1e-6), RelativeChange(1e-6), Aitken(), Aitken(1e-9))


@all_families
@pytest.mark.parametrize("stop", RULES, ids=repr)
@pytest.mark.parametrize("constraint", [None, AddToDiagonal(1e-3)], ids=["a floor", "a constant"])
def test_several_steps_in_a_call_end_where_single_ones_do(family, stop, constraint):
    problem = overlapping(family, constraint)
    start = random_mixture(np.random.default_rng(1), 3, 3, family)
    result = assert_same_run(compiled_driver(problem), start, stop)
    assert result.trace.n_iterations > 4


@all_families
def test_an_acceleration_takes_over_at_the_same_step(family, monkeypatch):
    monkeypatch.setattr(accelerated, "_LEAST_PASSES", 0.0)
    monkeypatch.setattr(accelerated, "_OVERHEAD", 0.0)
    start = random_mixture(np.random.default_rng(1), 3, 3, family)
    for tol in (1e-6, 1e-9):
        driver = driver_of(overlapping(family), Aitken(tol), accelerate=True)
        assert isinstance(driver, accelerated.AcceleratedEM)
        assert_same_run(driver, start, Aitken(tol))


@all_families
@pytest.mark.parametrize("stop", RULES, ids=repr)
def test_a_run_is_few_calls_of_the_kernel(family, stop):
    driver = driver_of(overlapping(family), stop, accelerate=True)
    one_block, lengths = getattr(driver, "plain", driver), []

    def counted(*arguments):
        lengths.append(arguments[-1])
        return kernels.em_path(*arguments)

    object.__setattr__(one_block, "em_path", counted)
    start = random_mixture(np.random.default_rng(1), 3, 3, family)
    result = run_loop(driver, start, stop=stop, max_iter=100)
    assert result.trace.n_iterations > 4
    assert len(lengths) <= 2 + result.trace.n_iterations // max(lengths)


class OwnRule(AbsoluteChange):
    """A rule of another class than the kernel knows."""

    def converged(self, objectives):
        return len(objectives) == 9


def test_a_rule_of_another_class_is_asked_after_each_step():
    start = random_mixture(np.random.default_rng(1), 3, 3, Full())
    result = assert_same_run(compiled_driver(overlapping(Full())), start, OwnRule(1.0))
    assert (result.trace.status, result.trace.n_iterations) == ("converged", 9)


def test_a_look_ahead_is_cut_short_before_a_step_for_plain_em():
    problem = overlapping(Full(), Floor(np.eye(3), 0.9))
    start = Mixture([0.5, 0.5], [[0.0] * 3, [1.0] * 3], np.stack([4.0 * np.eye(3)] * 2))
    assert_same_run(compiled_driver(problem), start, FixedIterations(), max_iter=30)


def test_a_look_ahead_is_bounded_by_its_work():
    start = random_mixture(np.random.default_rng(1), 4, 3, Spherical())
    small = compiled_driver(overlapping(Spherical()))
    large = compiled_driver(problem_of(20_000, Spherical(), NoConstraint()))
    for driver, n in ((small, 300), (large, 20_000)):
        assert len(driver.look_ahead(driver.init(start), 10**9)) == compiled._WORK // (n * 4 * 4)


def on_a_plane(n):
    """Rows of two groups on planes of their own, and a mixture of them."""
    rng = np.random.default_rng(4)
    X = rng.standard_normal((n, 3))
    group = rng.integers(0, 2, n)
    X[:, 2] = X[:, 0] + 4.0 * group
    start = Mixture([0.5, 0.5], [[0.1, 0.0, 0.3], [0.0, 0.1, 3.7]], np.stack([np.eye(3)] * 2))
    return Problem(ArraySource(X), Model(Full(), Floor(np.cov(X.T))), SerialEngine()), start


@all_sizes
def test_a_bound_that_is_met_takes_no_step_of_plain_em(n, kind, monkeypatch):
    problem, start = on_a_plane(n)
    driver = compiled_driver(problem)
    plain = run_loop(BatchEM(problem), start, stop=FixedIterations(), max_iter=30)
    monkeypatch.delattr(BatchEM, "step")
    monkeypatch.delattr(BatchEM, "after")
    result = run_loop(driver, start, stop=FixedIterations(), max_iter=30)
    assert result.trace.status == "max_iter"  # and did not fall
    assert_close(result.trace.log_likelihood, plain.trace.log_likelihood, rtol=1e-10)
    assert problem.model.constraint.active(result.mixture.covariances.dense()).tolist() == [0, 1]


@all_sizes
@pytest.mark.parametrize("family", [Full(), Tied(Full())], ids=["full", "tied"])
def test_a_mixture_that_meets_its_bound_keeps_the_digits_of_its_roots(n, kind, family):
    problem, start = on_a_plane(n)
    problem = replace(problem, model=replace(problem.model, family=family))
    start = Mixture.of(
        start.weights, start.means, family.from_dense(start.covariances.dense(), start.weights)
    )
    result = run_loop(compiled_driver(problem), start, stop=FixedIterations(), max_iter=30)
    plain = run_loop(BatchEM(problem), start, stop=FixedIterations(), max_iter=30)
    X = problem.source.parts()[0].read().X
    assert_close(result.mixture.log_prob(X), plain.mixture.log_prob(X), rtol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_rounding_of_single_precision_is_no_fall(seed):
    mixture = random_mixture(np.random.default_rng(seed), 6, 8, Full())
    X = mixture.sample(60_000, random_state=seed)[0].astype(np.float32)
    problem = Problem(ArraySource(X), Model(Full(), Floor(np.cov(X.T))), SerialEngine())
    driver = compiled_driver(problem)
    at_optimum = run_loop(driver, mixture, stop=AbsoluteChange(1e-8), max_iter=100).mixture
    run = run_loop(driver, at_optimum, stop=FixedIterations(), max_iter=20).trace
    assert run.status == "max_iter"
    assert np.ptp(run.log_likelihood) < 1e-6


def test_where_the_constraint_is_not_monotone_any_fall_is_allowed():
    X = np.zeros((9, 2))
    allowed = [
        Problem(ArraySource(rows), Model(Full(), constraint), SerialEngine()).allowed_fall
        for rows, constraint in (
            (X, NoConstraint()),
            (X.astype(np.float32), NoConstraint()),
            (X, AddToDiagonal(1.0)),
        )
    ]
    assert allowed == [1e-9, 1e-7, np.inf]


KNOWN_OF_ROWS = {
    "errors of the columns": lambda rng, n: {"noise": rng.uniform(0.1, 0.2, (n, 3))},
    "correlated errors": lambda rng, n: {"noise": np.tile(0.1 * np.eye(3), (n, 1, 1))},
    "labels": lambda rng, n: {"allowed": rng.random((n, 2)) < 2.0},
}


@pytest.mark.parametrize("known", KNOWN_OF_ROWS.values(), ids=KNOWN_OF_ROWS)
@pytest.mark.parametrize(("n", "n_features"), [(300, 3), (140_000, 3)])
def test_rows_of_which_more_is_known_have_no_compiled_driver(known, n, n_features):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, n_features))
    plain = Problem(ArraySource(X), Model(Full()), SerialEngine())
    problem = replace(plain, source=ArraySource(X, **known(rng, n)))
    assert plain.plain
    assert compiled_driver(plain) is not None
    assert not problem.plain
    assert compiled_driver(problem) is None
    assert type(driver_of(problem)) is BatchEM


def beside_noise(n, family, constraint):
    """Clusters with scattered rows around them, and a mixture with a uniform component."""
    problem = problem_of(n, family, constraint)
    block = problem.source.parts()[0].read()
    X = np.concatenate([block.X, np.random.default_rng(3).uniform(-30.0, 30.0, (n // 5, 3))])
    weights = np.concatenate([block.weights, np.ones(n // 5)])
    model = replace(problem.model, uniform=Uniform.around(X, 0.1))
    shares, wide = np.full(4, 0.25), np.tile(9.0 * np.eye(3), (4, 1, 1))
    start = Mixture.of(shares, block.X[:4].copy(), family.from_dense(wide, shares))
    problem = replace(problem, source=ArraySource(X, weights), model=model)
    return problem, beside(start, model.uniform.of_weight(0.3))


@pytest.mark.parametrize("family", [*FAMILIES, *DECOMPOSED], ids=lambda family: family.name)
@pytest.mark.parametrize(
    ("constraint", "holes"),
    [(NoConstraint(), False), (CONSTRAINTS["a floor that binds"], False), (NoConstraint(), True)],
    ids=["none", "floor", "incomplete"],
)
def test_each_step_beside_a_uniform_component_is_that_of_plain_em(family, constraint, holes):
    problem, start = beside_noise(300, family, constraint)
    if holes:
        block = problem.source.parts()[0].read()
        X = np.where(np.random.default_rng(2).random(block.X.shape) < 0.1, np.nan, block.X)
        problem = replace(problem, source=ArraySource(X, block.weights, holes=True))
    driver = compiled_driver(problem)
    assert type(driver) is OneBlockEM
    assert_same_steps(driver, BatchEM(problem), start, 3, rtol=1e-9)
    after, expected = driver.step(driver.init(start)), BatchEM(problem).step(BatchEM(problem).init(start))
    assert after.mixture.uniform.weight == pytest.approx(expected.mixture.uniform.weight, rel=1e-12)


def test_rows_that_all_belong_to_the_noise_are_left_to_plain_em():
    problem, start = beside_noise(300, Full(), CONSTRAINTS["a floor that binds"])
    dense = problem.model.uniform.of_weight(0.9)
    dense = replace(dense, log_volume=-60.0)
    problem = replace(problem, model=replace(problem.model, uniform=dense))
    driver = compiled_driver(problem)
    with pytest.raises(NoiseOnlyError, match="every row belongs to the noise"):
        driver.step(driver.init(beside(start.take(range(4)), dense)))


@pytest.mark.parametrize("family", [Full(), Tied(Full())], ids=["full", "tied"])
def test_a_uniform_component_beside_many_blocks_has_no_compiled_driver(family):
    X = np.random.default_rng(0).standard_normal((5000, 40))
    model = Model(family, uniform=Uniform.around(X, 0.1))
    problem = Problem(ArraySource(X, rows_per_block=1000), model, SerialEngine())
    assert not problem.plain
    assert compiled_driver(problem) is None
    assert tied_driver(problem, BatchEM(problem)) is None
    problem = Problem(ArraySource(X), Model(Tied(Full())), SerialEngine())
    assert tied_driver(problem, BatchEM(problem)) is not None
