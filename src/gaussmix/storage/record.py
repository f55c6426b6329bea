"""The content of a file of arrays, in sections, with checks for its readers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from gaussmix.errors import FileFormatError
from gaussmix.storage.sound_json import short

__all__ = ["Arrays", "Record", "flattened"]

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Record:
    """The content of a file: a description and arrays, with checks for its readers.

    Parameters
    ----------
    path : str
        The file, for messages.
    description : mapping
        The JSON entry.
    arrays : mapping from str to ndarray
        The arrays by name.
    place : str
        Where in the file this record is, for messages: empty for the whole.
    names : list of str or None
        The names of the arrays in order, if known, for a quick search of sections.
    """

    path: str
    description: Mapping[str, Any]
    arrays: Arrays
    place: str = ""
    names: list[str] | None = None

    def fault(self, what: str) -> FileFormatError:
        """Return the error for an unexpected content of the file."""
        return FileFormatError(f"{self.path}: {what}; it cannot be loaded")

    def require(
        self, name: str, shape: tuple[int | None, ...], *, finite: bool = True, dtype: str = "float64"
    ) -> NDArray[Any]:
        """Return an array after checking its presence, type, shape and values.

        Parameters
        ----------
        name : str
            Its name.
        shape : tuple of int or None
            Its lengths; None if any will do.
        finite : bool, default=True
            Whether NaN and infinity are refused.
        dtype : str, default="float64"
            Its type: float64, float32, int64 or bool.

        Returns
        -------
        ndarray

        Raises
        ------
        FileFormatError
            If the file has another array, or none, under this name.
        """
        full = self.place + name
        if name not in self.arrays:
            raise self.fault(f"there is no array {full!r}")
        array = self.arrays[name]
        if array.dtype != dtype:
            raise self.fault(f"array {full!r} is {array.dtype}, and {dtype} is expected")
        fits = len(array.shape) == len(shape) and all(
            wanted in (None, found) for found, wanted in zip(array.shape, shape, strict=True)
        )
        if not fits:
            expected = "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
            raise self.fault(f"array {full!r} has shape {array.shape}, and {expected} is expected")
        if finite and not np.isfinite(array).all():
            raise self.fault(f"array {full!r} holds NaN or infinity")
        return array

    def entry(self, name: str, *types: type | None) -> Any:
        """Return an entry of the description after checking its type; None among the types allows null.

        Raises
        ------
        FileFormatError
            If there is no such entry, or it is of another type.
        """
        if name not in self.description:
            raise self.fault(f"the description has no {self.place + name!r}")
        value = self.description[name]
        wanted = {type(None) if kind is None else kind for kind in types}
        if type(value) not in wanted:
            names = " or ".join(sorted("null" if kind is type(None) else kind.__name__ for kind in wanted))
            raise self.fault(f"{self.place + name!r} is {short(value)}, and {names} is expected")
        return value

    def section(self, name: str) -> Record:
        """Return a dict within the description, with its arrays.

        Raises
        ------
        FileFormatError
            If there is no such dict.
        """
        return self.part(name, self.entry(name, dict))

    def sections(self, name: str) -> list[Record]:
        """Return a list of dicts within the description, each with its arrays.

        Raises
        ------
        FileFormatError
            If there is no such list, or it holds anything else.
        """
        parts = self.entry(name, list)
        if not all(isinstance(part, dict) for part in parts):
            raise self.fault(f"{self.place + name!r} is {short(parts)}, and a list of objects is expected")
        return [self.part(f"{name}/{i}", part) for i, part in enumerate(parts)]

    def optional(self, name: str, read: Callable[[Record], T]) -> T | None:
        """Return the result of a function of a dict within the description; None if there is no dict."""
        return read(self.section(name)) if self.description.get(name) is not None else None

    def part(self, name: str, description: Mapping[str, Any]) -> Record:
        """Return the record of the arrays with names that begin with a name and a slash."""
        prefix = f"{name}/"
        names = sorted(self.arrays) if self.names is None else self.names
        # "0" is the character after "/".
        found = names[bisect_left(names, prefix) : bisect_left(names, f"{name}0")]
        inside = [key.removeprefix(prefix) for key in found]
        arrays = dict(zip(inside, map(self.arrays.__getitem__, found), strict=True))
        return Record(self.path, description, arrays, self.place + prefix, inside)


def flattened(tree: Mapping[str, Any]) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return a tree of dicts, lists, plain values and arrays as the arrays and the description of a file.

    Parameters
    ----------
    tree : mapping
        An array in it gets the names on its way, joined by slashes; :meth:`Record.section` and
        :meth:`Record.sections` find it there.

    Returns
    -------
    arrays, description : dict

    Examples
    --------
    >>> flattened({"noise": {"family": "diag", "variances": np.ones(2)}})
    ({'noise/variances': array([1., 1.])}, {'noise': {'family': 'diag'}})
    """
    arrays: dict[str, NDArray[Any]] = {}
    description: dict[str, Any] = _without_arrays(tree, "", arrays)
    return arrays, description


def _without_arrays(value: Any, place: str, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, Mapping):
        arrays.update({place + key: item for key, item in value.items() if isinstance(item, np.ndarray)})
        return {
            key: _without_arrays(item, f"{place}{key}/", arrays)
            for key, item in value.items()
            if not isinstance(item, np.ndarray)
        }
    if isinstance(value, list):
        return [_without_arrays(item, f"{place}{i}/", arrays) for i, item in enumerate(value)]
    return value
