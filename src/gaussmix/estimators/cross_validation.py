"""Cross-validation of a classifier: error and Brier score on held-out rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from .._types import Floats, Ints
from ..distributed.collections import is_collection
from ..errors import InputError, InputTypeError
from ..validation import as_count, as_weights
from .class_labels import class_labels, codes_of
from .unknown_classes import known_classes

__all__ = ["ClassificationError", "cross_validated"]


@dataclass(frozen=True)
class ClassificationError:
    r"""The error of a classifier on held-out rows.

    The Brier score is the mean square of the error of the probabilities,

    .. math:: \\frac{1}{2n} \\sum_n \\sum_c (P(c \\mid x_n) - [c = c_n])^2

    Parameters
    ----------
    error : float
        Fraction of misclassified rows.
    error_se : float
        Standard error of ``error``, from its variance over the folds.
    brier : float
        Brier score, from 0 to 1.
    brier_se : float
        Standard error of the Brier score, from its variance over the folds.
    n_folds : int
        Number of folds.

    Examples
    --------
    >>> from gaussmix import MixtureClassifier, datasets
    >>> vowels = datasets.load_vowels()
    >>> MixtureClassifier(random_state=0).cross_validate(vowels.data[:, 1:3], vowels.target, 5).n_folds
    5

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review 78, 1-3.
    """

    error: float
    error_se: float
    brier: float
    brier_se: float
    n_folds: int


def cross_validated(
    estimator: Any, X: Any, y: Any, n_folds: int, sample_weight: Any = None
) -> ClassificationError:
    """Return the cross-validated error of a classifier.

    Parameters
    ----------
    X : (n, D) array or data frame
    y : (n,) array
        Rows of unknown class are in the training rows of every fold, and not among the held-out ones.
    sample_weight : (n,) array, optional
    """
    if isinstance(X, (str, os.PathLike)) or not hasattr(X, "__len__"):
        raise InputTypeError(f"X is {X!r}: cross-validation needs rows in memory, an array or a data frame.")
    if not hasattr(X, "iloc") or is_collection(X):
        X = np.asanyarray(X)  # a masked array keeps its mask
    classes = class_labels(estimator, y, len(X))
    weights = as_weights(sample_weight, len(classes))
    weights = np.ones(len(classes)) if weights is None else weights
    scores = []
    for train, test in _folds(estimator, classes, n_folds):
        fitted = clone(estimator).fit(_rows(X, train), classes[train], sample_weight=weights[train])
        scores.append(_scores(fitted, _rows(X, test), classes[test], weights[test]))
    errors, briers, sizes = np.array(scores).T
    shares = sizes / sizes.sum()
    return ClassificationError(*_mean(errors, shares), *_mean(briers, shares), n_folds)


def _folds(estimator: Any, classes: Any, n_folds: int) -> Iterator[tuple[Ints, Ints]]:
    """Yield the training and the held-out rows of stratified folds."""
    known = known_classes(classes, estimator.unknown_label)
    of_known, unknown = np.flatnonzero(known), np.flatnonzero(~known)
    named, codes = codes_of(classes, known)
    counts = np.bincount(codes[of_known])
    smallest = int(counts.min())
    if not 2 <= as_count(n_folds, "n_folds") <= smallest:
        raise InputError(
            f"n_folds is {n_folds}: give 2 to {smallest}, the number of rows of the smallest class."
            if smallest > 1
            else f"class {named.tolist()[counts.argmin()]!r} has a single row, which cannot be both fitted and held "
            "out: leave it out."
        )
    seed = estimator.random_state if isinstance(estimator.random_state, int) else 0
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for fitted, held_out in folds.split(codes[of_known], codes[of_known]):
        yield np.concatenate([of_known[fitted], unknown]), of_known[held_out]


def _rows(X: Any, chosen: Any) -> Any:
    return X.iloc[chosen] if hasattr(X, "iloc") else X[chosen]


def _scores(fitted: Any, X: Any, y: Any, weights: Floats) -> tuple[float, float, float]:
    """Return the error, the Brier score and the weight of a fold."""
    probabilities = fitted.predict_proba(X)
    truth = y[:, None] == fitted.classes_
    total = float(weights.sum())
    wrong = fitted.classes_[probabilities.argmax(axis=1)] != y
    squares = 0.5 * ((probabilities - truth) ** 2).sum(axis=1)
    return float(weights @ wrong) / total, float(weights @ squares) / total, total


def _mean(values: Floats, shares: Floats) -> tuple[float, float]:
    """Return a mean over the folds, and its standard error."""
    mean = float(shares @ values)
    variance = float(shares @ (values - mean) ** 2) * len(values) / (len(values) - 1)
    return mean, float(np.sqrt(variance / len(values)))
