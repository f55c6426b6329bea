"""Fonts for letters that the font of matplotlib's settings lacks, and the widths of texts."""

from __future__ import annotations

import unicodedata
import warnings
from functools import cache
from typing import Any

from gaussmix.errors import GaussmixWarning, warn

__all__ = ["families", "width_of"]

_LAST_RESORT = "Last Resort"
"""A font of matplotlib's that has a box for every letter."""


def width_of(text: str, size: float) -> float:
    """Return the width in points of the widest line of a text, in the font of matplotlib's settings."""
    from matplotlib.font_manager import FontProperties, findfont

    path = findfont(FontProperties())
    return max(_width(line, size, path) for line in text.split("\n"))


@cache
def _width(line: str, size: float, path: str) -> float:
    """Return the width of a line in points; the path of the font tells one setting from another."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=families(line), size=size)
    with warnings.catch_warnings():
        # matplotlib says so again when it draws the text.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        return float(text_to_path.get_text_width_height_descent(line, font, False)[0])


def families(text: str) -> list[str]:
    """Return the font families for a text: those of matplotlib's settings, and others for letters that they lack."""
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties, findfont

    usual = list(mpl.rcParams["font.family"])
    if text.isascii():
        return usual
    letters = {ord(letter) for letter in text if letter.isprintable() and letter != " "}
    for family in usual:
        letters -= _letters_in(findfont(FontProperties(family=[family])))
    return [*usual, *_with_letters(frozenset(letters))]


@cache
def _letters_in(path: Any) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    try:
        font = get_font(path)
    except (OSError, RuntimeError):
        return frozenset()
    # matplotlib draws no bitmaps, which fonts of coloured emoji are made of.
    return frozenset(font.get_charmap()) if font.scalable else frozenset()


@cache
def _with_letters(missing: frozenset[int]) -> list[str]:
    """Return the installed font families with given letters, and warn of letters without a font."""
    from matplotlib.font_manager import fontManager

    found = []
    for font in sorted(fontManager.ttflist if missing else [], key=_rank):
        own = frozenset() if font.name.startswith(_LAST_RESORT) else missing & _letters_in(font.fname)
        if own:
            found.append(font.name)
            missing -= own
    if missing:
        letters = "".join(map(chr, sorted(missing)[:8]))
        scripts = {unicodedata.name(chr(code), "unknown").split()[0] for code in missing}
        warn(
            f"names in this plot have letters that no installed font has, such as {letters!r} "
            f"({', '.join(sorted(scripts))}): install a font that has them.",
            GaussmixWarning,
        )
    return found


def _rank(font: Any) -> tuple[bool, bool, str]:
    """Return what decides on the order of fonts: regular ones first, then those without serifs."""
    regular = font.style == "normal" and font.weight in (400, "normal", "regular")
    return not regular, "Serif" in font.name, font.name
