"""Every kernel against the reference: offsets, narrow components, orders of memory, float32, no rows, one row."""

from __future__ import annotations

import contextlib
import importlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import kernels
from gaussmix.kernels import blas, reference
from gaussmix.testing import check_kernel

from ..support import assert_close

NAMES = (
    "em_pass",
    "log_joint",
    "log_prob",
    "weighted_moments",
    "em_pass_rows",
    "rows_joint",
    "rows_expected",
)
KERNELS = [reference, blas]
with contextlib.suppress(ImportError):  # built where a compiler was found
    KERNELS.append(importlib.import_module("gaussmix.kernels.native"))
ALL = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.__name__.split(".")[-1])


@ALL
def test_the_contract(kernel):
    check_kernel(kernel)


def test_the_active_kernel_is_one_of_them():
    assert kernels.active in KERNELS
    assert isinstance(kernels.name, str)


def parameters(rng, K, D, full, condition, spread, width=1.0):
    """Means at a spread, and lower triangular or diagonal factors of covariances of a condition number."""
    means = spread * rng.standard_normal((K, D))
    deviations = width * condition ** (-0.5 * rng.random((K, D)))
    if D > 1:
        deviations[:, 0], deviations[:, 1] = width, width * condition**-0.5
    if not full:
        return means, 1.0 / deviations, rng.standard_normal(K), deviations[:, :, None] * np.eye(D)
    # Σ = U Uᵀ with U upper triangular gives L = U⁻¹... of a rotated frame; QR brings it to lower form.
    Q = np.linalg.qr(rng.standard_normal((K, D, D)))[0]
    whiten = (Q / deviations[:, None, :]).swapaxes(1, 2)
    upper = np.linalg.qr(whiten[:, :, ::-1], mode="r")
    lower = upper[:, ::-1, ::-1]
    signs = np.sign(np.diagonal(lower, axis1=1, axis2=2))
    return means, lower * signs[:, :, None], rng.standard_normal(K), Q * deviations[:, None, :]


def rows_near(rng, means, roots, n):
    k = rng.integers(0, len(means), n)
    return means[k] + np.einsum("nij,nj->ni", roots[k], rng.standard_normal((n, means.shape[1])))


@ALL
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from([1.0, 1e4, 1e10]),
    st.sampled_from([0.0, 1.0, 1e4, 1e8]),
    st.sampled_from([0, 1, 7, 300, 3000]),
)
def test_densities_and_moments(kernel, seed, K, D, full, condition, spread, n):
    rng = np.random.default_rng(seed)
    means, factors, offsets, roots = parameters(rng, K, D, full, condition, spread)
    X = rows_near(rng, means, roots, n)
    given_parameters = (means, factors, offsets)
    # Rounding a row of size |x| moves y = L (x − μ) by ε |L| |x|, and ½|y|² by |y| times that.
    L = factors if full else factors[:, :, None] * np.eye(D)
    size = np.abs(X).max(initial=0.0) + np.abs(means).max()
    shift = 2.3e-16 * size * np.sqrt((L**2).sum(axis=(1, 2)))
    y = np.sqrt(np.maximum(0.0, 2 * (offsets - reference.log_joint(X, *given_parameters))))
    allowed = 4 * D * (shift * (y + shift) + 2.3e-16 * y**2) + 1e-10
    joint, expected = kernel.log_joint(X, *given_parameters), reference.log_joint(X, *given_parameters)
    assert np.all(np.abs(joint - expected) <= allowed)
    top = allowed.max(axis=1) if n else np.zeros(0)
    found = kernel.log_prob(X, *given_parameters)
    assert np.all(np.abs(found - reference.log_prob(X, *given_parameters)) <= top)
    weights = rng.integers(0, 3, n).astype(float)
    ours, theirs = (k.em_pass(X, weights, *given_parameters, means) for k in (kernel, reference))
    slack = 1e-9 + (8 * float(top.max()) if n else 0.0)
    for a, b in zip(ours[:1] + ours[3:], theirs[:1] + theirs[3:], strict=True):
        assert_close(a, b, atol=slack * (1 + weights.sum()))
    for k in range(K):  # second moments, each against the spread of its own component
        scatter, other = ours[2][k], theirs[2][k]
        assert_close(scatter, other, rtol=1e-8 + slack, atol=1e-250)


@ALL
@pytest.mark.parametrize("full", [True, False])
def test_float32_rows_are_read_as_they_are(kernel, full):
    rng = np.random.default_rng(0)
    means, factors, offsets, roots = parameters(rng, 3, 4, full, 10.0, 3.0)
    X = rows_near(rng, means, roots, 500).astype(np.float32)
    for order in (np.ascontiguousarray, np.asfortranarray):
        rows = order(X)
        exact = reference.log_joint(X.astype(np.float64), means, factors, offsets)
        # A kernel may multiply float32 rows in float32, with 24 bits; its sums are float64.
        rtol = 1e-6 if kernel.__name__.endswith("native") else 1e-12
        assert_close(kernel.log_joint(rows, means, factors, offsets), exact, rtol=rtol)
        assert kernel.log_joint(rows, means, factors, offsets).dtype == np.float64
        ours = kernel.em_pass(rows, None, means, factors, offsets, means)
        theirs = reference.em_pass(X.astype(np.float64), None, means, factors, offsets, means)
        assert_close(ours[2], theirs[2], rtol=10 * rtol)


@ALL
@pytest.mark.parametrize("full", [True, False])
def test_nothing_that_is_given_changes(kernel, full):
    rng = np.random.default_rng(0)
    means, factors, offsets, roots = parameters(rng, 3, 2, full, 10.0, 3.0)
    given_arrays = [
        rows_near(rng, means, roots, 100),
        rng.uniform(0, 1, 100),
        means,
        factors,
        offsets,
        means + 0.1,
    ]
    before = [array.copy() for array in given_arrays]
    for array in given_arrays:
        array.setflags(write=False)
    kernel.em_pass(*given_arrays)
    kernel.log_joint(given_arrays[0], means, factors, offsets)
    assert all(np.array_equal(a, b) for a, b in zip(given_arrays, before, strict=True))


@ALL
@pytest.mark.parametrize("weights", [None, "zero"])
def test_rows_without_weight_add_nothing(kernel, weights):
    rng = np.random.default_rng(0)
    means, factors, offsets, roots = parameters(rng, 2, 2, True, 10.0, 3.0)
    X = rows_near(rng, means, roots, 50)
    sums = kernel.em_pass(
        X[:0] if weights is None else X, weights and np.zeros(50), means, factors, offsets, means
    )
    assert all(np.all(np.asarray(part) == 0) for part in sums)


@ALL
def test_a_component_far_from_every_row_gets_nothing(kernel):
    # Its responsibilities underflow: what is left is far below what a sum of ones can hold.
    means, factors = np.array([[0.0], [1e6]]), np.ones((2, 1))
    counts, *_ = kernel.em_pass(np.zeros((10, 1)), None, means, factors, np.zeros(2), means)
    assert counts[0] == 10.0
    assert counts[1] < 1e-200


@pytest.mark.parametrize("name", NAMES)
def test_a_faulty_kernel_is_found(name):
    def changed(*arguments):
        result = getattr(reference, name)(*arguments)
        if isinstance(result, tuple):
            return (result[0], result[1] + 1e-6 * np.abs(result[1]).max(initial=0.0), *result[2:])
        return result + 1e-6 * np.abs(result[np.isfinite(result)]).max(initial=0.0)

    functions = {other: getattr(reference, other) for other in NAMES}
    with pytest.raises(AssertionError, match=name):
        check_kernel(SimpleNamespace(**{**functions, name: changed}))


@ALL
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 6), st.sampled_from([1, 7, 900]))
def test_the_pass_that_is_linear_in_the_rows(kernel, seed, K, D, n):
    rng = np.random.default_rng(seed)
    X, slopes, intercepts = rng.standard_normal((n, D)), 30 * rng.standard_normal((K, D)), np.zeros(K)
    intercepts[: K - 1] = rng.choice([-np.inf, 1.0, 5.0], K - 1)
    for weights in (None, rng.integers(0, 3, n).astype(float)):
        found = kernel.linear_pass(X, weights, slopes, intercepts)
        assert_close(found, reference.linear_pass(X, weights, slopes, intercepts), rtol=1e-12)
    # With −½|y|² it is a pass over components of unit variance.
    mass = np.square(slopes).sum(axis=1)
    counts, first, _, log_likelihood, _ = reference.em_pass(
        X, weights, slopes, np.ones((K, D)), intercepts + 0.5 * mass, np.zeros((K, D))
    )
    found[-1] -= 0.5 * float(weights @ np.square(X).sum(axis=1))
    assert_close(found, np.concatenate([counts, first.ravel(), [log_likelihood]]), rtol=1e-9)
