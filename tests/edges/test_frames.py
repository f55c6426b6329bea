"""Dataframes of pandas and polars: names are kept, and a column that is no number is named."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import GaussmixError

from ..support import assert_close, clusters, fit, quiet

X = clusters(np.random.default_rng(6), 60, 2, 2)
COLUMNS = {"width": X[:, 0], "height": X[:, 1]}
FRAMES = pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])


@FRAMES
def test_names_are_kept(frame):
    model = fit(frame(COLUMNS), 2)
    assert model.feature_names_in_.tolist() == ["width", "height"]
    assert model.mixture_.feature_names == ("width", "height")
    assert_close(model.means_, fit(X, 2).means_, rtol=1e-12)
    assert np.array_equal(model.predict(frame(COLUMNS)), fit(X, 2).predict(X))
    assert model.mixture_.marginal("height").feature_names == ("height",)
    assert fit(X, 2).mixture_.feature_names is None


@FRAMES
def test_a_text_column_is_named(frame):
    rows = frame({**COLUMNS, "colour": ["red"] * len(X)})
    for model in (GaussianMixture(2), MixtureClassifier()):
        with pytest.raises(GaussmixError, match="'colour'.*'red'") as info:
            model.fit(rows, np.arange(len(X)) % 2)
        assert str(info.value).endswith(".")


@FRAMES
def test_a_date_column_is_named(frame):
    rows = frame({**COLUMNS, "day": [datetime.date(2020, 1, 1)] * len(X)})
    with pytest.raises(GaussmixError, match="'day'"):
        GaussianMixture(2).fit(rows)


@FRAMES
def test_a_null_is_a_missing_value(frame):
    values = X[:, 0].tolist()
    values[4] = None
    holed = X.copy()
    holed[4, 0] = np.nan
    assert (fit(frame({"width": values, "height": X[:, 1]}), 2).means_ == fit(holed, 2).means_).all()


@FRAMES
def test_other_columns_at_predict(frame):
    model = fit(frame(COLUMNS), 2)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame({"width": X[:, 0], "depth": X[:, 1]}))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame({"height": X[:, 1], "width": X[:, 0]}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X)


@FRAMES
@pytest.mark.parametrize("kind", ["int64", "bool", "float32"])
def test_kinds_of_columns(frame, kind):
    values = (X[:, 0] > 0) if kind == "bool" else np.round(X[:, 0]).astype(kind)
    rows = frame({"a": values, "b": X[:, 1]})
    expected = np.column_stack([values.astype(float), X[:, 1]])
    assert_close(fit(rows, 2).means_, fit(expected, 2).means_, rtol=1e-12)


def test_nullable_columns_of_pandas():
    rows = pd.DataFrame({"a": pd.array(np.arange(60), dtype="Int64"), "b": X[:, 1]})
    assert fit(rows, 2).feature_names_in_.tolist() == ["a", "b"]
    rows.loc[3, "a"] = pd.NA
    assert np.isfinite(fit(rows, 2).means_).all()


def test_categories_of_pandas():
    rows = pd.DataFrame({**COLUMNS, "kind": pd.Categorical(["x", "y"] * 30)})
    with pytest.raises(GaussmixError, match="'kind'"):
        GaussianMixture(2).fit(rows)


def test_empty_frames():
    for rows in (pd.DataFrame(), pd.DataFrame({"a": []}), pl.DataFrame(), pl.DataFrame({"a": []})):
        with pytest.raises(GaussmixError):
            GaussianMixture(2).fit(rows)


def test_an_index_does_not_matter():
    rows = pd.DataFrame(COLUMNS, index=np.arange(60)[::-1] * 7)
    assert_close(fit(rows, 2).means_, fit(X, 2).means_, rtol=1e-12)


def test_weights_as_a_series():
    weights = np.arange(60) % 3
    for series in (pd.Series(weights, index=np.arange(60)[::-1]), pl.Series(weights)):
        assert_close(
            fit(pd.DataFrame(COLUMNS), 2, sample_weight=series).means_,
            fit(X, 2, sample_weight=weights).means_,
            rtol=1e-12,
        )


@FRAMES
def test_the_classifier(frame):
    y = np.where(X[:, 0] > X[:, 0].mean(), "wide", "narrow")
    with quiet():
        model = MixtureClassifier(1, random_state=0).fit(frame(COLUMNS), y)
    assert model.classes_.tolist() == ["narrow", "wide"]
    assert all(mixture.feature_names == ("width", "height") for mixture in model.mixtures_)
    assert set(model.predict(frame(COLUMNS))) <= {"narrow", "wide"}
    series = pd.Series(y) if frame is pd.DataFrame else pl.Series(y).to_numpy()
    again = MixtureClassifier(1, random_state=0).fit(frame(COLUMNS), series)
    assert np.array_equal(again.predict_proba(frame(COLUMNS)), model.predict_proba(frame(COLUMNS)))


def test_pandas_output_is_not_needed():
    from sklearn import config_context

    with config_context(transform_output="pandas"):
        assert isinstance(fit(pd.DataFrame(COLUMNS), 2).predict_proba(pd.DataFrame(COLUMNS)), np.ndarray)


def test_columns_without_text_names():
    rows = pd.DataFrame(X)
    model = fit(rows, 2)
    assert not hasattr(model, "feature_names_in_")
    assert model.mixture_.feature_names is None
    mixed = pd.DataFrame(X, columns=["a", 1])
    with pytest.raises(TypeError, match="feature names|Feature names"):
        GaussianMixture(2).fit(mixed)
