"""The same bits: for any number of threads, any order in memory, and rows given whole or by the same blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from gaussmix import Diagonal, Full, GaussianMixture
from gaussmix.engines import ThreadEngine
from gaussmix.estimation import fit_mixture
from gaussmix.estimators.options import plan_of
from gaussmix.kernels import reference
from gaussmix.sources import ArraySource

from ..support import clusters, quiet
from .cases import EITHER, LAYOUTS
from .exact import OUTPUTS, Inputs, results

DTYPES = [np.float64, np.float32]


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in OUTPUTS)


@pytest.fixture
def kernel(on_each_set):
    from gaussmix.kernels import native

    return native


@given(case=EITHER)
def test_every_order_in_memory(kernel, case):
    inputs = case.inputs()
    plain = np.ascontiguousarray(inputs.X)
    expected = results(kernel, Inputs(plain, inputs.weights, *inputs.parameters, inputs.reference))
    for lay_out in LAYOUTS.values():
        other = Inputs(lay_out(plain), inputs.weights, *inputs.parameters, inputs.reference)
        assert same(results(kernel, other), expected)
        assert np.array_equal(
            kernel.predict(other.X, *other.parameters), kernel.predict(plain, *other.parameters)
        )


@given(case=EITHER)
def test_a_second_call(kernel, case):
    inputs = case.inputs()
    assert same(results(kernel, inputs), results(kernel, inputs))


def test_whether_a_moment_is_packed_changes_nothing_but_rounding(kernel):
    # Of rows that one component owns alone, another sums the few that it has a part in.
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.standard_normal((990, 6)), 60 + rng.standard_normal((10, 6))])
    means, factors = np.array([[0.0] * 6, [60.0] * 6]), np.stack([np.eye(6)] * 2)
    _, first, second, *_ = kernel.em_pass(X, None, means, factors, np.zeros(2), means)
    for k, rows in enumerate((slice(0, 990), slice(990, 1000))):
        d = X[rows] - means[k]
        np.testing.assert_allclose(first[k], d.sum(axis=0), rtol=1e-12, atol=1e-11)
        np.testing.assert_allclose(second[k], d.T @ d, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("n", [1, 255, 256, 257, 600])
@pytest.mark.parametrize("dtype", DTYPES)
def test_many_columns(kernel, n, dtype):
    # From 192 columns on a block has 256 rows. The reference is exact enough for sums of so few rows.
    rng = np.random.default_rng(4)
    X, means = rng.standard_normal((n, 195)).astype(dtype), rng.standard_normal((2, 195))
    factors = 0.1 * np.tril(rng.standard_normal((2, 195, 195)) / 20 + np.eye(195))
    inputs = Inputs(X, None, means, factors, np.zeros(2), means)
    found, expected = results(kernel, inputs), results(reference, inputs)
    for name in OUTPUTS:
        size = np.abs(expected[name]).max() if name != "map_entropy" else n
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=400 * np.finfo(dtype).eps * size)


def fitted(source, family, n_threads):
    plan = plan_of(vars(GaussianMixture(4, covariance_type=family, tol=0, max_iter=4, reg_covar="auto")), 4)
    with ThreadEngine(n_threads) as engine, quiet():
        return fit_mixture(source, plan, np.random.default_rng(0), engine)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("family", [Full(), Diagonal()], ids=["full", "diag"])
@pytest.mark.parametrize("n", [1000, 150_000])
def test_fits_on_any_number_of_threads_and_in_either_order(n, family, dtype):
    rng = np.random.default_rng(0)
    X, weights = clusters(rng, n, 4, 3).astype(dtype), rng.integers(0, 3, n).astype(float)
    assert (len(ArraySource(X).parts()) > 1) == (n > 1000)
    expected, trace = fitted(ArraySource(X, weights), family, 1)
    for n_threads in (1, 2, 5):
        for rows in (X, np.asfortranarray(X)):
            result, other = fitted(ArraySource(rows, weights), family, n_threads)
            assert result.mixture == expected.mixture
            assert np.array_equal(other.log_likelihood, trace.log_likelihood)


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_a_mixture_says_of_a_row_hardly_depends_on_the_rows_beside(kernel, dtype):
    # Not to the last bit: a compiler may fuse other products where rows are fewer than a vector takes.
    rng = np.random.default_rng(3)
    X = clusters(rng, 300, 3, 5).astype(dtype)
    means, factors = rng.standard_normal((3, 5)), np.stack([np.eye(5)] * 3)
    whole = kernel.log_joint(X, means, factors, np.zeros(3))
    for cut in (1, 7, 8, 64, 299):
        parts = [kernel.log_joint(part, means, factors, np.zeros(3)) for part in (X[:cut], X[cut:])]
        np.testing.assert_allclose(np.concatenate(parts), whole, rtol=8 * np.finfo(dtype).eps)
