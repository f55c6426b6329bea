"""Files that a page sends: streamed to a file of the server, within limits on size and time.

The name that comes with a file is shown to its owner, and its suffix gives the format: one of a fixed list. The name of
the file on the server has nothing else of it.
"""

from __future__ import annotations

import asyncio
import bz2
import gzip
import lzma
import os
import re
import secrets
import time
import weakref
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from starlette.requests import Request

from ..visible import one_line
from .answers import RequestError
from .control import Tell
from .sessions import Limits
from .table_files import read
from .tables import StudioTable

__all__ = ["FORMATS", "check_contents", "read_upload", "received", "shown_name"]

_TEXT = ("csv", "tsv", "txt", "tab", "psv", "dat", "data", "jsonl", "ndjson")
FORMATS = (
    *(f".{kind}" for kind in _TEXT),
    *(f".{kind}.{packed}" for kind in _TEXT for packed in ("gz", "xz", "bz2", "zip")),
    ".zip",
    *(".npy", ".npz", ".parquet", ".feather", ".arrow", ".xlsx", ".xlsm", ".xls", ".ods"),
)
"""Suffixes of the tables that the library reads."""

_MOST_NAME = 200
_PIECE = 1 << 20
_UNPACKERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
_ARCHIVES = (".zip", ".npz", ".xlsx", ".xlsm", ".ods")


def shown_name(name: str) -> str:
    r"""Return the name of a file to show: its last part, without control characters.

    Examples
    --------
    >>> shown_name("..\\..\\data/vowels.csv")
    'vowels.csv'
    """
    last = re.split(r"[/\\]", one_line(name))[-1].strip()
    return last[-_MOST_NAME:] or "table"


@asynccontextmanager
async def received(
    request: Request, formats: tuple[str, ...], limits: Limits, folder: Path
) -> AsyncIterator[tuple[Path, str]]:
    """Yield the file in the body of a request, and its name to show; the file is removed in the end.

    Raises
    ------
    RequestError
        If the format is not known, or the file is too large or too slow.
    """
    name = shown_name(request.query_params.get("name", ""))
    suffix = max((s for s in formats if name.lower().endswith(s)), key=len, default=None)
    if suffix is None:
        raise RequestError(
            f"{name!r} is none of the files that can be read: {', '.join(_short(formats))}.", 415
        )
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limits.upload_bytes:
        await _discard(aiter(request.stream()), limits)
        raise _too_large(limits)
    path = folder / f"{secrets.token_hex(8)}{suffix}"
    try:
        await _store(request, path, limits)
        yield path, name
    finally:
        path.unlink(missing_ok=True)


async def _store(request: Request, path: Path, limits: Limits) -> None:
    end, size = time.monotonic() + limits.upload_seconds, 0
    pieces = aiter(request.stream())
    # Private: no other user of this machine reads it.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while True:
            left = min(limits.pause_seconds, end - time.monotonic())
            try:
                piece = await asyncio.wait_for(anext(pieces), max(left, 0.0))
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise RequestError("The file arrives too slowly: send it again.", 408) from None
            size += len(piece)
            if size > limits.upload_bytes:
                await _discard(pieces, limits)
                raise _too_large(limits)
            await asyncio.to_thread(file.write, piece)
    if size == 0:
        raise RequestError("The file is empty: send one with a table.", 422)


async def _discard(pieces: AsyncIterator[bytes], limits: Limits) -> None:
    """Take the rest of a file that is too large, up to the same size: a browser reads the answer only when it has sent.

    A longer or slower one is cut off.
    """
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(limits.pause_seconds):
            async for piece in pieces:
                size += len(piece)
                if size > limits.upload_bytes:
                    return


def _too_large(limits: Limits) -> RequestError:
    return RequestError(
        f"The file is larger than {limits.upload_bytes // 1_000_000} MB: take a part of it, or start "
        "'gaussmix studio FILE', which has no limit.",
        413,
    )


def _short(formats: tuple[str, ...]) -> list[str]:
    return [suffix for suffix in formats if suffix.count(".") == 1]


def read_upload(path: Path, name: str, limits: Limits, tell: Tell) -> StudioTable:
    """Return the table in a file that was received; the file stays until the table is forgotten.

    Columns of text are read from it later, and an array may be mapped.

    Raises
    ------
    GaussmixError
        If it cannot be read, or holds too much.
    """
    kept = path.with_name(f"{secrets.token_hex(8)}-table{''.join(path.suffixes)}")
    path.rename(kept)
    try:
        check_contents(kept, limits)
        table = read(kept, name, tell=tell)
    except BaseException:
        kept.unlink(missing_ok=True)
        raise
    weakref.finalize(table, kept.unlink, missing_ok=True)
    return table


def check_contents(path: Path, limits: Limits) -> None:
    """Raise RequestError if a compressed file holds more than the limit, before it is read as a whole.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limits : Limits
        With ``unpacked_bytes``.
    """
    suffix = path.suffix.lower()
    if suffix in _UNPACKERS:
        size = _unpacked(path, suffix, limits.unpacked_bytes)
    elif suffix in _ARCHIVES:
        size = _in_archive(path)
    elif suffix == ".parquet":
        size = _in_parquet(path)
    elif suffix in (".feather", ".arrow"):
        size = _in_feather(path, limits.unpacked_bytes)
    else:
        return
    if size > limits.unpacked_bytes:
        raise RequestError(
            f"The contents of the file take more than {limits.unpacked_bytes >> 20} MB: take a part of it.",
            413,
        )


def _unpacked(path: Path, suffix: str, most: int) -> int:
    size = 0
    try:
        with _UNPACKERS[suffix](path) as file:
            while size <= most and (piece := file.read(_PIECE)):
                size += len(piece)
    except (OSError, EOFError, lzma.LZMAError, ValueError):
        # The reader says what is wrong with it.
        return 0
    return size


def _in_archive(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return 0


def _in_parquet(path: Path) -> int:
    try:
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            return int(file.metadata.num_rows) * int(file.metadata.num_columns) * 8
    except (ImportError, OSError, ValueError):
        return 0


def _in_feather(path: Path, most: int) -> int:
    try:
        import pyarrow as pa

        size = 0
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
            for number in range(file.num_record_batches):
                size += file.get_batch(number).nbytes
                if size > most:
                    break
    except (ImportError, OSError, ValueError):
        return 0
    return size
