"""Data that are ugly but usable: each must give the right answer."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import ComponentWarning, DataWarning, GaussmixError

from ..support import NAMES, assert_close, clusters, fit, quiet

X = clusters(np.random.default_rng(3), 200, 2, 3)


def sound(model, rows):
    """Parameters are finite, shares sum to one, covariances have factors, and rows get densities."""
    assert np.isfinite(model.means_).all()
    assert model.weights_.sum() == pytest.approx(1.0, abs=1e-12)
    assert (model.weights_ >= 0).all()
    assert np.isfinite(model.mixture_.covariances.factors).all()
    shares = model.predict_proba(rows)
    assert np.isfinite(model.score_samples(rows)).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-9)
    drawn, _ = model.sample(10)
    assert np.isfinite(drawn).all()
    assert model.trace_.runs[model.trace_.best].status in ("converged", "max_iter")


@pytest.mark.parametrize("covariance_type", NAMES)
def test_a_large_offset(covariance_type):
    base = fit(X, 2, covariance_type=covariance_type, tol=0, max_iter=30)
    moved = fit(X + 1e8, 2, covariance_type=covariance_type, tol=0, max_iter=30)
    # Adding 1e8 rounds each value by up to 7e-9 itself.
    assert_close(moved.means_ - 1e8, base.means_, atol=3e-8, rtol=0)
    assert_close(moved.covariances_, base.covariances_, rtol=1e-6)
    assert_close(moved.weights_, base.weights_, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_two_rows_far_apart_in_float32(dtype):
    # DESIGN of this library, section 4; elsewhere E[x²] − μ² gives 0 or 8 for what is 0.1.
    model = fit(np.array([[9999.0], [0.0]], dtype=dtype), 2, covariance_type="spherical", reg_covar=0.1)
    assert model.covariances_.tolist() == [dtype(0.1), dtype(0.1)]
    assert model.mixture_.covariances.array.tolist() == [0.1, 0.1]
    assert sorted(model.means_.ravel().tolist()) == pytest.approx([0.0, 9999.0], abs=1e-200)
    assert model.weights_.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("value", [0.0, 1.0, -3.7, 1e6, 1e-6, 1e100, 1e-100])
def test_a_constant_column(covariance_type, value):
    rows = np.column_stack([X[:, 0], np.full(len(X), value), X[:, 1]])
    with pytest.warns(DataWarning, match="column 1 is constant"):
        model = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(rows)
    sound(model, rows)
    assert_close(model.means_[:, 1], np.full(2, value), rtol=1e-12)
    if "spherical" not in covariance_type:
        without = fit(rows[:, [0, 2]], 2, covariance_type=covariance_type, search="auto")
        assert np.array_equal(model.predict(rows), without.predict(rows[:, [0, 2]]))


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("row", [[0.0, 0.0], [3.0, -2.0], [1e8, 1e-8]])
@pytest.mark.parametrize("K", [1, 2])
def test_all_rows_equal(covariance_type, row, K):
    rows = np.tile(row, (60, 1))
    with pytest.warns(DataWarning, match="constant"):
        model = GaussianMixture(K, covariance_type=covariance_type, random_state=0).fit(rows)
    sound(model, rows)
    assert_close(model.means_, np.tile(row, (K, 1)), rtol=1e-12)


@pytest.mark.parametrize("covariance_type", NAMES)
def test_duplicated_rows_count_twice(covariance_type):
    twice = fit(np.concatenate([X, X]), 2, covariance_type=covariance_type, tol=0, max_iter=20)
    weighted = fit(
        X, 2, covariance_type=covariance_type, tol=0, max_iter=20, sample_weight=np.full(len(X), 2.0)
    )
    assert_close(twice.means_, weighted.means_, rtol=1e-8)
    assert_close(twice.covariances_, weighted.covariances_, rtol=1e-8)
    assert twice.bic(np.concatenate([X, X])) == pytest.approx(
        weighted.bic(X, sample_weight=np.full(len(X), 2.0))
    )


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("copies", [2, 10])
def test_as_many_distinct_rows_as_components(covariance_type, copies):
    rows = np.repeat([[0.0, 0.0], [5.0, 1.0], [0.0, 7.0]], copies, axis=0)
    model = fit(rows, 3, covariance_type=covariance_type)
    sound(model, rows)
    assert len(np.unique(model.predict(rows))) == 3


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("K", [3, 4])
def test_fewer_distinct_rows_than_components(covariance_type, K):
    rows = np.repeat([[0.0, 0.0], [5.0, 1.0]], 6, axis=0)
    sound(fit(rows, K, covariance_type=covariance_type), rows)


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize(
    ("n", "D", "K"), [(2, 2, 1), (2, 5, 2), (5, 5, 1), (5, 10, 2), (10, 10, 3), (8, 40, 2)]
)
def test_as_few_rows_as_columns(covariance_type, n, D, K):
    rows = np.random.default_rng(n * D).standard_normal((n, D)) * 3 + 10
    model = fit(rows, K, covariance_type=covariance_type)
    sound(model, rows)
    if K == 1:
        assert_close(model.means_[0], rows.mean(axis=0), rtol=1e-12)


def test_as_few_rows_as_columns_is_said():
    with pytest.warns(DataWarning, match="rows span 4 of 7 dimensions, .* give more rows"):
        GaussianMixture(1).fit(np.random.default_rng(0).standard_normal((5, 7)))


def test_a_column_that_is_a_sum_of_others():
    rows = np.column_stack([X, X.sum(axis=1)])
    said = "rows span 3 of 4 dimensions, .* column [0-9] is a linear combination of others: leave it out"
    with pytest.warns(DataWarning, match=said):
        model = GaussianMixture(2, random_state=0).fit(rows)
    sound(model, rows)
    assert np.array_equal(model.predict(rows), fit(X, 2, search="auto").predict(X))


@pytest.mark.parametrize("covariance_type", NAMES)
def test_a_tiny_cluster(covariance_type):
    rows = np.concatenate([X, [[1e3, 1e3, 1e3]] * 2])
    model = fit(rows, 3, covariance_type=covariance_type, means_init=[X.min(axis=0), X.max(axis=0), rows[-1]])
    sound(model, rows)
    alone = model.predict(rows[-1:])[0]
    assert model.weights_[alone] * len(rows) == pytest.approx(2.0, rel=1e-6)


def test_a_collapsed_component_is_named():
    rows = np.concatenate([X, [[1e3, 1e3, 1e3]] * 2])
    with pytest.warns(ComponentWarning, match=r"component \d collapsed.*effective rows: 2"):
        GaussianMixture(3, means_init=[X.min(axis=0), X.max(axis=0), rows[-1]], search="off").fit(rows)


@pytest.mark.parametrize("covariance_type", NAMES)
def test_heavy_tails(covariance_type):
    rows = np.random.default_rng(1).standard_t(1, (300, 2))
    sound(fit(rows, 3, covariance_type=covariance_type, max_iter=300), rows)


@pytest.mark.parametrize(
    "dtype", [bool, np.int8, np.uint8, np.int64, np.float16, np.float32, object, np.longdouble]
)
def test_types_of_numbers(dtype):
    rows = (X > 1).astype(int) if dtype is bool else np.round(X).clip(-100, 100)
    if dtype is np.uint8:
        rows = np.abs(rows)
    given, expected = rows.astype(dtype), rows.astype(np.float64)
    # The compiled kernel multiplies float32 rows in float32, with 24 bits; only its sums are float64.
    rtol = 1e-6 if dtype is np.float32 else 1e-12
    assert_close(fit(given, 2).means_, fit(expected, 2).means_, rtol=rtol)
    assert_close(fit(given.tolist(), 2).means_, fit(expected, 2).means_, rtol=1e-12)


def test_text_that_is_numbers_is_read():
    rows = np.round(X, 2)
    assert_close(fit(rows.astype(str).astype(object), 2).means_, fit(rows, 2).means_, rtol=1e-12)


@pytest.mark.parametrize("layout", ["F", "strided", "reversed", "readonly", "memmap", "field", "shifted"])
def test_layouts_of_memory(layout, tmp_path):
    rows = {
        "F": lambda: np.asfortranarray(X),
        "strided": lambda: np.repeat(X, 2, axis=0)[::2],
        "reversed": lambda: X[::-1].copy()[::-1],
        "readonly": lambda: _readonly(X),
        "memmap": lambda: _memmap(X, tmp_path),
        "field": lambda: _field(X),
        "shifted": lambda: np.frombuffer(b"x" + X.tobytes(), offset=1).reshape(X.shape),
    }[layout]()
    model, expected = fit(rows, 2), fit(X, 2)
    assert_close(model.means_, expected.means_, rtol=1e-10)
    assert_close(model.score_samples(rows), expected.score_samples(X), rtol=1e-10)


def _field(rows):
    records = np.zeros(len(rows), dtype=[("label", "u1"), ("x", "f8", rows.shape[1])])
    records["x"] = rows
    return records["x"]


def _readonly(rows):
    frozen = rows.copy()
    frozen.setflags(write=False)
    return frozen


def _memmap(rows, folder):
    np.save(folder / "rows.npy", rows)
    return np.load(folder / "rows.npy", mmap_mode="r")


def test_the_data_are_not_changed():
    rows, weights = X.copy(), np.ones(len(X))
    fit(rows, 2, sample_weight=weights).predict(rows)
    assert np.array_equal(rows, X)
    assert np.array_equal(weights, np.ones(len(X)))


def test_one_row_for_the_classifier():
    with quiet(), pytest.raises(GaussmixError, match="class 1 has 1 row"):
        MixtureClassifier(2).fit(X[:3], [0, 0, 1])


def test_a_class_of_one_row_is_no_spike():
    rows, y = np.concatenate([X, [[50.0, 50.0, 50.0]]]), np.r_[np.zeros(200), 1]
    with quiet():
        model = MixtureClassifier(1, random_state=0).fit(rows, y)
    assert model.predict([[50.0, 50.0, 50.0]]) == [1]
    assert np.isfinite(model.predict_log_proba(rows[:200]).max(axis=1)).all()
