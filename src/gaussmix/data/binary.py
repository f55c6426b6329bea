"""Tables of numbers in NumPy's and Parquet's files; nothing in them is run as code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.data.numeric import Columns, NumericTable, as_numeric_table, check_finite, choose
from gaussmix.errors import FileFormatError, GaussmixError, MissingDependencyError

__all__ = ["read_npy", "read_npz", "read_parquet", "without_pyarrow"]

_ROW_NAMES = "row names"


def read_npy(path: Path, columns: Columns = None) -> NumericTable:
    """Read an array that `numpy.save` wrote, mapped into memory rather than read where it is float64."""
    with _sentences(path, "an array written by numpy.save"):
        _check_start(path, b"\x93NUMPY")
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    return _from_array(array, columns, path)


def read_npz(path: Path, columns: Columns = None) -> NumericTable:
    """Read the one array of an archive that `numpy.savez` wrote."""
    with _sentences(path, "an archive written by numpy.savez"):
        _check_start(path, b"PK")
        # Opened here, for NumPy leaves a damaged archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            names = list(archive.files)
            if len(names) != 1:
                held = f"{len(names)} arrays ({', '.join(names[:8])})" if names else "no array"
                raise FileFormatError(f"{path} holds {held}, and one is expected: save the one as .npy")
            array = archive[names[0]]
    return _from_array(array, columns, path)


def _from_array(array: Any, columns: Columns, path: Path) -> NumericTable:
    if not isinstance(array, np.ndarray):
        raise FileFormatError(f"{path} holds no array")
    if array.dtype.kind not in "fiub":
        raise FileFormatError(f"{path} holds an array of {array.dtype}, and real numbers are expected")
    if array.ndim not in (1, 2):
        raise FileFormatError(f"{path} holds an array of shape {array.shape}, and (n, D) is expected")
    table: NDArray[Any] = array[:, None] if array.ndim == 1 else array
    names = [f"x{j}" for j in range(table.shape[1])]
    chosen = choose(columns, names, path)
    if chosen is not None:
        table, names = table[:, chosen], [names[j] for j in chosen]
    # A mapped float64 array stays mapped; anything else is converted, which reads it whole.
    X = table if table.dtype == np.float64 else table.astype(np.float64)
    check_finite(X, names, path)
    return as_numeric_table(X, names, {}, path)


def read_parquet(path: Path, columns: Columns = None) -> NumericTable:
    """Read the numeric columns of a Parquet file, one group of rows after another.

    Raises
    ------
    MissingDependencyError
        If pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise without_pyarrow(path) from None
    try:
        with pq.ParquetFile(path) as file:
            return _from_parquet(file, columns, path, pa)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, GaussmixError):
            raise
        raise FileFormatError(f"{path} is not a sound Parquet file: {str(error).splitlines()[0]}") from None


def _from_parquet(file: Any, columns: Columns, path: Path, pa: Any) -> NumericTable:
    kinds = {field.name: field.type for field in file.schema_arrow}
    names = list(file.schema_arrow.names)
    why = {name: _why_left_out(name, kind, pa) for name, kind in kinds.items()}
    asked = choose(columns, names, path)
    picked = [names[j] for j in asked] if asked is not None else [name for name in names if not why[name]]
    for name in picked:
        if why[name] not in ("", _ROW_NAMES):
            raise FileFormatError(f"{path}: column {name!r} holds {why[name]}, not numbers; choose others")
    blocks = [np.empty((0, len(picked)))]
    for group in range(file.num_row_groups if picked else 0):
        blocks.append(_group(file.read_row_group(group, columns=picked), picked))
    X = np.concatenate(blocks)
    check_finite(X, picked, path)
    skipped = {name: reason for name, reason in why.items() if reason and asked is None}
    return as_numeric_table(X, picked, skipped, path)


def _why_left_out(name: str, kind: Any, pa: Any) -> str:
    """Why a column is not read unless asked for: its type where that is no number; empty where it is."""
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return str(kind)
    return _ROW_NAMES if name.startswith("__index_level_") else ""


def _group(table: Any, names: list[str]) -> Floats:
    """One group of rows as (m, D); a null becomes NaN."""
    block = np.empty((table.num_rows, len(names)))
    for j, name in enumerate(names):
        block[:, j] = table.column(name).cast("float64", safe=False).to_numpy()
    return block


def without_pyarrow(path: Path) -> MissingDependencyError:
    """Return the error to raise where pyarrow is needed and is not there."""
    return MissingDependencyError(f'{path}: Parquet needs pyarrow: pip install "gaussmix[data]"')


def _check_start(path: Path, start: bytes) -> None:
    # numpy.load would take anything else for a pickle, and say so.
    with path.open("rb") as file:
        if file.read(len(start)) != start:
            raise ValueError("it starts with other bytes")


@contextmanager
def _sentences(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except FileFormatError:
        raise
    except Exception as error:  # a damaged header makes NumPy raise almost anything
        if "allow_pickle" in str(error) or "Python objects" in str(error):
            raise FileFormatError(
                f"{path} holds Python objects, which are not loaded: save numbers"
            ) from None
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileFormatError(f"{path} is not {what}: {reason}") from None
