"""Races of proposed mixtures: in one call of the kernel what they are in many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gaussmix import kernels
from gaussmix.blocks import Block
from gaussmix.search import race
from gaussmix.search.local_em import LocalEM
from gaussmix.search.race import best_of_proposals, ends_of, parameters_of, runs_of_parameters

from ..support import NAMES
from .test_batched_em import problem

all_names = pytest.mark.parametrize("name", NAMES)
by_kernel = pytest.mark.skipif(kernels.em_race is None, reason="the compiled kernel is not in use")


def proposed(name, S=14):
    data, mixtures = problem(name, S=S)
    return data, runs_of_parameters(data, parameters_of(mixtures, data.model.frame))


@by_kernel
@all_names
def test_heats_in_one_call_are_those_of_many(name, monkeypatch):
    data, runs = proposed(name)
    at_once = race._last(data, runs, -np.inf)
    monkeypatch.setattr(kernels, "em_race", None)
    one_by_one = race._last(data, proposed(name)[1], -np.inf)
    assert len(at_once) == len(one_by_one) > 0
    for array in ("weights", "means", "factors", "objectives"):
        assert np.array_equal(getattr(at_once, array), getattr(one_by_one, array))


@by_kernel
@all_names
def test_a_race_on_incomplete_rows_maximises_their_likelihood(name, monkeypatch):
    data, mixtures = problem(name, S=14)
    X = np.where(np.random.default_rng(2).random(data.X.shape) < 0.2, np.nan, data.X)
    data = replace(data, incomplete=Block(X, data.weights, holes=True))

    def best():
        return best_of_proposals(data, runs_of_parameters(data, parameters_of(mixtures, data.model.frame)))

    at_once = best()
    assert at_once.objective == pytest.approx(LocalEM(data).objective(at_once.mixture), rel=1e-9)
    assert at_once.objective == pytest.approx(data.weights @ at_once.mixture.log_prob(X), rel=1e-9)
    for function in ("em_race", "em_runs"):
        monkeypatch.setattr(kernels, function, None)
    assert at_once.objective == pytest.approx(best().objective, abs=1e-2)


@all_names
def test_runs_below_the_value_to_be_reached_end(name, monkeypatch):
    data, runs = proposed(name)
    ends = np.sort(runs.after(data, 2).objectives)
    least = ends[-3:].mean() + race._HEATS[0][2]
    kept = len(race._last(data, runs, least))
    monkeypatch.setattr(kernels, "em_race", None)
    assert kept == len(race._last(data, proposed(name)[1], least))
    assert best_of_proposals(data, proposed(name)[1], ends[-1] + 1e6) is None


@by_kernel
@all_names
def test_the_end_in_one_call_is_that_of_many(name, monkeypatch):
    data, runs = proposed(name)
    at_once = best_of_proposals(data, runs)
    for function in ("em_race", "em_runs"):
        monkeypatch.setattr(kernels, function, None)
    one_by_one = best_of_proposals(data, proposed(name)[1])
    assert at_once.nondegenerate == one_by_one.nondegenerate
    assert at_once.objective == pytest.approx(one_by_one.objective, abs=1e-2)
    assert at_once.objective == pytest.approx(LocalEM(data).objective(at_once.mixture), rel=1e-12)


@by_kernel
def test_a_narrow_component_comes_last():
    data, runs = proposed("full", S=3)
    runs.means[0, 0], runs.factors[0, 0] = data.X[0], 1e5 * runs.factors[0, 0]
    best = runs.after(data, 1).best(data, 1)
    (first,) = kernels.em_race(
        kernels.PlainRows(data.X, data.weights, None),
        runs.table,
        data.rule,
        data.distinct,
        np.array([[1.0, 1.0, -np.inf]]),
    )
    assert first != 0
    assert np.array_equal(runs.means[first], best.means[0])


@all_names
def test_a_run_begins_at_the_covariances_given(name):
    data, mixtures = problem(name, S=3)
    runs = runs_of_parameters(data, parameters_of(mixtures, data.model.frame))
    for s, mixture in enumerate(mixtures):
        begun = runs.mixture(data, s).covariances.dense()
        assert begun == pytest.approx(mixture.covariances.dense(), rel=1e-6)


@by_kernel
@pytest.mark.parametrize("nondegenerate", [False, True])
def test_a_run_at_the_bound_goes_on_unless_it_is_degenerate(nondegenerate, monkeypatch):
    data, runs = proposed("full", S=1)
    data = replace(data, nondegenerate=lambda mixture: nondegenerate)
    monkeypatch.setattr(race, "settle", lambda local_em, runs, effort: np.array([False]))
    start = runs.mixture(data, 0)
    (end,) = ends_of(data, runs)
    assert end.nondegenerate == nondegenerate
    assert end.objective == pytest.approx(LocalEM(data).objective(end.mixture), rel=1e-12)
    assert np.array_equal(end.mixture.means, start.means) != nondegenerate
