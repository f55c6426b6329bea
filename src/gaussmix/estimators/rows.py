"""Rows as an estimator takes them: scikit-learn's record of features, and this library's checks of values."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from .._types import Rows
from ..errors import InputError
from ..validation import as_rows

__all__ = ["fit_rows", "predict_rows"]


def fit_rows(estimator: Any, X: Any, min_rows: int = 2) -> Rows:
    """Record the features of X on the estimator and return X as checked rows (n, D)."""
    rows = as_rows(_values(X), min_rows=min_rows)
    if hasattr(X, "columns"):
        validate_data(estimator, X=X, skip_check_array=True, reset=True)
        return rows
    # What validate_data does for an array, without asking every library of dataframes whether it is one of theirs.
    estimator.n_features_in_ = rows.shape[1]
    vars(estimator).pop("feature_names_in_", None)
    return rows


def predict_rows(estimator: Any, X: Any) -> Rows:
    """Return X as checked rows (n, D) with the features that the estimator was fitted on."""
    rows = as_rows(_values(X), min_rows=0)
    validate_data(estimator, X=X if hasattr(X, "columns") else rows, skip_check_array=True, reset=False)
    if len(rows) == 0:
        raise InputError(
            f"X has 0 sample(s) (shape={rows.shape}) while a minimum of 1 is required: give at least one row."
        )
    return rows


def _values(X: Any) -> Any:
    """Return the values of a dataframe of any library as an array, numbers without a value becoming NaN."""
    if not hasattr(X, "columns"):
        return X
    import narwhals as nw

    try:
        frame = nw.from_native(X, eager_only=True)
    except TypeError:
        return X
    text = [name for name, dtype in frame.schema.items() if not (dtype.is_numeric() or dtype == nw.Boolean)]
    if text:
        name = text[0]
        first = frame[name].drop_nulls().head(1).to_list()
        value = f"{first[0]!r}" if first else "no value"
        raise InputError(
            f"could not convert column {name!r} of X to numbers: it holds {value}; leave the column out or encode it."
        )
    return np.asarray(frame.to_numpy())
