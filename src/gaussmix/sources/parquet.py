"""Parquet files and folders of them, read by groups of rows, column by column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError, InputError
from ..files import FileAccessError, MissingFileError
from ..names import column_in_words
from .arrow_columns import columns_of, need_pyarrow, values_of_column
from .arrow_files import BatchPiece
from .layout import Column, Layout
from .open_files import Version, kept_open, version_of
from .request import Request
from .spool import spooled
from .table import TableSource

__all__ = ["ParquetPiece", "open_parquet"]

_BUFFER, _BATCH_ROWS = 1 << 20, 1 << 16


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file on some filesystem.

    Parameters
    ----------
    filesystem : pyarrow.fs.FileSystem or None
        None for a local file.
    version : Version, optional
        Of a local file.
    streamed : bool, default=False
        Whether a group of rows is read page by page, which is slower.
    """

    path: str
    filesystem: Any = field(default=None, compare=False)
    version: Version | None = None
    streamed: bool = False

    @property
    def reader(self) -> Any:
        """The open file of this thread."""
        return kept_open(self, self._opened)

    def _opened(self) -> Any:
        import pyarrow.parquet as pq

        try:
            buffer = _BUFFER if self.streamed else 0
            if self.filesystem is None:
                # Not mapped: pages of the file would count as memory of the process.
                return pq.ParquetFile(self.path, buffer_size=buffer, pre_buffer=False)
            file = self.filesystem.open_input_file(self.path)
            return pq.ParquetFile(file, buffer_size=buffer, pre_buffer=not self.streamed)
        except Exception as error:
            raise FileFormatError(f"{self.path} cannot be read as a Parquet file: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """Return the innermost reason of an error of pyarrow, which repeats the path before it."""
    line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return re.sub(r".*Could not open Parquet input source '.*?': ", "", line)


@dataclass(frozen=True)
class ParquetPiece:
    """A group of rows of a Parquet file.

    Parameters
    ----------
    group : int
        Number of the group of rows.
    n_rows : int
        Number of its rows.
    constants : tuple of (str, float or str)
        The columns that the folders of the file give.
    """

    file: ParquetFile
    group: int
    n_rows: int
    constants: tuple[tuple[str, float | str | None], ...] = ()

    @property
    def place(self) -> str:
        """The file and the number of the group."""
        return f"{self.file.path}, row group {self.group}"

    @property
    def first(self) -> int:
        """Position of the first row in the group: 0."""
        return 0

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values, or as text."""
        constants = dict(self.constants)
        if name in constants:
            text = not isinstance(constants[name], float)
            return np.full(self.n_rows, constants[name], dtype=object if text else np.float64)
        try:
            table = self.file.reader.read_row_group(self.group, columns=[name], use_threads=False)
            return values_of_column(table.column(0))
        except (FileAccessError, FileFormatError):
            raise
        except Exception as error:
            raise FileFormatError(f"{self.place}, {column_in_words(name)}: {_reason(error)}") from None

    def matrix(self, names: Sequence[str]) -> None:
        """Return None: the columns are decoded one by one."""
        return


def open_parquet(path: Any, request: Request, filesystem: Any = None) -> TableSource:
    """Return the rows of a Parquet file or of the files in a folder as a source.

    Folders named like ``year=2024`` give a column of that name (Hive partitions).

    Parameters
    ----------
    path : str, path or sequence of them
        A file, a folder or several files.
    filesystem : pyarrow.fs.FileSystem, optional
        Where the path is; local unless given.

    Raises
    ------
    FileFormatError, InputError
        If a file is no Parquet file, lacks a column, or there is none.
    """
    need_pyarrow("a Parquet file")
    what = f"{path[0]} and {len(path) - 1} more" if isinstance(path, (list, tuple)) else str(path)
    dataset = _dataset(path, filesystem, what)
    contents = [_Contents.of(fragment, filesystem is None) for fragment in dataset.get_fragments()]
    if not contents:
        raise InputError(f"{what} holds no Parquet file: give a folder with files that end in .parquet.")
    layout = Layout.of(request, _columns(contents, dataset.schema), what)
    pieces = [piece for each in contents for piece in each.pieces(layout)]
    layout = _with_type_of_all(layout, contents)
    if max((piece.n_rows for piece in pieces), default=0) * layout.row_bytes > request.memory // 2:
        # A group of rows is decoded as a whole: one with no room is read in batches, once.
        return spooled(_batches(pieces, layout), layout, request, what)
    return TableSource(pieces, layout, request.memory, request.skip)


@dataclass(frozen=True)
class _Contents:
    """The contents of a file: its columns, the rows of its groups, and the values that its folders give."""

    file: ParquetFile
    keys: Mapping[str, Any]
    columns: Mapping[str, Column]
    groups: tuple[int, ...]

    @classmethod
    def of(cls, fragment: Any, local: bool) -> _Contents:
        import pyarrow.dataset as ds

        version = version_of(fragment.path) if local else None
        file = ParquetFile(fragment.path, None if local else fragment.filesystem, version)
        metadata, columns = file.reader.metadata, columns_of(file.reader.schema_arrow)
        keys = ds.get_partition_keys(fragment.partition_expression)
        groups = tuple(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
        return cls(file, keys, {column.name: column for column in columns}, groups)

    def pieces(self, layout: Layout) -> list[ParquetPiece]:
        """Return the groups of rows, to be read in a layout."""
        constants = tuple(
            (name, _constant(self.keys[name], layout.named and name == layout.labels))
            for name in layout.names
            if not self._holds(name, layout)
        )
        return [ParquetPiece(self.file, i, n_rows, constants) for i, n_rows in enumerate(self.groups)]

    def _holds(self, name: str, layout: Layout) -> bool:
        """Return whether a column is in the file, not in its folder names; raise InputError if it is in neither."""
        column = self.columns.get(name)
        if column is None:
            if name in self.keys:
                return False
            raise InputError(
                f"{self.file.path} has no {column_in_words(name)}, which other files have: leave it out of columns."
            )
        if not (column.numeric or (layout.named and name == layout.labels and column.textual)):
            raise InputError(f"{column_in_words(name)} of {self.file.path} holds {column.kind}, not numbers.")
        return True


def _columns(contents: Sequence[_Contents], schema: Any) -> list[Column]:
    """Return the columns of all files and of the folder names; the latter are data only if named."""
    columns = {column.name: column for column in columns_of(schema)}  # of the first file
    for each in contents:
        for name, column in each.columns.items():
            columns.setdefault(name, column)
    keys = {key for each in contents for key in each.keys}
    return [replace(each, row_names=each.row_names or each.name in keys) for each in columns.values()]


def _batches(pieces: Sequence[ParquetPiece], layout: Layout) -> Iterator[BatchPiece]:
    """Yield the rows of groups in batches."""
    import pyarrow as pa

    for piece in pieces:
        file = replace(piece.file, streamed=True)
        constants = dict(piece.constants)
        names, first = [name for name in layout.names if name not in constants], 0
        for batch in file.reader.iter_batches(_BATCH_ROWS, [piece.group], names, use_threads=False):
            columns = [batch.column(name) for name in names]
            columns += [pa.array(np.full(batch.num_rows, value)) for value in constants.values()]
            whole = pa.record_batch(columns, names=[*names, *constants])
            yield BatchPiece(whole, piece.place, first)
            first += batch.num_rows


def _dataset(path: Any, filesystem: Any, what: str) -> Any:
    import pyarrow.dataset as ds

    many, base = [str(each) for each in path] if isinstance(path, (list, tuple)) else str(path), None
    if isinstance(path, Path) and path.is_dir():
        many, base = _files_of(path), str(path)
    try:
        return ds.dataset(
            many, format="parquet", partitioning="hive", filesystem=filesystem, partition_base_dir=base
        )
    except FileNotFoundError:
        raise MissingFileError(f"there is no file {what!r}") from None
    except Exception as error:
        raise FileFormatError(f"{what} cannot be read as Parquet: {_reason(error)}") from None


def _files_of(folder: Path) -> list[str]:
    """Return the Parquet files of a folder and its subfolders, without hidden ones.

    Raises
    ------
    FileAccessError
        If there is none.
    """
    files = [
        str(file)
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in (".parquet", ".pq")
        and not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    ]
    if not files:
        raise FileAccessError(f"{str(folder)!r} is a folder without files of .parquet: give a file")
    return files


def _constant(value: Any, text: bool) -> float | str | None:
    """Return the value of a column that a folder gives."""
    if text:
        return None if value is None else str(value)
    return float("nan") if value is None else float(value)


def _with_type_of_all(layout: Layout, contents: Sequence[_Contents]) -> Layout:
    """Return the layout in float64 if some file has columns of another type than float32."""
    kinds = {column.kind for each in contents for name, column in each.columns.items() if name in layout.data}
    return layout if kinds <= {"float32"} else replace(layout, dtype="float64")
