"""Classes of rows from a user: checks of labels, their numbers, and prior probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets

from .._types import Floats, Ints
from ..containers import check_labels, label_array, plain_labels
from ..errors import InputError, InputTypeError, warn
from ..validation import finite_array
from .class_messages import classes_in_words
from .unknown_classes import is_missing, known_classes

__all__ = [
    "check_all_known",
    "check_classes",
    "check_enough",
    "check_no_name",
    "class_labels",
    "codes_of",
    "given_priors",
    "missing_labels",
]


def class_labels(estimator: Any, y: Any, n: int) -> Any:
    """Return the class of each of n rows, after checks."""
    check_no_name(y)
    if y is None:
        raise InputError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y is None: "
            "give the class of each row."
        )
    labels = label_array(y, "y")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
        warn(
            f"A column-vector y was passed when a 1d array was expected, of shape ({len(labels)},): pass y.ravel().",
            DataConversionWarning,
        )
    if labels.ndim != 1:
        raise InputError(
            f"y should be a 1d array, got an array of shape {labels.shape} instead: give one class for each row."
        )
    if len(labels) != n:
        raise InputError(f"y has {len(labels):,} labels for {n:,} rows of X: give one class for each row.")
    known = known_classes(labels, estimator.unknown_label)
    bad = missing_labels(labels)
    if bad[known].any():
        row = int(np.argmax(known & bad))
        raise InputError(
            f"Input y contains NaN or infinity: y[{row}] is {labels[row]}; give the class of each row, or "
            "unknown_label=float('nan') if NaN stands for an unknown class."
        )
    if not known.any():
        raise InputError(
            f"Input y contains NaN or unknown_label ({estimator.unknown_label!r}) in every row: give the class of "
            "some rows."
        )
    check_classes(plain_labels(labels[known]))
    return labels


def check_no_name(y: Any) -> None:
    """Raise InputTypeError if classes of rows in memory are given by the name of a column."""
    if isinstance(y, str):
        raise InputTypeError(
            f"y is {y!r}, which names a column of a file or a source: give the class of each row, such as X[{y!r}], "
            "and leave this column out of X."
        )


def check_classes(labels: Any) -> None:
    """Raise InputError or InputTypeError unless labels are classes: whole numbers, text or dates."""
    check_labels(labels, "y")
    try:
        check_classification_targets(labels)
    except ValueError:
        broken = labels[labels != np.floor(labels)] if labels.dtype.kind == "f" else labels
        raise InputError(
            f"Unknown label type: continuous values such as {broken[0]} in y; give classes, which are whole numbers or "
            "text, or MixtureRegressor for targets that are numbers."
        ) from None


def missing_labels(labels: Any) -> Any:
    """Return which labels are missing or infinite, (n,)."""
    if labels.dtype.kind == "f":
        return ~np.isfinite(labels)
    if labels.dtype.kind in "Mm":
        return np.isnat(labels)
    if labels.dtype != object:
        return np.zeros(len(labels), dtype=bool)
    return np.array([is_missing(label) for label in labels.tolist()], dtype=bool)


def codes_of(labels: Any, known: Any) -> tuple[Any, Ints]:
    """Return the sorted classes, and the number of each row's class, −1 if it is not known."""
    codes = np.full(len(labels), -1, dtype=np.intp)
    classes, codes[known] = np.unique(plain_labels(labels[known]), return_inverse=True)
    return classes, codes


def check_all_known(known: Any) -> None:
    """Raise InputError unless the class of every row is known."""
    if not known.all():
        raise InputError(
            f'"auto" chooses a model for each class from rows of known class, but the class of {int((~known).sum()):,} '
            "rows is unknown: give n_components and covariance_type, or leave these rows out."
        )


def check_enough(classes: Any, sizes: Floats, n_components: int) -> None:
    """Raise InputError if a class has fewer rows than components."""
    for label, size in zip(classes.tolist(), sizes.tolist(), strict=True):
        if size < n_components:
            raise InputError(
                f"{classes_in_words([label])} has {size:g} row{'' if size == 1 else 's'}, fewer than n_components = "
                f"{n_components}: fit fewer components or give more rows of that class."
            )


def given_priors(priors: Any, classes: Any) -> Floats:
    """Return the given prior probabilities of the classes, after checks."""
    array = finite_array(priors, "priors", (len(classes),))
    if (array < 0).any() or abs(array.sum() - 1.0) > 1e-6:
        raise InputError(f"priors are {array.tolist()}: give probabilities ≥ 0 that sum to one.")
    return array
