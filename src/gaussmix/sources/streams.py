"""Arrow streams: record-batch readers, DuckDB relations, ADBC results and others with ``__arrow_c_stream__``."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from .arrow_columns import need_pyarrow
from .request import Request
from .spool import spooled_batches
from .table import TableSource

__all__ = ["is_stream", "open_stream", "reader_of"]


def is_stream(x: Any) -> bool:
    """Return whether an object is an Arrow stream."""
    return hasattr(x, "__arrow_c_stream__") and not isinstance(x, type)


def reader_of(x: Any, what: str) -> Any:
    """Return a record-batch reader of a stream.

    Raises
    ------
    InputError
        If it is no stream of columns.
    """
    pa = need_pyarrow("an Arrow stream")
    try:
        return pa.RecordBatchReader.from_stream(x)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{what} is an Arrow stream that holds no table of columns ({reason}).") from None


def open_stream(x: Any, request: Request) -> TableSource:
    """Return the rows of an Arrow stream as a source: read once, and kept."""
    reader = reader_of(x, "the stream")
    return spooled_batches(reader, reader.schema, request, "the stream")
