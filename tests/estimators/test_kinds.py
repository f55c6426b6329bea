"""Kinds of array: float32 stays float32, and arrays of other libraries come back as such where they are dispatched."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.mixture import GaussianMixture as ScikitLearnMixture
from sklearn.utils.fixes import parse_version

import gaussmix
from gaussmix import GaussianMixture

from ..support import FAMILIES, NAMES, assert_close, clusters, fit

X = clusters(np.random.default_rng(12), 400, 3, 2)
ATTRIBUTES = ["weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"]
WIDE, NARROW = np.dtype(np.float64), np.dtype(np.float32)


def dtypes_of(model, rows):
    results = (model.predict_proba(rows), model.score_samples(rows), model.predict(rows))
    return [result.dtype for result in results]


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.float16, np.int8, bool])
def test_attributes_are_float32_where_the_rows_were(family, dtype):
    model = fit(X.astype(dtype), 2, covariance_type=family)
    expected = NARROW if dtype == np.float32 else WIDE
    for name in ATTRIBUTES:
        value = getattr(model, name)
        assert isinstance(value, float) or value.dtype == expected  # tied-spherical ones are numbers
    assert model.mixture_.means.dtype == WIDE


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("fitted_on", [np.float32, np.float64])
@pytest.mark.parametrize("used_on", [np.float32, np.float64, np.int64])
def test_number_types_are_those_of_scikit_learn(covariance_type, fitted_on, used_on):
    ours = fit(X.astype(fitted_on), 3, covariance_type=covariance_type)
    theirs = ScikitLearnMixture(3, covariance_type=covariance_type, random_state=0).fit(X.astype(fitted_on))
    if parse_version(sklearn.__version__) < parse_version("1.7"):
        pytest.skip("scikit-learn 1.6 keeps no float32")
    assert dtypes_of(ours, X.astype(used_on)) == dtypes_of(theirs, X.astype(used_on))
    for name in ATTRIBUTES:
        assert getattr(ours, name).dtype == getattr(theirs, name).dtype
    assert [drawn.dtype for drawn in ours.sample(3)] == [WIDE, np.int64]
    for result in (ours.score(X.astype(used_on)), ours.bic(X.astype(used_on)), ours.lower_bound_):
        assert type(result) is float


def test_float32_results_are_those_of_float64_rounded():
    rows = np.tile(X, (400, 1)).astype(np.float32)  # more than one block of rows
    model = fit(X.astype(np.float32), 3)
    wide = model.mixture_
    assert np.array_equal(model.predict_proba(rows), wide.responsibilities(rows).astype(np.float32))
    assert np.array_equal(model.score_samples(rows), wide.log_prob(rows).astype(np.float32))
    assert np.array_equal(model.means_, wide.means.astype(np.float32))


def test_float32_attributes_make_the_same_model_again(tmp_path):
    model = fit(X.astype(np.float32), 3)
    new = GaussianMixture(3)
    for name in ("weights_", "means_", "precisions_cholesky_"):
        setattr(new, name, getattr(model, name))
        assert getattr(new, name).dtype == NARROW
    assert_close(new.predict_proba(X), model.predict_proba(X), 1e-4)
    new.means_ = new.means_.astype(np.float64)
    assert new.weights_.dtype == WIDE
    model.save(tmp_path / "narrow.safetensors")
    assert gaussmix.load(tmp_path / "narrow.safetensors").means_.dtype == NARROW
    assert pickle.loads(pickle.dumps(model)).means_.dtype == NARROW


@pytest.mark.parametrize("scale", [1e-30, 1e-21, 1e18, 1e30])
def test_an_attribute_without_a_float32_is_float64(scale):
    model = fit((X * scale).astype(np.float32), 3)
    assert model.means_.dtype == NARROW
    assert model.weights_.dtype == NARROW
    for name in ("covariances_", "precisions_"):
        value = np.asarray(getattr(model, name))
        held = (
            model.mixture_.covariances.array
            if name == "covariances_"
            else model.mixture_.covariances.precisions()
        )
        assert np.isfinite(value).all()
        assert_close(value, held, 1e-6)
    assert model.predict_proba((X * scale).astype(np.float32)).dtype == NARROW


def test_the_last_fit_says_the_number_type():
    model = GaussianMixture(2, random_state=0).fit(X.astype(np.float32))
    assert model.means_.dtype == NARROW
    assert model.fit(X).means_.dtype == WIDE


# -------------------------------------------------------------------------------------- arrays of other libraries


@pytest.fixture(params=["array_api_strict", "torch"])
def library(request, monkeypatch):
    """A library of arrays, while scikit-learn dispatches its arrays."""
    if parse_version(sklearn.__version__) < parse_version("1.7"):
        pytest.importorskip("array_api_compat")
    pytest.importorskip("scipy", "1.14", reason="scikit-learn dispatches arrays with SciPy 1.14 or newer")
    module = pytest.importorskip(request.param)
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with sklearn.config_context(array_api_dispatch=True):
        yield module


def as_numpy(array):
    return np.from_dlpack(array)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_results_are_of_the_callers_library(library, dtype, family):
    rows = library.asarray(X.astype(dtype))
    array = type(rows)
    model, base = (fit(table, 2, covariance_type=family) for table in (rows, X.astype(dtype)))
    for name in ("predict_proba", "score_samples", "predict"):
        result, expected = getattr(model, name)(rows), getattr(base, name)(X.astype(dtype))
        assert isinstance(result, array)
        assert np.array_equal(as_numpy(result), expected)
        assert as_numpy(result).dtype == expected.dtype
    for name in ATTRIBUTES:
        value, expected = getattr(model, name), getattr(base, name)
        if np.ndim(expected):
            assert isinstance(value, array)
            assert np.array_equal(as_numpy(value), expected)
    assert model.score(rows) == base.score(X.astype(dtype))
    assert model.bic(rows) == base.bic(X.astype(dtype))
    drawn, labels = model.sample(5)
    assert isinstance(drawn, array)
    assert isinstance(labels, array)
    assert isinstance(model.fit_predict(rows), array)


def test_options_and_weights_of_the_callers_library(library):
    start = fit(X, 3)
    rows, weights = library.asarray(X), library.asarray(np.linspace(0.1, 1.0, len(X)))
    options = {
        "weights_init": np.array(start.weights_),
        "means_init": np.array(start.means_),
        "precisions_init": np.array(start.precisions_),
    }
    given = {name: library.asarray(value) for name, value in options.items()}
    model = fit(rows, 3, sample_weight=weights, **given)
    base = fit(X, 3, sample_weight=np.linspace(0.1, 1.0, len(X)), **options)
    assert np.array_equal(as_numpy(model.means_), base.means_)
    assert model.score(rows, sample_weight=weights) == base.score(X, sample_weight=as_numpy(weights))
    labels = library.asarray(start.predict(X))
    assert as_numpy(fit(rows, 3, init_params=labels).means_) == pytest.approx(
        np.asarray(start.means_), abs=1e-3
    )


def test_each_array_comes_back_as_its_own_kind(library):
    model = fit(library.asarray(X), 3)
    assert type(model.predict_proba(X)) is np.ndarray
    assert type(fit(X, 3).predict_proba(library.asarray(X))) is type(library.asarray(X))
    assert type(clone(model).fit(X).means_.copy()) is np.ndarray


def test_attributes_are_set_from_the_callers_library(library):
    base = fit(X, 3)
    model = GaussianMixture(3)
    for name in ("covariances_", "means_", "weights_"):
        setattr(model, name, library.asarray(np.array(getattr(base, name))))
        assert isinstance(getattr(model, name), type(library.asarray(X)))
    assert np.array_equal(as_numpy(model.predict(library.asarray(X))), base.predict(X))


def test_a_copy_remembers_the_library(library):
    model = pickle.loads(pickle.dumps(fit(library.asarray(X), 3)))
    assert isinstance(model.means_, type(library.asarray(X)))


def test_without_dispatch_results_are_numpy(monkeypatch):
    torch = pytest.importorskip("torch")
    model = fit(torch.asarray(X), 3)
    assert type(model.predict_proba(torch.asarray(X))) is np.ndarray
    assert isinstance(model.means_, np.ndarray)


def test_a_tensor_that_requires_a_gradient(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with sklearn.config_context(array_api_dispatch=True):
        shares = fit(X, 3).predict_proba(torch.asarray(X).requires_grad_())
    assert isinstance(shares, torch.Tensor)
    assert not shares.requires_grad
