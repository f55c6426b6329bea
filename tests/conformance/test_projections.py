"""Every kernel's passes over rows that are projections, against EM written row by row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix.kernels import Gaussians, Observations, reference

from ..laws.row_by_row import Parameters, Rows, Rules, e_step
from ..support import assert_close, random_dense
from .test_observations import KERNELS, NOISE, check, dense, kernel  # noqa: F401

SIZES = st.sampled_from([(1, 1), (1, 3), (2, 3), (3, 3), (2, 2), (4, 3), (2, 6), (5, 8), (1, 9)])


def problem(
    seed, K, size, n, diagonal=False, noise="none", holes=0.0, labels=False, weights=False, dtype=float
):
    """Rows of m values of D, with what is known of them, and Gaussians that they are held against."""
    rng = np.random.default_rng(seed)
    m, D = size
    matrices = random_dense(rng, K, D, 50.0)
    covariances = np.diagonal(matrices, axis1=1, axis2=2).copy() if diagonal else matrices
    means = 2.0 * rng.standard_normal((K, D))
    R = rng.standard_normal((n, m, D))
    V = means[rng.integers(0, K, n)] + rng.standard_normal((n, D))
    X = (np.einsum("nmd,nd->nm", R, V)).astype(dtype)
    X[rng.random((n, m)) < holes] = np.nan
    errors = NOISE["covariances" if m > D else noise](rng, n, m)
    if m > D:
        errors += np.eye(m)  # more values than true ones determine them but for errors
    allowed = None
    if labels:
        allowed = rng.random((n, K)) < 0.5
        allowed[np.arange(n), rng.integers(0, K, n)] = True
    w = rng.integers(0, 3, n) * rng.random(n) if weights else None
    rows = Observations(X, w, errors, allowed, None, R)
    return rows, Gaussians(np.log(rng.dirichlet(np.ones(K))), means, covariances)


def row_by_row(rows, gaussians, about):
    n = len(rows.X)
    K, D = gaussians.means.shape
    noise = None if rows.noise is None else dense(rows.noise)
    allowed = np.ones((n, K), dtype=bool) if rows.allowed is None else rows.allowed
    allowed = np.column_stack([allowed, np.zeros(n, dtype=bool)])
    parameters = Parameters(np.exp(gaussians.log_weights), gaussians.means, dense(gaussians.covariances))
    given_rows = Rows.of(rows.X.astype(float), K, rows.weights, noise, allowed, rows.projections)
    with np.errstate(divide="ignore"):
        sums = e_step(parameters, given_rows, Rules(np.zeros(K, dtype=bool), np.ones(D)))
    cross = sums.first[:, :, None] * about[:, None, :]
    outer = sums.counts[:, None, None] * about[:, :, None] * about[:, None, :]
    top = np.log([r.max() for r in sums.responsibilities])
    weights = np.ones(n) if rows.weights is None else rows.weights
    second = sums.second - cross - cross.swapaxes(1, 2) + outer
    first = sums.first - sums.counts[:, None] * about
    return sums.counts, first, second, sums.log_likelihood, weights @ top


@given(
    seed=st.integers(0, 2**32 - 1),
    K=st.integers(1, 4),
    size=SIZES,
    n=st.sampled_from([1, 3, 8, 17]),
    diagonal=st.booleans(),
    noise=st.sampled_from(sorted(NOISE)),
    holes=st.sampled_from([0.0, 0.3, 1.0]),
    labels=st.booleans(),
    weights=st.booleans(),
    full=st.booleans(),
)
def test_moments_are_those_of_the_loop_over_rows(
    seed, K, size, n, diagonal, noise, holes, labels, weights, full
):
    rows, gaussians = problem(seed, K, size, n, diagonal, noise, holes, labels, weights)
    about = gaussians.means + 0.5
    expected = row_by_row(rows, gaussians, about)
    for module, use in KERNELS.values():
        use()
        check(module.em_pass_rows(rows, gaussians, about, full), expected, full, rtol=1e-8)
        joint, plain = module.rows_joint(rows, gaussians), reference.rows_joint(rows, gaussians)
        assert np.array_equal(np.isneginf(joint), np.isneginf(plain))
        assert_close(
            np.where(np.isneginf(joint), 0, joint), np.where(np.isneginf(plain), 0, plain), rtol=1e-8
        )
        for a, b in zip(
            module.rows_expected(rows, gaussians), reference.rows_expected(rows, gaussians), strict=True
        ):
            assert_close(a, b, rtol=1e-7, scale=10.0)


@pytest.mark.parametrize("size", [(1, 3), (2, 3), (3, 7)])
def test_rows_of_the_unit_matrix_are_rows_with_missing_values(kernel, size):  # noqa: F811
    m, D = size
    rng = np.random.default_rng(m)
    seen = np.array([rng.choice(D, m, replace=False) for _ in range(50)])
    _, gaussians = problem(1, 3, (D, D), 50)
    X = np.full((50, D), np.nan)
    values = rng.standard_normal((50, m))
    np.put_along_axis(X, seen, values, axis=1)
    holed, projected = Observations(X), Observations(values, projections=np.eye(D)[seen])
    for a, b in zip(
        kernel.em_pass_rows(projected, gaussians, gaussians.means, True),
        kernel.em_pass_rows(holed, gaussians, gaussians.means, True),
        strict=True,
    ):
        assert_close(a, b, rtol=1e-10, scale=50.0)


def test_single_precision_rows_and_distant_ones(kernel):  # noqa: F811
    rows, gaussians = problem(3, 2, (2, 3), 20, noise="variances", dtype=np.float32)
    doubled = rows._replace(X=rows.X.astype(float))
    about = gaussians.means
    for a, b in zip(
        kernel.em_pass_rows(rows, gaussians, about, True),
        kernel.em_pass_rows(doubled, gaussians, about, True),
        strict=True,
    ):
        assert_close(a, b, rtol=1e-12, scale=20.0)
    far = doubled._replace(X=np.where(np.arange(20)[:, None] == 3, 1e100, doubled.X))
    counts = kernel.em_pass_rows(far, gaussians, about, True)[0]
    assert counts.sum() == pytest.approx(20.0)
