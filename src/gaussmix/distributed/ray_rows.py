"""Datasets of Ray as sources of rows, and predictions for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..names import column_in_words
from ..sources.arrow_columns import columns_of, numbers_of_column
from ..sources.layout import Layout
from ..sources.request import Request
from .packages import imported
from .pieces import CollectionSource, divided
from .ray_engine import RayEngine
from .values import RowFunction, module_of

__all__ = ["is_ray", "mapped_ray", "open_ray"]


def is_ray(x: Any) -> bool:
    """Return whether an object is a dataset of Ray."""
    return module_of(x) == "ray" and hasattr(x, "map_batches") and hasattr(x, "materialize")


def open_ray(x: Any, request: Request) -> CollectionSource:
    """Return a dataset of Ray as a source: its blocks, in their order, in the object store.

    A tensor column, as ``ray.data.from_numpy`` makes it, stands for as many columns as it has numbers in a row.

    Raises
    ------
    InputError
        If a column is not there or holds no numbers.
    """
    engine, whole = RayEngine(), _without_tensors(x)
    layout = Layout.of(request, columns_of(_schema(whole)), "the dataset")
    held = _materialized(whole.select_columns(list(layout.names)))
    chunks = held.to_arrow_refs()
    sizes = engine.map(len, chunks)
    pieces = divided(chunks, sizes, layout, layout.names, _fetched, "block of the dataset")
    source = CollectionSource(pieces, layout, engine, request.skip)
    source.kept = held  # Ray frees the blocks of a dataset that is gone
    return source


def _schema(x: Any) -> Any:
    import pyarrow as pa

    schema = x.schema()
    if schema is None:
        raise InputError("the dataset has no rows: give at least one.")
    base = schema.base_schema
    if isinstance(base, pa.Schema):
        return base
    import pandas as pd

    # A column of Python objects would have no kind in an empty table.
    kinds = ["string" if str(kind) == "object" else kind for kind in base.types]
    empty = {name: pd.Series(dtype=kind) for name, kind in zip(base.names, kinds, strict=True)}
    return pa.Schema.from_pandas(pd.DataFrame(empty), preserve_index=False)


def _tensor_width(schema: Any) -> int | None:
    """Return the numbers in a row of a dataset of one tensor column; None for any other."""
    shape = getattr(schema.types[0], "shape", None) if len(schema.names) == 1 else None
    return int(shape[0]) if shape is not None and len(shape) == 1 else None


def _without_tensors(x: Any) -> Any:
    schema = _schema(x)
    if _tensor_width(schema) is None:
        return x
    return x.map_batches(_as_columns, batch_format="numpy", fn_args=(schema.names[0],))


def _as_columns(batch: dict[str, Any], name: str) -> dict[str, Any]:
    return {f"{name}[{j}]": column for j, column in enumerate(batch[name].T)}


def _materialized(x: Any) -> Any:
    """Return a dataset with its blocks computed, in the order of the rows."""
    options = x.context.execution_options
    before, options.preserve_order = options.preserve_order, True
    try:
        return x.materialize()
    finally:
        options.preserve_order = before


def _fetched(chunk: Any, start: int, n_rows: int) -> Any:
    return imported("ray", "ray").get(chunk).slice(start, n_rows)


def mapped_ray(x: Any, columns: Sequence[str] | None, function: RowFunction) -> Any:
    """Return a dataset with a function's values of each row in a further column, lazily.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns that the function takes; all unless given.

    Raises
    ------
    InputError
        If the dataset has a column of that name already.
    """
    schema = _schema(x)
    if function.name in schema.names:
        raise InputError(f"the dataset has a {column_in_words(function.name)} already: rename or drop it.")
    if columns is not None and not set(columns) <= set(schema.names) and _tensor_width(schema):
        columns = None
    names = tuple(schema.names if columns is None else columns)
    return x.map_batches(_with_values, batch_format="pyarrow", fn_args=(names, function))


def _with_values(table: Any, names: tuple[str, ...], function: RowFunction) -> Any:
    import pyarrow as pa

    first = table.column(names[0])
    if getattr(first.type, "shape", None) is not None:
        X = np.concatenate([chunk.to_numpy_ndarray() for chunk in first.chunks])
    else:
        X = np.column_stack([numbers_of_column(table.column(name)) for name in names])
    values = function(X)
    column = (
        pa.array(values)
        if values.ndim == 1
        else pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
    )
    return table.append_column(function.name, column)
