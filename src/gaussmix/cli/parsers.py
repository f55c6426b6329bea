"""Readers of values on the command line."""

from __future__ import annotations

from collections.abc import Callable

import typer

__all__ = ["whole"]


def whole(least: int) -> Callable[[object], int]:
    """Return a reader of whole numbers.

    Parameters
    ----------
    least : int
        The smallest that is taken.
    """

    def read(given: object) -> int:
        text = str(given)
        number = int(text) if text.strip().lstrip("+-").isdecimal() else least - 1
        if number < least:
            raise typer.BadParameter(f"{text!r} is not a whole number ≥ {least}")
        return number

    return read
