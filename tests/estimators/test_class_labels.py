"""Classes of rows in every kind of container, of every type, and those that are refused."""

from __future__ import annotations

import datetime
import decimal
import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import gaussmix
from gaussmix import MixtureClassifier
from gaussmix.errors import InputError, InputTypeError

rng = np.random.default_rng(0)
CODES = np.repeat([0, 1], 30)
X = rng.normal(size=(60, 2)) + 6.0 * CODES[:, None]
TEXT = np.array(["far", "near"])[CODES]
GAP = np.arange(60) == 3

OF_ONE_TYPE = {
    "list of numbers": (CODES.tolist(), [0, 1]),
    "list of text": (TEXT.tolist(), ["far", "near"]),
    "objects that are numbers": (CODES.astype(object), [0, 1]),
    "whole and real numbers": ([0.0 if c == 0 else 1 for c in CODES], [0.0, 1.0]),
    "nullable numbers": (pd.Series(CODES, dtype="Int64"), [0, 1]),
    "numbers of Arrow": (pd.Series(CODES, dtype="int64[pyarrow]"), [0, 1]),
    "nullable truth values": (pd.Series(CODES == 1, dtype="boolean"), [False, True]),
    "truth values": (CODES == 1, [False, True]),
    "text of pandas": (pd.Series(TEXT, dtype="string"), ["far", "near"]),
    "text of NumPy": (TEXT.astype(np.dtypes.StringDType()), ["far", "near"]),
    "categories": (pd.Categorical.from_codes(CODES, ["near", "far", "none"]), ["far", "near"]),
    "numbered categories": (pd.Series(pd.Categorical.from_codes(CODES, [5, 3])), [3, 5]),
    "an index": (pd.Index(TEXT), ["far", "near"]),
    "masked, none hidden": (np.ma.masked_array(CODES), [0, 1]),
    "dates of NumPy": (np.array(["2020", "2021"], dtype="M8[D]")[CODES], None),
}


@pytest.mark.parametrize("kind", OF_ONE_TYPE)
def test_classes_keep_their_type(kind, tmp_path):
    y, classes = OF_ONE_TYPE[kind]
    model = MixtureClassifier().fit(X, y)
    if classes is not None:
        assert [(type(c), c) for c in model.classes_.tolist()] == [(type(c), c) for c in classes]
        model.save(tmp_path / "model.safetensors")
        assert (gaussmix.load(tmp_path / "model.safetensors").classes_ == model.classes_).all()
    assert model.score(X, y) == 1.0
    assert model.cross_validate(X, y, 2).error == 0.0


WITH_GAPS = {
    "masked": (np.ma.masked_array(CODES, mask=GAP), [0, 1]),
    "nullable numbers": (pd.Series(CODES, dtype="Int64").where(~GAP), [0, 1]),
    "text of pandas": (pd.Series(TEXT, dtype="string").where(~GAP), ["far", "near"]),
    "categories": (pd.Categorical.from_codes(np.where(GAP, -1, CODES), ["far", "near"]), ["far", "near"]),
    "a list": ([None if gap else text for gap, text in zip(GAP, TEXT, strict=True)], ["far", "near"]),
    "dates of NumPy": (
        np.where(GAP, np.datetime64("NaT"), np.array(["2020", "2021"], dtype="M8[D]")[CODES]),
        None,
    ),
}


@pytest.mark.parametrize("kind", WITH_GAPS)
def test_missing_labels_are_unknown_classes_or_refused(kind):
    y, classes = WITH_GAPS[kind]
    with pytest.raises(InputError, match=r"y\[3\] is .*give the class of each row"):
        MixtureClassifier().fit(X, y)
    model = MixtureClassifier(unknown_label=float("nan")).fit(X, y)
    assert classes is None or model.classes_.tolist() == classes
    assert model.score(X, y) == 1.0
    assert model.cross_validate(X, y, 2).error == 0.0


def test_rows_of_unknown_class_do_not_count_in_the_score():
    y = np.where(np.arange(60) % 3 == 0, "?", TEXT)
    model = MixtureClassifier(unknown_label="?").fit(X, y)
    assert model.score(X, y) == model.score(pd.DataFrame(X), pd.Series(y), np.full(60, 2.0)) == 1.0
    wrong = np.where(np.arange(60) == 1, "near", y)
    assert model.score(X, wrong) == pytest.approx(39 / 40)
    assert model.score(X, wrong, np.where(np.arange(60) == 1, 2.0, 1.0)) == pytest.approx(39 / 41)


@pytest.mark.parametrize(
    ("y", "kind", "message"),
    [
        (["a" if c else 1 for c in CODES], InputTypeError, "y holds labels of several types (int, str)"),
        (
            np.array(["a", True], dtype=object)[CODES],
            InputTypeError,
            "y holds labels of several types (bool, str)",
        ),
        (np.array([b"a", b"b"])[CODES], InputTypeError, "y holds labels of type bytes"),
        (
            np.array([b"a", b"b"], dtype=object)[CODES],
            InputTypeError,
            "y holds labels of type bytes: give numbers or text",
        ),
        ([datetime.date(2020 + c, 1, 1) for c in CODES], InputTypeError, "y holds labels of type date"),
        ([decimal.Decimal(int(c)) for c in CODES], InputTypeError, "y holds labels of type Decimal"),
        (pd.cut(pd.Series(CODES), [-1, 0.5, 2]), InputTypeError, "y holds labels of type Interval"),
        (CODES + 0j, InputTypeError, "y holds labels of type complex128"),
        (scipy.sparse.csr_array(CODES[:, None]), InputTypeError, "y is a sparse matrix"),
        ("species", InputTypeError, "y is 'species', which names a column of a file or a source"),
        (3, InputTypeError, "y is 3: give an array with one label for each row"),
        (set(TEXT), InputTypeError, "y is of type set"),
        ((c for c in CODES), InputTypeError, "y is of type generator"),
        (np.eye(2)[CODES], InputError, "y should be a 1d array, got an array of shape (60, 2)"),
        (CODES + 0.5, InputError, "Unknown label type: continuous values such as 0.5 in y"),
    ],
)
def test_what_is_no_class_gets_a_sentence(y, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        MixtureClassifier().fit(X, y)
