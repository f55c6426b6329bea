"""The loop and its rules on made-up drivers: how runs end, what a result keeps, what callbacks see."""

from __future__ import annotations

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
    assert "fell" in result.trace.message


def test_a_fall_to_rounding_is_none():
    assert run([-1.0, -1.0 - 0.9e-9, -1.0]).trace.status == "max_iter"
    assert run([-1.0, -1.0 - 1.1e-9, -1.0]).trace.status == "fell"
    assert run([-1e6, -1e6 - 0.9e-3, -1e6]).trace.status == "max_iter"


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
