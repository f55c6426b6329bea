"""The benchmark of slow convergence counts what it says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from benchmarks.accelerations import METHODS
from benchmarks.slow import CLOSE, Case, _fit, _problem, cases, compare, rows_of

CASE = Case("full", 2, 2, 1000, 0)


def test_rows_are_drawn_again_the_same():
    X = rows_of(CASE)
    assert X.shape == (1000, 2)
    assert np.array_equal(X, rows_of(CASE))


def test_all_families_and_no_case_twice():
    assert len({case.family for case in cases(quick=True)}) == 6
    assert len(set(cases(quick=False))) == len(cases(quick=False))


def test_passes_are_those_until_close_to_the_end():
    outcome = compare(CASE)
    objectives = _fit(CASE, rows_of(CASE), acceleration="off", tol=0, max_iter=outcome.plain).lower_bounds_
    later = _fit(CASE, rows_of(CASE), acceleration="off", tol=0, max_iter=outcome.plain + 2000).lower_bound_
    assert objectives[-1] >= later - 2 * CLOSE > objectives[-2] - CLOSE
    assert outcome.accelerated < outcome.plain
    assert abs(outcome.difference) < 1e-7


@pytest.mark.parametrize("name", METHODS)
def test_no_acceleration_falls(name):
    X = rows_of(CASE)
    problem, start = _problem(CASE, X), _fit(CASE, X, max_iter=0).mixture_
    objectives = list(itertools.islice(METHODS[name](problem, start), 60))
    assert (np.diff(objectives) >= -1e-12).all()
