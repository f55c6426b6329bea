"""Rows as arguments of an estimator, and the attributes of a fit, set all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._types import Rows
from ..blocks import Block
from ..containers import Frame
from ..errors import InputError, InputTypeError, warn
from ..names import column_in_words
from ..projections import as_projections
from ..validation import as_noise, as_rows_with_holes

__all__ = ["Features", "check_columns", "fit_rows", "keep_fit", "predict_rows"]


@dataclass(frozen=True, eq=False)
class Features:
    """The columns of the rows of a fit.

    Parameters
    ----------
    count : int
        D.
    names : (D,) array of str, or None
        Their names, if X had some.
    """

    count: int
    names: Any = None

    @property
    def texts(self) -> tuple[str, ...] | None:
        """The names as a mixture keeps them; None where equal names do not tell the columns apart."""
        if self.names is None or len(set(self.names)) < len(self.names):
            return None
        return tuple(map(str, self.names))


def fit_rows(X: Any, min_rows: int = 2) -> tuple[Rows, bool, Features]:
    """Return X as checked rows (n, D), whether values are missing, and its columns."""
    frame = Frame.of(X)
    names = None if frame is None else _names_of(frame)
    rows, holes = as_rows_with_holes(X if frame is None else frame, min_rows=min_rows)
    if holes:
        _check_no_empty_column(rows, range(rows.shape[1]) if frame is None else frame.labels)
    return rows, holes, Features(rows.shape[1], None if names is None else np.array(names, dtype=object))


def _check_no_empty_column(rows: Rows, labels: Sequence[Any]) -> None:
    empty = np.isnan(rows).all(axis=0)
    if empty.any():
        raise InputError(f"{column_in_words(labels[int(empty.argmax())])} of X has no value: leave it out.")


def keep_fit(estimator: Any, features: Features, **fitted: Any) -> None:
    """Replace the attributes of an earlier fit by those of this one.

    One assignment: another thread, or an interrupt, meets the earlier fit or this one, and no mixture of both.
    """
    state = {**vars(estimator), "n_features_in_": features.count, **fitted}
    state.pop("feature_names_in_", None)
    if features.names is not None:
        state["feature_names_in_"] = features.names
    estimator.__dict__ = state


def predict_rows(estimator: Any, X: Any, noise: Any = None, projections: Any = None) -> Block:
    """Return X as a block of checked rows (n, D) with the features of the fit.

    Rows (n, m) may be projections of these features instead.
    """
    frame = Frame.of(X)
    rows, holes = as_rows_with_holes(X if frame is None else frame, min_rows=0, fitted=True)
    if projections is None:
        check_columns(estimator, rows.shape[1], None if frame is None else _names_of(frame))
    if len(rows) == 0:
        raise InputError(
            f"X has 0 sample(s) (shape={rows.shape}) while a minimum of 1 is required: give at least one row."
        )
    errors = as_noise(noise, rows)
    matrices = as_projections(projections, rows, errors, getattr(estimator, "n_features_in_", None))
    return Block(rows, noise=errors, holes=holes, projections=matrices)


def check_columns(estimator: Any, count: int, names: Sequence[str] | None) -> None:
    """Raise InputError unless columns are those of the fit, by number and by name."""
    _check_names(estimator, names)
    expected, kind = getattr(estimator, "n_features_in_", count), type(estimator).__name__
    if count != expected:
        raise InputError(
            f"X has {count} features, but {kind} is expecting {expected} features as input: "
            "give the columns that it was fitted on."
        )


def _names_of(frame: Frame) -> list[str] | None:
    """Return the labels of columns if all are text, as scikit-learn records them, and None if none is."""
    texts = [isinstance(label, str) for label in frame.labels]
    if any(texts) and not all(texts):
        kinds = sorted({type(label).__name__ for label in frame.labels})
        raise InputTypeError(
            "Feature names are only supported if all input features have string names, "
            f"but the columns of X have labels of {', '.join(kinds)}: use X.columns = X.columns.astype(str)."
        )
    return frame.labels if any(texts) else None


def _check_names(estimator: Any, names: Sequence[str] | None) -> None:
    fitted, kind = getattr(estimator, "feature_names_in_", None), type(estimator).__name__
    if fitted is None and names is not None:
        warn(f"X has feature names, but {kind} was fitted without feature names", UserWarning)
    elif fitted is not None and names is None:
        warn(f"X does not have valid feature names, but {kind} was fitted with feature names", UserWarning)
    elif fitted is not None and names is not None and list(fitted) != list(names):
        raise InputError(_differences(list(fitted), names))


def _differences(fitted: Sequence[str], given: Sequence[str]) -> str:
    """Return scikit-learn's message about columns with other names than those of the fit."""
    unexpected, missing = sorted(set(given) - set(fitted)), sorted(set(fitted) - set(given))
    parts = ["The feature names should match those that were passed during fit.\n"]
    for title, names in (
        ("Feature names unseen at fit time:\n", unexpected),
        ("Feature names seen at fit time, yet now missing:\n", missing),
    ):
        listed = [f"- {name}\n" for name in names[:5]] + ["- ...\n"] * (len(names) > 5)
        parts += [title, *listed] if names else []
    if not unexpected and not missing:
        parts.append("Feature names must be in the same order as they were in fit.\n")
    return "".join(parts)
