"""Checks at the public edge: arrays in, checked arrays or one clear sentence out."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._types import Floats, Rows
from .containers import Frame, float_array
from .errors import InputError, InputTypeError
from .names import column_in_words, names_in_words

__all__ = [
    "LARGEST",
    "LARGEST_VARIANCE",
    "as_columns",
    "as_count",
    "as_generator",
    "as_noise",
    "as_real",
    "as_rows",
    "as_rows_with_holes",
    "as_weights",
    "check_same_columns",
    "checked_names",
    "checked_weights",
    "finite_array",
    "is_number",
    "is_within",
]

LARGEST = 1e153
"""The largest magnitude that is accepted: the square of a difference of two such values is still a float64."""


LARGEST_VARIANCE = 1e307
"""The largest variance that is accepted: that of values of up to ±LARGEST is below it."""
_LARGEST_FLOAT = float(np.finfo(np.float64).max)
_FEW_VALUES = 10_000
"""Values whose sum of squares tells their range in less time than their extremes; BLAS makes it in one thread."""
_MOST_WEIGHT = 1e100
_LEAST_SHARE = 1e-100
"""A row that weighs less than this beside another is left out: it adds nothing to any sum of the two."""


def as_rows(
    X: Any,
    *,
    n_features: int | None = None,
    name: str = "X",
    min_rows: int = 1,
    one_column: bool = False,
    fitted: bool = False,
) -> Rows:
    """Return X as a two-dimensional float array (n, D) of finite values, without a copy where it is one already.

    With ``one_column``, a one-dimensional X is n rows of one feature; ``fitted`` changes the advice of messages.
    float32 stays float32; every other type becomes float64.
    """
    array = _shaped(X, n_features, name, min_rows, one_column)
    if not is_within(array, LARGEST):
        raise InputError(_bad_value(array, name, X, fitted))
    return array


def check_same_columns(X: Any, names: Sequence[str] | None) -> None:
    """Raise InputError if X is a data frame with other columns than those of a fit, or in another order.

    Parameters
    ----------
    X : array or data frame
    names : (D,) sequence of str, optional
        The columns of the fit.
    """
    frame = None if names is None else Frame.of(X)
    if frame is None or not all(isinstance(label, str) for label in frame.labels):
        return
    if list(frame.labels) != list(names or ()):
        raise InputError(
            f"the columns of X are {names_in_words(frame.labels)}, and those of the fit are "
            f"{names_in_words(list(names or ()))}: give the same columns in the same order."
        )


def as_rows_with_holes(
    X: Any,
    *,
    n_features: int | None = None,
    name: str = "X",
    min_rows: int = 1,
    one_column: bool = False,
    fitted: bool = False,
) -> tuple[Rows, bool]:
    """Return X as :func:`as_rows` does, with NaN for missing values, and whether there are any."""
    array = _shaped(X, n_features, name, min_rows, one_column)
    if is_within(array, LARGEST):
        return array, False
    holes = np.isnan(array)
    if not is_within(array[~holes], LARGEST):
        raise InputError(_bad_value(np.where(holes, 0.0, array), name, X, fitted))
    return array, True


def _shaped(X: Any, n_features: int | None, name: str, min_rows: int, one_column: bool) -> Rows:
    array = float_array(X, name)
    if array.ndim == 1 and one_column and n_features in (None, 1):
        array = array[:, None]
    _check_shape(array, name, n_features, min_rows)
    return array


def _check_shape(array: Rows, name: str, n_features: int | None, min_rows: int) -> None:
    if array.ndim < 2:
        raise InputError(
            f"Expected 2D array, got {'scalar' if array.ndim == 0 else '1D'} array instead: {name} has shape "
            f"{array.shape}. Reshape your data with {name}.reshape(-1, 1) if it has one feature or "
            f"{name}.reshape(1, -1) if it is one row."
        )
    if array.ndim > 2:
        raise InputError(
            f"Found array with dim {array.ndim}: {name} has shape {array.shape}, and (n rows, D features) is expected."
        )
    n, D = array.shape
    if D == 0:
        raise InputError(
            f"{name} has 0 feature(s) (shape=({n}, 0)) while a minimum of 1 is required: give at least one column."
        )
    if n < min_rows:
        raise InputError(
            f"{name} has {n} sample(s) (shape={array.shape}) while a minimum of {min_rows} is required: give more rows."
        )
    if n_features is not None and n_features != D:
        raise InputError(f"{name} has {D} features, but the mixture has {n_features}: give the same columns.")


def is_within(array: Rows, largest: float) -> bool:
    """Return whether no magnitude exceeds a finite limit; False for NaN."""
    # As Python's floats: float32 would make the bound itself infinite.
    if array.size <= _FEW_VALUES and float(np.vdot(array, array)) < largest * largest:
        return True
    # One pass without a copy decides for clean data; a NaN makes both comparisons false.
    most = np.maximum.reduce(array, axis=None, initial=0.0)
    least = np.minimum.reduce(array, axis=None, initial=0.0)
    return float(most) <= largest and float(least) >= -largest


def _bad_value(array: Rows, name: str, X: Any, fitted: bool) -> str:
    """Return the message on the first value that is not finite or too large, by the label of its column in a frame."""
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(array) <= np.float64(LARGEST))
    row, column = (int(i) for i in np.argwhere(bad)[0])
    value, frame = array[row, column], Frame.of(X, name)
    place, shown = f"Input {name}[{row}, {column}] is", f"column {column}"
    if frame is not None:
        shown = f"{column_in_words(frame.labels[column])}"
        place = f"{shown} of {name}, row {row}, is"
    count = int(bad.sum())
    more = f" ({count:,} such values in all)" if count > 1 else ""
    if np.isnan(value):
        what, do = "NaN", "remove these rows or impute the values"
    elif np.isinf(value):
        what, do = f"infinity ({value})", "remove those rows or give finite values"
    else:
        what, do = (
            f"{value:g}, beyond ±{LARGEST:g} where squares overflow",
            f"divide {shown} by a power of ten" + (", and in the mixture too" if fitted else ""),
        )
    return f"{place} {what}{more}: {do}."


def as_noise(noise: Any, X: Rows, name: str = "noise") -> Floats | None:
    """Return measurement errors as variances (n, D) or covariances (n, D, D), or None where all are zero.

    Variances (D,) and a covariance (1, D, D) apply to every row. Entries for missing values are ignored.
    """
    if noise is None:
        return None
    n, D = X.shape
    array = as_real(noise, name)
    if array.shape == (D,) or array.shape == (1, D, D):
        array = np.broadcast_to(array, (n, *array.shape[-1:]) if array.ndim == 1 else (n, D, D))
    if array.shape not in ((n, D), (n, D, D)):
        raise InputError(
            f"{name} has shape {array.shape}: give variances ({n}, {D}) or covariances ({n}, {D}, {D}) of the errors."
        )
    array, missing = np.ascontiguousarray(array), np.isnan(X)
    if missing.any():
        gone = missing if array.ndim == 2 else missing[:, :, None] | missing[:, None, :]
        array = np.where(gone, 0.0, array)
    _check_noise(array, name)
    return array if array.any() else None


def _check_noise(array: Floats, name: str) -> None:
    """Raise InputError unless variances are finite and ≥ 0, and covariances symmetric and positive semi-definite."""
    variances = array if array.ndim == 2 else np.diagonal(array, axis1=1, axis2=2)
    bad = ~((variances >= 0) & (variances <= LARGEST_VARIANCE))
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"{name} of row {row} in column {column} is {variances[row, column]:g}: give variances ≥ 0, not "
            "standard deviations; a value that was not measured is NaN in X."
        )
    if array.ndim == 2:
        return
    size = np.sqrt(variances[:, :, None] * variances[:, None, :])
    with np.errstate(invalid="ignore"):
        uneven = ~(np.abs(array - array.swapaxes(1, 2)) <= 1e-8 * size + 1e-300).all(axis=(1, 2))
        wide = ~(np.abs(array) <= size * (1 + 1e-8) + 1e-300).all(axis=(1, 2))
    for rows, what in ((uneven, "not symmetric"), (wide, "not positive semi-definite")):
        if rows.any():
            raise InputError(
                f"{name}[{int(rows.argmax())}] is {what}: give the covariance of the row's errors."
            )
    least = np.linalg.eigvalsh(array)[:, 0]
    rows = least < -1e-8 * np.trace(array, axis1=1, axis2=2)
    if rows.any():
        row = int(rows.argmax())
        raise InputError(
            f"{name}[{row}] has the eigenvalue {least[row]:.3g}: give a positive semi-definite covariance."
        )


def as_weights(weights: Any, n: int, name: str = "sample_weight") -> Floats | None:
    """Return the weights of n rows as float64 (n,), or None where every row counts once.

    A weight below 1e-100 of the largest counts as zero.
    """
    if weights is None:
        return None
    array = as_real(weights, name)
    if array.ndim == 0:
        array = np.full(n, float(array))
    if array.shape != (n,):
        raise InputError(f"{name}.shape == {array.shape}, expected ({n},): give one weight for each row.")
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(f"{name}[{row}] is {array[row]}: give finite weights ≥ 0.")
    if not array.any():
        raise InputError(f"{name} is zero for all {n:,} rows: give at least one row a positive weight.")
    row = int(np.argmax(array))
    most = float(array[row])
    if not 1 / _MOST_WEIGHT <= most <= _MOST_WEIGHT:
        where = f"{name}[{row}] is {most:g}, beyond {_MOST_WEIGHT:g}"
        if most < 1:
            where = f"the largest of {name} is {most:g}, below {1 / _MOST_WEIGHT:g}"
        raise InputError(f"{where}: divide all by their largest.")
    array[array < _LEAST_SHARE * most] = 0.0
    return array


def as_real(value: Any, name: str) -> Floats:
    """Return a value as a new float64 array."""
    return np.array(float_array(value, name), dtype=np.float64)


def finite_array(
    value: Any, name: str, shape: tuple[int, ...] | None = None, largest: float = np.inf
) -> Floats:
    """Return a parameter as a finite float64 array, of a given shape and magnitude where one is given."""
    array = as_real(value, name)
    if shape is not None and array.shape != shape:
        raise InputError(f"{name} has shape {array.shape}, expected {shape}.")
    if not is_within(array, min(largest, _LARGEST_FLOAT)):
        raise InputError(_out_of_range(array, name, largest))
    return array


def _out_of_range(array: Floats, name: str, largest: float) -> str:
    """Return the message on an entry that is not finite, or else on the largest entry."""
    bad = ~np.isfinite(array)
    at = np.unravel_index((bad if bad.any() else np.abs(array)).argmax(), array.shape)
    where = f"{name}[{', '.join(map(str, at))}]" if array.ndim else name
    if bad.any():
        return f"{where} is {array[at]}: give finite values."
    value = float(array[at])
    return f"{where} is {value:g}, beyond ±{largest:g} where squares overflow: divide by a power of ten."


def is_number(value: Any) -> bool:
    """Return whether a value is a real number, and not a truth value."""
    # The types of nearly all numbers first: a test by an abstract class takes a microsecond.
    kind = type(value)
    return kind is float or kind is int or (kind is not bool and isinstance(value, numbers.Real))


def as_count(value: Any, name: str, least: int = 1) -> int:
    """Return a whole number of at least ``least``."""
    if type(value) is not int and (isinstance(value, bool) or not isinstance(value, numbers.Integral)):
        raise InputTypeError(f"{name} is {value!r} ({type(value).__name__}): give a whole number ≥ {least}.")
    if value < least:
        raise InputError(f"{name} is {value}: give a whole number ≥ {least}.")
    return int(value)


def copied_generator(rng: np.random.Generator) -> np.random.Generator:
    """Return a copy of a generator, of the same random numbers."""
    # A deep copy takes as long as many iterations of EM.
    bits = type(rng.bit_generator)(0)
    bits.state = rng.bit_generator.state
    return np.random.Generator(bits)


def as_generator(random_state: Any = None) -> np.random.Generator:
    """Return a generator for None (NumPy's global state), an integer, a RandomState or a Generator."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if random_state is None or random_state is np.random:
        # scikit-learn uses NumPy's global state (np.random.seed) for None.
        return np.random.default_rng(np.random.randint(0, 2**31 - 1, size=4))  # noqa: NPY002
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(0, 2**31 - 1, size=4))
    if isinstance(random_state, bool) or not isinstance(random_state, numbers.Integral) or random_state < 0:
        raise InputError(
            f"random_state is {random_state!r}: give None, a whole number ≥ 0, a RandomState or a Generator."
        )
    return np.random.default_rng(int(random_state))


def as_columns(columns: Any, n_features: int, feature_names: Sequence[str] | None = None) -> list[int]:
    """Return columns, given as positions or names, as distinct positions in [0, D)."""
    if not isinstance(columns, (str, numbers.Integral)) and not hasattr(columns, "__iter__"):
        raise InputTypeError(f"columns is {columns!r}: give positions or names of columns.")
    chosen = [columns] if isinstance(columns, (str, numbers.Integral)) else list(columns)
    if not chosen:
        raise InputError("columns is empty: name at least one column.")
    positions = [_as_column(c, n_features, feature_names) for c in chosen]
    if len(set(positions)) != len(positions):
        raise InputError(f"columns {chosen!r} name a column twice: name each once.")
    return positions


def _as_column(column: Any, n_features: int, feature_names: Sequence[str] | None) -> int:
    if isinstance(column, str):
        if feature_names is None or column not in feature_names:
            known = (
                "the mixture has no feature names" if feature_names is None else names_in_words(feature_names)
            )
            raise InputError(f"{column_in_words(column)} is not known ({known}): give a name or a position.")
        return list(feature_names).index(column)
    if isinstance(column, bool) or not isinstance(column, numbers.Integral):
        raise InputTypeError(f"{column_in_words(column)} is neither a name nor a position: give one of them.")
    position = int(column)
    if not -n_features <= position < n_features:
        raise InputError(
            f"column {column} is out of range: there are {n_features} columns, 0 to {n_features - 1}."
        )
    return position % n_features


def checked_weights(weights: Any, whole: float = 1.0) -> Floats:
    """Return weights (K,) of a given sum, or raise InputError."""
    array = finite_array(weights, "weights")
    if array.ndim != 1 or len(array) == 0:
        raise InputError(f"weights has shape {array.shape}, expected (K,) with K ≥ 1.")
    if (array < 0).any():
        k = int(np.argmax(array < 0))
        raise InputError(f"weights[{k}] is {array[k]:g}: give probabilities ≥ 0.")
    total = float(array.sum())
    if abs(total - whole) > 1e-6:
        rest = (
            "one (divide by their sum)"
            if whole == 1.0
            else f"{whole:.9g}, one less the uniform component's weight"
        )
        raise InputError(f"weights sum to {total:.9g}: give probabilities that sum to {rest}.")
    return array


def checked_names(names: Sequence[str] | None, n_features: int) -> tuple[str, ...] | None:
    """Return a distinct name for each of D columns, or None, or raise InputError."""
    if names is None:
        return None
    result = tuple(str(name) for name in names)
    if len(result) != n_features or len(set(result)) != n_features:
        raise InputError(
            f"feature_names {result} do not name the {n_features} columns: give one distinct name each."
        )
    return result
