"""Whole fits from a plan: given parts of a start, the floor, passes that are repeated, the trace."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Full, Mixture
from gaussmix.covariances.constraints import NoConstraint
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import DataWarning
from gaussmix.estimation import FitPlan, Trace, fit_mixture
from gaussmix.fitting import AbsoluteChange, BatchEM, InitialValues, Problem, RunTrace
from gaussmix.fitting.problem import pooled_moments
from gaussmix.frames import FullFrame
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.starts import START_METHODS

from ..support import assert_close, clusters, fit

X = clusters(np.random.default_rng(0), 150, 2, 2)


@pytest.mark.parametrize(
    "parts", [("weights",), ("means",), ("precisions",), ("weights", "precisions"), ("means", "weights")]
)
@pytest.mark.parametrize("covariance_type", ["full", "diag", "tied", "spherical"])
def test_a_part_of_the_start_may_be_given(parts, covariance_type):
    base = fit(X, 2, covariance_type=covariance_type, max_iter=2)
    values = {
        "weights": np.array([0.25, 0.75]),
        "means": X[:2].copy(),
        "precisions": np.asarray(base.precisions_) * 2.0,
    }
    start = fit(X, 2, covariance_type=covariance_type, max_iter=0, **{f"{p}_init": values[p] for p in parts})
    for part in parts:
        found = np.asarray(getattr(start, f"{part}_"))
        assert_close(found, values[part], rtol=1e-9)
    assert np.isfinite(
        fit(X, 2, covariance_type=covariance_type, **{f"{p}_init": values[p] for p in parts}).score(X)
    )


def test_all_parts_given_is_one_run_and_no_start():
    base = fit(X, 2)
    options = {"weights_init": base.weights_, "means_init": base.means_, "precisions_init": base.precisions_}
    model = fit(X, 2, n_init=5, init_params="random", search="auto", acceleration="auto", **options)
    assert len(model.trace_.runs) == 1
    assert_close(model.means_, base.means_, rtol=1e-4)


def test_the_floor_refers_to_all_rows_that_it_is_told_of():
    whole = np.concatenate([X, X * 100])
    plan = FitPlan(1, Full(), AbsoluteChange(1e-9), 10, START_METHODS["kmeans"])
    point = np.tile(X[:1], (5, 1))
    with ThreadEngine() as engine, pytest.warns(DataWarning, match="columns 0, 1 are constant"):
        result, _ = fit_mixture(
            ArraySource(point), plan, np.random.default_rng(0), engine, ArraySource(whole)
        )
    expected = 1e-8 * np.cov(whole.T, bias=True)
    assert_close(result.mixture.covariances.dense()[0], expected, rtol=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("scale", [1e-3, 1.0])
def test_pooled_moments(offset, scale):
    rows = X * scale
    moments = pooled_moments(ArraySource(rows + offset), SerialEngine(), FullFrame())
    assert_close(moments.means()[0] - offset, rows.mean(axis=0), atol=4e-8 if offset else 1e-12)
    covariance = moments.scatter()[0] / moments.total_weight
    exact = (rows + offset) - offset
    assert_close(covariance, np.cov(exact.T, bias=True), rtol=1e-9)


def test_a_mean_that_jumps_far_is_summed_again():
    # From a start 1e7 deviations away, one pass about the old mean would leave no digit of the covariance.
    start = Mixture([1.0], [[1e7, -1e7]], [np.eye(2)])
    problem = Problem(ArraySource(X), Model(Full(), NoConstraint()), SerialEngine())
    driver = BatchEM(problem)
    mixture = driver.step(driver.init(start)).mixture
    assert_close(mixture.covariances.dense()[0], np.cov(X.T, bias=True), rtol=1e-12)
    assert_close(mixture.means[0], X.mean(axis=0), rtol=1e-9)
    model = fit(
        X, 1, weights_init=[1.0], means_init=[[1e7, -1e7]], precisions_init=[np.eye(2)], max_iter=1, tol=0
    )
    assert_close(model.covariances_[0], np.cov(X.T, bias=True), rtol=1e-12)


def test_given_parts():
    assert InitialValues().mixture is None
    assert InitialValues(weights=np.ones(1)).mixture is None
    mixture = fit(X, 2).mixture_
    whole = InitialValues(mixture.weights, mixture.means, mixture.covariances)
    assert whole.mixture == mixture
    moved = InitialValues(means=mixture.means + 1).over(mixture)
    assert moved == Mixture(mixture.weights, mixture.means + 1, mixture.covariances)


def test_the_trace_in_words():
    runs = tuple(
        RunTrace(np.array([-2.0, v]), np.zeros(2), "converged", "converged after 2 iterations")
        for v in (-1.5, -1.0)
    )
    trace = Trace(runs, 1)
    assert trace.log_likelihood.tolist() == [-2.0, -1.0]
    assert trace.message == "converged after 2 iterations"
    assert repr(trace) == "Trace(2 runs, the best number 1: 2 iterations, converged after 2 iterations)"
    assert repr(Trace(runs[:1], 0)).startswith("Trace(1 run: 2 iterations")
