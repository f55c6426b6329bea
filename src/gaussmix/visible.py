r"""Text with control characters made visible."""

from __future__ import annotations

import re

__all__ = ["one_line", "visible"]

# Control characters, marks of direction and of line ends, and surrogates.
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def visible(text: str, keep: str = "") -> str:
    r"""Return text with control characters written as Python escapes.

    Parameters
    ----------
    keep : str
        Characters that stay as they are.

    Examples
    --------
    >>> print(visible("red\x1b[31m"))
    red\x1b[31m
    """
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda found: found[0] if found[0] in keep else _written_out(found[0]), text)


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def one_line(text: str) -> str:
    r"""Return text as one line, safe to print.

    Examples
    --------
    >>> one_line("two\nlines")
    'two lines'
    """
    return visible(" ".join(text.split()))
