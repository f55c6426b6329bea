"""Open files, kept by each thread: a part of a file opens it wherever the part is read."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeAlias

from ..files import sentences

__all__ = ["Version", "kept_open", "version_of"]

Version: TypeAlias = tuple[int, int]
"""Size and time of the last change of a file: another file of the same name is opened anew."""

_MOST = 16
"""Open files of a thread."""


class _Files(threading.local):
    def __init__(self) -> None:
        self.by_key: OrderedDict[Hashable, Any] = OrderedDict()


_files = _Files()


def kept_open(key: Hashable, opener: Callable[[], Any]) -> Any:
    """Return the open file of a key, opened by this thread at the first call.

    Parameters
    ----------
    key : hashable
        Names the file and the way that it is opened.
    opener : callable
        Opens the file.
    """
    files = _files.by_key
    if key not in files:
        files[key] = opener()
        while len(files) > _MOST:
            # The last reader of a file closes it.
            files.popitem(last=False)
    files.move_to_end(key)
    return files[key]


def version_of(path: str) -> Version:
    """Return the version of a local file."""
    with sentences(Path(path), "read"):
        status = os.stat(path)
    return status.st_size, status.st_mtime_ns
