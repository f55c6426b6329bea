"""Arrays and data frames of Dask as sources of rows, and predictions for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..names import column_in_words
from ..sources.layout import Column, Layout
from ..sources.request import Request
from .dask_engine import DaskEngine
from .packages import imported
from .pieces import CollectionSource, divided
from .values import RowFunction, module_of

__all__ = ["is_dask", "mapped_dask", "open_dask"]


def is_dask(x: Any) -> bool:
    """Return whether an object is an array or a data frame of Dask."""
    return module_of(x) in ("dask", "dask_expr") and hasattr(x, "to_delayed") and getattr(x, "ndim", 0) == 2


def open_dask(x: Any, request: Request) -> CollectionSource:
    """Return an array or a data frame of Dask as a source: chunks or partitions, in their order.

    Chunks that are not persisted are computed anew in each pass.

    Parameters
    ----------
    x : dask.array.Array or dask.dataframe.DataFrame

    Raises
    ------
    InputError
        If a column is not there or holds no numbers.
    """
    engine = DaskEngine()
    if not _is_frame(x):
        what = "the array"
        layout = Layout.of(request, _columns_of_array(x), what)
        whole = x if x.numblocks[1] == 1 else x.rechunk({1: -1})
        chunks, named = list(whole.to_delayed().ravel()), [f"x{j}" for j in range(x.shape[1])]
        sizes = [None if np.isnan(size) else int(size) for size in whole.chunks[0]]
    else:
        what = "the data frame"
        layout = Layout.of(request, _columns_of_frame(x), what)
        chunks, named = x[list(layout.names)].to_delayed(), list(layout.names)
        sizes = [None] * len(chunks)
    if any(size is None for size in sizes):
        sizes = engine.map(_length, chunks)
    pieces = divided(chunks, [size or 0 for size in sizes], layout, named, _fetched, f"chunk of {what}")
    return CollectionSource(pieces, layout, engine, request.skip, _is_frame(x))


def _is_frame(x: Any) -> bool:
    return hasattr(x, "map_partitions")


def _columns_of_array(x: Any) -> list[Column]:
    kind = "float32" if x.dtype == np.float32 else "number" if x.dtype.kind in "fiub" else str(x.dtype)
    return [Column(f"x{j}", kind) for j in range(x.shape[1])]


def _columns_of_frame(x: Any) -> list[Column]:
    other = [name for name in x.columns if not isinstance(name, str)]
    if other:
        raise InputError(f"{column_in_words(other[0])} of the data frame has no text as its name: rename it.")
    return [Column(name, _kind(x.dtypes[name])) for name in x.columns]


def _kind(dtype: Any) -> str:
    pandas_api = imported("pandas.api.types", "dask")
    if dtype == np.float32:
        return "float32"
    return "number" if pandas_api.is_numeric_dtype(dtype) and dtype.kind != "c" else str(dtype)


def _length(chunk: Any) -> int:
    return len(chunk)


def _fetched(chunk: Any, start: int, n_rows: int) -> Any:
    delayed = imported("dask", "dask").delayed
    return delayed(_rows_of)(chunk, start, n_rows).compute()


def _rows_of(chunk: Any, start: int, n_rows: int) -> Any:
    return (chunk.iloc if hasattr(chunk, "iloc") else chunk)[start : start + n_rows]


def mapped_dask(x: Any, columns: Sequence[str] | None, function: RowFunction) -> Any:
    """Return a function's values for the rows of an array or a data frame of Dask, lazily.

    Of a data frame they are a series, or a data frame of several columns, with its index.

    Parameters
    ----------
    x : dask.array.Array or dask.dataframe.DataFrame
    columns : sequence of str, optional
        The columns of a data frame that the function takes.
    """
    dtype, width = function.dtype, function.width
    if _is_frame(x):
        import pandas as pd

        names = list(x.columns if columns is None else columns)
        empty = np.empty((0, width) if width else 0, dtype=dtype)
        shown = pd.DataFrame(empty, columns=range(width)) if width else pd.Series(empty, name=function.name)
        shown.index = x._meta.index
        return x[names].map_partitions(_of_frame, function, meta=shown, enforce_metadata=False)
    whole = x if x.numblocks[1] == 1 else x.rechunk({1: -1})
    if not width:
        return whole.map_blocks(function, dtype=dtype, drop_axis=1, meta=np.empty(0, dtype=dtype))
    chunks = (whole.chunks[0], (width,))
    return whole.map_blocks(function, dtype=dtype, chunks=chunks, meta=np.empty((0, 0), dtype=dtype))


def _of_frame(frame: Any, function: Callable[[Any], Any]) -> Any:
    import pandas as pd

    values = function(
        frame.to_numpy(dtype=np.float64 if set(frame.dtypes) != {np.dtype("f4")} else None, na_value=np.nan)
    )
    kind = pd.Series if values.ndim == 1 else pd.DataFrame
    result = kind(values, index=frame.index)
    if values.ndim == 1:
        result.name = getattr(function, "name", None)
    return result
