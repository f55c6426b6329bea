"""Columns of Arrow as arrays of numbers: without a copy where their buffers allow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingDependencyError
from .layout import Column

__all__ = ["columns_of", "need_pyarrow", "numbers_of_column", "strided", "values_of_column"]


def need_pyarrow(what: str) -> Any:
    """Return the module pyarrow.

    Parameters
    ----------
    what : str
        Needs it.

    Raises
    ------
    MissingDependencyError
        If it is not installed.
    """
    try:
        import pyarrow
    except ImportError:
        raise MissingDependencyError(f'{what} needs pyarrow: pip install "gaussmix[data]"') from None
    return pyarrow


def columns_of(schema: Any) -> list[Column]:
    """Return the columns of an Arrow schema.

    Examples
    --------
    >>> import pyarrow as pa
    >>> [
    ...     column.kind
    ...     for column in columns_of(pa.schema({"x": pa.float32(), "n": pa.int8(), "name": pa.string()}))
    ... ]
    ['float32', 'number', 'string']
    """
    return [
        Column(field.name, _kind(field.type), field.name.startswith("__index_level_")) for field in schema
    ]


def _kind(kind: Any) -> str:
    import pyarrow as pa

    if pa.types.is_float32(kind):
        return "float32"
    numeric = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_decimal,
        pa.types.is_null,
    )
    if any(is_kind(kind) for is_kind in numeric):
        return "number"
    if _is_decimal_text(kind):
        return "number"
    if pa.types.is_dictionary(kind):
        return "number" if _kind(kind.value_type) in ("float32", "number") else str(kind.value_type)
    return str(kind)


def _is_decimal_text(kind: Any) -> bool:
    """Return whether a type is text of decimal numbers of any length, as ADBC gives those of PostgreSQL."""
    return getattr(kind, "type_name", None) == "numeric" and hasattr(kind, "storage_type")


def numbers_of_column(column: Any) -> NDArray[Any]:
    """Return an Arrow array, in chunks or not, as floating-point numbers (n,) with NaN for nulls.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray
        Of numbers.

    Examples
    --------
    >>> import pyarrow as pa
    >>> numbers_of_column(pa.array([1, None, 3]))
    array([ 1., nan,  3.])
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if _is_decimal_text(kind):
        column = pc.cast(column, kind.storage_type)
    elif pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = column.type
    if not (pa.types.is_float32(kind) or pa.types.is_float64(kind)):
        column = pc.cast(column, pa.float64(), safe=False)
    whole = isinstance(column, pa.ChunkedArray)
    return np.asarray(column.to_numpy() if whole else column.to_numpy(zero_copy_only=False))


def values_of_column(column: Any) -> NDArray[Any]:
    """Return an Arrow array as numbers, or, if it holds text, as Python's strings with None for nulls, (n,).

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray
        Of numbers or of text.

    Examples
    --------
    >>> import pyarrow as pa
    >>> values_of_column(pa.array(["a", None])).tolist()
    ['a', None]
    """
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view":
        return np.array(column.to_pylist(), dtype=object)
    return numbers_of_column(column)


def strided(columns: Sequence[Any]) -> NDArray[Any] | None:
    """Return Arrow arrays as one array (n, D) without a copy, if their buffers lie at equal distances.

    The columns of a batch in a file of Arrow's IPC format do.

    Parameters
    ----------
    columns : sequence of pyarrow.Array
        Of the same length.
    """
    import pyarrow as pa

    kind = columns[0].type
    if not (pa.types.is_float32(kind) or pa.types.is_float64(kind)):
        return None
    if any(column.type != kind or column.null_count for column in columns) or not len(columns[0]):
        return None
    first = columns[0].to_numpy()
    places = np.array([column.to_numpy().__array_interface__["data"][0] for column in columns])
    steps = np.diff(places)
    step = int(steps[0]) if len(steps) else first.nbytes
    if (steps != step).any() or step < first.nbytes or step % first.itemsize or places[0] % first.itemsize:
        return None
    held = _Held(int(places[0]), kind.to_pandas_dtype(), (len(first), len(columns)), step, columns)
    return np.asarray(held)


class _Held:
    """Memory of Arrow as NumPy's array interface; the array keeps it, and it keeps the columns."""

    def __init__(
        self, place: int, dtype: Any, shape: tuple[int, int], step: int, columns: Sequence[Any]
    ) -> None:
        kind = np.dtype(dtype)
        self.columns = tuple(columns)
        self.__array_interface__ = {
            "version": 3,
            "data": (place, True),
            "typestr": kind.str,
            "shape": shape,
            "strides": (kind.itemsize, step),
        }
