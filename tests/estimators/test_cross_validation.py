"""Cross-validation of classifiers: rows of unknown class, classes of any type, and messages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaussmix import MixtureClassifier
from gaussmix.errors import InputError, InputTypeError

from ..support import quiet

rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(size=(100, 2)), rng.normal(size=(100, 2)) + 6.0])
Y = np.repeat(["first", "second"], 100)


def test_rows_of_unknown_class_are_no_errors():
    partly = np.where(np.random.default_rng(1).random(200) < 0.8, "unknown", Y)
    classifier = MixtureClassifier(unknown_label="unknown", random_state=0)
    found = classifier.cross_validate(X, partly, 5)
    assert found.error == 0.0
    assert found.brier < 1e-3
    with quiet():
        whole = MixtureClassifier(random_state=0).cross_validate(pd.DataFrame(X), pd.Series(Y), 5)
    assert whole.error == 0.0


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y[:150], "y has 150 labels for 200 rows of X"),
        (np.tile(Y, 2), "y has 400 labels for 200 rows of X"),
        (None, "the target y is None"),
        (np.where(np.arange(200) == 3, None, Y.astype(object)), r"y\[3\] is None"),
        (np.where(np.arange(200) == 3, "alone", Y), "class 'alone' has a single row"),
    ],
)
def test_classes_are_checked(y, message):
    with pytest.raises(InputError, match=message):
        MixtureClassifier().cross_validate(X, y, 2)


def test_a_path_is_refused():
    with pytest.raises(InputTypeError, match=r"X is 'table\.csv': cross-validation needs rows in memory"):
        MixtureClassifier().cross_validate("table.csv", "class", 3)


def test_masked_values_are_missing():
    rows = np.where(np.arange(200)[:, None] % 7 == [0, 3], -999.0, X)
    masked, holes = np.ma.masked_equal(rows, -999.0), np.where(rows == -999.0, np.nan, X)
    found, expected = (MixtureClassifier().cross_validate(each, Y, 4) for each in (masked, holes))
    assert found == expected


def test_rows_of_dask_are_computed():
    frame = pytest.importorskip("dask.dataframe").from_pandas(pd.DataFrame(X), npartitions=3)
    assert MixtureClassifier().cross_validate(frame, Y, 4) == MixtureClassifier().cross_validate(X, Y, 4)
