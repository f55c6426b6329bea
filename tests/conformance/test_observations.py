"""Every kernel's passes over rows with measurement errors and missing values, against EM written row by row."""

from __future__ import annotations

import contextlib
import importlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix.kernels import Gaussians, Observations, blas, reference

from ..laws.row_by_row import Parameters, Rows, Rules, e_step
from ..support import assert_close, random_dense


def kernels():
    """NumPy's, and the compiled one held to each instruction set of this processor."""
    yield "reference", reference, lambda: None
    yield "blas", blas, lambda: None
    with contextlib.suppress(ImportError):
        native = importlib.import_module("gaussmix.kernels.native")
        module = importlib.import_module("gaussmix.kernels._native")
        for name in module.instruction_sets():
            yield name, native, lambda name=name: module.use(name)


KERNELS = {name: (module, use) for name, module, use in kernels()}


@pytest.fixture(params=KERNELS)
def kernel(request):
    module, use = KERNELS[request.param]
    compiled = (
        importlib.import_module("gaussmix.kernels._native") if module.__name__.endswith("native") else None
    )
    before = compiled and compiled.instruction_set()
    use()
    yield module
    if compiled:
        compiled.use(before)


NOISE = {
    "none": lambda rng, n, D: None,
    "zero": lambda rng, n, D: np.zeros((n, D)),
    "variances": lambda rng, n, D: rng.exponential(1.0, (n, D)) * rng.integers(0, 2, (n, 1)),
    "covariances": lambda rng, n, D: random_dense(rng, n, D, 100.0) * rng.integers(0, 2, (n, 1, 1)),
    "of low rank": lambda rng, n, D: np.einsum("ni,nj->nij", *[rng.standard_normal((n, D))] * 2),
}
SIZES = (1, 2, 3, 7, 8, 9, 16, 17, 40)


def problem(seed, K, D, n, diagonal=False, noise="none", holes=0.0, labels=False, weights=False, dtype=float):
    """Rows with what is known of them, and Gaussians that they are held against."""
    rng = np.random.default_rng(seed)
    dense = random_dense(rng, K, D, 50.0)
    covariances = np.diagonal(dense, axis1=1, axis2=2).copy() if diagonal else dense
    means = 2.0 * rng.standard_normal((K, D))
    X = (means[rng.integers(0, K, n)] + 1.5 * rng.standard_normal((n, D))).astype(dtype)
    X[rng.random((n, D)) < holes] = np.nan
    allowed = None
    if labels:
        allowed = rng.random((n, K)) < 0.5
        allowed[np.arange(n), rng.integers(0, K, n)] = True
    w = rng.integers(0, 3, n) * rng.random(n) if weights else None
    rows = Observations(X, w, NOISE[noise](rng, n, D), allowed)
    return rows, Gaussians(np.log(rng.dirichlet(np.ones(K))), means, covariances)


def dense(covariances):
    """Covariances as matrices (K, D, D)."""
    return covariances if covariances.ndim == 3 else covariances[:, :, None] * np.eye(covariances.shape[1])


def row_by_row(rows, gaussians, about):
    """The sums about a reference, from the loop over rows; the uniform part stands for the background."""
    n, D = rows.X.shape
    K = len(gaussians.means)
    noise = np.zeros((n, D, D)) if rows.noise is None else dense(rows.noise)
    allowed = np.ones((n, K), dtype=bool) if rows.allowed is None else rows.allowed
    allowed = np.column_stack([allowed, np.zeros(n, dtype=bool)])
    weights = np.ones(n) if rows.weights is None else rows.weights
    parameters = Parameters(np.exp(gaussians.log_weights), gaussians.means, dense(gaussians.covariances))
    given_rows = Rows(rows.X.astype(float), weights, noise, allowed)
    with np.errstate(divide="ignore"):
        sums = e_step(parameters, given_rows, Rules(np.zeros(K, dtype=bool), np.ones(D)))
    first = sums.first - sums.counts[:, None] * about
    cross = sums.first[:, :, None] * about[:, None, :]
    outer = sums.counts[:, None, None] * about[:, :, None] * about[:, None, :]
    top = np.log([r.max() for r in sums.responsibilities]) if n else np.zeros(0)
    second = sums.second - cross - cross.swapaxes(1, 2) + outer
    return (
        sums.counts,
        first,
        second,
        sums.log_likelihood,
        weights @ top,
        np.array(sums.responsibilities)[:, :K],
    )


def check(found, expected, full, rtol=1e-10):
    """Compare sums to rounding."""
    counts, first, second = expected[:3]
    if not full:
        second = np.diagonal(second, axis1=1, axis2=2)
    size = 1.0 + counts.sum()
    for a, b in zip(found, (counts, first, second, *expected[3:5]), strict=True):
        assert_close(a, b, rtol, scale=size + np.max(np.abs(b), initial=0.0))


@given(
    seed=st.integers(0, 2**32 - 1),
    K=st.integers(1, 5),
    D=st.integers(1, 9),
    n=st.sampled_from(SIZES),
    full=st.booleans(),
    diagonal=st.booleans(),
    noise=st.sampled_from(sorted(NOISE)),
    holes=st.sampled_from([0.0, 0.3, 0.9]),
    labels=st.booleans(),
    weights=st.booleans(),
)
def test_every_option_with_every_other(kernel, full, **options):
    rows, gaussians = problem(**options)
    about = gaussians.means + np.random.default_rng(1).standard_normal(gaussians.means.shape)
    expected = row_by_row(rows, gaussians, about)
    check(kernel.em_pass_rows(rows, gaussians, about, full), expected, full)
    joint = kernel.rows_joint(rows, gaussians)
    assert_close(np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None]), expected[5])
    check_expected(kernel, rows, gaussians)


def check_expected(kernel, rows, gaussians):
    """The posterior of each row is the moments of that row alone, with all components in one."""
    means, covariances = kernel.rows_expected(rows, gaussians)
    for i in range(0, len(rows.X), 5):
        row = rows.take(slice(i, i + 1))._replace(weights=None)
        counts, first, second, *_ = row_by_row(row, gaussians, np.zeros(gaussians.means.shape))
        mean = first.sum(axis=0)
        assert np.isclose(counts.sum(), 1.0)
        assert_close(means[i], mean, 1e-10, scale=10.0)
        assert_close(covariances[i], second.sum(axis=0) - np.outer(mean, mean), 1e-9, scale=100.0)


@pytest.mark.parametrize("D", [12, 16, 17, 30])
@pytest.mark.parametrize("noise", ["none", "variances", "covariances"])
@pytest.mark.parametrize("full", [True, False])
def test_many_columns(kernel, D, noise, full):
    rows, gaussians = problem(3, 3, D, 21, noise=noise, holes=0.3, weights=True)
    check(
        kernel.em_pass_rows(rows, gaussians, gaussians.means, full),
        row_by_row(*(rows, gaussians, gaussians.means)),
        full,
    )


@pytest.mark.parametrize("diagonal", [True, False])
@pytest.mark.parametrize("n", SIZES)
def test_without_errors_it_is_the_plain_pass(kernel, n, diagonal):
    rows, gaussians = problem(5, 3, 4, n, diagonal=diagonal, weights=True)
    background = np.random.default_rng(0).standard_normal(n) - 4.0
    matrices = dense(gaussians.covariances)
    factors = np.linalg.inv(np.linalg.cholesky(matrices))
    offsets = gaussians.log_weights - 2.0 * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(matrices)[1]
    for noise in (None, np.zeros((n, 4)), np.zeros((n, 4, 4))):
        for fixed in (None, background):
            found = kernel.em_pass_rows(
                rows._replace(noise=noise, background=fixed), gaussians, gaussians.means, True
            )
            check(
                found,
                reference.em_pass(
                    rows.X, rows.weights, gaussians.means, factors, offsets, gaussians.means, fixed
                ),
                True,
            )


@pytest.mark.parametrize("D", [1, 2, 5, 11])
def test_with_one_component_and_one_error_the_optimum_is_the_sample_covariance_less_the_error(kernel, D):
    rng = np.random.default_rng(0)
    C = random_dense(rng, 1, D)[0]
    X = rng.standard_normal((400, D)) @ np.linalg.cholesky(3.0 * np.eye(D) + C).T
    mean, spread = X.mean(axis=0), np.cov(X.T, bias=True).reshape(D, D)
    optimum = Gaussians(np.zeros(1), mean[None], (spread - C)[None])
    rows = Observations(X, noise=np.tile(C, (400, 1, 1)))
    counts, first, second, *_ = kernel.em_pass_rows(rows, optimum, optimum.means, True)
    assert_close(counts, [400.0])
    assert_close(first, np.zeros((1, D)), scale=400.0, rtol=1e-12)
    assert_close(second / 400, optimum.covariances, rtol=1e-11)


def test_a_row_without_values_counts_for_the_weights_alone(kernel):
    _, gaussians = problem(2, 3, 4, 1)
    rows = Observations(np.full((5, 4), np.nan), noise=np.full((5, 4), np.nan))
    counts, first, second, log_likelihood, _ = kernel.em_pass_rows(rows, gaussians, gaussians.means, True)
    weights = np.exp(gaussians.log_weights)
    assert_close(counts, 5 * weights)
    assert_close(first, np.zeros((3, 4)), scale=1.0)
    assert_close(second, 5 * weights[:, None, None] * gaussians.covariances)
    assert_close(log_likelihood, 0.0, scale=1.0)
    assert_close(kernel.rows_joint(rows, gaussians), np.tile(gaussians.log_weights, (5, 1)))


def test_errors_of_missing_values_may_be_anything(kernel):
    rows, gaussians = problem(4, 2, 3, 20, noise="covariances", holes=0.4)
    wild = rows.noise.copy()
    missing = np.isnan(rows.X)
    for value in (np.nan, np.inf, -1e300, 1e300):
        wild[missing[:, :, None] | missing[:, None, :]] = value
        found = kernel.em_pass_rows(rows._replace(noise=wild), gaussians, gaussians.means, True)
        check(
            found,
            row_by_row(
                rows._replace(noise=np.where(np.isfinite(wild), rows.noise, 0)), gaussians, gaussians.means
            ),
            True,
        )


def test_a_weight_of_zero_excludes_a_component_even_one_without_a_density(kernel):
    rows, gaussians = problem(6, 3, 2, 30)
    gaussians.log_weights[1] = -np.inf
    gaussians.covariances[1] = 0.0
    found = kernel.em_pass_rows(rows, gaussians, gaussians.means, True)
    others = Gaussians(*(np.delete(part, 1, axis=0) for part in gaussians))
    expected = kernel.em_pass_rows(rows, others, others.means, True)
    assert found[0][1] == 0.0
    for a, b in zip(found[:3], expected[:3], strict=True):
        assert_close(np.delete(a, 1, axis=0), b)
    assert np.isneginf(kernel.rows_joint(rows, gaussians)[:, 1]).all()
    assert_close(kernel.rows_expected(rows, gaussians)[1], kernel.rows_expected(rows, others)[1])


def test_a_row_that_may_come_from_no_component_has_no_density(kernel):
    rows, gaussians = problem(6, 3, 2, 10, noise="variances")
    allowed = np.ones((10, 3), dtype=bool)
    allowed[4] = False
    counts, *_, log_likelihood, _ = kernel.em_pass_rows(
        rows._replace(allowed=allowed), gaussians, gaussians.means, True
    )
    assert_close(counts.sum(), 9.0)
    assert np.isneginf(log_likelihood)
    fixed = rows._replace(allowed=allowed, background=np.full(10, -2.0))
    counts, *_, log_likelihood, _ = kernel.em_pass_rows(fixed, gaussians, gaussians.means, True)
    assert np.isfinite(log_likelihood)


def test_rows_without_weight_add_nothing_whatever_they_hold(kernel):
    rows, gaussians = problem(7, 2, 3, 25, noise="variances", weights=True)
    weights = rows.weights.copy()
    weights[::3] = 0.0
    X = rows.X.copy()
    X[::3] = [1e300, np.nan, -1e200]
    kept = np.flatnonzero(weights > 0)
    found = kernel.em_pass_rows(rows._replace(X=X, weights=weights), gaussians, gaussians.means, True)
    expected = kernel.em_pass_rows(
        rows._replace(weights=weights).take(kept), gaussians, gaussians.means, True
    )
    for a, b in zip(found, expected, strict=True):
        assert_close(a, b, rtol=1e-12)
    empty = kernel.em_pass_rows(rows.take(slice(0, 0)), gaussians, gaussians.means, False)
    assert all(np.all(np.asarray(part) == 0) for part in empty)


@pytest.mark.parametrize("distance", [1e9, 1e200])
def test_rows_far_from_every_component(kernel, distance):
    # In widths, which are as narrow as squares of the distances in the range of float64 ask for.
    width = 1e-100
    _, gaussians = problem(8, 2, 2, 1)
    gaussians.covariances[:] = width**2 * np.eye(2)
    gaussians.means[:] = [[-width, 0.0], [width, 0.0]]
    X = width * np.array([[distance, 0.0], [distance, np.nan], [-distance, 0.0], [0.0, 0.0]])
    rows = Observations(X, noise=np.full((4, 2), 0.5 * width**2))
    counts, first, second, log_likelihood, map_entropy = kernel.em_pass_rows(
        rows, gaussians, gaussians.means, True
    )
    p = np.exp(gaussians.log_weights)
    assert_close(counts, [1 + p[0], 2 + p[1]])
    assert np.isfinite([first.sum(), second.sum(), map_entropy]).all()
    assert log_likelihood < -0.1 * distance or np.isneginf(log_likelihood)
    means, covariances = kernel.rows_expected(rows, gaussians)
    assert_close(means[0], [width / 3 + 2 * width * distance / 3, 0.0])
    assert np.isfinite(covariances).all()


def test_a_singular_covariance_has_a_density_where_errors_are_not(kernel):
    gaussians = Gaussians(np.zeros(1), np.zeros((1, 2)), np.array([[[1.0, 2.0], [2.0, 4.0]]]))
    rows = Observations(np.array([[1.0, 2.5], [0.3, 0.0]]), noise=np.array([[0.2, 0.1], [0.1, 0.3]]))
    check(
        kernel.em_pass_rows(rows, gaussians, gaussians.means, True),
        row_by_row(rows, gaussians, gaussians.means),
        True,
    )
    means, covariances = kernel.rows_expected(rows, gaussians)
    assert_close(means[:, 1], 2.0 * means[:, 0])
    assert_close(np.linalg.det(covariances), np.zeros(2), scale=1.0, rtol=1e-12)
    without = kernel.em_pass_rows(rows._replace(noise=None), gaussians, gaussians.means, True)
    assert np.isnan(without[3])


@pytest.mark.parametrize("condition", [1e4, 1e8])
def test_narrow_components_keep_their_digits(kernel, condition):
    # The least eigenvalue of the sum is that of Σ to the rounding of Σ itself.
    rng = np.random.default_rng(0)
    covariances = random_dense(rng, 1, 3, condition)
    gaussians = Gaussians(np.zeros(1), np.full((1, 3), 1e3), covariances)
    X = gaussians.means[0] + rng.standard_normal((64, 3)) @ np.linalg.cholesky(covariances[0]).T
    rows = Observations(X, noise=np.zeros((64, 3)))
    _, _, second, *_ = kernel.em_pass_rows(rows, gaussians, gaussians.means, True)
    exact = (X - 1e3).T @ (X - 1e3)
    least = np.linalg.eigvalsh(exact)[0]
    assert abs(np.linalg.eigvalsh(second[0])[0] / least - 1.0) < 1e-13 * condition


@pytest.mark.parametrize(
    "order", [np.ascontiguousarray, np.asfortranarray, lambda X: np.repeat(X, 2, axis=0)[::2]]
)
def test_float32_rows_in_any_order_of_memory_are_read_as_they_are(kernel, order):
    rows, gaussians = problem(9, 3, 4, 33, noise="variances", holes=0.2, dtype=np.float32)
    expected = kernel.em_pass_rows(rows._replace(X=rows.X.astype(float)), gaussians, gaussians.means, True)
    found = kernel.em_pass_rows(rows._replace(X=order(rows.X)), gaussians, gaussians.means, True)
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_nothing_that_is_given_changes_and_a_second_call_says_the_same(kernel):
    rows, gaussians = problem(10, 3, 4, 33, noise="covariances", holes=0.2, labels=True, weights=True)
    arrays = [part for part in (*rows, *gaussians) if part is not None]
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.setflags(write=False)
    sums = [kernel.em_pass_rows(rows, gaussians, gaussians.means, True) for _ in range(2)]
    kernel.rows_joint(rows, gaussians), kernel.rows_expected(rows, gaussians)
    assert all(np.array_equal(a, b) for a, b in zip(*sums, strict=True))
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(arrays, before, strict=True))


def test_one_component_allowed_gives_its_own_posterior(kernel):
    rows, gaussians = problem(11, 3, 3, 12, noise="variances", holes=0.3)
    for k in range(3):
        means, covariances = kernel.rows_expected(
            rows._replace(allowed=np.tile(np.arange(3) == k, (12, 1))), gaussians
        )
        alone = kernel.rows_expected(rows, Gaussians(*(part[k : k + 1] for part in gaussians)))
        assert_close(means, alone[0])
        assert_close(covariances, alone[1])


def test_a_faulty_pass_is_found():
    from gaussmix.testing import check_kernel

    def faulty(*arguments):
        counts, first, second, *rest = reference.em_pass_rows(*arguments)
        return counts, first, second * (1 + 1e-6), *rest

    with pytest.raises(AssertionError, match="em_pass_rows"):
        check_kernel(SimpleNamespace(**{**vars(reference), "em_pass_rows": faulty}))


@pytest.mark.parametrize("D", [3, 8])
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("diagonal", [True, False])
def test_rows_that_share_their_pattern_are_summed_together(kernel, D, full, diagonal):
    rows, gaussians = problem(12, 3, D, 157, labels=True, weights=True, diagonal=diagonal)
    rng = np.random.default_rng(0)
    seen = np.array([np.ones(D), np.zeros(D), np.arange(D) % 2, np.arange(D) > 0], dtype=bool)
    which = rng.choice(4, len(rows.X), p=[0.3, 0.05, 0.35, 0.3])
    rows = rows._replace(X=np.where(seen[which], rows.X, np.nan))
    expected = row_by_row(rows, gaussians, gaussians.means)
    check(kernel.em_pass_rows(rows, gaussians, gaussians.means, full), expected, full)
    fixed = rows._replace(background=rng.standard_normal(len(rows.X)) - 3.0)
    found = kernel.em_pass_rows(fixed, gaussians, gaussians.means, full)
    for a, b in zip(found, reference.em_pass_rows(fixed, gaussians, gaussians.means, full), strict=True):
        assert_close(a, b, rtol=1e-11, scale=200.0)
    assert_close(kernel.rows_expected(rows, gaussians)[0], reference.rows_expected(rows, gaussians)[0])
    joint, plain = kernel.rows_joint(rows, gaussians), reference.rows_joint(rows, gaussians)
    assert np.array_equal(np.isneginf(joint), np.isneginf(plain))
    assert_close(np.where(np.isneginf(joint), 0, joint), np.where(np.isneginf(plain), 0, plain))
