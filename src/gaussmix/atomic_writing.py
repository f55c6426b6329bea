"""Temporary files beside the files they will replace: locked while written, removed if abandoned."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

__all__ = ["drafted"]

_MOST = 16
"""How many processes and threads may write one file at a time."""

_OLD = 3600.0
"""Seconds after which a draft counts as abandoned on a file system without locks."""

# Do not follow a link, or wait for a pipe, with the name of a draft.
_OPEN = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = _OPEN | os.O_CREAT | os.O_EXCL

# A file that is open can neither be renamed nor removed there, which takes the place of locks.
_WINDOWS = sys.platform == "win32"


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """Open a new, empty file that replaces `target` at a successful end of the block, and is removed otherwise.

    The few names that a draft may have are known, so that those which a killed process left are found without a look
    at the whole folder. A new file has the mode that the umask says; one that replaces another has the mode of that.

    Parameters
    ----------
    target : pathlib.Path
        The file to replace, or a new one.

    Yields
    ------
    pathlib.Path
        The file to fill.

    Raises
    ------
    OSError
        If it cannot be created, stored or renamed.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with drafted(target) as draft:
    ...     _ = draft.write_text("whole")
    >>> target.read_text(), sorted(target.parent.iterdir()) == [target]
    ('whole', True)
    """
    start = os.fsencode(target.name)[:200].decode(errors="ignore")
    places = [target.with_name(f".{start}.{number}.part") for number in range(_MOST)]
    for place in places:
        _remove_if_abandoned(place)
    mode = _mode_of(target)
    with ExitStack() as held:
        draft, handle = _first_free(places, 0o666 if mode is None else 0o600)
        held.callback(os.close, handle)
        try:
            yield draft
            _store(handle)
            if mode is not None:
                draft.chmod(mode)
            if _WINDOWS:
                held.close()
            os.replace(draft, target)
            _store_names(target.parent)
        except BaseException:
            if _WINDOWS:
                held.close()
            with suppress(FileNotFoundError):
                draft.unlink()
            raise


def _store(handle: int) -> None:
    """Wait until the bytes are on the disk: some faults show only then."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def _store_names(folder: Path) -> None:
    """Wait until the new name is on the disk, where a folder can be opened."""
    with suppress(OSError), ExitStack() as held:
        handle = os.open(folder, os.O_RDONLY)
        held.callback(os.close, handle)
        os.fsync(handle)


def _mode_of(target: Path) -> int | None:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return None


def _first_free(places: list[Path], mode: int) -> tuple[Path, int]:
    """Create and lock a temporary file under the first free name."""
    for place in places:
        try:
            handle = os.open(place, _CREATE, mode)
        except FileExistsError:
            continue
        # Between its creation and the lock another writer may have taken it for abandoned.
        _lock(handle, wait=True)
        if _is_at(place, handle):
            return place, handle
        os.close(handle)
    raise OSError(errno.EBUSY, f"{_MOST} other processes are writing it now: try again")


def _is_at(place: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), place.lstat())
    except FileNotFoundError:
        return False


def _remove_if_abandoned(place: Path) -> None:
    """Remove a draft without a writer."""
    try:
        handle = os.open(place, _OPEN)
    except OSError:
        return
    with suppress(OSError), ExitStack() as held:
        held.callback(os.close, handle)
        if stat.S_ISREG(os.fstat(handle).st_mode) and _lock(handle) and _is_at(place, handle):
            if _WINDOWS:
                held.close()
            place.unlink()


def _lock(handle: int, *, wait: bool = False) -> bool:
    """Lock an open file until it is closed; return whether the file system allows it."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        # This file system has no locks.
        return time.time() - os.fstat(handle).st_mtime > _OLD
    return True
