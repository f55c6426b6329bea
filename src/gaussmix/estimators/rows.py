"""Rows as an estimator takes them, and what a fit leaves on it: all of it at once, when the fit has succeeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from .._types import Rows
from ..errors import InputError
from ..validation import as_rows

__all__ = ["Features", "fit_rows", "keep_fit", "predict_rows"]


@dataclass(frozen=True, eq=False)
class Features:
    """The columns of the rows of a fit.

    Parameters
    ----------
    count : int
        D.
    names : (D,) array of str, or None
        Their names, where X had some.
    """

    count: int
    names: Any = None

    @property
    def texts(self) -> tuple[str, ...] | None:
        """The names as a mixture keeps them."""
        return None if self.names is None else tuple(map(str, self.names))


def fit_rows(X: Any, min_rows: int = 2) -> tuple[Rows, Features]:
    """Return X as checked rows (n, D), and its columns."""
    rows = as_rows(_values(X), min_rows=min_rows)
    if not hasattr(X, "columns"):
        # No need to ask every library of dataframes whether X is one of theirs.
        return rows, Features(rows.shape[1])
    record = BaseEstimator()
    validate_data(record, X=X, skip_check_array=True, reset=True)
    return rows, Features(rows.shape[1], getattr(record, "feature_names_in_", None))


def keep_fit(estimator: Any, features: Features, **fitted: Any) -> None:
    """Replace what an earlier fit left on an estimator by what this one leaves.

    One assignment: another thread, or an interrupt, meets the earlier fit or this one, and no mixture of both.
    """
    state = {name: value for name, value in vars(estimator).items() if name != "feature_names_in_"}
    if features.names is not None:
        state["feature_names_in_"] = features.names
    estimator.__dict__ = {**state, "n_features_in_": features.count, **fitted}


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
