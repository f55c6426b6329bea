"""Readers of NumPy's .npy and .npz files, without pickled objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix.data.content import Content
from gaussmix.data.numeric import Choice, NumericTable, as_numeric_table, refuse_infinite
from gaussmix.data.options import ReadOptions
from gaussmix.errors import FileFormatError

__all__ = ["read_npy", "read_npz"]


def read_npy(content: Content, choice: Choice, options: ReadOptions) -> NumericTable:
    """Read an array in NumPy's format, mapped into memory if it is float64."""
    path = content.path
    options.refuse_all(f"{path} is an array of NumPy")
    with _translated_errors(path, "an array written by numpy.save"):
        _check_start(path, b"\x93NUMPY")
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    return _from_array(array, choice, path)


def read_npz(content: Content, choice: Choice, options: ReadOptions) -> NumericTable:
    """Read the single array of an archive written by `numpy.savez`."""
    path = content.path
    options.refuse_all(f"{path} is an archive of NumPy")
    with _translated_errors(path, "an archive written by numpy.savez"):
        _check_start(path, b"PK")
        # Opened here, for NumPy leaves a damaged archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            names = list(archive.files)
            if len(names) != 1:
                held = f"{len(names)} arrays ({', '.join(names[:8])})" if names else "no array"
                raise FileFormatError(
                    f"{path} holds {held}, and one is expected: save the array to read as .npy"
                )
            array = archive[names[0]]
    return _from_array(array, choice, path)


def _from_array(array: Any, choice: Choice, path: Path) -> NumericTable:
    if not isinstance(array, np.ndarray):
        raise FileFormatError(f"{path} holds no array: save one with numpy.save")
    if array.dtype.kind not in "fiub":
        raise FileFormatError(f"{path} holds an array of {array.dtype}, and real numbers are expected")
    if array.ndim not in (1, 2):
        raise FileFormatError(f"{path} holds an array of shape {array.shape}, and (n, D) is expected")
    if array.size == 0:
        # No row of 10¹² columns takes no place, but their names would.
        lacks = "columns and no rows" if array.shape[0] == 0 else "no column of numbers"
        raise FileFormatError(f"{path} has {lacks}: its array is of shape {array.shape}")
    table: NDArray[Any] = array[:, None] if array.ndim == 1 else array
    names = [f"x{j}" for j in range(table.shape[1])]
    chosen = choice.positions(names, [True] * len(names), path)
    array_names, whole = list(names), table

    def all_columns() -> dict[str, NDArray[Any]]:
        return {name: whole[:, j] for j, name in enumerate(array_names)}

    if chosen != list(range(len(names))):
        table, names = table[:, chosen], [names[j] for j in chosen]
    # A mapped float64 array stays mapped; anything else is converted, which reads it whole.
    X = table if table.dtype == np.float64 else table.astype(np.float64)
    refuse_infinite(X, names, path)
    return as_numeric_table(X, names, {}, path, whole=all_columns)


def _check_start(path: Path, start: bytes) -> None:
    # numpy.load would take anything else for a pickle, and say so.
    with path.open("rb") as file:
        if file.read(len(start)) != start:
            raise ValueError("it starts with other bytes")


@contextmanager
def _translated_errors(path: Path, what: str) -> Iterator[None]:
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
