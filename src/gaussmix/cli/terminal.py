"""Output to the terminal: two consoles, characters within the encoding, no control characters."""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from gaussmix.visible import one_line, visible

__all__ = ["Terminal", "plain_streams"]

_PLAIN = {
    "−": "-",
    "–": "-",
    "—": "-",
    "±": "+/-",
    "×": "x",
    "…": "...",
    "’": "'",
    "“": '"',
    "”": '"',
    "→": "->",
    "≥": ">=",
    "≤": "<=",
    "•": "*",
    "·": "*",
    "\u00a0": " ",
    "Σ": "Sigma",
    "ε": "epsilon",
    "μ": "mu",
    "π": "pi",
    "⪰": ">=",
}


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    plain = [_PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode("ascii") for c in lost]
    return "".join(plain), error.end


codecs.register_error("gaussmix.plain", _in_plain_letters)


def plain_streams() -> None:
    """Replace characters outside the encoding of the standard streams, and report errors of closed streams."""
    # Python leaves None in the place of a stream that was closed before it began. Results must not get lost in silence.
    if sys.stdout is None:
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="gaussmix.plain")


def _can_show(stream: TextIO, sign: str) -> bool:
    try:
        sign.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class _Stream(Console):
    """A console that passes on the error of a closed pipe to the command."""

    def on_broken_pipe(self) -> None:
        """Pass on the error."""
        raise BrokenPipeError


@dataclass(frozen=True)
class Terminal:
    """Where a command writes.

    Parameters
    ----------
    out, err : rich.console.Console
        Results; everything else.
    quiet : bool
        Whether results for people are left out.
    plus_minus : str
        ± if it can be shown.
    """

    out: Console
    err: Console
    quiet: bool = False
    plus_minus: str = "±"

    @classmethod
    def open(cls, quiet: bool = False) -> Terminal:
        """Return consoles on the standard streams as they are now."""
        options: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
        sign = "±" if _can_show(sys.stdout, "±") else "+/-"
        out, err = _Stream(file=sys.stdout, **options), _Stream(file=sys.stderr, **options)
        return cls(out, err, quiet, sign)

    def say(self, text: str | Text = "") -> None:
        """Print a line of the result; a long one is not wrapped, so that it can be copied.

        Text out of files cannot command the terminal: control characters are written out.
        """
        if not self.quiet:
            self.out.print(visible(text) if isinstance(text, str) else text, soft_wrap=True)

    def show(self, renderable: Any) -> None:
        """Print a table of the result."""
        if not self.quiet:
            self.out.print(renderable)

    def warn(self, message: str) -> None:
        """Print a line with the prefix ``warning:`` to the standard error stream."""
        self._tell("warning", "yellow", message)

    def note(self, message: str) -> None:
        """Print a line with the prefix ``note:`` to the standard error stream, unless quiet."""
        if not self.quiet:
            self._tell("note", "cyan", message)

    def fail(self, message: str) -> None:
        """Print a line with the prefix ``error:`` to the standard error stream."""
        self._tell("error", "bold red", message)

    def _tell(self, kind: str, style: str, message: str) -> None:
        # Messages of functions end with a full stop, and those about files do not: here all are alike.
        text = Text.assemble((f"{kind}:", style), f" {one_line(message).removesuffix('.')}")
        # Without a stream, the exit code remains.
        with suppress(OSError):
            self.err.print(text, soft_wrap=True)
