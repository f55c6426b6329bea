"""Tables written to files: text, arrays and Parquet."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix.data.arrow import without_pyarrow
from gaussmix.errors import InputError
from gaussmix.files import PathLike, as_path, replacing
from gaussmix.names import column_in_words

__all__ = ["check_writable", "csv_rows", "suffix_of", "write_parts", "write_table"]

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_CHUNK = 20_000

_Columns: TypeAlias = dict[str, NDArray[Any]]
_Writer: TypeAlias = Callable[[Path, Path, Iterator[_Columns]], None]


def write_table(path: PathLike, columns: Mapping[str, ArrayLike]) -> None:
    """Write columns of equal length to a file; it replaces an older one as a whole.

    Parameters
    ----------
    path : str or os.PathLike
        The file: .csv, .tsv or .txt (each also with .gz), .npy or .parquet. A float is written with all its
        digits, and a missing value (NaN, None) as an empty cell, or as null in .parquet; a text of one column
        keeps NaN, for a blank line is no row. In .npy one column becomes an array (n,) of its own type, several
        become (n, D) of float64, and names are lost.
    columns : mapping from str to array-like of shape (n,)
        Numbers, truth values or text, by name.

    Raises
    ------
    InputError
        If the suffix is not known, the columns differ in length, or .npy is to hold text.
    FileAccessError
        If the file cannot be written.
    MissingDependencyError
        If Parquet is to be written and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "predicted.csv"
    >>> write_table(path, {"component": [0, 1], "probability": [0.5, 1.0]})
    >>> path.read_text().splitlines()
    ['component,probability', '0,0.5', '1,1.0']
    """
    write_parts(path, [columns])


def write_parts(path: PathLike, parts: Iterable[Mapping[str, ArrayLike]]) -> None:
    """Write a table part by part; the file replaces an older one as a whole.

    Text and Parquet are written as the parts come. .npy needs them all.

    Parameters
    ----------
    path : str or os.PathLike
        The file, as `write_table` takes it.
    parts : iterable of mappings
        Columns by name; each part has the same names.

    Raises
    ------
    InputError, FileAccessError, MissingDependencyError
        As `write_table`.
    """
    suffix = suffix_of(as_path(path).name, as_path(path), _WRITERS)
    with replacing(path) as draft:
        _WRITERS[suffix](draft, as_path(path), map(_checked, parts))


def _checked(columns: Mapping[str, ArrayLike]) -> _Columns:
    arrays = {str(name): np.asarray(values) for name, values in columns.items()}
    if not arrays:
        raise InputError("there is no column to write: give at least one")
    n = len(next(iter(arrays.values()))) if next(iter(arrays.values())).ndim else 0
    for name, array in arrays.items():
        if array.shape != (n,) or array.dtype.kind not in "fiubUO":
            found = f"{array.dtype} of shape {array.shape}"
            raise InputError(
                f"{column_in_words(name)} is {found}, and numbers or text of shape ({n},) are expected"
            )
    return arrays


def check_writable(path: PathLike) -> None:
    """Raise InputError if the suffix of a file is not among the formats of `write_table`.

    Examples
    --------
    >>> check_writable("labels.csv")
    """
    suffix_of(as_path(path).name, as_path(path), _WRITERS)


def suffix_of(name: str, path: Path, known: Mapping[str, object], what: str = "a table") -> str:
    """Return the longest known suffix of a name.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    what : str
        What the file holds, for messages.

    Raises
    ------
    InputError
        If it ends with none of them.
    """
    found = [suffix for suffix in known if name.lower().endswith(suffix)]
    if not found:
        given = f"the suffix {path.suffix!r}" if path.suffix else "no suffix"
        raise InputError(f"{path} has {given}; {what} is one of {', '.join(known)}")
    return max(found, key=len)


def _write_text(draft: Path, path: Path, parts: Iterator[_Columns]) -> None:
    name = Path(path.name.lower())
    squeezed = name.suffix in _COMPRESSED
    separator = _SEPARATORS[Path(name.stem).suffix if squeezed else name.suffix]
    with _opened(draft, name.suffix) as file:
        writer = csv.writer(file, delimiter=separator, lineterminator="\n")
        for number, columns in enumerate(parts):
            if number == 0:
                writer.writerow(columns)
            for start in range(0, len(next(iter(columns.values()))), _CHUNK):
                writer.writerows(csv_rows([array[start : start + _CHUNK] for array in columns.values()]))


def csv_rows(columns: Sequence[NDArray[Any]]) -> Iterable[tuple[Any, ...]]:
    """Return the rows of some columns for `csv.writer`; the cells of missing values are empty.

    Examples
    --------
    >>> list(csv_rows([np.array([1.5, np.nan]), np.array([1, 2])]))
    [(1.5, 1), ('', 2)]
    """
    cells = [column.tolist() for column in columns]
    if len(columns) > 1:
        # NaN alone differs from itself.
        cells = [["" if cell != cell else cell for cell in column] for column in cells]
    return zip(*cells, strict=True)


@contextmanager
def _opened(draft: Path, suffix: str) -> Iterator[IO[str]]:
    with (
        _COMPRESSED.get(suffix, Path.open)(draft, "wb") as raw,
        io.TextIOWrapper(raw, "utf-8", newline="") as file,
    ):
        yield file


_COMPRESSED: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}


def _write_npy(draft: Path, path: Path, parts: Iterator[_Columns]) -> None:
    held = list(parts)
    columns = {name: np.concatenate([part[name] for part in held]) for name in held[0]}
    text = [name for name, array in columns.items() if array.dtype.kind in "UO"]
    if text:
        raise InputError(
            f"{path}: .npy holds numbers only, and {column_in_words(text[0])} is text; write .csv or .parquet"
        )
    arrays = list(columns.values())
    with draft.open("wb") as file:
        # NumPy writes into objects that it takes for files by itself, and hides errors.
        writer = SimpleNamespace(write=file.write)
        np.save(writer, arrays[0] if len(arrays) == 1 else np.column_stack(arrays).astype(np.float64))


def _write_parquet(draft: Path, path: Path, parts: Iterator[_Columns]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise without_pyarrow(path) from None
    try:
        tables = (
            pa.table({name: pa.array(array, from_pandas=True) for name, array in part.items()})
            for part in parts
        )
        first = next(tables)
        with pq.ParquetWriter(draft, first.schema) as writer:
            for table in chain([first], tables):
                writer.write_table(table.cast(first.schema))
    except (pa.ArrowException, TypeError) as error:
        raise InputError(f"{path}: the columns cannot be stored as Parquet: {error}") from None


_TEXT = [f"{suffix}{more}" for more in ("", *_COMPRESSED) for suffix in _SEPARATORS]
_WRITERS: dict[str, _Writer] = {
    **dict.fromkeys(_TEXT, _write_text),
    ".npy": _write_npy,
    ".parquet": _write_parquet,
}
