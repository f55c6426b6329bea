"""Conversion of ``init_params`` (a name, a function, an array or a mixture) to a start method or initial values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats
from ..covariances import Family
from ..errors import InputError, InputTypeError
from ..fitting import InitialValues
from ..mixture import Mixture
from ..names import names_in_words
from ..starts import START_METHODS, LabelAssignments, SoftAssignments, StartMethod, StartRows
from ..validation import finite_array

__all__ = ["check_chance_start", "is_function", "start_of"]

_NAMES = ", ".join(map(repr, START_METHODS))
_DEFAULT = START_METHODS["kmeans"]
_NOTHING = InitialValues()


def start_of(
    init_params: Any, K: int, D: int, family: Family, feature_names: Sequence[str] | None = None
) -> tuple[StartMethod, InitialValues]:
    """Return the start method and the initial values given by ``init_params``.

    An array of one dimension holds labels. One of two holds means where its shape is (K, D), else responsibilities;
    its number of rows is compared with that of the data when they are used.

    Parameters
    ----------
    init_params : str, array, Mixture or callable
    family : Family
        Of the fit; the covariances of a mixture become those of the nearest member.
    feature_names : sequence of str, optional
        The columns of the data, which those of a mixture must be.

    Raises
    ------
    InputError
        If it is none of these, or does not fit K and D.

    Examples
    --------
    >>> from gaussmix import Full
    >>> method, given = start_of([0, 1, 1, -1], 2, 3, Full())
    >>> given.assignments.of_rows(slice(2, 4))
    array([[0., 1.],
           [0., 0.]])
    """
    if isinstance(init_params, str):
        return _named(init_params), _NOTHING
    if isinstance(init_params, Mixture):
        return _DEFAULT, _at_mixture(init_params, K, D, family, feature_names)
    if is_function(init_params):
        return CheckedMethod(init_params), InitialValues()
    array = _array(init_params)
    readers: dict[int, Callable[[NDArray[Any], int, int], InitialValues]] = {1: _of_labels, 2: _of_table}
    if array.ndim not in readers:
        raise InputError(f"init_params is an array of shape {array.shape}: {_expected(K, D)}.")
    return _DEFAULT, readers[array.ndim](array, K, D)


def is_function(init_params: Any) -> bool:
    """Return whether ``init_params`` is a user's start method."""
    return callable(init_params) and not isinstance(init_params, Mixture)


def check_chance_start(init_params: Any, owner: str) -> None:
    """Raise InputError unless ``init_params`` is a name or a function, a start for several fits."""
    if isinstance(init_params, str) or is_function(init_params):
        return
    raise InputError(
        f"init_params of a {owner} is of type {type(init_params).__name__}, but it starts a fit for each class: "
        f"give one of {_NAMES}, or a function."
    )


@dataclass(frozen=True)
class CheckedMethod:
    """A user's start method, followed by a check of its responsibilities."""

    method: Callable[[StartRows, int, np.random.Generator], Any]

    def __call__(self, rows: StartRows, n_components: int, rng: np.random.Generator) -> Floats:
        """Return the responsibilities (m, K)."""
        name = "the result of the function init_params"
        assignments = finite_array(self.method(rows, n_components, rng), name, (len(rows.X), n_components))
        _check_shares(assignments, name)
        return assignments


def _named(name: str) -> StartMethod:
    if name not in START_METHODS:
        raise InputError(
            f"init_params is {name!r}: give one of {_NAMES}, labels, responsibilities, means, a Mixture or a function."
        )
    return START_METHODS[name]


def _expected(K: int, D: int) -> str:
    return f"give labels (n,), responsibilities (n, K) = (n, {K}) or means (K, D) = ({K}, {D})"


def _array(init_params: Any) -> NDArray[Any]:
    if not (hasattr(init_params, "__array__") or isinstance(init_params, (list, tuple))):
        raise InputTypeError(
            f"init_params is {init_params!r} ({type(init_params).__name__}): give one of {_NAMES}, labels, "
            "responsibilities, means, a Mixture or a function."
        )
    return finite_array(init_params, "init_params")


def _of_labels(labels: NDArray[Any], K: int, D: int) -> InitialValues:
    codes = labels.astype(np.intp)
    bad = (codes != labels) | (codes < -1) | (codes >= K)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"init_params[{row}] is {labels[row]:g}: labels are whole numbers from 0 to n_components - 1 = {K - 1}, "
            "and -1 for unknown."
        )
    return InitialValues(assignments=LabelAssignments(codes, K))


def _of_table(table: NDArray[Any], K: int, D: int) -> InitialValues:
    if table.shape == (K, D):
        return InitialValues(means=table)
    if table.shape[1] != K:
        raise InputError(f"init_params is an array of shape {table.shape}: {_expected(K, D)}.")
    _check_shares(table, "init_params")
    return InitialValues(assignments=SoftAssignments(table))


def _check_shares(assignments: Floats, name: str) -> None:
    sums = assignments.sum(axis=1)
    bad = (assignments < 0).any(axis=1) | ~(np.abs(sums - 1.0) <= 1e-6)
    if bad.any():
        row = int(np.argmax(bad))
        what = (
            f"sums to {sums[row]:g}" if (assignments[row] >= 0).all() else f"holds {assignments[row].min():g}"
        )
        raise InputError(
            f"row {row} of the responsibilities in {name} {what}: give probabilities ≥ 0 that sum to one in each row."
        )


def _at_mixture(
    mixture: Mixture, K: int, D: int, family: Family, feature_names: Sequence[str] | None
) -> InitialValues:
    if (mixture.n_components, mixture.n_features) != (K, D):
        raise InputError(
            f"init_params is a mixture of {mixture.n_components} components in {mixture.n_features} columns: give "
            f"one of {K} components (n_components) in {D} columns."
        )
    names = mixture.feature_names
    if names is not None and feature_names is not None and tuple(names) != tuple(map(str, feature_names)):
        raise InputError(
            f"init_params is a mixture of the columns {names_in_words(names)}, but those of X are "
            f"{names_in_words(map(str, feature_names))}: give the same columns in the same order."
        )
    covariances = mixture.covariances
    if covariances.singular:
        raise InputError(
            "init_params is a mixture with allow_singular=True, which cannot start EM: give one with positive "
            "definite covariances."
        )
    if covariances.family != family:
        covariances = family.from_dense(covariances.dense(), mixture.weights)
    weights = mixture.weights if mixture.uniform is None else mixture.weights / mixture.weights.sum()
    return InitialValues(weights, mixture.means, covariances)
