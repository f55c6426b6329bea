"""Openable sources: files by suffix, objects by kind."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..errors import InputError, InputTypeError
from ..files import MissingFileError, as_path, readable
from .anndata import is_anndata, open_anndata, open_h5ad
from .arrow_columns import need_pyarrow
from .arrow_files import open_arrow_file
from .base import Source
from .data_frames import is_frame, open_frame
from .fcs import open_fcs
from .matrices import open_array, open_npy
from .parquet import open_parquet
from .queries import Query, open_query
from .request import Request
from .streams import is_stream, open_stream
from .text import open_text

__all__ = ["FILES", "KINDS", "Kind", "is_source", "open_source", "opens"]

Opener: TypeAlias = Callable[[Any, Request], Source]


@dataclass(frozen=True)
class Kind:
    """Kind of objects readable as a source.

    Parameters
    ----------
    name : str
        What it is called in messages.
    accepts : callable
        Returns whether an object is of this kind, without a pass over its rows.
    open : callable
        Takes the object and a :class:`Request`, and returns the source.
    """

    name: str
    accepts: Callable[[Any], bool]
    open: Opener


FILES: dict[str, Opener] = {
    **dict.fromkeys((".parquet", ".pq"), open_parquet),
    ".npy": open_npy,
    **dict.fromkeys((".arrow", ".feather", ".ipc"), open_arrow_file),
    **dict.fromkeys((".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz"), open_text),
    ".fcs": open_fcs,
    ".h5ad": open_h5ad,
}
"""Openers of files by suffix."""


def is_source(x: Any) -> bool:
    """Return whether an object is a source already: it has parts, a number of columns, and ``plain``."""
    # Not by hasattr: whether a source is plain may need a pass over its rows.
    names, own = ("parts", "n_features", "plain"), getattr(x, "__dict__", {})
    return all(name in own or hasattr(type(x), name) for name in names) and not isinstance(x, type)


def _is_path(x: Any) -> bool:
    return isinstance(x, (str, os.PathLike))


def _is_several_paths(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and bool(x) and all(map(_is_path, x))


def _open_several(paths: Any, request: Request) -> Source:
    """Open several Parquet files as one table."""
    return open_parquet([str(readable(path)) for path in paths], request)


def _open_path(path: Any, request: Request) -> Source:
    if isinstance(path, str) and "://" in path:
        return _open_address(path, request)
    place = as_path(path)
    if place.is_dir():
        return open_parquet(place, request)
    suffix = "".join(place.suffixes[-2:]).lower() if place.suffix.lower() == ".gz" else place.suffix.lower()
    if not place.exists():
        raise MissingFileError(f"there is no file {str(path)!r}: give rows as X, or the path of a file")
    if suffix not in FILES:
        raise InputError(
            f"{str(path)!r} has no suffix of a table: give a file of {', '.join(FILES)}, or a folder."
        )
    return FILES[suffix](place, request)


def _open_address(address: str, request: Request) -> Source:
    """Open Parquet files at an address such as s3://bucket/folder, on any filesystem of pyarrow."""
    need_pyarrow("a file at an address")
    from pyarrow import fs

    try:
        filesystem, path = fs.FileSystem.from_uri(address)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{address!r} is not an address that pyarrow reads: {reason}") from None
    return open_parquet(path, request, filesystem)


KINDS: list[Kind] = [
    Kind("a path", _is_path, _open_path),
    Kind("a list of paths", _is_several_paths, _open_several),
    Kind("a query", lambda x: isinstance(x, Query), open_query),
    Kind("an AnnData", is_anndata, open_anndata),
    Kind("an array", lambda x: isinstance(x, np.ndarray), open_array),
    Kind("a data frame", is_frame, open_frame),
    Kind("an Arrow stream", is_stream, open_stream),
]
"""The kinds of objects, in the order in which they are asked."""


HELD = (np.ndarray, list, tuple)
"""Rows in memory, which an estimator takes as they are."""


def opens(x: Any) -> bool:
    """Return whether an estimator reads rows in blocks: from a path, a query, a stream or a source."""
    if isinstance(x, HELD) or is_frame(x):
        return False
    return is_source(x) or any(kind.accepts(x) for kind in KINDS)


def open_source(
    x: Any,
    columns: Any = None,
    *,
    weights: Any = None,
    errors: Any = None,
    labels: Any = None,
    memory: Any = "1GB",
    on_bad_rows: str = "raise",
) -> Source:
    """Open a file, a folder, a stream or another object as a source of rows.

    Parameters
    ----------
    x : path, or object with rows
        A file by its suffix (.parquet, .npy, .arrow, .feather, .csv, .tsv, .fcs, .h5ad); a folder or a list of Parquet
        files; a :class:`Query`; an Arrow stream, such as a relation of DuckDB; a data frame; an array; an AnnData, of
        which ``columns`` names a table of ``obsm``.
    columns : str, int or sequence of them, optional
        The columns of the data, by name or by position; by default all columns of numbers without another role.
    weights : str or int, optional
        The column of weights: how many times a row counts.
    errors : sequence of str or int, or mapping, optional
        The columns of standard errors, one for each column of data in its units; None for a column without errors. A
        mapping gives the column of errors by that of the data, such as ``{"x": "x_error"}``.
    labels : str or int, optional
        The column of known components: numbers from 0, or names, of which the first in sorted order is component 0; −1
        or a missing value for unknown.
    memory : str or int, default="1GB"
        Memory for the rows that are held at once, such as "500MB".
    on_bad_rows : {"raise", "skip"}, default="raise"
        The treatment of rows with unusable values, such as infinite ones: "raise" raises an error with the place of the
        first one, "skip" omits them and counts them in ``skipped``.

    Returns
    -------
    Source
        The rows, for :meth:`gaussmix.GaussianMixture.fit` and the other methods that take rows.

    Raises
    ------
    InputError, InputTypeError
        If a column is not there, or x is nothing that can be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> from gaussmix.sources import open_source
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "rows.parquet"
    >>> pq.write_table(pa.table({"a": [1.0, 2.0, 3.0], "b": [0.5, None, 0.1], "n": [1, 1, 2]}), path)
    >>> source = open_source(path, weights="n")
    >>> source.names, source.n_rows, source.parts()[0].read().weights
    (('a', 'b'), 3, array([1., 1., 2.]))
    """
    request = Request.of(columns, weights, errors, labels, memory, on_bad_rows)
    if is_source(x):
        if not request.plain:
            raise InputError("the source is open already: give columns and their roles where it is opened.")
        source: Source = x
        return source
    for kind in KINDS:
        if kind.accepts(x):
            return kind.open(x, request)
    raise InputTypeError(
        f"{type(x).__name__} cannot be read as a source: give one of {', '.join(kind.name for kind in KINDS)}."
    )
