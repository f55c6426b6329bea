"""Compiled partitions against those in NumPy, on each instruction set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix.kernels import hierarchical, partitions

from ..support import assert_close, clusters

SIZES = {"n": st.integers(1, 200), "D": st.integers(1, 9), "K": st.integers(1, 7)}


@pytest.fixture
def kernel(on_each_set):
    from gaussmix.kernels import native

    return native


def table(seed, n, D, repeated=False):
    """Rows, some of them equal, and their weights."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 3, (n, D)).astype(float) if repeated else clusters(rng, n, 4, D)
    return rows, rng.uniform(0.5, 2.0, n), rng


@given(seed=st.integers(0, 2**32 - 1), trials=st.integers(1, 4), repeated=st.booleans(), **SIZES)
def test_seeds(kernel, seed, n, D, K, trials, repeated):
    Z, weights, rng = table(seed, n, D, repeated)
    uniform = rng.random((3, 1 + (K - 1) * trials))
    found = kernel.seeds(Z, weights, uniform, K)
    assert np.array_equal(Z[found], Z[partitions.seeds(Z, weights, uniform, K)])
    assert np.array_equal(found[:, 0], partitions.seeds(Z, weights, uniform[:, :1], 1)[:, 0])


@given(seed=st.integers(0, 2**32 - 1), repeated=st.booleans(), **SIZES)
def test_farthest_first_traversal(kernel, seed, n, D, K, repeated):
    Z, _, rng = table(seed, n, D, repeated)
    first = rng.integers(n, size=3)
    assert np.array_equal(kernel.farthest(Z, first, K), partitions.farthest(Z, first, K))


@given(seed=st.integers(0, 2**32 - 1), iterations=st.integers(0, 9), repeated=st.booleans(), **SIZES)
def test_lloyds_iterations(kernel, seed, n, D, K, iterations, repeated):
    Z, weights, rng = table(seed, n, D, repeated)
    centres = Z[rng.integers(n, size=(3, K))]
    expected = partitions.lloyd(Z, weights, centres, iterations)
    assert np.array_equal(kernel.lloyd(Z, weights, centres, iterations), expected)


@given(seed=st.integers(0, 2**32 - 1), ties=st.booleans(), n=SIZES["n"], K=SIZES["K"])
def test_cuts(kernel, seed, n, K, ties):
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((4, n))
    scores = np.round(scores) if ties else scores
    shares = np.sort(rng.random((4, K - 1)), axis=1)
    weights = rng.integers(1, 5, n).astype(float)
    expected = partitions.cuts(scores, weights, shares)
    assert np.array_equal(kernel.cuts(scores, weights, shares), expected)


@given(seed=st.integers(0, 2**32 - 1), full=st.booleans(), **SIZES)
def test_moments_of_parts(kernel, seed, n, D, K, full):
    X, weights, rng = table(seed, n, D)
    labels = rng.integers(K, size=(3, n))
    found = kernel.part_moments(X, weights, labels, K, full)
    expected = partitions.part_moments(X, weights, labels, K, full)
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, 1e-10, 1e-10)
    for s, line in enumerate(labels):
        members = weights[line == 0]
        assert_close(found[0][s, 0], members.sum(), 1e-12)
        if len(members):
            assert_close(found[1][s, 0], members @ X[line == 0] / members.sum(), 1e-9, 1e-9)


def test_moments_of_parts_of_several_blocks(kernel):
    X, weights, rng = table(5, 3000, 6)
    labels = rng.integers(4, size=(2, 3000))
    for one, other in zip(
        kernel.part_moments(X, weights, labels, 4, True),
        partitions.part_moments(X, weights, labels, 4, True),
        strict=True,
    ):
        assert_close(one, other, 1e-10, 1e-8)


def test_scores_that_are_no_numbers_come_last(kernel):
    scores = np.array([[1.0, np.nan, -np.inf, np.inf, -1.0, 0.0, -0.0]])
    shares = np.arange(1, 7)[None] / 7 + 0.01
    found = kernel.cuts(scores, np.ones(7), shares)
    assert found.tolist() == [[4, 6, 0, 5, 1, 2, 3]]
    assert partitions.cuts(scores, np.ones(7), shares).tolist() == found.tolist()


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60), D=SIZES["D"])
def test_mergers(kernel, seed, n, D):
    Z, weights, _ = table(seed, n, D)
    assert np.array_equal(kernel.mergers(Z, weights), hierarchical.mergers(Z, weights))
