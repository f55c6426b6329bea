"""Names broken into lines or shortened to fit into a figure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gaussmix.names import short
from gaussmix.plots.fonts import families, width_of
from gaussmix.visible import visible

if TYPE_CHECKING:
    from matplotlib.text import Text

__all__ = ["as_name", "fitted"]

_WORDS = re.compile(r"[^\s_./-]+[\s_./-]*|[\s_./-]+")
# A unit or a scale in brackets is one word if it fits.
_BRACKETS = re.compile(r"(?:\([^()]*\)|\[[^][]*\]|[^\s_./([-]+|[(\[])[\s_./-]*|[\s_./-]+")
_FEWEST = 6
"""Letters of a line at least."""


def fitted(name: str, points: float, size: float, lines: int = 3) -> str:
    r"""Return a name broken into lines of a given length in points, and shortened if it does not fit.

    Examples
    --------
    >>> fitted("mean_annual_precipitation_in_mm", points=100, size=10)
    'mean_annual_\nprecipitation_in_\nmm'
    >>> fitted("Overall satisfaction (1 to 5)", points=100, size=10)
    'Overall satisfaction\n(1 to 5)'
    """
    name = visible(name)
    if width_of(name, size) <= points:
        return name
    for words in (_BRACKETS, _WORDS):
        found = _filled(words.findall(name), points, size)
        if len(found) <= lines and width_of("\n".join(found), size) <= points:
            return "\n".join(found)
    room = max(_FEWEST, int(len(name) * points / width_of(name, size)))
    whole = short(name, lines * room)
    return "\n".join(whole[start : start + room] for start in range(0, len(whole), room))


def _filled(words: list[str], points: float, size: float) -> list[str]:
    """Return words in lines, each as full as it can be."""
    filled = [words[0]]
    for word in words[1:]:
        if width_of((filled[-1] + word).rstrip(), size) <= points:
            filled[-1] += word
        else:
            filled.append(word)
    return [line.rstrip() for line in filled]


def as_name(text: Text) -> Text:
    """Let a text be a name, as it is: a dollar sign begins no formula, and there are fonts for all its letters."""
    text.set_parse_math(False)
    text.set_fontfamily(families(text.get_text()))
    return text
