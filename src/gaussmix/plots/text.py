"""Names broken into lines or shortened to fit into a figure."""

from __future__ import annotations

import re

from gaussmix.names import short
from gaussmix.visible import visible

__all__ = ["fitted"]

_WIDE = 0.52
"""The width of a letter, in sizes of its font, in the mean."""


def fitted(name: str, points: float, size: float, lines: int = 3) -> str:
    r"""Return a name broken into lines of a given length in points, and shortened if it does not fit.

    Examples
    --------
    >>> fitted("mean_annual_precipitation_in_mm", points=100, size=10)
    'mean_annual_\nprecipitation_in_mm'
    >>> fitted("mean_annual_precipitation_in_mm", points=60, size=10)
    'mean_annual\n_precipitat\nion_in_mm'
    """
    name, room = visible(name), max(6, int(points / (_WIDE * size)))
    if len(name) <= room:
        return name
    found = _filled(re.findall(r"[^\s_./-]+[\s_./-]*|[\s_./-]+", name), room)
    if len(found) <= lines and max(map(len, found)) <= 1.2 * room:
        return "\n".join(found)
    whole = short(name, lines * room)
    return "\n".join(whole[start : start + room] for start in range(0, len(whole), room))


def _filled(words: list[str], room: int) -> list[str]:
    """Return words in lines, each as full as it can be."""
    filled = [words[0]]
    for word in words[1:]:
        if len(filled[-1]) + len(word.rstrip()) <= room:
            filled[-1] += word
        else:
            filled.append(word)
    return [line.rstrip() for line in filled]
