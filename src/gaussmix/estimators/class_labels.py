"""Classes of rows from a user: checks of labels, their numbers, and prior probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from .._types import Floats, Ints
from ..errors import InputError, warn
from ..validation import finite_array
from .class_messages import classes_in_words
from .unknown_classes import is_missing, known_classes

__all__ = ["check_all_known", "check_enough", "class_labels", "codes_of", "given_priors"]


def class_labels(estimator: Any, y: Any, n: int) -> Any:
    """Return the class of each of n rows, after checks."""
    if y is None:
        raise InputError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y is None: "
            "give the class of each row."
        )
    labels = column_or_1d(y)
    if np.asarray(y).ndim > 1:
        warn(
            f"A column-vector y was passed when a 1d array was expected, of shape ({len(labels)},): pass y.ravel().",
            DataConversionWarning,
        )
    if len(labels) != n:
        raise InputError(f"y has {len(labels):,} labels for {n:,} rows of X: give one class for each row.")
    known = known_classes(labels, estimator.unknown_label)
    bad = ~np.isfinite(labels) if labels.dtype.kind == "f" else _missing(labels)
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
    check_classification_targets(_as_classes(labels[known]))
    return labels


def _missing(labels: Any) -> Any:
    if labels.dtype != object:
        return np.zeros(len(labels), dtype=bool)
    return np.array([is_missing(label) for label in labels.tolist()], dtype=bool)


def _as_classes(labels: Any) -> Any:
    """Return labels as an array of their own type: of numbers or text where objects are all of one."""
    return np.array(labels.tolist()) if labels.dtype == object else labels


def codes_of(labels: Any, known: Any) -> tuple[Any, Ints]:
    """Return the sorted classes, and the number of each row's class, −1 if it is not known."""
    codes = np.full(len(labels), -1, dtype=np.intp)
    named = labels if known.all() else _as_classes(labels[known])
    classes, codes[known] = np.unique(named, return_inverse=True)
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
