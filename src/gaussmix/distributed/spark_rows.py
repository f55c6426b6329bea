"""Data frames of Apache Spark as sources of rows, and predictions for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4
from weakref import finalize

import numpy as np

from ..blocks import Block
from ..errors import InputError
from ..names import column_in_words, names_in_words
from ..sources.arrow_columns import numbers_of_column
from ..sources.distinct import row_hashes
from ..sources.layout import Column, Layout
from ..sources.request import Request
from .pieces import MOST_VALUES, CollectionSource, divided
from .spark_engine import Cell, SparkEngine, collected, forget, memory_and_disk
from .values import RowFunction, module_of

__all__ = ["is_spark", "mapped_spark", "open_spark"]

_NUMBERS = {"double", "integer", "long", "short", "byte", "boolean", "decimal"}


def is_spark(x: Any) -> bool:
    """Return whether an object is a data frame of Spark."""
    return module_of(x) == "pyspark" and hasattr(x, "mapInArrow")


def open_spark(x: Any, request: Request) -> CollectionSource:
    """Return a data frame of Spark as a source: its partitions, packed and persisted as long as the source is there.

    Rows are sorted within a partition by a hash, as Spark may compute a lost partition with its rows in another order.
    A column of vectors or arrays stands for as many columns as it has numbers in a row.

    Raises
    ------
    InputError
        If a column is not there or holds no numbers.
    """
    frame, request = _expanded(x, request)
    layout = Layout.of(request, [_column(field) for field in frame.schema.fields], "the data frame")
    if layout.named:
        frame, layout = _numbered(frame, layout)
    names = layout.names
    chosen = frame.select([_quoted(name) for name in names])
    dtype = layout.dtype if names == layout.data else "float64"
    packed = chosen.mapInArrow(_Packing(names, dtype), "number int, rows binary")
    rdd = packed.rdd.mapPartitions(_Cells(uuid4().hex, len(names), dtype)).persist(memory_and_disk())
    sizes = sorted(collected(rdd.mapValues(len)))
    chunks = [Cell(rdd, key) for key, _ in sizes]
    counts = [size for _, size in sizes]
    pieces = divided(chunks, counts, layout, names, _fetched, "part of the data frame")
    pieces = [replace(piece, place=f"partition {piece.chunk.key[1]} of the data frame") for piece in pieces]
    source = CollectionSource(pieces, layout, SparkEngine(x.sparkSession), request.skip)
    finalize(source, forget, rdd)
    return source


def _numbered(frame: Any, layout: Layout) -> tuple[Any, Layout]:
    """Return a data frame with the names in its column of labels as numbers, in their order; missing ones are −1."""
    from pyspark.sql.functions import col, lit, when

    assert layout.labels is not None
    column = col(_quoted(layout.labels))
    names = sorted(row[0] for row in frame.select(column).distinct().collect() if row[0] is not None)
    number = lit(-1.0)
    for code, name in enumerate(names):
        number = when(column == lit(name), lit(float(code))).otherwise(number)
    return frame.withColumn(layout.labels, number), replace(layout, named=False, classes=tuple(names))


def _column(field: Any) -> Column:
    kind = field.dataType.typeName()
    return Column(field.name, "float32" if kind == "float" else "number" if kind in _NUMBERS else kind)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _expanded(x: Any, request: Request) -> tuple[Any, Request]:
    """Return a data frame with a column for each number of its vectors and arrays, and the request for it."""
    from pyspark.sql.functions import col

    wide = {field.name: _numbers_of(field) for field in x.schema.fields if _is_wide(field)}
    if not wide:
        return x, request
    first = x.select([numbers.alias(name) for name, numbers in wide.items()]).first()
    if first is None:
        raise InputError("the data frame has no rows: give at least one.")
    names = {name: [f"{name}[{j}]" for j in range(len(first[name]))] for name in wide}
    shown = [
        each
        for name in x.columns
        for each in (
            [wide[name][j].alias(text) for j, text in enumerate(names[name])]
            if name in wide
            else [col(_quoted(name))]
        )
    ]
    columns = request.columns
    if columns is not None:
        columns = tuple(each for name in columns for each in names.get(name, [name]))
    return x.select(shown), replace(request, columns=columns)


def _is_wide(field: Any) -> bool:
    kind = field.dataType
    if kind.typeName() == "array":
        return kind.elementType.typeName() in {"float", *_NUMBERS}
    return type(kind).__name__ == "VectorUDT"


def _numbers_of(field: Any) -> Any:
    from pyspark.sql.functions import col

    if field.dataType.typeName() == "array":
        return col(_quoted(field.name))
    from pyspark.ml.functions import vector_to_array

    return vector_to_array(col(_quoted(field.name)))


@dataclass(frozen=True)
class _Packing:
    """Task of packing the rows of a partition: matrices of rows as bytes, in the order of the rows' hashes."""

    names: tuple[str, ...]
    dtype: str

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        X = np.concatenate([np.empty((0, len(self.names)), self.dtype), *map(self._matrix, batches)])
        X = X[np.argsort(row_hashes(Block(X)), kind="stable")]
        count = -(-X.size // MOST_VALUES)
        for number, rows in enumerate(np.array_split(X, count) if count else ()):
            yield pa.RecordBatch.from_arrays(
                [pa.array([number], pa.int32()), pa.array([rows.tobytes()], pa.binary())], ["number", "rows"]
            )

    def _matrix(self, batch: Any) -> Any:
        return np.column_stack([numbers_of_column(batch.column(name)) for name in self.names]).astype(
            self.dtype
        )


@dataclass(frozen=True)
class _Cells:
    """Task of unpacking these bytes: arrays with their keys."""

    token: str
    width: int
    dtype: str

    def __call__(self, rows: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        partition = context.partitionId()
        for row in rows:
            X = np.frombuffer(row.rows, self.dtype).reshape(-1, self.width)
            yield (self.token, partition, row.number), X


def _fetched(cell: Cell, start: int, n_rows: int) -> Any:
    rows = cell.rdd.context.runJob(cell.rdd, _Only(cell.key, start, n_rows), partitions=[cell.key[1]])
    return rows[0]


@dataclass(frozen=True)
class _Only:
    key: Any
    start: int
    n_rows: int

    def __call__(self, cells: Iterable[tuple[Any, Any]]) -> list[Any]:
        return [rows[self.start : self.start + self.n_rows] for key, rows in cells if key == self.key]


def mapped_spark(x: Any, columns: Sequence[str] | None, function: RowFunction) -> Any:
    """Return a data frame with a function's values of each row in a further column, lazily.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns that the function takes; all of numbers unless given.

    Raises
    ------
    InputError
        If the data frame has a column of that name already.
    """
    import pandas as pd
    from pyspark.sql.functions import col, pandas_udf
    from pyspark.sql.types import ArrayType, BooleanType, DoubleType, FloatType, LongType, StringType

    if function.name in x.columns:
        raise InputError(f"the data frame has a {column_in_words(function.name)} already: rename or drop it.")
    kinds = {
        "i": LongType(),
        "f": FloatType() if function.dtype == np.float32 else DoubleType(),
        "b": BooleanType(),
        "O": StringType(),
    }
    kind: Any = kinds[function.dtype.kind]

    def values(*columns: pd.Series[Any]) -> pd.Series[Any]:
        return pd.Series(list(function(_rows_of(columns))))

    # Spark reads the kind of the function from the classes, not from their names.
    values.__annotations__ = {"columns": pd.Series, "return": pd.Series}
    udf = pandas_udf(values, ArrayType(kind) if function.width else kind)
    given = [
        _numbers_of(field) if _is_wide(field) else col(_quoted(field.name)) for field in _taken(x, columns)
    ]
    return x.withColumn(function.name, udf(*given))


def _taken(x: Any, columns: Sequence[str] | None) -> list[Any]:
    """Return the fields of the columns of the fit; those of an array or a vector are its one field."""
    fields = {field.name: field for field in x.schema.fields}
    if columns is None:
        return [field for field in fields.values() if _is_wide(field) or _column(field).numeric]
    names = [name if name in fields else name.rpartition("[")[0] for name in columns]
    missing = [name for name, found in zip(columns, names, strict=True) if found not in fields]
    if missing:
        raise InputError(
            f"the data frame has no {column_in_words(missing[0])}: its columns are {names_in_words(fields)}."
        )
    return [fields[name] for name in dict.fromkeys(names)]


def _rows_of(columns: Sequence[Any]) -> Any:
    """Return columns of numbers, or of lists of numbers, as rows (n, D)."""
    arrays = []
    for column in columns:
        if len(column) and isinstance(column.iloc[0], (list, np.ndarray)):
            arrays.append(np.stack(column.to_list()))
        else:
            single = column.dtype == np.float32
            values = column.to_numpy(dtype=np.float32 if single else np.float64, na_value=np.nan)
            arrays.append(values[:, None])
    return np.hstack(arrays)
