"""Each kernel's error is at most 4 times that of the reference and 1e-13 of each result's scale (see ``exact``)."""

from __future__ import annotations

import importlib

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings

from gaussmix.kernels import blas, reference
from gaussmix.kernels.incomplete_rows import Gaussians, Observations

from .cases import DOUBLE, SINGLE, Case
from .exact import (
    FLOAT,
    LONG_ENOUGH,
    OUTPUTS,
    Inputs,
    error,
    exact,
    results,
    scales,
    scales_in_float,
    scales_with_linear_form,
)

long_enough = pytest.mark.skipif(not LONG_ENOUGH, reason="long double is a double on this machine")
thorough = settings(settings.default, max_examples=max(300, settings.default.max_examples))
SLACK = 1e-13
SLACK_OF_FLOAT = 8.0
"""How many roundings in float32 a result may be off: products of 33 terms make four or so."""


@pytest.fixture
def compiled(native):
    """The compiled kernel, on one instruction set after the other: an iterator of it and their names."""
    module, before = importlib.import_module("gaussmix.kernels.native"), native.instruction_set()

    def each():
        for name in native.instruction_sets():
            native.use(name)
            yield name, module

    yield each
    native.use(before)


def assert_as_good_as_reference(kernels, inputs, scale):
    value, expected = exact(inputs), results(reference, inputs)
    allowed = {name: 4 * error(expected[name], value[name], scale[name]) + SLACK for name in OUTPUTS}
    for label, kernel in kernels:
        found = results(kernel, inputs)
        for name in OUTPUTS:
            assert error(found[name], value[name], scale[name]) <= allowed[name], (label, name)
        assert_labels(kernel, inputs, SLACK * scale["log_joint"])


def assert_labels(kernel, inputs, allowed):
    """A label may differ from the largest log-joint's only where the two are the same to rounding."""
    labels = kernel.predict(inputs.X, *inputs.parameters)
    assert labels.dtype == np.intp
    joint = inputs.log_joint()
    rows = np.arange(len(labels))
    best = joint.argmax(axis=1) if len(labels) else rows
    slack = allowed[rows, best] + allowed[rows, labels]
    assert np.all(joint[rows, labels] >= joint[rows, best] - slack)


@long_enough
@thorough
@given(case=DOUBLE)
def test_blas(case):
    inputs = case.inputs()
    assert_as_good_as_reference([("blas", blas)], inputs, scales_with_linear_form(inputs))


@long_enough
@thorough
@given(case=DOUBLE)
def test_native(compiled, case):
    inputs = case.inputs()
    assert_as_good_as_reference(compiled(), inputs, scales(inputs))


@long_enough
@thorough
@given(case=SINGLE)
def test_native_in_float32(compiled, case):
    inputs = case.inputs()
    value, double, single = exact(inputs), scales(inputs), scales_in_float(inputs)
    allowed = {name: SLACK * double[name] + SLACK_OF_FLOAT * FLOAT * single[name] for name in OUTPUTS}
    for label, kernel in compiled():
        found = results(kernel, inputs)
        for name in OUTPUTS:
            assert error(found[name], value[name], allowed[name]) <= 1.0, (label, name)
        assert_labels(kernel, inputs, allowed["log_joint"])


@long_enough
@settings(max_examples=50)
@given(case=SINGLE)
def test_blas_reads_float32_as_float64(case):
    inputs = case.inputs()
    assert_as_good_as_reference([("blas", blas)], inputs, scales_with_linear_form(inputs))


def by_mpmath(inputs: Inputs):
    """The results by mpmath, number by number."""
    K, D = inputs.means.shape
    n, number = len(inputs.X), mpmath.mpf
    X, means = inputs.X.astype(float).tolist(), inputs.means.tolist()
    L = inputs.matrices.astype(float).tolist()
    about = inputs.reference.tolist()
    w = [1.0] * n if inputs.weights is None else inputs.weights.tolist()
    joint = mpmath.matrix(n, K)
    for i in range(n):
        for k in range(K):
            d = [number(X[i][j]) - number(means[k][j]) for j in range(D)]
            y = [mpmath.fdot(zip(L[k][a], d, strict=True)) for a in range(D)]
            joint[i, k] = number(float(inputs.offsets[k])) - mpmath.fsum(v * v for v in y) / 2
    density = [mpmath.fsum(mpmath.exp(joint[i, k]) for k in range(K)) for i in range(n)]
    r = [[mpmath.exp(joint[i, k]) / density[i] for k in range(K)] for i in range(n)]
    counts = [mpmath.fsum(w[i] * r[i][k] for i in range(n)) for k in range(K)]
    first = [
        [mpmath.fsum(w[i] * r[i][k] * (number(X[i][a]) - number(about[k][a])) for i in range(n)) for a in range(D)]
        for k in range(K)
    ]  # fmt: skip
    log_prob = [mpmath.log(p) for p in density]
    map_entropy = [mpmath.log(max(row)) for row in r]
    total, hard_total = (
        mpmath.fsum(a * b for a, b in zip(w, c, strict=True)) for c in (log_prob, map_entropy)
    )
    return {
        "log_joint": joint.tolist(),
        "log_prob": log_prob,
        "responsibilities": r,
        "counts": counts,
        "first": first,
        "log_likelihood": total,
        "map_entropy": hard_total,
    }


def long_of(value):
    """The nearest long double; what is too small for one is zero."""
    return np.longdouble(mpmath.nstr(value, 25) if abs(value) > mpmath.mpf("1e-4900") else "0")


in_long = np.vectorize(long_of, otypes=[np.longdouble])


@long_enough
@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("condition", [1.0, 1e10])
@pytest.mark.parametrize("full", [True, False])
def test_the_measure_itself_against_mpmath(full, condition, offset):
    case = Case(0, 3, 2, 5, full, condition, 1.0, offset, 100.0, "zeros", empty=False, layout="rows")
    inputs = case.inputs()
    value, scale = exact(inputs), scales(inputs)
    with mpmath.workdps(60):
        truth = by_mpmath(inputs)
        for name, true in truth.items():
            found = np.asarray(value[name], np.longdouble)
            assert error(found, in_long(np.array(true, dtype=object)), scale[name]) <= 1e-17, name


@long_enough
def test_an_error_in_the_twelfth_digit_would_be_seen():
    inputs = Case(0, 3, 2, 50, True, 1e2, 1.0, 0.0, 1.0, "none", empty=False, layout="rows").inputs()
    value, scale = exact(inputs), scales(inputs)
    for name in OUTPUTS:
        wrong = value[name] + 1e-12 * scale[name]
        assert error(wrong, value[name], scale[name]) > 5 * SLACK, name


@pytest.mark.parametrize("D", [3, 6, 13])
@pytest.mark.parametrize("full", [True, False])
def test_observed_values_are_exact_however_singular_a_covariance(compiled, D, full):
    """Without errors they are the true values: their moments hold no rounding of a nearly singular covariance."""
    rng = np.random.default_rng(D)
    X = rng.standard_normal((50, 1)) + 1e-6 * rng.standard_normal((50, D))
    X[::3, D - 1] = np.nan
    covariance = np.ones((1, D, D)) + 1e-12 * np.eye(D)
    gaussians = Gaussians(np.zeros(1), np.zeros((1, D)), covariance)
    seen, reference = X[:, : D - 1], np.full((1, D), 0.5)
    for name, kernel in compiled():
        _, first, second, _, _ = kernel.em_pass_rows(Observations(X), gaussians, reference, full)
        scatter = second[0, : D - 1, : D - 1] if full else second[0, : D - 1]
        expected = (seen - 0.5).T @ (seen - 0.5)
        assert first[0, : D - 1] == pytest.approx((seen - 0.5).sum(axis=0), rel=1e-14), name
        assert scatter == pytest.approx(expected if full else np.diagonal(expected), rel=1e-14), name
