"""AnnData: the rows of ``obsm`` in memory or in an .h5ad file, with columns of ``obs`` for weights and labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError, InputError, MissingDependencyError
from ..files import readable
from ..names import column_in_words
from .layout import Column
from .matrices import HeldMatrix, Matrix, columns_named, matrix_source
from .open_files import Version, kept_open, version_of
from .request import Request
from .table import TableSource
from .values import texts

__all__ = ["is_anndata", "open_anndata", "open_h5ad"]


@dataclass(frozen=True)
class HdfMatrix:
    """A table (n, D) in an HDF5 file.

    Parameters
    ----------
    key : str
        Its name in the file.
    """

    path: str
    version: Version
    key: str

    @property
    def place(self) -> str:
        """The file and the name of the table."""
        return f"{self.path}, {self.key}"

    @property
    def table(self) -> Any:
        """The open table."""
        import h5py

        return kept_open(self, partial(h5py.File, self.path, "r"))[self.key]

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows with all columns."""
        return np.asarray(self.table[start:stop])


def is_anndata(x: Any) -> bool:
    """Return whether an object is an AnnData, without an import of its library."""
    return type(x).__name__ == "AnnData" and hasattr(x, "obsm") and hasattr(x, "obs")


def open_anndata(x: Any, request: Request) -> TableSource:
    """Return the rows of one of ``obsm`` as a source.

    Parameters
    ----------
    request : Request
        ``columns`` is the key of ``obsm``; the other roles are columns of ``obs``.
    """
    key = _key(request, list(x.obsm.keys()), "the AnnData")
    array = x.obsm[key]
    whole = np.asarray(array.toarray() if hasattr(array, "toarray") else array)
    data = HeldMatrix(whole, f"obsm[{key!r}]")
    return _source(
        data, key, whole.shape, whole.dtype, {name: x.obs[name] for name in _roles(request, x.obs)}, request
    )


def open_h5ad(path: Any, request: Request) -> TableSource:
    """Return a table of ``obsm`` in an .h5ad file as a source.

    Parameters
    ----------
    request : Request
        ``columns`` is the key of ``obsm``; the other roles are columns of ``obs``.

    Raises
    ------
    MissingDependencyError
        If anndata is not installed.
    FileFormatError
        If the file is no .h5ad file.
    """
    try:
        import h5py
        from anndata.io import read_elem
    except ImportError:
        raise MissingDependencyError('an .h5ad file needs anndata: pip install "gaussmix[cells]"') from None
    place = str(readable(path))
    try:
        file = h5py.File(place, "r")
    except OSError as error:
        raise FileFormatError(f"{place} cannot be read as an .h5ad file: {error}") from None
    with file:
        for part in ("obsm", "obs"):
            if part not in file:
                raise FileFormatError(f"{place} is not a file of anndata: it has no {part}")
        key = _key(request, list(file["obsm"]), place)
        table = file["obsm"][key]
        if not hasattr(table, "dtype") or table.ndim != 2:
            raise FileFormatError(
                f"obsm[{key!r}] of {place} is not an array (n, D): read the file with anndata, and give "
                "the AnnData object"
            )
        shape, dtype = table.shape, table.dtype
        beside = {name: read_elem(file["obs"][name]) for name in _roles(request, file["obs"])}
    return _source(HdfMatrix(place, version_of(place), f"obsm/{key}"), key, shape, dtype, beside, request)


def _key(request: Request, keys: list[str], what: str) -> str:
    chosen = keys if request.columns is None else list(request.columns)
    if len(chosen) != 1 or chosen[0] not in keys:
        raise InputError(
            f"{what} has the tables {', '.join(keys) or 'none'} in obsm: name one of them with columns=."
        )
    return str(chosen[0])


def _roles(request: Request, obs: Any) -> list[str]:
    names = [str(column) for _, column in request.roles]
    for name in names:
        if name not in obs:
            raise InputError(f"obs has no {column_in_words(name)}: name a column of obs.")
    return names


def _source(
    data: Matrix, key: str, shape: tuple[int, ...], dtype: Any, beside: dict[str, Any], request: Request
) -> TableSource:
    names = [f"{key}{j}" for j in range(shape[1])]
    held = {name: _values(column, name, request) for name, column in beside.items()}
    kinds = {name: "text" if column.dtype == object else "number" for name, column in held.items()}
    columns = [*columns_named(names, dtype), *(Column(name, kind) for name, kind in kinds.items())]
    return matrix_source(data, columns, shape[0], replace(request, columns=tuple(names)), held)


def _values(column: Any, name: str, request: Request) -> NDArray[Any]:
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        if name == request.labels:
            return texts(list(column))
        raise InputError(
            f"{column_in_words(name)} of obs holds no numbers: give numbers for weights and errors."
        ) from None
