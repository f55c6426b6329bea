"""What a constraint does to a covariance, and the scale of the floor."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Diagonal, Full, Spherical, Tied
from gaussmix.covariances import cholesky
from gaussmix.covariances.constraints import AddToDiagonal, Floor, NoConstraint, positive_definite_scale
from gaussmix.covariances.full import FullCovariances
from gaussmix.errors import InputError

from .support import assert_close, random_dense

SEEDS = st.integers(0, 2**32 - 1)


def test_no_prior_changes_nothing():
    matrices = random_dense(np.random.default_rng(0), 2, 3)
    assert NoConstraint().full(matrices) is matrices
    assert NoConstraint().spherical(np.ones(2), 3).tolist() == [1.0, 1.0]
    assert NoConstraint().active(matrices).tolist() == []


def test_a_constant_for_each_column():
    constraint = AddToDiagonal(np.array([1.0, 3.0]))
    assert constraint.full(np.zeros((1, 2, 2))).tolist() == [[[1.0, 0.0], [0.0, 3.0]]]
    assert constraint.diagonal(np.zeros((1, 2))).tolist() == [[1.0, 3.0]]
    assert constraint.spherical(np.zeros(1), 2).tolist() == [2.0]
    assert not constraint.monotone


@given(SEEDS, st.floats(1e-9, 0.9), st.integers(1, 4))
def test_the_floor_clips_generalised_eigenvalues(seed, epsilon, D):
    rng = np.random.default_rng(seed)
    scale, matrices = random_dense(rng, 1, D)[0], random_dense(rng, 3, D, condition=1e4)
    held = Floor(scale, epsilon).full(matrices)
    root = np.linalg.inv(np.linalg.cholesky(scale))
    before, after = (np.linalg.eigvalsh(root @ m @ root.T) for m in (matrices, held))
    assert_close(after, np.maximum(before, epsilon), rtol=1e-9)


@given(SEEDS, st.integers(1, 4))
def test_the_floor_leaves_healthy_ones_alone(seed, D):
    rng = np.random.default_rng(seed)
    scale, matrices = random_dense(rng, 1, D)[0], random_dense(rng, 3, D)
    constraint = Floor(scale)
    assert np.array_equal(constraint.full(matrices), matrices)
    assert constraint.active(matrices).tolist() == []


@given(SEEDS, st.integers(2, 4))
def test_the_floor_moves_with_the_data(seed, D):
    rng = np.random.default_rng(seed)
    scale, matrices = random_dense(rng, 1, D)[0], random_dense(rng, 2, D, condition=1e6)
    A = rng.standard_normal((D, D)) + 2 * np.eye(D)
    moved = Floor(A @ scale @ A.T, 0.1).full(A @ matrices @ A.T)
    assert_close(moved, A @ Floor(scale, 0.1).full(matrices) @ A.T, rtol=1e-7)


def test_roots_of_what_was_clipped():
    constraint = Floor(np.eye(3), 1e-8)
    matrices = np.stack([np.eye(3), np.diag([1.0, 1.0, 0.0])])
    held, roots = constraint.full_with_roots(matrices)
    assert_close(roots @ roots.swapaxes(1, 2), held, rtol=1e-14)
    assert held[1, 2, 2] == pytest.approx(1e-8)
    assert constraint.full_with_roots(matrices[:1])[1] is None
    assert constraint.active(held).tolist() == [1]


def of_eigenvalues(rng, *values):
    """A matrix (80, 80) with given eigenvalues, and others of zero."""
    vectors = np.linalg.qr(rng.standard_normal((80, 80)))[0][:, : len(values)]
    return (vectors * values) @ vectors.T


@pytest.mark.parametrize(
    ("values", "known"),
    [
        (np.linspace(0.1, 3.0, 30), True),
        (np.linspace(0.1, 3.0, 79), True),
        ([2.0], True),
        ([1.0, 1e-4, 2e-8], True),
        ([1.0, 1e-4, 1e-9], False),
        ([1e8, 1.0], False),
        (np.linspace(1e-9, 3.0, 80), False),
    ],
    ids=["few", "all_but_one", "one", "near_the_bound", "below_the_bound", "large", "no_zero"],
)
def test_a_matrix_of_many_columns_and_few_rows_is_clipped_without_eigenvalues(monkeypatch, values, known):
    rng = np.random.default_rng(0)
    root = rng.standard_normal((80, 80)) + 9.0 * np.eye(80)
    matrix, constraint = of_eigenvalues(rng, *values), Floor(root @ root.T)
    covariance = root @ matrix @ root.T
    constraint.full(covariance[None])  # the scale has eigenvalues of its own
    eigenvalues, asked = np.linalg.eigh, []
    monkeypatch.setattr(np.linalg, "eigh", lambda matrix: asked.append(1) or eigenvalues(matrix))
    held, roots = constraint.full_with_roots(covariance[None])
    assert asked == ([] if known else [1])
    clipped, vectors = eigenvalues(matrix)
    clipped = np.maximum(clipped, max(1e-8, cholesky.ROUNDING * clipped[-1]))
    inverse = np.linalg.inv(root)
    assert_close(inverse @ held[0] @ inverse.T, (vectors * clipped) @ vectors.T, atol=1e-13 * clipped[-1])
    precise = np.linalg.inv(inverse @ roots[0])
    assert_close(precise.T @ precise, (vectors / clipped) @ vectors.T, rtol=1e-3, atol=1e-3 / clipped[0])


def test_equal_estimates_are_clipped_once():
    rng = np.random.default_rng(0)
    scatter, counts = (
        np.stack([of_eigenvalues(rng, *np.linspace(1.0, 9.0, 20)) for _ in range(2)]),
        np.ones(2),
    )
    constraint = Floor(np.eye(80))
    first = Full().from_scatter(scatter, counts, constraint)
    assert Full().from_scatter(scatter * (1.0 + 2e-16), counts, constraint, first) is first
    for other in (
        Full().from_scatter(scatter * (1.0 + 1e-13), counts, constraint, first),
        Full().from_scatter(scatter, counts, Floor(np.eye(80)), first),
        Full().from_scatter(scatter[:1], counts[:1], constraint, first),
        Full().from_scatter(scatter, counts, constraint, pickle.loads(pickle.dumps(first))),
    ):
        assert other is not first
        assert_close(other.array, first.array[: len(other.array)], rtol=1e-9, atol=1e-12)


def test_a_sound_scale_of_many_columns_has_no_eigenvalues(monkeypatch):
    covariance = random_dense(np.random.default_rng(0), 1, 80)[0]
    covariances = FullCovariances(covariance[None])
    monkeypatch.delattr(np.linalg, "eigh")
    monkeypatch.delattr(np.linalg, "eigvalsh")
    scale, rank = positive_definite_scale(covariance, np.ones(80))
    assert_close(scale, covariance, rtol=1e-12)
    assert rank == 80
    assert Floor(scale).full_with_roots(covariances.array)[1] is None
    assert covariances.clears(Floor(scale), 100.0)


def test_the_floor_of_variances():
    constraint = Floor(np.diag([1.0, 4.0]), 0.1)
    assert constraint.diagonal(np.array([[0.0, 5.0]])).tolist() == [[0.1, 5.0]]
    assert constraint.spherical(np.array([0.0, 5.0]), 2).tolist() == [0.25, 5.0]


def test_the_diagonal_of_the_scale_is_enough_for_variances():
    scale = np.array([[1.0, 0.5], [0.5, 4.0]])
    whole, part = Floor(scale, 0.1), Floor(np.diagonal(scale), 0.1)
    variances = np.array([[0.0, 5.0], [0.2, 0.3]])
    assert whole.diagonal(variances).tolist() == part.diagonal(variances).tolist()
    assert whole.spherical(variances[0], 2).tolist() == part.spherical(variances[0], 2).tolist()
    assert_close(part.full(np.zeros((1, 2, 2)))[0], 0.1 * np.diag([1.0, 4.0]))


def test_room_in_each_representation():
    constraint = Floor(np.diag([1.0, 4.0]), 0.1)
    assert_close(constraint.diagonal_clearance(np.array([[0.2, 8.0], [3.0, 0.4]])), [2.0, 1.0])
    assert_close(constraint.spherical_clearance(np.array([0.25, 5.0]), 2), [1.0, 20.0])
    diagonal = Diagonal().covariances([[0.2, 8.0], [3.0, 0.4]], 2, 2)
    assert_close(diagonal.clearance(constraint), constraint.clearance(diagonal.dense()))
    assert_close(Tied(Diagonal()).covariances([0.2, 8.0], 3, 2).clearance(constraint), [2.0] * 3)
    assert_close(Tied(Spherical()).covariances(0.25, 3, 2).clearance(constraint), [1.0] * 3)
    assert NoConstraint().diagonal_clearance(np.ones((2, 3))).tolist() == [np.inf] * 2
    assert NoConstraint().spherical_clearance(np.ones(2), 3).tolist() == [np.inf] * 2


@given(SEEDS, st.integers(1, 5))
def test_a_sound_scale_is_kept(seed, D):
    covariance = random_dense(np.random.default_rng(seed), 1, D, condition=1e4)[0]
    scale, rank = positive_definite_scale(covariance, np.ones(D))
    assert_close(scale, covariance, rtol=1e-12)
    assert rank == D


@given(SEEDS, st.integers(2, 6), st.floats(-100, 100))
def test_a_poor_scale_is_mended(seed, D, power):
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(1, D))
    root = rng.standard_normal((D, rank)) * 10.0**power
    scale, found = positive_definite_scale(root @ root.T, np.full(D, 10.0**power))
    assert found == rank
    deviation = np.sqrt(np.diagonal(scale))
    assert np.linalg.eigvalsh(scale / np.outer(deviation, deviation))[0] > 1e-9


def test_constant_columns_get_a_spread_of_their_size():
    scale, rank = positive_definite_scale(np.zeros((3, 3)), np.array([0.0, 5.0, 1e-8]))
    assert (np.diagonal(scale) > 0).all()
    assert scale[1, 1] > scale[2, 2]
    assert rank == 0
    variances, rank = positive_definite_scale(np.array([0.0, 4.0, 0.0]), np.array([0.0, 5.0, 1e-8]))
    assert_close(variances, [1.0, 4.0, 1e-16], rtol=1e-15)
    assert rank == 1


@pytest.mark.parametrize("covariance", [np.zeros((2, 3)), np.full((2, 2), np.nan), np.zeros(3)])
def test_a_wrong_covariance_is_refused(covariance):
    with pytest.raises(InputError, match="covariance"):
        positive_definite_scale(covariance, np.ones(2))


def test_a_matrix_that_rounding_leaves_barely_definite_has_a_factor():
    # Two rows far apart: the covariance has rank one but for rounding, which may pass for more than ε S.
    rng = np.random.default_rng(1)
    scale = np.array([[812391.2, 7104922.0], [7104922.0, 62138361.3]])
    constraint, root = Floor(scale), np.linalg.cholesky(scale)
    for _ in range(2000):
        half = root @ rng.standard_normal(2) * rng.uniform(1, 30)
        covariance = np.outer(half, half)
        covariance[1, 1] *= 1 + rng.integers(0, 4) * np.finfo(np.float64).eps
        factors = FullCovariances(*constraint.full_with_roots(covariance[None])).factors
        assert np.isfinite(factors).all()


@given(SEEDS, st.integers(1, 4), st.floats(0.5, 2.0))
def test_whether_covariances_clear_a_multiple_of_their_bound(seed, D, share):
    rng = np.random.default_rng(seed)
    dense, weights = random_dense(rng, 3, D, condition=1e4), np.full(3, 1 / 3)
    floor = Floor(random_dense(rng, 1, D)[0], 1e-3)
    for family in (Full(), Tied(Full()), Diagonal(), Spherical()):
        covariances = family.from_dense(dense, weights)
        least = covariances.clearance(floor).min()
        assert covariances.clears(floor, share * least) == (share * least <= least)
        assert covariances.clears(NoConstraint(), 1e9)


def test_an_eigenvalue_below_the_rounding_of_a_far_larger_one_does_not_clear_the_floor():
    rng = np.random.default_rng(1)
    floor = Floor(np.cov(rng.normal(size=(4, 9)) + rng.normal(size=9)))
    wide = np.diag([1e14, 1e14, 1e14, 0.0]) + 1e12 * (1.0 - np.eye(4)) * np.outer([1, 1, 1, 0], [1, 1, 1, 0])
    wide = wide[None] + np.diag([0.0, 0.0, 0.0, 1e-40])
    assert floor.clearance(wide).tolist() == [0.0]
    held = floor.full(wide)
    assert np.isfinite(held).all()
    np.linalg.cholesky(held)
