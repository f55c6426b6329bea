"""Paths from users: errors of the file system in one sentence, and atomic replacement of files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from gaussmix.atomic_writing import drafted
from gaussmix.errors import InputError, InputTypeError

__all__ = [
    "FileAccessError",
    "MissingFileError",
    "PathLike",
    "as_path",
    "check_suffix",
    "opened",
    "readable",
    "replacing",
    "sentences",
]

PathLike: TypeAlias = str | os.PathLike[str]


class FileAccessError(InputError, OSError):
    """A file cannot be read or written; the message gives its name and the reason."""


class MissingFileError(FileAccessError, FileNotFoundError):
    """There is no such file: the message names it."""


def as_path(path: PathLike) -> Path:
    """Return `path` as a `pathlib.Path`, or raise one sentence.

    Parameters
    ----------
    path : str or os.PathLike
        The path as a person gave it; "~/" at its beginning is the home folder.

    Raises
    ------
    InputTypeError
        If `path` is neither text nor a path.
    InputError
        If `path` is empty or holds a null character.

    Examples
    --------
    >>> as_path("model.safetensors").suffix
    '.safetensors'
    """
    given: object = path
    if not isinstance(given, (str, os.PathLike)) or isinstance(os.fspath(given), bytes):
        raise InputTypeError(f"a path must be text or a pathlib.Path, not {type(path).__name__}")
    text = os.fspath(path)
    if not text or "\0" in text:
        raise InputError(f"{text!r} is not a path: give the name of a file")
    return Path(text).expanduser() if text.startswith("~/") else Path(text)


def check_suffix(path: PathLike, suffixes: Sequence[str], what: str) -> None:
    """Raise one sentence if the suffix of a file to write is that of another format.

    Parameters
    ----------
    path : str or os.PathLike
        The file; a name without a suffix fits any format.
    suffixes : sequence of str
        The suffixes that fit, the usual one first.
    what : str
        The kind of file, for the message.

    Raises
    ------
    InputError
        If the suffix is another.

    Examples
    --------
    >>> check_suffix("model.safetensors", [".safetensors"], "a model")
    >>> check_suffix("model.pkl", [".safetensors"], "a model")
    Traceback (most recent call last):
        ...
    gaussmix.errors.InputError: 'model.pkl' does not have the suffix of a model, ...: name it 'model.safetensors'
    """
    path = as_path(path)
    if path.suffix and path.suffix.lower() not in suffixes:
        stem = path.with_suffix("")
        better = str(stem if stem.suffix.lower() in suffixes else path.with_suffix(suffixes[0]))
        raise InputError(
            f"{str(path)!r} does not have the suffix of {what}, {suffixes[0]}: name it {better!r}"
        )


def readable(path: PathLike) -> Path:
    """Return `path` if it is a regular file, open to reading.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Raises
    ------
    MissingFileError
        If there is no such file (it is also a `FileNotFoundError`).
    FileAccessError
        If it is a folder or a device, or access is denied (it is also an `OSError`).

    Examples
    --------
    >>> readable("nowhere.csv")
    Traceback (most recent call last):
        ...
    gaussmix.files.MissingFileError: there is no file 'nowhere.csv'
    """
    with opened(path):
        return as_path(path)


@contextmanager
def opened(path: PathLike) -> Iterator[BinaryIO]:
    """Open a regular file for reading; errors of the file system in the block become one sentence.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Yields
    ------
    binary file

    Raises
    ------
    MissingFileError
        If there is no such file.
    FileAccessError
        If it is a folder or a device, or access is denied.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> _ = path.write_text("whole")
    >>> with opened(path) as file:
    ...     file.read()
    b'whole'
    """
    path = as_path(path)
    with sentences(path, "read"):
        if path.is_dir():
            raise FileAccessError(f"{str(path)!r} is a folder: give the name of a file")
        # A pipe is not waited for.
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileAccessError(f"{str(path)!r} is not a regular file")
            yield file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


@contextmanager
def replacing(path: PathLike) -> Iterator[Path]:
    """Open a new file for writing that replaces `path` at a successful end of the block.

    A reader sees the old file or the new one, never a part; when the block fails, the old file stays.

    Parameters
    ----------
    path : str or os.PathLike
        The file to write.

    Yields
    ------
    pathlib.Path
        The file to fill.

    Raises
    ------
    MissingFileError
        If the folder does not exist.
    FileAccessError
        If `path` is a folder or a device, or access to the folder is denied.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "note.txt") as draft:
    ...     _ = draft.write_text("whole")
    >>> (folder / "note.txt").read_text()
    'whole'
    """
    path = as_path(path)
    with sentences(path, "write"):
        # A folder that is not there has nothing above it: "nosuch/../a.csv" is no name for "a.csv".
        if not path.parent.is_dir():
            raise MissingFileError(f"there is no folder {str(path.parent)!r} to write {path.name!r} in")
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise FileAccessError(f"{str(path)!r} is a folder or a device: give the name of a file to write")
        if not target.parent.is_dir():
            raise MissingFileError(
                f"{str(path)!r} is a link into {str(target.parent)!r}, which does not exist"
            )
        with drafted(target) as draft:
            yield draft


@contextmanager
def sentences(path: Path, verb: Literal["read", "write"]) -> Iterator[None]:
    """Turn an error of the operating system in the block into one sentence; our own pass through.

    Parameters
    ----------
    path : pathlib.Path
        The file or the folder.
    verb : {"read", "write"}
        The operation.

    Raises
    ------
    FileAccessError
        If the system refuses.
    """
    try:
        yield
    except (FileAccessError, BrokenPipeError):
        raise
    except FileNotFoundError:
        raise MissingFileError(f"there is no file {str(path)!r}") from None
    except PermissionError:
        raise FileAccessError(f"{str(path)!r} may not be {_DONE[verb]}: permission denied") from None
    except UnicodeEncodeError:
        raise FileAccessError(f"{str(path)!r} is not a valid name of a file here") from None
    except OSError as error:
        if error.errno in _FULL:
            raise FileAccessError(
                f"cannot {verb} {str(path)!r}: its disk is full; free some space, or give another folder"
            ) from error
        raise FileAccessError(f"cannot {verb} {str(path)!r}: {error.strerror or error}") from error


_FULL = (errno.ENOSPC, errno.EDQUOT)
_DONE = {"read": "read", "write": "written"}
