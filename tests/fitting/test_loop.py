"""The loop and its rules on made-up drivers: how runs end, what a result keeps, what callbacks see."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.fitting import AbsoluteChange, Aitken, FixedIterations, RelativeChange, run_loop

MIXTURES = [Mixture([1.0], [[float(i)]], [1.0]) for i in range(12)]


@dataclass
class State:
    mixture: Mixture
    objective: float
    index: int = 0


@dataclass
class Scripted:
    """A driver whose objectives are written down."""

    objectives: list
    monotone: bool = True

    @property
    def allowed_fall(self):
        return 1e-9 if self.monotone else np.inf

    def init(self, mixture):
        return State(mixture, -np.inf)

    def step(self, state):
        return State(MIXTURES[state.index + 1], self.objectives[state.index], state.index + 1)


def run(objectives, *, stop=None, monotone=True, max_iter=None, **options):
    driver = Scripted(objectives, monotone)
    return run_loop(
        driver, MIXTURES[0], stop=stop or FixedIterations(), max_iter=max_iter or len(objectives), **options
    )


def test_it_runs_to_the_end():
    result = run([-3.0, -2.0, -1.0])
    assert (result.trace.status, result.trace.n_iterations) == ("max_iter", 3)
    assert result.trace.log_likelihood.tolist() == [-3.0, -2.0, -1.0]
    assert result.mixture is MIXTURES[3]
    assert result.objective == -1.0
    assert "after 3 iterations" in result.trace.message


def test_a_run_that_was_cut_short_says_what_to_do():
    result = run([-3.0, -2.0, -1.0], stop=AbsoluteChange(1e-3))
    assert result.trace.status == "max_iter"
    assert "3 iterations: raise max_iter or tol" in result.trace.message
    assert result.trace.message in repr(result.trace)


def test_no_iteration():
    result = run_loop(Scripted([]), MIXTURES[0], stop=FixedIterations(), max_iter=0)
    assert result.mixture is MIXTURES[0]
    assert result.trace.n_iterations == 0


def test_it_stops_when_the_rule_says_so():
    result = run([-3.0, -2.0, -1.9999, -1.0], stop=AbsoluteChange(1e-3))
    assert (result.trace.status, result.trace.n_iterations) == ("converged", 3)
    assert result.mixture is MIXTURES[3]
    assert result.trace.message == "converged after 3 iterations"


@pytest.mark.parametrize("bad", [-2.1, np.nan, -np.inf])
def test_a_fall_is_a_failure_and_keeps_the_mixture_before(bad):
    result = run([-3.0, -2.0, bad, -1.0])
    assert result.trace.status == "fell"
    assert result.trace.n_iterations == 3
    # Step 3 measured the mixture of step 2 and found it worse: that of step 1, which gave −2.0, is the good one.
    assert result.mixture is MIXTURES[2]
    assert "decreased" in result.trace.message


def test_a_fall_to_rounding_is_none():
    assert run([-1.0, -1.0 - 0.9e-9, -1.0]).trace.status == "max_iter"
    assert run([-1.0, -1.0 - 1.1e-9, -1.0]).trace.status == "fell"
    assert run([-1e6, -1e6 - 0.9e-3, -1e6]).trace.status == "max_iter"


@pytest.mark.parametrize(("pivot", "status"), [(1e-3, "fell"), (1e-12, "max_iter")])
def test_a_fall_within_the_rounding_of_nearly_singular_covariances_is_none(monkeypatch, pivot, status):
    """A squared distance loses the digits that a covariance loses: no log-likelihood is known better."""
    mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0 + pivot]]])
    monkeypatch.setattr(sys.modules[__name__], "MIXTURES", [mixture] * 4)
    assert run([-3.0, -1.0, -1.0 - 1e-5]).trace.status == status


def test_a_driver_that_is_not_monotone_may_fall():
    result = run([-1.0, -2.0, -1.5], monotone=False)
    assert (result.trace.status, result.trace.n_iterations) == ("max_iter", 3)


def test_a_nan_at_once():
    result = run([np.nan, -1.0])
    assert result.trace.status == "fell"
    assert result.mixture is MIXTURES[0]


def test_callbacks_see_every_iteration_and_may_stop_it():
    seen = []

    def stop_at_two(step):
        return step.iteration == 2

    result = run([-3.0, -2.0, -1.0], callbacks=[stop_at_two, seen.append], run=1, n_runs=4)
    assert [(s.iteration, s.log_likelihood, s.change) for s in seen] == [(1, -3.0, None), (2, -2.0, 1.0)]
    assert [(s.run, s.n_runs, s.max_iter) for s in seen] == [(1, 4, 3)] * 2
    assert [s.mixture for s in seen] == MIXTURES[1:3]
    assert result.trace.status == "stopped"


class Ahead(Scripted):
    """The same driver with several steps in a call; it notes how many were asked for."""

    asked: list

    def look_ahead(self, state, most):
        self.asked.append(most)
        states = [self.step(state)]
        while len(states) < min(most, 3) and states[-1].index < len(self.objectives):
            states.append(self.step(states[-1]))
        return states


def run_ahead(objectives, *, monotone=True, **options):
    driver = Ahead(objectives, monotone)
    driver.asked = []
    chosen = {"stop": FixedIterations(), "max_iter": len(objectives), **options}
    return run_loop(driver, MIXTURES[0], **chosen), driver.asked


SCRIPTS = {
    "it ends": [-3.0, -2.0, -1.5, -1.25, -1.125, -1.0625],
    "it converges": [-3.0, -2.0, -1.5, -1.1, -1.0999, -1.09989, -1.0, -0.5],
    "it falls": [-3.0, -2.0, -1.5, -1.1, -1.2, -1.0],
    "it is not a number": [-3.0, -2.0, np.nan, -1.1, -1.2, -1.0],
    "it stands": [-1.0] * 9,
}
RULES = (FixedIterations(), AbsoluteChange(1e-3), RelativeChange(1e-3), Aitken(1e-3))


@pytest.mark.parametrize("objectives", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("stop", RULES, ids=repr)
@pytest.mark.parametrize("monotone", [True, False])
def test_a_look_ahead_changes_no_result(objectives, stop, monotone):
    ahead, _ = run_ahead(objectives, stop=stop, monotone=monotone)
    single = run(objectives, stop=stop, monotone=monotone)
    assert ahead.mixture is single.mixture
    assert (ahead.trace.status, ahead.trace.message) == (single.trace.status, single.trace.message)
    assert np.array_equal(ahead.trace.log_likelihood, single.trace.log_likelihood, equal_nan=True)
    assert len(ahead.trace.seconds) == single.trace.n_iterations
    assert (np.diff(ahead.trace.seconds) >= 0).all()


def test_a_look_ahead_goes_no_further_than_max_iter_and_grows_with_the_run():
    result, asked = run_ahead([float(i) for i in range(11)], max_iter=7)
    assert (asked, result.trace.n_iterations) == ([7, 4], 7)  # three at a time, and a step by itself
    assert result.mixture is MIXTURES[7]
    _, asked = run_ahead([float(i) for i in range(11)], stop=AbsoluteChange(1e-3))
    assert asked == [4, 4, 4, 2]  # three at a time: the first four steps at once, if the driver can


def test_callbacks_see_one_step_at_a_time():
    _, asked = run_ahead([-3.0, -2.0, -1.0], callbacks=[lambda step: None])
    assert asked == []


@pytest.mark.parametrize("stop", RULES, ids=repr)
@pytest.mark.parametrize("first", [1, 2, 3, 5])
def test_a_run_goes_on_where_another_ended(first, stop):
    objectives = SCRIPTS["it ends"] + [-1.06] * 2
    whole = run(objectives, stop=stop)
    part = run(objectives, stop=stop, max_iter=first)
    driver = Scripted(objectives)
    rest = run_loop(driver, part.reached, stop=stop, max_iter=len(objectives) - first)
    assert rest.mixture is whole.mixture
    assert rest.trace.status == whole.trace.status
    both = [*part.trace.log_likelihood, *rest.trace.log_likelihood]
    assert both == whole.trace.log_likelihood.tolist()
    assert rest.reached.objectives == both
    assert part.reached.objectives == both[:first]  # it may go on from there again


def test_a_run_that_fell_has_nowhere_to_go_on():
    assert run([-3.0, -2.0, -2.1, -1.0]).reached is None


def test_a_run_that_had_converged_begins_at_its_mixture_and_ends_at_once():
    converged = run([-3.0, -2.0, -1.9999], stop=AbsoluteChange(1e-3))
    again = Scripted([-1.9998])
    result = run_loop(again, converged.reached, stop=AbsoluteChange(1e-3), max_iter=1)
    assert (result.trace.status, result.trace.n_iterations) == ("converged", 1)
    assert result.mixture is MIXTURES[1]  # the driver began anew


def test_a_callback_sees_the_change_against_the_run_before():
    seen = []
    part = run([-3.0, -2.0], max_iter=1)
    run_loop(
        Scripted([-3.0, -2.0]), part.reached, stop=FixedIterations(), max_iter=1, callbacks=[seen.append]
    )
    assert [(s.iteration, s.change) for s in seen] == [(1, 1.0)]


@pytest.mark.parametrize(
    ("rule", "objectives", "converged"),
    [
        (AbsoluteChange(1e-3), [-2.0], False),
        (AbsoluteChange(1e-3), [-2.0, -1.9995], True),
        (AbsoluteChange(1e-3), [-2.0, -2.0005], True),
        (AbsoluteChange(1e-3), [-2.0, -1.998], False),
        (RelativeChange(1e-5), [-1e6, -1e6 + 9], True),
        (RelativeChange(1e-5), [-1e6, -1e6 + 11], False),
        (RelativeChange(1e-5), [-1.0], False),
        (Aitken(1e-3), [-3.0, -2.0], False),
        (Aitken(1e-3), [-1.1, -1.0, -0.999], False),  # last change is not below tol
        (Aitken(1e-3), [-1.1, -1.0, -0.9995], True),
        (Aitken(1e-3), [-1.002, -1.001, -1.0001], False),  # slow: nine times as much is to come
        (Aitken(1e-3), [-1.0, -1.0, -1.0], True),
        (Aitken(1e-3), [-2.0, -1.9, -1.7], False),  # speeding up
        (FixedIterations(), [-1.0, -1.0, -1.0], False),
    ],
)
def test_rules(rule, objectives, converged):
    assert rule.converged(objectives) is converged
