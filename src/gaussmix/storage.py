"""The container of saved objects: arrays and one JSON description in a safetensors file.

It knows no type of this project. Reading runs no code, and trusts nothing: a file that is not what it should
be is refused in one sentence.

Layout: a safetensors file whose metadata has one entry, ``gaussmix``: a JSON object with at least ``format``
(the version of this layout), ``kind`` (what is stored), ``version`` (of the package that wrote it) and ``sha256``
(of all the rest).
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gaussmix.errors import FileFormatError, InputError
from gaussmix.files import PathLike, readable, replacing

__all__ = ["FORMAT", "Arrays", "Record", "read", "section", "short", "write"]

FORMAT = 1
"""The version of the layout that is written; older ones are read too."""

LARGEST_HEADER = 4 << 20
"""The header in bytes that is still read: enough for 1e5 column names, and parsed without much memory."""

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

_DTYPES = {"F64": "float64", "F32": "float32", "I64": "int64", "BOOL": "bool"}


@dataclass(frozen=True, eq=False)
class Record:
    """What was read from a file: a description and arrays, with the checks that a reader needs.

    Parameters
    ----------
    path : str
        The file, for messages.
    description : mapping
        What the JSON entry says.
    arrays : mapping from str to ndarray
        The arrays by name.
    place : str
        Where in the file this record is, for messages: empty for the whole.
    """

    path: str
    description: Mapping[str, Any]
    arrays: Arrays
    place: str = ""

    def fault(self, what: str) -> FileFormatError:
        """Return the error to raise where the file is not what it should be."""
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
            Its lengths; None where any will do.
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
        """Return what :func:`section` stored under a name.

        Raises
        ------
        FileFormatError
            If there is no such section.
        """
        prefix = f"{name}/"
        inside = {key[len(prefix) :]: array for key, array in self.arrays.items() if key.startswith(prefix)}
        return Record(self.path, self.entry(name, dict), inside, self.place + prefix)


def section(
    name: str, arrays: Arrays, description: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return arrays and a description as one part of a larger file, which :meth:`Record.section` gives back.

    Parameters
    ----------
    name : str
        The name of the part.
    arrays : mapping from str to ndarray
    description : mapping

    Returns
    -------
    arrays, description : dict
        To be merged into those of the whole.

    Examples
    --------
    >>> section("noise", {"variances": np.ones(2)}, {"family": "diag"})
    ({'noise/variances': array([1., 1.])}, {'noise': {'family': 'diag'}})
    """
    return {f"{name}/{key}": array for key, array in arrays.items()}, {name: dict(description)}


def write(path: PathLike, arrays: Arrays, description: Mapping[str, Any]) -> None:
    """Write arrays and their description to a safetensors file; it replaces an older one as a whole.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    arrays : mapping from str to ndarray
        float64, float32, int64 or bool, of any shape.
    description : mapping
        What JSON can say, with ``kind``: what is stored. ``format`` and ``version`` are added.

    Raises
    ------
    InputError
        If an array is of another type or the description is not JSON.
    FileAccessError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.safetensors"
    >>> write(path, {"x": np.arange(3.0)}, {"kind": "vector"})
    >>> record = read(path, kind="vector")
    >>> record.require("x", (3,))
    array([0., 1., 2.])
    """
    from safetensors.numpy import save_file

    from gaussmix import __version__

    tensors = {name: _storable(name, array) for name, array in arrays.items()}
    header = {"format": FORMAT, "version": __version__, **description}
    try:
        header = {**header, "sha256": _digest(header, tensors)}
        text = json.dumps(header, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the description cannot be stored as JSON: {error}") from None
    names = sum(len(json.dumps(name)) + 200 for name in arrays)
    if len(json.dumps(text)) + names > LARGEST_HEADER:
        raise InputError(
            f"the description takes {len(text)} bytes, and {LARGEST_HEADER} is the most for a file"
        )
    with replacing(path) as draft:
        save_file(tensors, draft, metadata={"gaussmix": text})


def read(path: PathLike, kind: str | None = None) -> Record:
    """Read a file that :func:`write` wrote.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    kind : str or None, default=None
        What it must hold; None for anything.

    Returns
    -------
    Record

    Raises
    ------
    MissingFileError
        If there is no such file.
    FileAccessError
        If it is a folder or may not be read.
    FileFormatError
        If it is not such a file, is damaged, or holds another kind of object.
    """
    source = readable(path)
    record = Record(str(source), {}, {})
    header = _header(source, record)
    description = _description(header, record)
    if kind is not None and description["kind"] != kind:
        raise record.fault(f"it holds a {description['kind']}, not a {kind}")
    arrays = _tensors(source, header, record)
    told = description.pop("sha256", None)
    if told != _digest(description, arrays):
        raise record.fault("its content does not match its checksum, so it was changed or damaged")
    return Record(record.path, description, arrays)


def _digest(description: Mapping[str, Any], arrays: Arrays) -> str:
    """Return the SHA-256 of a description and of arrays, with their names, types and shapes."""
    sums = hashlib.sha256(json.dumps(description, sort_keys=True, allow_nan=False).encode())
    for name in sorted(arrays):
        array = arrays[name]
        sums.update(f"{name} {array.dtype.newbyteorder('=').name} {array.shape}".encode())
        sums.update(np.ascontiguousarray(array).tobytes())
    return sums.hexdigest()


def _storable(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.newbyteorder("=").name not in _DTYPES.values():
        allowed = ", ".join(_DTYPES.values())
        raise InputError(f"array {name!r} is {array.dtype}, and a file holds {allowed}")
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def _header(source: Path, record: Record) -> dict[str, Any]:
    """Read and check the JSON header: 8 bytes of length, then the text."""
    size = source.stat().st_size
    with source.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= size - 8:
            raise record.fault("it is not a safetensors file, or was cut short")
        if length > LARGEST_HEADER:
            raise record.fault(f"its header takes {length} bytes, and at most {LARGEST_HEADER} are read")
        return _object(file.read(length), "the header", record)


def _description(header: dict[str, Any], record: Record) -> dict[str, Any]:
    metadata = header.get("__metadata__")
    text = metadata.get("gaussmix") if isinstance(metadata, dict) else None
    if not isinstance(text, str):
        raise record.fault("it was not written by gaussmix (its header has no entry 'gaussmix')")
    description = _object(text.encode("utf-8", "replace"), "the description", record)
    found = Record(record.path, description, {})
    version, _, by = found.entry("format", int), found.entry("kind", str), found.entry("version", str)
    if version > FORMAT:
        raise record.fault(f"gaussmix {by} wrote it in format {version}: upgrade, as this one reads {FORMAT}")
    if version < 1:
        raise record.fault(f"its format is {version}, and there is none before 1")
    return description


def _object(text: bytes, what: str, record: Record) -> dict[str, Any]:
    """Parse a JSON object; a key given twice, NaN and infinity are refused."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise record.fault(f"{what} is not sound JSON ({short(str(error))})") from None
    if not isinstance(value, dict):
        raise record.fault(f"{what} is {short(value)}, not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key stands twice")
    return result


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _tensors(source: Path, header: dict[str, Any], record: Record) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError, safe_open

    names = [name for name in header if name != "__metadata__"]
    for name in names:
        dtype = header[name].get("dtype") if isinstance(header[name], dict) else None
        if not isinstance(dtype, str) or dtype not in _DTYPES:
            raise record.fault(
                f"array {short(name)} has the type {short(dtype)}, and {', '.join(_DTYPES)} are read"
            )
    try:
        with safe_open(source, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in names}
    except (SafetensorError, ValueError, OverflowError, TypeError) as error:
        raise record.fault(f"it is damaged ({short(str(error))})") from None


def short(value: object) -> str:
    """Return the value as it would be typed, cut to fit in a sentence."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
