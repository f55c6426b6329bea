"""Arguments of plots, checked and converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from gaussmix._types import Floats, Ints, Rows
from gaussmix.containers import check_labels, label_array, plain_labels
from gaussmix.errors import InputError, InputTypeError
from gaussmix.estimators.class_labels import codes_of, missing_labels
from gaussmix.mixture import Mixture
from gaussmix.mixture.of_model import mixture_of
from gaussmix.search import SearchTrace
from gaussmix.validation import as_columns, as_noise, as_real, as_rows, as_rows_with_holes

__all__ = [
    "UNKNOWN",
    "as_labels",
    "as_limits",
    "as_mixture",
    "as_search",
    "check_result",
    "column_names",
    "completed",
    "errors_of",
    "is_one",
    "marginal_of",
    "names_in",
    "observed_range",
    "option",
    "pick_columns",
    "rows_of",
    "rows_with_holes",
]

T = TypeVar("T")

UNKNOWN = "unknown"
"""The name of missing labels."""


def as_mixture(model: Any) -> Mixture:
    """Return the mixture of a Mixture, a fitted estimator or a fitted scikit-learn GaussianMixture."""
    return mixture_of(model, "a plot")


def as_search(model: Any) -> SearchTrace:
    """Return the search of a SearchTrace, a Trace or a fitted estimator."""
    kind = type(model).__name__
    if hasattr(model, "fit") and not hasattr(model, "trace_"):
        raise InputError(
            f"this {kind} holds no trace of a fit: call its fit first, or give one of its traces_."
        )
    trace = getattr(model, "trace_", model)
    search = getattr(trace, "search", trace)
    if isinstance(search, SearchTrace):
        return search
    if search is None:
        raise InputError(
            f"this {kind} was fitted without a search: fit with search='likelihood', and without a given start."
        )
    raise InputTypeError(
        f"a plot of a search needs a fitted estimator or its trace_, and this is of type {kind}."
    )


def names_in(X: Any) -> tuple[str, ...] | None:
    """Return the column names of a data frame, None of anything else."""
    columns = getattr(X, "columns", None)
    if columns is None or callable(columns) or not all(isinstance(c, str) for c in columns):
        return None
    return tuple(columns)


def pick_columns(columns: Any, n_features: int, names: tuple[str, ...] | None, count: int) -> list[int]:
    """Return the positions of the columns to draw; the first ones if none are named."""
    if columns is None:
        if n_features < count:
            raise InputError(
                f"this plot shows {count} columns, and there is 1: use density_1d for one column."
            )
        return list(range(count))
    chosen = as_columns(columns, n_features, names)
    if len(chosen) != count:
        raise InputError(f"columns {columns!r} name {len(chosen)} columns, and this plot shows {count}.")
    return chosen


def is_one(columns: Any, n_features: int) -> bool:
    """Return whether one column is to be drawn."""
    if columns is None:
        return n_features == 1
    return isinstance(columns, (str, int, np.integer)) or len(columns) == 1


def column_names(chosen: list[int], n_features: int, names: tuple[str, ...] | None) -> list[str]:
    """Return the labels of the axes."""
    if names is not None:
        return [names[c] for c in chosen]
    return ["x"] if n_features == 1 else [f"column {c}" for c in chosen]


def marginal_of(mixture: Mixture, chosen: list[int]) -> Mixture:
    """Return the mixture of the chosen columns."""
    return mixture if chosen == list(range(mixture.n_features)) else mixture.marginal(chosen)


def rows_of(X: Any, n_features: int | None = None) -> Rows:
    """Return checked rows (n, D); one column may come as (n,)."""
    return as_rows(X, n_features=n_features, one_column=True)


def rows_with_holes(X: Any, n_features: int) -> Rows:
    """Return checked rows (n, D), with NaN for missing values; one column may come as (n,)."""
    return as_rows_with_holes(X, n_features=n_features, one_column=True)[0]


def completed(mixture: Mixture, rows: Rows, errors: Floats | None = None) -> Rows:
    """Return rows with their missing values at their conditional means, given the rows and their errors."""
    return mixture.impute(rows, errors) if np.isnan(rows).any() else rows


def observed_range(values: Rows) -> Floats:
    """Return the smallest and the largest value of a column, NaN apart; (0, 1) without any value."""
    seen = values[~np.isnan(values)]
    return np.array([seen.min(), seen.max()] if len(seen) else [0.0, 1.0], dtype=np.float64)


def errors_of(noise: Any, rows: Rows | None) -> Floats | None:
    """Return the checked measurement errors of rows, or None without any."""
    if rows is None:
        if noise is not None:
            raise InputError("noise is given without X: give the rows whose measurement errors it holds.")
        return None
    return as_noise(noise, rows)


def as_limits(limits: Any) -> Floats:
    """Return limits of both axes as (2, 2)."""
    if np.shape(limits) != (2, 2):
        raise InputError(f"limits has shape {np.shape(limits)}: give ((low, high), (low, high)) for x and y.")
    found = as_real(limits, "limits")
    for low, high in found.tolist():
        if not (np.isfinite([low, high]).all() and low < high):
            raise InputError(
                f"limits ({low:g}, {high:g}) do not span a range: give (low, high) with low < high."
            )
    return found


def as_labels(
    labels: Any, n: int, name: str = "labels", classes: Any = None
) -> tuple[np.ndarray[Any, Any], Ints]:
    """Return the distinct labels, sorted, and the position of each row's label among them.

    Missing labels are the last, :data:`UNKNOWN`; beside given classes, all that are not among these.
    """
    values = label_array(labels, name)
    if values.shape != (n,):
        raise InputError(f"{name} has shape {values.shape}, expected ({n},): give one label for each row.")
    known = ~missing_labels(values)
    check_labels(plain_labels(values[known]), name)
    if classes is not None:
        known[known] = np.isin(values[known], classes)
    found, positions = codes_of(values, known)
    if classes is not None:
        found, positions[known] = np.asarray(classes), np.searchsorted(classes, found)[positions[known]]
    if not known.all():
        found = np.array([*found.tolist(), UNKNOWN], dtype=object)
        positions[~known] = len(found) - 1
    return found, positions


def option(name: str, value: Any, choices: Mapping[str, T]) -> T:
    """Return the choice of a name."""
    if value not in choices:
        known = ", ".join(repr(choice) for choice in choices)
        raise InputError(f"{name} is {value!r}: give one of {known}.")
    return choices[value]


def check_result(value: Any, kind: type, what: str, maker: str) -> None:
    """Raise InputTypeError unless a value is the result of a function."""
    if not isinstance(value, kind):
        raise InputTypeError(
            f"{what} needs the result of {maker}, and this is of type {type(value).__name__}."
        )
