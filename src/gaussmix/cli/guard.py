"""Errors, warnings and interrupts of a command as single lines and exit codes."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TextIO

import typer

from gaussmix.cli.terminal import Terminal
from gaussmix.errors import GaussmixError

__all__ = [
    "BAD",
    "GOOD",
    "INTERRUPTED",
    "READER_LEFT",
    "USAGE",
    "ReaderLeftError",
    "end",
    "exit_code_of",
    "usage_error",
    "warnings_as_lines",
]

GOOD, BAD, USAGE = 0, 1, 2

# What a shell says of a process that a signal ended: 128 and SIGINT, 128 and SIGPIPE.
INTERRUPTED, READER_LEFT = 130, 141

# typer does not name the base of its complaints about the command line.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]

_OPTIONS = {
    "on_bad_rows='skip'": "--skip-bad-rows",
    "give n_components=": "give -k ",
    "with columns=": "with --columns",
    "reg_covar='auto'": "--reg-covar auto",
    "such as range(1, 10)": "such as 1-9",
    "noise_component is the volume": "--noise-volume is",
    "noise_component=True": "--noise-component",
    "give noise_component a larger volume": "give --noise-volume a larger value",
}
"""Arguments of functions in errors and warnings, and the options for them."""


class ReaderLeftError(Exception):
    """The reader of the output, such as ``head``, has closed it."""


def exit_code_of(action: Callable[[], Any], *, debug: bool = False) -> int:
    """Run a command and return its exit code, after one line where it failed.

    Parameters
    ----------
    action : callable
        Returns an exit code or None.
    debug : bool
        Let errors through, with their traceback.
    """
    with interrupts() as interrupted:
        code = _exit_code_of(action, debug=debug, interrupted=interrupted)
    if code == INTERRUPTED:
        Terminal.open().fail("interrupted (Ctrl-C)")
    return code


def _exit_code_of(action: Callable[[], Any], *, debug: bool, interrupted: Callable[[], bool]) -> int:
    try:
        with warnings_as_lines(debug=debug):
            code = action()
            sys.stdout.flush()
    except typer.Exit as end:
        code = end.exit_code
    except (BrokenPipeError, ReaderLeftError, SystemExit) as error:
        # rich, which prints the pages of help, ends a process like this after a closed pipe.
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        _discard(sys.stdout)
        return READER_LEFT
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except _UsageError as error:
        Terminal.open().fail(_usage_text(error))
        return USAGE
    except Exception as error:
        # An interrupted operation may end with another error: an import, say.
        if interrupted():
            return INTERRUPTED
        return _failed(error, debug)
    return code if isinstance(code, int) else GOOD


def _failed(error: Exception, debug: bool) -> int:
    if debug:
        raise error
    Terminal.open().fail(_sentence(error))
    if isinstance(error, OSError):
        _discard(sys.stdout)
    return BAD


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns True after Ctrl-C; a second Ctrl-C ends the process at once."""
    seen: list[int] = []

    def note(number: int, frame: object) -> None:
        seen.append(number)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    handler, in_main = signal.getsignal(signal.SIGINT), threading.current_thread() is threading.main_thread()
    if not in_main or handler not in (signal.default_int_handler, signal.SIG_DFL):
        yield lambda: False
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(seen)
    finally:
        signal.signal(signal.SIGINT, handler)


def end(code: int) -> NoReturn:
    """End the process with an exit code, without errors from closed streams."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _discard(stream)
    sys.exit(code)


def usage_error(message: str) -> Exception:
    """Return the error of a contradictory command line."""
    return _UsageError(message)


@contextmanager
def warnings_as_lines(*, debug: bool = False) -> Iterator[None]:
    """Print each ``UserWarning`` as one line, once; other warnings only with ``debug``."""
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
            terminal.warn(_with_options(str(message)))

    with warnings.catch_warnings():
        warnings.simplefilter("always" if debug else "ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield


def _usage_text(error: Exception) -> str:
    text: str = getattr(error, "format_message", error.__str__)()
    text = " ".join(text.split()).rstrip(".")
    if text.lower().startswith("missing option '--components'"):
        text += " (gaussmix select compares several numbers of components)"
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gaussmix"
    return f"{text[:1].lower()}{text[1:]}; see '{command} --help'"


def _with_options(text: str) -> str:
    """Return the text of an error or a warning with options in the place of arguments."""
    for argument, option in _OPTIONS.items():
        text = text.replace(argument, option)
    return text


def _sentence(error: Exception) -> str:
    if isinstance(error, GaussmixError):
        return _with_options(str(error))
    if isinstance(error, MemoryError):
        return "there is not enough memory for this: give fewer rows or columns"
    if isinstance(error, OSError):
        # Files that a command reads and writes have sentences of their own.
        if error.filename is None:
            why = "the standard output is closed" if error.errno == errno.EBADF else error.strerror or error
            return f"the results cannot be printed: {why}"
        return f"{error.filename!r}: {error.strerror or error}"
    return (
        f"unexpected error ({type(error).__name__}: {error}); this is a bug of gaussmix: run the command again with "
        "--debug for its traceback, and report it"
    )


def _discard(stream: TextIO) -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        # A stream without a file behind it has nothing to flush at exit.
        return
