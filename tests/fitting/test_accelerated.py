"""Accelerated EM: its coordinates, its steps, what it falls back on, and when it keeps out of the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from gaussmix import Full, GaussianMixture, Mixture
from gaussmix.covariances import Family
from gaussmix.covariances.constraints import AddToDiagonal, Floor, NoConstraint
from gaussmix.em import e_step
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import SingularCovarianceError
from gaussmix.estimation import fit_mixture
from gaussmix.estimators.options import plan_of
from gaussmix.fitting import Aitken, Problem, accelerated, run_loop
from gaussmix.fitting.accelerated import AcceleratedEM
from gaussmix.fitting.batch import BatchEM
from gaussmix.fitting.drivers import driver_of
from gaussmix.fitting.normal_coordinates import coordinates_about
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.uniform import Uniform

from ..support import FAMILIES, NAMES, assert_close, fit, quiet, random_mixture

by_family = pytest.mark.parametrize("family", FAMILIES, ids=NAMES)


def overlapping(seed, K=3, D=2, n=2000, gap=1.5):
    """Rows of components of unit spread, each ``gap`` away from another."""
    rng = np.random.default_rng([seed, K, D])
    means = np.zeros((K, D))
    for k in range(1, K):
        step = rng.standard_normal(D)
        means[k] = means[k - 1] + gap * step / np.linalg.norm(step)
    labels = rng.integers(0, K, n)
    return means[labels] + rng.standard_normal((n, D))


def problem_of(X, family, constraint=None):
    return Problem(
        ArraySource(X, None),
        Model(family, constraint or Floor(np.cov(X.T).reshape(X.shape[1], -1))),
        SerialEngine(),
    )


def start_of(X, K, family):
    return fit(X, K, covariance_type=family, max_iter=0).mixture_


@pytest.fixture
def eager(monkeypatch):
    """Climb as soon as EM is slow, however small the problem."""
    monkeypatch.setattr(accelerated, "_LEAST_PASSES", 0.0)
    monkeypatch.setattr(accelerated, "_OVERHEAD", 0.0)


# The coordinates.


@by_family
def test_the_origin_has_coordinates_zero_and_a_move_has_those_it_was_given(family):
    rng = np.random.default_rng(0)
    origin = coordinates_about(random_mixture(rng, 3, 2, family))
    assert_close(origin.coordinates(origin.mixture), 0 * origin.coordinates(origin.mixture), atol=1e-13)
    vector = origin.coordinates(random_mixture(rng, 3, 2, family))
    vector *= 1e-3 / np.linalg.norm(vector)
    found = origin.coordinates(origin.retract(vector, NoConstraint()).mixture)
    # The weights are made to sum to one again, which is of the second order; the rest of the third.
    assert np.abs(found - vector).max() < 1e-5
    assert np.abs(found[3:] - vector[3:]).max() < 1e-8


@by_family
def test_lengths_do_not_depend_on_the_units(family):
    rng = np.random.default_rng(1)
    one, other = (random_mixture(rng, 3, 2, family) for _ in range(2))
    rotation = np.linalg.qr(rng.standard_normal((2, 2)))[0]
    A = {"full": rotation @ np.diag([30.0, 0.1]), "diag": np.diag([1e3, -1e-2]), "spherical": 1e4 * rotation}[
        family.name.removeprefix("tied-") if family.name != "tied" else "full"
    ]
    moved = coordinates_about(A @ one + 7.0).coordinates(A @ other + 7.0)
    assert_close(np.linalg.norm(moved), np.linalg.norm(coordinates_about(one).coordinates(other)), rtol=1e-9)


@by_family
def test_a_frame_is_carried_along(family):
    origin = coordinates_about(random_mixture(np.random.default_rng(2), 3, 2, family))
    step = 1e-4 * np.random.default_rng(3).standard_normal(origin.coordinates(origin.mixture).shape)
    step = origin.coordinates(origin.retract(step, NoConstraint()).mixture)
    there = origin.retract(step, NoConstraint())
    # Back along the same coordinates leads home but for the second order.
    assert_close(there.coordinates(origin.mixture), -step, atol=10 * np.linalg.norm(step) ** 2)
    assert_close(there.coordinates(there.mixture), 0 * step, atol=1e-12)


@by_family
def test_the_step_of_em_is_the_gradient(family):
    X = overlapping(0)
    problem = problem_of(X, family)
    state = BatchEM(problem).init(fit(X, 3, covariance_type=family, tol=0, max_iter=30).mixture_)
    origin = coordinates_about(state.mixture)
    residual = origin.coordinates(BatchEM(problem).step(state).mixture)

    def objective(vector):
        mixture = origin.retract(vector, NoConstraint()).mixture
        return problem.engine.sum(partial(e_step, mixture.densities), problem.source).mean_log_likelihood

    rng, h = np.random.default_rng(4), 1e-4
    for _ in range(3):
        direction = rng.standard_normal(residual.shape)
        # A direction among mixtures: what lies off the symmetric matrices and the simplex drops out.
        direction = origin.coordinates(origin.retract(1e-6 * direction, NoConstraint()).mixture) / 1e-6
        slope = (objective(h * direction) - objective(-h * direction)) / (2 * h)
        assert_close(
            slope, residual @ direction, atol=0.05 * np.linalg.norm(residual) * np.linalg.norm(direction)
        )


def test_no_move_leaves_what_the_prior_allows_or_numbers_can_hold():
    floor = Floor(1e9 * np.eye(2))  # ε times it is 10: above the variances
    for family in FAMILIES:
        mixture = random_mixture(np.random.default_rng(5), 2, 2, family)
        origin = coordinates_about(mixture)
        size = len(origin.coordinates(mixture))
        with np.errstate(all="ignore"):
            moved = origin.retract(np.full(size, -0.1), floor).mixture
            assert np.array_equal(moved.covariances.array, mixture.covariances.array)
            assert not np.array_equal(moved.means, mixture.means)
            assert origin.retract(np.full(size, 1e200), NoConstraint()) is None
            assert origin.retract(np.full(size, np.nan), NoConstraint()) is None


def test_there_are_no_coordinates_about_a_component_without_weight_or_volume():
    spread = Full().covariances(np.stack([np.eye(2), np.ones((2, 2))]), 2, 2)
    assert coordinates_about(Mixture.of(np.array([0.5, 0.5]), np.zeros((2, 2)), spread)) is None
    assert coordinates_about(Mixture([1.0, 0.0], np.zeros((2, 2)), np.stack([np.eye(2)] * 2))) is None


# The runs.


@by_family
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fewer_passes_to_no_lower_an_end(family, seed, eager):
    X = overlapping(seed, gap=2.0)
    plain = fit(X, 3, covariance_type=family, max_iter=20_000)
    model = fit(X, 3, covariance_type=family, acceleration="auto")
    assert model.converged_
    assert model.lower_bound_ >= plain.lower_bound_ - 1e-9
    assert model.n_iter_ <= 1.1 * plain.n_iter_ + 10
    assert (np.diff(model.lower_bounds_) >= -1e-12).all()
    further = fit(X, 3, covariance_type=family, init_params=model.mixture_, tol=0, max_iter=1000)
    assert further.lower_bound_ - model.lower_bound_ < 2e-6


def test_a_tenth_of_the_passes_where_plain_em_is_slow(eager):
    X = overlapping(0, gap=1.0, n=3000)
    plain = fit(X, 3, max_iter=20_000)
    model = fit(X, 3, acceleration="auto")
    assert plain.n_iter_ > 10 * model.n_iter_ > 0


def test_plain_em_where_a_step_of_it_costs_little():
    X = overlapping(0, gap=1.5, n=200)
    model = fit(X, 3, acceleration="auto")
    plain = fit(X, 3, tol=0, max_iter=model.n_iter_)
    assert model.converged_
    assert model.lower_bounds_ == plain.lower_bounds_


def test_acceleration_waits_as_long_for_copies_of_rows():
    rng = np.random.default_rng(0)
    few, start = rng.standard_normal((40, 2)), random_mixture(rng, 3, 2, Full())
    problems = [
        Problem(ArraySource(X), Model(Full(), NoConstraint()), SerialEngine())
        for X in (few, np.tile(few, (1000, 1)), rng.standard_normal((40_000, 2)))
    ]
    waits = [AcceleratedEM(BatchEM(problem), problem, 1e-6, True)._least_wait(start) for problem in problems]
    assert waits == [100, 100, 6]
    assert "distinct_rows" not in vars(problems[0])  # they are counted where they matter


def test_a_slow_run_goes_on_to_a_hundredth_of_the_tolerance():
    X = overlapping(0, gap=1.5, n=200)
    plain, model = (fit(X, 3, acceleration=choice, max_iter=9000) for choice in ("off", "auto"))
    end = fit(X, 3, init_params=model.mixture_, tol=0, max_iter=9000).lower_bound_
    assert end - plain.lower_bound_ > 1e-7
    assert end - model.lower_bound_ < 3e-8


@by_family
def test_a_uniform_component_has_a_coordinate(family):
    rng = np.random.default_rng(7)
    box = Uniform.around(rng.uniform(-5, 5, (99, 2)), 0.1)

    def beside(mixture, weight):
        shares = (1 - weight) * mixture.weights
        return Mixture.of(shares, mixture.means, mixture.covariances, uniform=box.of_weight(weight))

    origin = coordinates_about(beside(random_mixture(rng, 3, 2, family), 0.1))
    vector = origin.coordinates(beside(random_mixture(rng, 3, 2, family), 0.3))
    assert vector[3] == pytest.approx(np.sqrt(0.1) * np.log(3))
    # A step that keeps the sum of the weights.
    vector = origin.coordinates(
        origin.retract(vector * 1e-3 / np.linalg.norm(vector), NoConstraint()).mixture
    )
    retracted = origin.retract(vector, NoConstraint()).mixture
    assert retracted.weights.sum() + retracted.uniform.weight == pytest.approx(1, abs=1e-14)
    assert np.abs(origin.coordinates(retracted) - vector).max() < 1e-5


@by_family
@pytest.mark.parametrize("seed", [1, 2])
def test_fewer_passes_beside_a_uniform_component(family, seed, eager):
    scattered = np.random.default_rng(seed).uniform(-8, 8, (200, 2))
    X = np.concatenate([overlapping(seed, gap=1.5), scattered])
    options = {"covariance_type": family, "noise_component": True}
    plain = fit(X, 3, max_iter=20_000, **options)
    model = fit(X, 3, acceleration="auto", **options)
    assert model.n_iter_ <= 1.1 * plain.n_iter_
    further = fit(X, 3, init_params=model.mixture_, tol=0, max_iter=1000, **options)
    assert further.lower_bound_ - model.lower_bound_ < 2e-6
    assert (np.diff(model.lower_bounds_) >= -1e-12).all()


def test_the_same_with_weights_as_with_copies(eager):
    X = overlapping(1, n=600)
    w = np.random.default_rng(0).integers(1, 4, len(X)).astype(float)
    weighted = fit(
        X, 3, sample_weight=w, acceleration="auto", tol=Aitken(1e-10), init_params="random_from_data"
    )
    start = fit(X, 3, sample_weight=w, max_iter=0, init_params="random_from_data").mixture_
    copied = fit(
        np.repeat(X, w.astype(int), axis=0), 3, acceleration="auto", tol=Aitken(1e-10), init_params=start
    )
    assert_close(weighted.lower_bound_, copied.lower_bound_, atol=1e-9)
    assert_close(weighted.weights_, copied.weights_, atol=1e-3)


@by_family
def test_the_first_iterations_are_plain_em(family):
    X = overlapping(2)
    plain = fit(X, 3, covariance_type=family, tol=0, max_iter=5)
    model = fit(X, 3, covariance_type=family, acceleration="auto", max_iter=5)
    assert model.lower_bounds_ == plain.lower_bounds_


@pytest.mark.parametrize(
    "options", [{"tol": 0, "max_iter": 60}, {"tol": 1e-6}, {"reg_covar": 1e-6}, {"reg_covar": 0}]
)
def test_plain_em_where_the_rule_or_the_prior_ask_for_it(options, eager):
    X = overlapping(0)
    with quiet():
        plain, model = (
            GaussianMixture(3, random_state=0, search="off", acceleration=choice, **options).fit(X)
            for choice in ("off", "auto")
        )
    assert model.lower_bounds_ == plain.lower_bounds_
    assert model.mixture_ == plain.mixture_


def test_drivers():
    X = overlapping(0)
    problem = problem_of(X, Full())
    assert isinstance(driver_of(problem, Aitken(), True), AcceleratedEM)
    adding = replace(problem, model=replace(problem.model, constraint=AddToDiagonal(1e-6)))
    assert not isinstance(driver_of(adding, Aitken(), True), AcceleratedEM)


@by_family
def test_a_family_without_normal_coordinates_is_fitted_by_plain_em(family, monkeypatch, eager):
    monkeypatch.setattr(type(family), "normal_coordinates", Family.normal_coordinates)
    X = overlapping(0)
    plain, same = (
        fit(X, 3, covariance_type=family, acceleration=choice, max_iter=60) for choice in ("off", "auto")
    )
    assert same.lower_bounds_ == plain.lower_bounds_
    assert same.mixture_ == plain.mixture_


def test_callbacks_see_every_pass_and_max_iter_counts_them():
    X, seen = overlapping(0), []
    model = fit(X, 3, acceleration="auto", callbacks=lambda step: seen.append(step) and None)
    assert [step.log_likelihood for step in seen] == model.lower_bounds_
    assert seen[-1].mixture == model.mixture_
    assert fit(X, 3, acceleration="auto", max_iter=model.n_iter_ - 2).trace_.runs[0].status == "max_iter"


@by_family
def test_the_same_bits_for_any_number_of_threads(family):
    X = overlapping(0, n=140_000)  # five blocks
    source, results = ArraySource(X, None), []
    plan = plan_of(vars(GaussianMixture(3, covariance_type=family, search="off", max_iter=40)), 2)
    for n in (1, 2, 5):
        with ThreadEngine(n) as engine, quiet():
            results.append(fit_mixture(source, plan, np.random.default_rng(0), engine))
    assert not np.array_equal(  # else this tests plain EM
        results[0][1].log_likelihood, fit(X, 3, covariance_type=family, tol=0, max_iter=40).lower_bounds_
    )
    for result, trace in results[1:]:
        assert result.mixture == results[0][0].mixture
        assert np.array_equal(trace.log_likelihood, results[0][1].log_likelihood)


def test_a_problem_whose_memory_would_be_too_large_stays_plain(monkeypatch, eager):
    X = overlapping(0)
    plain = fit(X, 3)
    monkeypatch.setattr(
        accelerated, "_MOST_NUMBERS", 60
    )  # 3 + 6 + 12 coordinates: room for less than two pairs
    assert fit(X, 3, acceleration="auto").lower_bounds_ == plain.lower_bounds_


# Steps that fail.


@dataclass(frozen=True, eq=False)
class Failing:
    """Plain EM whose passes at extrapolated mixtures fail in some way; it counts them."""

    inner: object
    failure: object
    log: list

    allowed_fall = 1e-9

    def init(self, mixture):
        self.log.append("extrapolated")
        return self.inner.init(mixture)

    def step(self, state):
        after = self.inner.step(state)
        if self.log and self.log[-1] == "extrapolated":
            self.log.append("failed")
            if len(self.log) == 2:  # the start itself
                return after
            return self.failure(after)
        return after


def singular(state):
    raise SingularCovarianceError("made up")


@dataclass
class Lower:
    mixture: Mixture
    objective: float


@pytest.mark.parametrize(
    "failure",
    [
        singular,
        lambda state: Lower(state.mixture, state.objective - 0.1),
        lambda state: Lower(state.mixture, np.nan),
        lambda state: Lower(state.mixture, -np.inf),
    ],
    ids=["singular", "lower", "nan", "minus infinity"],
)
@by_family
def test_a_failed_step_leaves_plain_em(family, failure, eager):
    X = overlapping(1, n=500, gap=2.0)
    problem, start, log = problem_of(X, family), start_of(X, 3, family), []
    driver = AcceleratedEM(Failing(driver_of(problem), failure, log), problem, 1e-6)
    result = run_loop(driver, start, stop=Aitken(), max_iter=5000)
    plain = run_loop(driver_of(problem), start, stop=Aitken(1e-12), max_iter=5000)
    assert log.count("failed") > 1
    assert result.trace.status == "converged"
    assert (np.diff(result.trace.log_likelihood) >= 0).all()
    # The objectives are plain EM's, each rejected pass a repetition.
    own = result.trace.log_likelihood[np.concatenate([[True], np.diff(result.trace.log_likelihood) > 0])]
    np.testing.assert_array_equal(own, plain.trace.log_likelihood[: len(own)])
    # A climb that fails again and again is tried more and more rarely.
    assert log.count("failed") < 0.1 * len(own) + 12
    assert plain.objective - result.objective < 1e-4


def test_a_component_at_the_floor_does_not_stop_the_fit(eager):
    rng = np.random.default_rng(0)
    X = np.concatenate([overlapping(0, K=2, n=400), np.tile([9.0, 9.0], (30, 1))])
    X[:-30] += 1e-3 * rng.standard_normal((400, 2))
    model = fit(X, 3, acceleration="auto", max_iter=5000)
    assert model.converged_
    assert (np.diff(model.lower_bounds_) >= -1e-9).all()
    assert model.lower_bound_ >= fit(X, 3, max_iter=5000).lower_bound_ - 1e-6
