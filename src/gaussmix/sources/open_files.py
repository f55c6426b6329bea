"""Open files, kept by each thread: a part of a file opens it wherever the part is read."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ..files import FileAccessError, sentences

__all__ = ["File", "Version", "kept_open", "version_of"]

_MOST = 16
"""Open files of a thread."""


class Version(NamedTuple):
    """Version of a file as a process sees it.

    Parameters
    ----------
    size : int
        Bytes.
    modified : int
        Time of the last change, nanoseconds.
    process : int
        The process: the times of copies on other machines may differ.
    """

    size: int
    modified: int
    process: int


class File(Hashable, Protocol):
    """A file and the way to open it."""

    @property
    def path(self) -> str:
        """Path of the file."""
        ...

    @property
    def version(self) -> Version | None:
        """Version of the file when its source was opened; None unless the file is local."""
        ...


class _Files(threading.local):
    def __init__(self) -> None:
        self.by_key: OrderedDict[Hashable, Any] = OrderedDict()


_files = _Files()


def kept_open(file: File, opener: Callable[[], Any]) -> Any:
    """Return an open file, opened by this thread at the first call.

    Parameters
    ----------
    file : File
    opener : callable
        Opens the file.

    Raises
    ------
    FileAccessError
        If the file has changed: its rows would be mixed with those before.
    """
    if file.version is not None:
        _check_unchanged(file.path, file.version)
    files = _files.by_key
    if file not in files:
        files[file] = opener()
        while len(files) > _MOST:
            # The last reader of a file closes it.
            files.popitem(last=False)
    files.move_to_end(file)
    return files[file]


def _check_unchanged(path: str, then: Version) -> None:
    """Raise FileAccessError if a file has changed since its source was opened."""
    now = version_of(path)
    if now.size != then.size or (now.process == then.process and now.modified != then.modified):
        raise FileAccessError(
            f"{path!r} has changed since it was opened: open it again, and leave it as it is until the fit ends"
        )


def version_of(path: str) -> Version:
    """Return the version of a local file."""
    with sentences(Path(path), "read"):
        status = os.stat(path)
    return Version(status.st_size, status.st_mtime_ns, os.getpid())
