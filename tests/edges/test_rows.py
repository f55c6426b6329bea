"""Rows that cannot be used: one sentence that names what, where, its value and what to do."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.sparse

import gaussmix
from gaussmix import GaussianMixture, Mixture, MixtureClassifier
from gaussmix.errors import GaussmixError

from ..support import quiet

N = 60
GOOD = np.random.default_rng(0).standard_normal((N, 2))


def with_value(value, dtype=np.float64):
    X = GOOD.astype(dtype)
    X[3, 1] = value
    return X


BAD = {
    "infinity": (with_value(np.inf), ["X[3, 1]", "inf"]),
    "minus infinity": (with_value(-np.inf), ["X[3, 1]", "-inf"]),
    "float32 infinity": (with_value(np.inf, np.float32), ["X[3, 1]", "inf"]),
    "too large": (with_value(1e300), ["X[3, 1]", "1e+300", "divide"]),
    "all too large": (GOOD * 1e300, ["e+299", str(2 * N), "divide"]),
    "too large for longdouble": (GOOD.astype(np.longdouble) * np.longdouble("1e300"), ["X[", "divide"]),
    "strings": (np.array([["1", "a"], ["2", "b"]]), ["X[0, 1]", "'a'", "number"]),
    "objects": (np.array([[1.0, "red"], [2.0, "blue"]], dtype=object), ["X[0, 1]", "'red'"]),
    "no array": (None, ["X"]),
    "a word": ("rows", ["X"]),
    "dates": (np.array([["2020-01-01", "2020-01-02"]] * 3, dtype="datetime64[D]"), ["dates"]),
    "durations": (np.array([[1, 2]] * 3, dtype="timedelta64[s]"), ["durations"]),
    "empty list": ([], ["X"]),
    "no rows": (np.empty((0, 2)), ["0 sample(s)", "(0, 2)"]),
    "no columns": (np.empty((5, 0)), ["0 feature(s)", "(5, 0)"]),
    "ragged": ([[1.0, 2.0], [3.0]], ["X", "equal length"]),
    "one dimension": (np.arange(5.0), ["1D", "(5,)", "reshape(-1, 1)"]),
    "a number": (3.0, ["scalar", "()"]),
    "three dimensions": (np.zeros((2, 2, 2)), ["dim 3", "(2, 2, 2)"]),
    "sparse": (scipy.sparse.csr_matrix(GOOD), ["sparse", "toarray"]),
    "sparse array": (scipy.sparse.coo_array(GOOD), ["sparse", "toarray"]),
    "complex": (GOOD + 1j, ["omplex", "real"]),
    "one row": (GOOD[:1], ["1 sample", "minimum of 2"]),
    "a dictionary": ({"a": [1.0, 2.0]}, ["X"]),
    "a set": ({1.0, 2.0}, ["X"]),
    "bytes": (np.array([[b"x", b"y"]] * 3), ["X[0, 0]"]),
    "a record array": (np.zeros(3, dtype=[("a", float), ("b", float)]), ["X"]),
    "a column without values": (np.where([True, False], np.nan, GOOD), ["column 0", "no value"]),
    "NaN and infinity": (np.where([[True, False]] + [[False, True]] * (N - 1), np.nan, np.inf), ["infinity"]),
}


def assert_one_sentence(error):
    """A message of the library's own: one line, ends like a sentence, says what to do."""
    message = str(error)
    assert isinstance(error, GaussmixError), repr(error)
    assert "\n" not in message
    assert message.endswith(".") or message.startswith("there is no file"), message
    assert 20 < len(message) < 300, message
    assert error.__cause__ is None
    assert re.search(r"[:,;.] \w", message), message


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(
    "call",
    [
        lambda X: GaussianMixture(2).fit(X),
        lambda X: GaussianMixture(2).fit_predict(X),
        lambda X: GaussianMixture(2, covariance_type="diag", reg_covar=1e-6).fit(X),
    ],
    ids=["fit", "fit_predict", "diag"],
)
def test_fit(name, call):
    X, parts = BAD[name]
    with pytest.raises(GaussmixError) as info:
        call(X)
    assert_one_sentence(info.value)
    for part in parts:
        assert part in str(info.value), str(info.value)


FITTED = GaussianMixture(2, random_state=0, search="off").fit(GOOD)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "score_samples", "score", "aic", "bic", "icl"]
)
@pytest.mark.parametrize("name", [name for name in BAD if name not in ("one row", "a column without values")])
def test_predict(method, name):
    X, parts = BAD[name]
    with pytest.raises(GaussmixError) as info:
        getattr(FITTED, method)(X)
    assert_one_sentence(info.value)
    assert parts[0] in str(info.value) or "features" in str(info.value)


@pytest.mark.parametrize(
    "name",
    [name for name in BAD if name not in ("one row", "one dimension", "no rows", "a column without values")],
)
def test_mixture(name):
    mixture = Mixture([1.0], [[0.0, 0.0]], [1.0])
    with pytest.raises(GaussmixError) as info:
        mixture.log_prob(BAD[name][0])
    assert_one_sentence(info.value)


@pytest.mark.parametrize("name", [name for name in BAD if name != "one row"])
def test_classifier(name):
    X, _ = BAD[name]
    n = np.shape(X)[0] if isinstance(X, np.ndarray) and X.ndim else 3
    with pytest.raises(GaussmixError) as info:
        MixtureClassifier().fit(X, np.arange(n) % 2)
    assert_one_sentence(info.value)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score_samples", "score", "bic"])
@pytest.mark.parametrize("width", [1, 3])
def test_another_number_of_columns(method, width):
    with pytest.raises(ValueError, match=rf"X has {width} features, but GaussianMixture is expecting 2"):
        getattr(FITTED, method)(np.zeros((4, width)))


def test_another_number_of_columns_for_a_mixture():
    with pytest.raises(gaussmix.errors.InputError, match="X has 3 features, but the mixture has 2"):
        FITTED.mixture_.log_prob(np.zeros((4, 3)))


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "score_samples", "score", "aic", "bic", "icl"]
)
def test_before_fit(method):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(GaussianMixture(2), method)(GOOD)
    for name in (
        "weights_",
        "means_",
        "covariances_",
        "precisions_",
        "precisions_cholesky_",
        "mixture_",
        "trace_",
    ):
        assert not hasattr(GaussianMixture(2), name)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        GaussianMixture(2).sample()
    with pytest.raises(NotFittedError):
        MixtureClassifier().predict(GOOD)


@pytest.mark.parametrize("K", [3, 20])
def test_fewer_rows_than_components(K):
    with pytest.raises(GaussmixError, match=rf"n_components = {K}, n_samples = 2.*at most 2") as info:
        GaussianMixture(K).fit(GOOD[:2])
    assert_one_sentence(info.value)


def test_fewer_weighted_rows_than_components():
    weights = np.zeros(N)
    weights[:2] = 1
    with quiet(), pytest.raises(GaussmixError, match="n_components = 3, n_samples = 2"):
        GaussianMixture(3).fit(GOOD, sample_weight=weights)


WEIGHTS = {
    "negative": (np.where(np.arange(N) == 4, -1.0, 1.0), ["sample_weight[4]", "-1"]),
    "NaN": (np.where(np.arange(N) == 4, np.nan, 1.0), ["sample_weight[4]", "nan"]),
    "infinity": (np.where(np.arange(N) == 4, np.inf, 1.0), ["sample_weight[4]", "inf"]),
    "all zero": (np.zeros(N), ["zero", str(N)]),
    "too short": (np.ones(N - 1), [f"({N - 1},)", f"({N},)"]),
    "two columns": (np.ones((N, 2)), [f"({N}, 2)", f"({N},)"]),
    "text": (["x"] * N, ["sample_weight"]),
    "None inside": ([None] * N, ["sample_weight"]),
    "complex": (np.full(N, 1j), ["sample_weight"]),
    "a dictionary": ({"a": 1}, ["sample_weight"]),
    "huge": (np.full(N, 1e308), ["sample_weight"]),
}


@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("method", ["fit", "score", "bic", "classifier"])
def test_weights(name, method):
    weights, parts = WEIGHTS[name]
    calls = {
        "fit": lambda: GaussianMixture(2).fit(GOOD, sample_weight=weights),
        "score": lambda: FITTED.score(GOOD, sample_weight=weights),
        "bic": lambda: FITTED.bic(GOOD, sample_weight=weights),
        "classifier": lambda: MixtureClassifier().fit(GOOD, np.arange(N) % 2, sample_weight=weights),
    }
    with pytest.raises(GaussmixError) as info:
        calls[method]()
    assert_one_sentence(info.value)
    for part in parts:
        assert part in str(info.value), str(info.value)
