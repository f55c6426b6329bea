"""Files of numbers for the command line: read by suffix into one float64 table, and written from columns."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix.data.binary import read_npy, read_npz, read_parquet, without_pyarrow
from gaussmix.data.numeric import Columns, NumericTable
from gaussmix.data.text import read_text
from gaussmix.errors import InputError
from gaussmix.files import PathLike, as_path, readable, replacing

__all__ = ["NumericTable", "check_writable", "read_table", "write_table"]

_TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_CHUNK = 20_000

_Reader: TypeAlias = Callable[[Path, Columns], NumericTable]
_Writer: TypeAlias = Callable[[Path, Path, dict[str, NDArray[Any]]], None]


def read_table(path: PathLike, columns: Columns = None) -> NumericTable:
    r"""Read the numbers in a file.

    Text (.csv, .tsv, .txt, each also with .gz) may be delimited by commas, semicolons, tabs or spaces, and
    may have a header, quotes, a byte-order mark and comment lines that start with #; it is UTF-8 with decimal
    points. NumPy's .npy (mapped, not read, where it is float64), .npz with one array and .parquet serve too.

    Parameters
    ----------
    path : str or os.PathLike
        The file; its suffix says what it is.
    columns : str, sequence of str or int, or None, default=None
        The columns to read, by name or by position counted from 0: ``["F1", "F2"]``, ``"F1,F2"``, ``"0,2"``.
        With None all columns of numbers are read, and columns without any are left out.

    Returns
    -------
    NumericTable
        ``X`` (n, D) float64 and finite, ``names`` (D), and ``skipped``: the columns left out, and why.

    Raises
    ------
    MissingFileError, FileAccessError
        If there is no such file, or it may not be read.
    FileFormatError
        If a cell of a chosen column is no number, is missing or is infinite (the message names line, column
        and value), or the file is not what its suffix says.
    InputError
        If the suffix is not known, or a column is not there.
    MissingDependencyError
        If Parquet is to be read and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "vowels.csv"
    >>> _ = path.write_text("vowel,F1,F2\niy,270,2290\nuw,300,870\n")
    >>> table = read_table(path)
    >>> table.names, table.X.tolist(), table.skipped
    (('F1', 'F2'), [[270.0, 2290.0], [300.0, 870.0]], {'vowel': 'text'})
    """
    suffix = _suffix(as_path(path), _READERS)
    return _READERS[suffix](readable(path), columns)


def write_table(path: PathLike, columns: Mapping[str, ArrayLike]) -> None:
    """Write columns of equal length to a file; it replaces an older one as a whole.

    Parameters
    ----------
    path : str or os.PathLike
        The file: .csv, .tsv or .txt (each also with .gz), .npy or .parquet. A float is written with all its
        digits. In .npy one column becomes an array (n,) of its own type, several become (n, D) of float64,
        and names are lost.
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
    suffix = _suffix(as_path(path), _WRITERS)
    arrays = {str(name): np.asarray(values) for name, values in columns.items()}
    if not arrays:
        raise InputError("there is no column to write")
    n = len(next(iter(arrays.values()))) if next(iter(arrays.values())).ndim else 0
    for name, array in arrays.items():
        if array.shape != (n,) or array.dtype.kind not in "fiubUO":
            found = f"{array.dtype} of shape {array.shape}"
            raise InputError(f"column {name!r} is {found}, and numbers or text of shape ({n},) are expected")
    with replacing(path) as draft:
        _WRITERS[suffix](draft, as_path(path), arrays)


def check_writable(path: PathLike) -> None:
    """Raise InputError if the suffix of a file names no kind of table that `write_table` writes.

    Examples
    --------
    >>> check_writable("labels.csv")
    """
    _suffix(as_path(path), _WRITERS)


def _suffix(path: Path, known: Mapping[str, object]) -> str:
    name = path.name.lower()
    found = [suffix for suffix in known if name.endswith(suffix)]
    if not found:
        given = f"the suffix {path.suffix!r}" if path.suffix else "no suffix"
        raise InputError(f"{path} has {given}; a table is one of {', '.join(known)}")
    return max(found, key=len)


def _write_text(draft: Path, path: Path, columns: dict[str, NDArray[Any]]) -> None:
    name = path.name.lower()
    delimiter = _DELIMITERS[Path(name.removesuffix(".gz")).suffix]
    n = len(next(iter(columns.values())))
    zipped = name.endswith(".gz")
    with gzip.open(draft, "wt", **_AS_TEXT) if zipped else draft.open("w", **_AS_TEXT) as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(columns)
        for start in range(0, n, _CHUNK):
            chunk = [array[start : start + _CHUNK].tolist() for array in columns.values()]
            writer.writerows(zip(*chunk, strict=True))


_AS_TEXT: Any = {"encoding": "utf-8", "newline": ""}


def _write_npy(draft: Path, path: Path, columns: dict[str, NDArray[Any]]) -> None:
    text = [name for name, array in columns.items() if array.dtype.kind in "UO"]
    if text:
        raise InputError(
            f"{path}: .npy holds numbers only, and column {text[0]!r} is text; write .csv or .parquet"
        )
    arrays = list(columns.values())
    with draft.open("wb") as file:
        np.save(file, arrays[0] if len(arrays) == 1 else np.column_stack(arrays).astype(np.float64))


def _write_parquet(draft: Path, path: Path, columns: dict[str, NDArray[Any]]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise without_pyarrow(path) from None
    try:
        table = pa.table({name: pa.array(array) for name, array in columns.items()})
    except (pa.ArrowException, TypeError) as error:
        raise InputError(f"{path}: the columns cannot be stored as Parquet: {error}") from None
    pq.write_table(table, draft)


_READERS: dict[str, _Reader] = {
    **dict.fromkeys(_TEXT, read_text),
    ".npy": read_npy,
    ".npz": read_npz,
    ".parquet": read_parquet,
}
_WRITERS: dict[str, _Writer] = {
    **dict.fromkeys(_TEXT, _write_text),
    ".npy": _write_npy,
    ".parquet": _write_parquet,
}
