"""Frames: every operation against that on dense matrices."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from gaussmix.frames import DiagonalFrame, FullFrame, frame_of

from .support import assert_close

FRAMES = [FullFrame(), DiagonalFrame()]
AXES = [(), (3,), (2, 3)]


def dense_factors(frame, factors):
    """Return whitening factors as matrices."""
    return factors if frame.full else np.apply_along_axis(np.diag, -1, factors)


def some(frame, axes, D, rng):
    """Return symmetric second moments and lower triangular factors in a frame."""
    A = rng.standard_normal((*axes, D, D))
    second, factors = A @ A.swapaxes(-1, -2), np.tril(A)
    return frame.of_dense(second), frame.of_dense(factors)


@pytest.mark.parametrize("frame", FRAMES)
def test_two_of_a_kind_are_equal_after_a_pickle_too(frame):
    again = pickle.loads(pickle.dumps(frame))
    assert again == frame == type(frame)()
    assert hash(again) == hash(frame)
    assert again not in [other for other in FRAMES if other is not frame]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("D", [1, 2, 5])
def test_the_shape_of_one_covariance_says_its_frame(frame, D):
    assert frame_of(frame.of_dense(np.eye(D))) == frame


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("D", [1, 4])
def test_products_are_those_of_matrices(frame, axes, D):
    rng = np.random.default_rng(D)
    a, b, counts = rng.standard_normal((*axes, D)), rng.standard_normal((*axes, D)), rng.random(axes)
    product = np.einsum("...i,...j->...ij", a, b)
    assert_close(frame.outer(a, b), frame.of_dense(product), rtol=1e-15)
    assert_close(frame.transpose(frame.outer(a, b)), frame.of_dense(product.swapaxes(-1, -2)), rtol=1e-15)
    assert_close(frame.diagonal(frame.outer(a, b)), a * b, rtol=1e-15)
    scaled = np.asarray(counts)[..., None, None] * product
    assert_close(frame.expand(np.asarray(counts)) * frame.outer(a, b), frame.of_dense(scaled), rtol=1e-15)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("D", [1, 4])
def test_dense_and_back(frame, axes, D):
    second, _ = some(frame, axes, D, np.random.default_rng(0))
    dense = frame.dense(second)
    assert dense.shape == (*axes, D, D)
    assert np.array_equal(frame.of_dense(dense), second)
    assert np.array_equal(frame.diagonal(second), np.diagonal(dense, axis1=-2, axis2=-1))
    zero = frame.zero(*(axes or (1,))[-1:], D)
    assert zero.shape[1:] == second.shape[len(axes) :]
    assert not zero.any()


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("n", [1, 2, 30])
@pytest.mark.parametrize("D", [1, 4])
def test_scatter_of_weighted_rows(frame, n, D):
    rng = np.random.default_rng(n)
    Y, w = rng.standard_normal((n, D)), rng.random(n)
    expected = frame.of_dense(np.einsum("n,ni,nj->ij", w, Y, Y))
    assert_close(frame.scatter(Y, w[:, None] * Y), expected, rtol=1e-14)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("D", [1, 4])
def test_whitening_multiplies_by_the_factors(frame, axes, D):
    rng = np.random.default_rng(1)
    _, factors = some(frame, axes, D, rng)
    rows, L = rng.standard_normal((*axes, 6, D)), dense_factors(frame, factors)
    assert_close(frame.whiten(factors, rows), np.einsum("...ij,...nj->...ni", L, rows), rtol=1e-14)
    assert_close(frame.whiten_transposed(factors, rows), np.einsum("...ji,...nj->...ni", L, rows), rtol=1e-14)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("D", [1, 2, 6])
def test_traces_and_scaled_variances(frame, D):
    second, factor = some(frame, (), D, np.random.default_rng(2))
    L, S = dense_factors(frame, factor), frame.dense(second)
    assert frame.trace(factor, second) == pytest.approx(np.trace(L @ S @ L.T), rel=1e-13)
    expected = np.diagonal(L @ np.diag(np.diagonal(S)) @ L.T)
    assert_close(frame.scaled(factor, frame.diagonal(second)), expected, rtol=1e-13)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("K", [1, 3])
@pytest.mark.parametrize("D", [1, 2, 6])
def test_maps_and_eigenvalues_of_covariances(frame, K, D):
    second, factors = some(frame, (K,), D, np.random.default_rng(3))
    A, S = dense_factors(frame, factors[0]), frame.dense(second)
    assert_close(frame.transform(factors[0], second), frame.of_dense(A @ S @ A.T), rtol=1e-13)
    assert_close(frame.eigenvalues(second), np.linalg.eigvalsh(S), rtol=1e-12)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("D", [1, 4])
def test_precisions_and_covariances_of_factors(frame, axes, D):
    _, factors = some(frame, axes, D, np.random.default_rng(4))
    L = dense_factors(frame, factors)
    precisions = L.swapaxes(-1, -2) @ L
    assert_close(frame.precisions(factors), frame.of_dense(precisions), rtol=1e-14)
    assert_close(
        frame.dense(frame.covariances(factors)) @ precisions, np.broadcast_to(np.eye(D), L.shape), rtol=1e-6
    )
