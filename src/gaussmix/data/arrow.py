"""Readers of Parquet and Feather files, by pyarrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.data.content import Content
from gaussmix.data.numeric import Choice, NumericTable, as_numeric_table, distinct, refuse_infinite
from gaussmix.data.options import ReadOptions
from gaussmix.errors import FileFormatError, GaussmixError, MissingDependencyError
from gaussmix.names import column_in_words

__all__ = ["read_feather", "read_parquet", "without_pyarrow"]

_ROW_NAMES = "row names"


@dataclass(frozen=True)
class _Parts:
    """A table read in parts.

    Parameters
    ----------
    read : callable
        Yields tables of some columns, by position, one group of rows after another.
    """

    schema: Any
    read: Callable[[list[int]], Iterable[Any]]


def read_parquet(content: Content, choice: Choice, options: ReadOptions) -> NumericTable:
    """Read the numeric columns of a Parquet file, one group of rows after another.

    Raises
    ------
    MissingDependencyError
        If pyarrow is not installed.
    """
    options.refuse_all(f"{content.path} is a Parquet file")
    with _translated_errors(content.path, "Parquet"):
        import pyarrow.parquet as pq

        with pq.ParquetFile(content.path) as file:
            schema = file.schema_arrow

            def read(chosen: list[int]) -> Iterator[Any]:
                names = [schema.names[j] for j in chosen]
                for group in range(file.num_row_groups):
                    yield file.read_row_group(group, columns=names)

            return _from(_Parts(schema, read), choice, content.path, lambda: pq.read_table(content.path))


def read_feather(content: Content, choice: Choice, options: ReadOptions) -> NumericTable:
    """Read the numeric columns of a Feather file (Arrow's own format).

    Raises
    ------
    MissingDependencyError
        If pyarrow is not installed.
    """
    options.refuse_all(f"{content.path} is a Feather file")
    with _translated_errors(content.path, "Feather"):
        import pyarrow as pa

        with pa.memory_map(str(content.path)) as source, pa.ipc.open_file(source) as file:

            def read(chosen: list[int]) -> Iterator[Any]:
                for number in range(file.num_record_batches):
                    batch = file.get_batch(number)
                    yield pa.table([batch.column(j) for j in chosen], names=[str(j) for j in chosen])

            return _from(_Parts(file.schema, read), choice, content.path, lambda: _feather(content.path))


def _feather(path: Path) -> Any:
    import pyarrow as pa

    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
        return file.read_all()


def _from(parts: _Parts, choice: Choice, path: Path, read_all: Callable[[], Any]) -> NumericTable:
    names = distinct(parts.schema.names)
    why = [_reason_left_out(field.name, field.type) for field in parts.schema]
    chosen = choice.positions(names, [not reason for reason in why], path)
    for j in chosen:
        if why[j] not in ("", _ROW_NAMES):
            raise FileFormatError(
                f"{path}: {column_in_words(names[j])} holds {why[j]}, not numbers; choose others"
            )
    _refuse_doubles(parts.schema.names, chosen, path)
    blocks = [np.empty((0, len(chosen)))]
    if chosen:
        blocks += [_block(table, len(chosen)) for table in parts.read(chosen)]
    X, picked = np.concatenate(blocks), [names[j] for j in chosen]
    refuse_infinite(X, picked, path)
    left_out = choice.dropped(names, path)
    skipped = {
        names[j]: reason
        for j, reason in enumerate(why)
        if reason and choice.columns is None and j not in left_out
    }

    def whole() -> dict[str, NDArray[Any]]:
        with _translated_errors(path, "Arrow"):
            table = read_all()
            # Row names come first, as they do in text.
            order = sorted(range(len(names)), key=lambda j: not _is_index(names[j]))
            return {names[j]: _values(table.column(j)) for j in order}

    return as_numeric_table(X, picked, skipped, path, whole=whole)


def _values(column: Any) -> NDArray[Any]:
    """Return a column as numbers or truth values without nulls, otherwise as text, with nulls empty."""
    import pyarrow as pa

    kind = column.type
    plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    if plain and column.null_count == 0:
        return np.asarray(column.to_numpy())
    texts = ["" if value is None else str(value) for value in column.to_pylist()]
    return np.array(texts, dtype=object)


def _refuse_doubles(names: Sequence[str], chosen: Sequence[int], path: Path) -> None:
    # Parquet reads columns by name.
    counts = Counter(names)
    for j in chosen:
        if counts[names[j]] > 1:
            raise FileFormatError(
                f"{path}: two columns are named {names[j]!r}: rename one, or leave both out with --drop"
            )


def _reason_left_out(name: str, kind: Any) -> str:
    """Return the reason for leaving a column out: a type other than number, or row names; empty for none."""
    import pyarrow as pa

    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return str(kind)
    return _ROW_NAMES if _is_index(name) else ""


def _is_index(name: str) -> bool:
    return name.startswith("__index_level_")


def _block(table: Any, width: int) -> Floats:
    """One group of rows as (m, D); a null becomes NaN."""
    block = np.empty((table.num_rows, width))
    for j in range(width):
        block[:, j] = table.column(j).cast("float64", safe=False).to_numpy()
    return block


def without_pyarrow(path: Path, what: str = "Parquet") -> MissingDependencyError:
    """Return the error to raise where pyarrow is needed and is not there."""
    return MissingDependencyError(f'{path}: {what} needs pyarrow: pip install "gaussmix[data]"')


@contextmanager
def _translated_errors(path: Path, what: str) -> Iterator[None]:
    try:
        import pyarrow as pa
    except ImportError:
        raise without_pyarrow(path, what) from None
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, GaussmixError):
            raise
        raise FileFormatError(f"{path} is not a valid {what} file: {str(error).splitlines()[0]}") from None
