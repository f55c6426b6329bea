"""Reading and writing the container: a safetensors file with one JSON description."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gaussmix.errors import InputError
from gaussmix.files import PathLike, opened, replacing
from gaussmix.storage.record import Arrays, Record
from gaussmix.storage.sound_json import parsed, short

__all__ = ["FORMAT", "LARGEST_FILE", "LARGEST_HEADER", "read", "write"]

FORMAT = 1
"""The version of the layout that is written; older ones are read too."""

LARGEST_HEADER = 4 << 20
"""The header in bytes that is still read: enough for 1e5 column names, and parsed without much memory."""

LARGEST_FILE = 4 << 30
"""The bytes of a file that is still read or written: a thousand full covariances of 700 columns."""

_DTYPES = {"F64": "float64", "F32": "float32", "I64": "int64", "BOOL": "bool"}


def write(path: PathLike, arrays: Arrays, description: Mapping[str, Any]) -> None:
    """Write arrays and their description to a safetensors file; it replaces an older one as a whole.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    arrays : mapping from str to ndarray
        float64, float32, int64 or bool, of any shape.
    description : mapping
        Values of JSON, with the ``kind`` of the content. ``format`` and ``version`` are added.

    Raises
    ------
    InputError
        If an array is of another type or the description is not JSON.
    FileAccessError
        If the file cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "a.safetensors"
    >>> write(path, {"x": np.arange(3.0)}, {"kind": "vector"})
    >>> record = read(path, kind="vector")
    >>> record.require("x", (3,))
    array([0., 1., 2.])
    """
    from safetensors.numpy import save

    from gaussmix import __version__

    size = sum(array.nbytes for array in arrays.values())
    if size + LARGEST_HEADER > LARGEST_FILE:
        raise InputError(
            f"the arrays take {size} bytes, and {LARGEST_FILE - LARGEST_HEADER} is the limit for a file"
        )
    tensors = {name: _storable(name, array) for name, array in arrays.items()}
    header = {"format": FORMAT, "version": __version__, **description}
    try:
        header = {**header, "sha256": _digest(header, tensors)}
        text = json.dumps(header, allow_nan=False)
        parsed(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the description cannot be stored as JSON: {short(str(error))}") from None
    names = sum(len(json.dumps(name)) + 200 for name in arrays)
    if len(json.dumps(text)) + names > LARGEST_HEADER:
        raise InputError(
            f"the description takes {len(text)} bytes, and {LARGEST_HEADER} is the limit for a file"
        )
    data = save(tensors, metadata={"gaussmix": text})
    with replacing(path) as draft:
        draft.write_bytes(data)


def read(path: PathLike, kind: str | None = None) -> Record:
    """Read a file written by :func:`write`.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    kind : str or None, default=None
        What it must hold; None for anything.

    Raises
    ------
    MissingFileError
        If there is no such file.
    FileAccessError
        If it is a folder or access is denied.
    FileFormatError
        If it is not such a file, is damaged, or holds another kind of object.
    """
    with opened(path) as file:
        record = Record(os.fspath(path), {}, {})
        header, text = _header(file, record)
        description = _description(header, record)
        if kind is not None and description["kind"] != kind:
            raise record.fault(f"it holds a {short(description['kind'])}, not a {short(kind)}")
        array_bytes = _array_bytes(header, record)
        _check_size(file, 8 + len(text) + array_bytes, record)
        data = b"".join((struct.pack("<Q", len(text)), text, file.read(array_bytes)))
    arrays = _tensors(data, record)
    told = description.pop("sha256", None)
    if told != _digest(description, arrays):
        raise record.fault("its content does not match its checksum, so it was changed or damaged")
    names = sorted(arrays)
    return Record(record.path, description, arrays, names=names)


def _digest(description: Mapping[str, Any], arrays: Arrays) -> str:
    """Return the SHA-256 of a description and of arrays, with their names, types and shapes."""
    sums = hashlib.sha256(json.dumps(description, sort_keys=True, allow_nan=False).encode())
    for name in sorted(arrays):
        array = arrays[name]
        sums.update(f"{name} {array.dtype.newbyteorder('=').name} {array.shape}".encode())
        sums.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return sums.hexdigest()


def _storable(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.newbyteorder("=").name not in _DTYPES.values():
        allowed = ", ".join(_DTYPES.values())
        raise InputError(f"array {name!r} is {array.dtype}, and a file holds {allowed}")
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def _header(file: BinaryIO, record: Record) -> tuple[dict[str, Any], bytes]:
    """Read and check the JSON header: 8 bytes of length, then the text."""
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= os.fstat(file.fileno()).st_size - 8:
        raise record.fault("it is not a safetensors file, or was cut short")
    if length > LARGEST_HEADER:
        raise record.fault(f"its header takes {length} bytes, and at most {LARGEST_HEADER} are read")
    text = file.read(length)
    return _checked_object(text, "the header", record), text


def _array_bytes(header: Mapping[str, Any], record: Record) -> int:
    """Return the number of bytes of arrays in the header."""
    array_bytes = 0
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        entry = tensor if isinstance(tensor, dict) else {}
        dtype, offsets = entry.get("dtype"), entry.get("data_offsets")
        if not isinstance(dtype, str) or dtype not in _DTYPES:
            raise record.fault(
                f"array {short(name)} has the type {short(dtype)}, and {', '.join(_DTYPES)} are read"
            )
        if not isinstance(offsets, list) or not offsets or type(offsets[-1]) is not int:
            raise record.fault(f"it is damaged: array {short(name)} has the offsets {short(offsets)}")
        array_bytes = max(array_bytes, offsets[-1])
    return array_bytes


def _check_size(file: BinaryIO, array_bytes: int, record: Record) -> None:
    size = os.fstat(file.fileno()).st_size
    if size != array_bytes:
        raise record.fault(f"it is damaged: it has {size} bytes, and {array_bytes} by its header")
    if size > LARGEST_FILE:
        raise record.fault(f"it has {size} bytes, and at most {LARGEST_FILE} are read")


def _description(header: dict[str, Any], record: Record) -> dict[str, Any]:
    metadata = header.get("__metadata__")
    text = metadata.get("gaussmix") if isinstance(metadata, dict) else None
    if not isinstance(text, str):
        raise record.fault("it was not written by gaussmix (its header has no entry 'gaussmix')")
    description = _checked_object(text.encode("utf-8", "replace"), "the description", record)
    found = Record(record.path, description, {})
    version, _, by = found.entry("format", int), found.entry("kind", str), found.entry("version", str)
    if version > FORMAT:
        raise record.fault(
            f"gaussmix {by[:20]} wrote it in format {version}: upgrade, as this one reads {FORMAT}"
        )
    if version < 1:
        raise record.fault(f"its format is {version}, and there is none before 1")
    return description


def _checked_object(text: bytes, what: str, record: Record) -> dict[str, Any]:
    try:
        return parsed(text)
    except (ValueError, RecursionError) as error:
        raise record.fault(f"{what} is not valid JSON ({str(error)[:120]})") from None


def _tensors(data: bytes, record: Record) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(data)
    except (SafetensorError, ValueError, OverflowError, TypeError) as error:
        raise record.fault(f"it is damaged ({short(str(error))})") from None
