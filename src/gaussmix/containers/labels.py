"""Labels of rows in any container as an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputTypeError
from .arrays import as_array, refuse_sparse

__all__ = ["check_labels", "label_array", "plain_labels"]


def label_array(values: Any, name: str) -> NDArray[Any]:
    """Return labels in any container as an array: numbers of one type, text and missing labels as objects.

    Parameters
    ----------
    values : array, list, series, tensor or Arrow array
    name : str
        What it is called in messages.

    Raises
    ------
    InputTypeError
        If it is no sequence.

    Examples
    --------
    >>> label_array(["a", None, "b"], "y")
    array(['a', None, 'b'], dtype=object)
    >>> import pandas
    >>> label_array(pandas.Series([2, 1], dtype="Int64"), "y")
    array([2, 1])
    """
    sequence = hasattr(values, "__len__") or hasattr(values, "__array__")
    if not sequence or isinstance(values, (str, bytes, set, dict)):
        shown = repr(values) if isinstance(values, (str, bytes, int)) else f"of type {type(values).__name__}"
        raise InputTypeError(f"{name} is {shown}: give an array with one label for each row.")
    refuse_sparse(values, name)
    if np.ma.isMaskedArray(values):
        mask, values = np.ma.getmaskarray(values), np.ma.getdata(values).astype(object)
        values[mask] = None
    elif isinstance(values, (list, tuple)) and len(set(map(type, values))) > 1:
        # NumPy would make text of numbers beside text.
        values = np.fromiter(values, dtype=object, count=len(values))
    elif _is_extension(values):
        values = np.asarray(values, dtype=object)
    return plain_labels(as_array(values, name))


def plain_labels(labels: NDArray[Any]) -> NDArray[Any]:
    """Return labels as an array of numbers if all are numbers, and text as it is.

    Examples
    --------
    >>> plain_labels(np.array([1, 2], dtype=object))
    array([1, 2])
    """
    if labels.dtype.kind == "T":
        return labels.astype(object)
    numbers = (bool, int, float, np.number, np.bool_)
    if labels.dtype != object or not all(isinstance(label, numbers) for label in labels.flat):
        return labels
    return np.array(labels.tolist())


def check_labels(labels: NDArray[Any], name: str) -> None:
    """Raise InputTypeError unless labels are of one type that can be sorted: numbers, text or dates."""
    kinds = {type(label).__name__ for label in labels.tolist()} if labels.dtype == object else set()
    if len(kinds) > 1 and not all(isinstance(label, str) for label in labels.tolist()):
        raise InputTypeError(
            f"{name} holds labels of several types ({', '.join(sorted(kinds))}): give labels of one type, such as text."
        )
    if labels.dtype.kind in "ScV" or (kinds and not isinstance(labels[0], str)):
        kind = next(iter(kinds), labels.dtype.name)
        raise InputTypeError(f"{name} holds labels of type {kind}: give numbers or text.")


def _is_extension(values: Any) -> bool:
    """Return whether an array of pandas has a type that NumPy lacks, which would become one of floats."""
    dtype = getattr(values, "dtype", None)
    return hasattr(dtype, "na_value") and hasattr(dtype, "construct_array_type")
