"""Parquet files and folders of them, read by groups of rows, column by column."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError, InputError
from ..files import MissingFileError
from .arrow_columns import columns_of, need_pyarrow, numbers_of_column
from .layout import Column, Layout
from .request import Request
from .table import TableSource

__all__ = ["ParquetPiece", "open_parquet"]

_OPEN_FILES = 16
"""Open files of a thread."""


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file on some filesystem.

    Parameters
    ----------
    path : str
    filesystem : pyarrow.fs.FileSystem or None
        None for a local file, which is mapped into memory.
    version : tuple
        Size and time of the last change, so that another file of the same name is opened anew.
    """

    path: str
    filesystem: Any = field(default=None, compare=False)
    version: tuple[Any, ...] = ()

    @property
    def reader(self) -> Any:
        """The open file of this thread."""
        files: OrderedDict[ParquetFile, Any] | None = getattr(_local, "files", None)
        if files is None:
            files = _local.files = OrderedDict()
        found = files.get(self)
        if found is None:
            found = files[self] = self._opened()
            if len(files) > _OPEN_FILES:
                files.popitem(last=False)[1].close()
        files.move_to_end(self)
        return found

    def _opened(self) -> Any:
        import pyarrow.parquet as pq

        try:
            if self.filesystem is None:
                return pq.ParquetFile(self.path, memory_map=True)
            return pq.ParquetFile(self.filesystem.open_input_file(self.path))
        except Exception as error:
            raise FileFormatError(
                f"{self.path} cannot be read as a Parquet file: {_first_line(error)}"
            ) from None


_local = threading.local()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


@dataclass(frozen=True)
class ParquetPiece:
    """A group of rows of a Parquet file.

    Parameters
    ----------
    file : ParquetFile
    group : int
        Number of the group of rows.
    n_rows : int
        Number of its rows.
    constants : tuple of (str, float)
        The columns that the folders of the file give.
    """

    file: ParquetFile
    group: int
    n_rows: int
    constants: tuple[tuple[str, float], ...] = ()

    @property
    def place(self) -> str:
        """The file and the number of the group."""
        return f"{self.file.path}, row group {self.group}"

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values."""
        constant = dict(self.constants).get(name)
        if constant is not None:
            return np.full(self.n_rows, constant)
        try:
            table = self.file.reader.read_row_group(self.group, columns=[name], use_threads=False)
            return numbers_of_column(table.column(0))
        except FileFormatError:
            raise
        except Exception as error:
            raise FileFormatError(f"{self.place}, column {name!r}: {_first_line(error)}") from None

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
    request : Request
    filesystem : pyarrow.fs.FileSystem, optional
        Where the path is; local unless given.

    Raises
    ------
    FileFormatError, InputError
        If a file is no Parquet file, lacks a column, or there is none.
    """
    need_pyarrow("a Parquet file")
    what = str(path)
    dataset = _dataset(path, filesystem, what)
    fragments = list(dataset.get_fragments())
    if not fragments:
        raise InputError(f"{what} holds no Parquet file: give a folder with files that end in .parquet.")
    schema = dataset.schema
    layout = Layout.of(request, columns_of(schema), what)
    pieces = [piece for fragment in fragments for piece in _pieces(fragment, layout, filesystem is None)]
    layout = _with_type_of_all(layout, [piece.file for piece in pieces], schema)
    return TableSource(pieces, layout, request.memory, request.skip)


def _dataset(path: Any, filesystem: Any, what: str) -> Any:
    import pyarrow.dataset as ds

    try:
        many = [str(each) for each in path] if isinstance(path, (list, tuple)) else str(path)
        return ds.dataset(many, format="parquet", partitioning="hive", filesystem=filesystem)
    except FileNotFoundError:
        raise MissingFileError(f"there is no file {what!r}") from None
    except Exception as error:
        raise FileFormatError(f"{what} cannot be read as Parquet: {_first_line(error)}") from None


def _pieces(fragment: Any, layout: Layout, local: bool) -> list[ParquetPiece]:
    import pyarrow.dataset as ds

    version = () if not local else _version(fragment.path)
    file = ParquetFile(fragment.path, None if local else fragment.filesystem, version)
    keys = ds.get_partition_keys(fragment.partition_expression)
    metadata, schema = file.reader.metadata, file.reader.schema_arrow
    kinds = {column.name: column for column in columns_of(schema)}
    constants = {}
    for name in layout.names:
        if name in keys and name not in kinds:
            constants[name] = float("nan") if keys[name] is None else float(keys[name])
        elif name not in kinds:
            raise InputError(
                f"{fragment.path} has no column {name!r}, which other files have: leave it out of columns."
            )
        elif not kinds[name].numeric:
            raise InputError(f"column {name!r} of {fragment.path} holds {kinds[name].kind}, not numbers.")
    held = tuple(constants.items())
    groups = range(metadata.num_row_groups)
    return [ParquetPiece(file, group, metadata.row_group(group).num_rows, held) for group in groups]


def _version(path: str) -> tuple[Any, ...]:
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def _with_type_of_all(layout: Layout, files: Sequence[ParquetFile], schema: Any) -> Layout:
    """Return the layout in float64 if some file has columns of another type than float32."""
    if layout.dtype == "float64":
        return layout
    for file in dict.fromkeys(files):
        kinds: dict[str, Column] = {column.name: column for column in columns_of(file.reader.schema_arrow)}
        if any(name in kinds and kinds[name].kind != "float32" for name in layout.data):
            return replace(layout, dtype="float64")
    return layout
