"""The bytes of a table: in a file, compressed or not, or on the standard input."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from gaussmix.errors import FileFormatError, InputError
from gaussmix.files import FileAccessError, PathLike, readable

__all__ = ["STANDARD_INPUT", "Content", "Sample"]

STANDARD_INPUT = "-"

_Opener: TypeAlias = Callable[[], BinaryIO]

_LEAST_BYTES, _MOST_BYTES, _LEAST_LINES = 1 << 16, 1 << 25, 12

_STARTS = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "a Feather file",
    b"\x93NUMPY": "an array written by numpy.save",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook of an old kind",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"\x89HDF": "an HDF5 file",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF",
    b"<!": "HTML",
    b"<html": "HTML",
    b"<table": "HTML",
    b"<?xml": "XML",
    b'{"': "JSON (an object in each line is read from a .jsonl)",
    b"\x80\x04\x95": "a pickle",
    b"\x80\x05\x95": "a pickle",
}


@dataclass(frozen=True)
class Sample:
    """The beginning of some bytes.

    Parameters
    ----------
    data : bytes
        Whole lines.
    complete : bool
        Whether this is all.
    """

    data: bytes
    complete: bool


@dataclass(frozen=True)
class Content:
    """The bytes of a file or of the standard input, readable several times.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages; for the standard input a stand-in.
    name : str
        The name with the suffix of its content, in small letters, without that of a compression.
    opener : callable
        Opens the bytes, decompressed.
    """

    path: Path
    name: str
    opener: _Opener

    @classmethod
    def of(cls, path: PathLike) -> Content:
        """Return the content of a file, or of the standard input for ``"-"``.

        Raises
        ------
        MissingFileError, FileAccessError
            If there is no such file, or access is denied.
        FileFormatError
            If a ZIP archive holds no file or several.
        """
        if str(path) == STANDARD_INPUT:
            data = _standard_input()
            kind = "standard input.jsonl" if data.lstrip()[:1] == b"{" else "standard input.csv"
            return cls(Path("standard input"), kind, lambda: io.BytesIO(data))
        place = readable(path)
        suffix = place.suffix.lower()
        if suffix == ".zip":
            member = _only_member(place)
            return cls(place, member.lower(), lambda: _open_member(place, member))
        name = place.name.lower()
        if suffix in _COMPRESSED:
            return cls(place, name.removesuffix(suffix), lambda: _COMPRESSED[suffix](place))
        return cls(place, name, lambda: place.open("rb"))

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the bytes; damage to a compressed file becomes one sentence."""
        try:
            with self.opener() as file:
                yield file
        except (FileAccessError, FileFormatError):
            raise
        except (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, struct.error, OSError) as error:
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> Exception:
        kind = _KINDS.get(self.path.suffix.lower())
        # So bz2 reports damage, and zipfile a member that begins nowhere.
        damage = not isinstance(error, OSError) or error.errno in (None, errno.EINVAL)
        if damage and kind is not None:
            return FileFormatError(f"{self.path} is not a valid {kind} file: {error}")
        return FileAccessError(f"cannot read {str(self.path)!r}: {getattr(error, 'strerror', None) or error}")

    def sample(self) -> Sample:
        """Return the first lines: 64 KB at least, and a dozen lines if they are long.

        Raises
        ------
        FileFormatError
            If the bytes begin as those of another kind of file do.
        """
        pieces: list[bytes] = []
        size = lines = 0
        with self.open() as file:
            while size < _MOST_BYTES and (size < _LEAST_BYTES or lines < _LEAST_LINES):
                piece = file.read(_LEAST_BYTES)
                pieces.append(piece)
                size, lines = size + len(piece), lines + piece.count(b"\n")
                if not piece:
                    break
            complete = not pieces[-1] or not file.read(1)
        data = b"".join(pieces)
        self._check_start(data)
        return Sample(data, complete)

    def _check_start(self, data: bytes) -> None:
        for start, what in _STARTS.items():
            if data.startswith(start):
                raise FileFormatError(f"{self.path} is not text but {what}: give it the suffix of its format")


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("'-' is the standard input, here a terminal: use a pipe or <")
    buffer = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read().encode() if buffer is None else bytes(buffer.read())


def _only_member(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [
                entry.filename
                for entry in archive.infolist()
                if not (entry.filename.endswith("/") or entry.filename.startswith("__MACOSX/"))
            ]
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        raise FileFormatError(f"{path} is not a valid ZIP file: {error}") from None
    if len(names) != 1:
        held = (
            f"{len(names)} files ({', '.join(names[:4])}{', …' if len(names) > 4 else ''})"
            if names
            else "no file"
        )
        raise FileFormatError(f"{path} holds {held}, and one is expected: extract the file to read")
    return names[0]


def _open_member(path: Path, member: str) -> BinaryIO:
    try:
        with zipfile.ZipFile(path) as archive:
            # The member stays open when the archive is closed.
            return archive.open(member)  # type: ignore[return-value]
    except (RuntimeError, NotImplementedError, KeyError, ValueError) as error:
        raise FileFormatError(f"{path} cannot be unpacked: {error}") from None


_KINDS = {".gz": "gzip", ".xz": "xz", ".bz2": "bzip2", ".zip": "ZIP"}
_COMPRESSED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
