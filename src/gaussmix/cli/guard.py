"""From what can go wrong to one line and an exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import typer

from gaussmix.cli.terminal import Terminal
from gaussmix.errors import GaussmixError

__all__ = [
    "BAD",
    "GOOD",
    "INTERRUPTED",
    "USAGE",
    "ReaderLeftError",
    "exit_code_of",
    "usage_error",
    "warnings_as_lines",
]

GOOD, BAD, USAGE, INTERRUPTED = 0, 1, 2, 130

# typer does not name the base of its complaints about the command line.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class ReaderLeftError(Exception):
    """Who read our output, such as ``head``, has closed it."""


def exit_code_of(action: Callable[[], Any], *, debug: bool = False) -> int:
    """Run a command and return its exit code, after one line where it failed.

    Parameters
    ----------
    action : callable
        Returns an exit code or None.
    debug : bool
        Let errors through, with their traceback.
    """
    try:
        with warnings_as_lines(debug=debug):
            code = action()
            sys.stdout.flush()
    except typer.Exit as end:
        code = end.exit_code
    except (BrokenPipeError, ReaderLeftError):
        # What is still held back must not fail again at exit.
        _discard_output()
        return GOOD
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except _UsageError as error:
        Terminal.open().fail(_usage_text(error))
        return USAGE
    except Exception as error:
        if debug:
            raise
        Terminal.open().fail(_sentence(error))
        return BAD
    if code == INTERRUPTED:
        Terminal.open().fail("interrupted (Ctrl-C)")
    return code if isinstance(code, int) else GOOD


def usage_error(message: str) -> Exception:
    """Return the error to raise where the command line contradicts itself."""
    return _UsageError(message)


@contextmanager
def warnings_as_lines(*, debug: bool = False) -> Iterator[None]:
    """Show each warning that is meant for people as one line, once; others only with ``debug``."""
    terminal, seen = Terminal.open(), set[str]()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if str(message) not in seen:
            seen.add(str(message))
            terminal.warn(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always" if debug else "ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield


def _usage_text(error: Exception) -> str:
    text: str = getattr(error, "format_message", error.__str__)()
    text = " ".join(text.split()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gaussmix"
    return f"{text[:1].lower()}{text[1:]}; see '{command} --help'"


def _sentence(error: Exception) -> str:
    if isinstance(error, GaussmixError):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory for this: give fewer rows or columns"
    if isinstance(error, OSError):
        where = f"{error.filename!r}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    return (
        f"something unexpected happened ({type(error).__name__}: {error}); "
        "this is a fault of gaussmix: run the command again with --debug to see where"
    )


def _discard_output() -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        # A stream without a file behind it has nothing to flush at exit.
        return
