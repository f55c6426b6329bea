"""Numbers in any container as an array of float32 or float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Rows
from ..errors import GaussmixError, InputError, InputTypeError
from .data_frames import Frame
from .entries import numbers_of

__all__ = ["as_array", "float_array", "refuse_sparse"]


def float_array(value: Any, name: str) -> Rows:
    """Return numbers in any container as an array, without a copy if it is one of float32 or float64 already.

    Every other type becomes float64; what has no value (None, a null, a masked entry) becomes NaN. Text is read where
    it is a number.

    Parameters
    ----------
    value : array, list, data frame, tensor, buffer or Arrow stream
    name : str
        What it is called in messages.

    Raises
    ------
    InputError, InputTypeError
        If it holds something else; the message gives the place and the value.

    Examples
    --------
    >>> from fractions import Fraction
    >>> float_array([[1, "2.5"], [Fraction(1, 4), None]], "X")
    array([[1.  , 2.5 ],
           [0.25,  nan]])
    """
    if (
        type(value) is np.ndarray
        and value.dtype == np.float64
        and value.flags.c_contiguous
        and value.flags.aligned
    ):
        return value
    refuse_sparse(value, name)
    frame = Frame.of(value, name)
    array = as_array(value, name) if frame is None else frame.numbers(name)
    if array.dtype in (np.float32, np.float64):
        # A field of a structured array may begin between two numbers: kernels step in whole ones.
        in_step = array.flags.aligned and all(step % array.itemsize == 0 for step in array.strides)
        return array if in_step and array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    _refuse_kind(array, name)
    if array.dtype.kind in "OUST":
        return numbers_of(array, lambda place: f"{name}[{', '.join(map(str, place))}]" if place else name)
    return np.asarray(array.astype(np.float64))


def refuse_sparse(value: Any, name: str) -> None:
    """Raise InputTypeError for a sparse matrix."""
    if hasattr(value, "toarray") and hasattr(value, "nnz"):
        raise InputTypeError(
            f"{name} is a sparse matrix, and sparse input is not supported: pass {name}.toarray()."
        )


def _refuse_kind(array: NDArray[Any], name: str) -> None:
    if array.dtype.kind == "c":
        raise InputError(f"Complex data not supported: {name} has dtype {array.dtype}; pass its real part.")
    if array.dtype.kind in "Mm":
        raise InputTypeError(
            f"{name} holds dates or durations ({array.dtype}): convert them to numbers first."
        )
    if array.dtype.names is not None:
        raise InputTypeError(
            f"{name} is a structured array with the fields {', '.join(array.dtype.names)}: "
            "pass numpy.lib.recfunctions.structured_to_unstructured of it."
        )


def as_array(value: Any, name: str) -> NDArray[Any]:
    """Return a value as an array of any type, with NaN for masked entries."""
    try:
        if hasattr(value, "detach") and hasattr(value, "numpy"):
            return _of_tensor(value, name)
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            return np.from_dlpack(value)
        if np.ma.isMaskedArray(value) and np.ma.getmaskarray(value).any():
            return _with_gaps(value, name)
        return np.asarray(value)
    except GaussmixError:
        raise
    except ValueError as error:
        raise InputError(
            f"{name} cannot be converted to an array ({error}): give rows of equal length."
        ) from None
    except (TypeError, RuntimeError, NotImplementedError, BufferError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputTypeError(
            f"{name} cannot be converted to an array ({reason}): convert it to NumPy first."
        ) from None


def _with_gaps(masked: Any, name: str) -> NDArray[Any]:
    """Return a masked array with NaN for masked entries."""
    mask = np.ma.getmaskarray(masked)
    if masked.dtype.kind in "cMmV":
        return np.asarray(masked)
    single = masked.dtype == np.float32
    result = np.full(masked.shape, np.nan, dtype=np.float32 if single else np.float64)
    result[~mask] = float_array(masked.data[~mask], f"the values of {name}")
    return result


def _of_tensor(tensor: Any, name: str) -> NDArray[Any]:
    """Return a PyTorch tensor as an array, also one on a GPU, with a gradient or of PyTorch's own number type."""
    if "strided" not in str(tensor.layout):
        raise InputTypeError(
            f"{name} is a sparse tensor, and sparse input is not supported: pass {name}.to_dense()."
        )
    try:
        return np.asarray(tensor.numpy(force=True))
    except TypeError:  # NumPy has no bfloat16
        return np.asarray(tensor.float().numpy(force=True))
