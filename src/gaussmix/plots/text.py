"""Names as a picture has room for them."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["fitted", "printable", "short", "short_apart"]

_WIDE = 0.52
"""The width of a letter, in sizes of its font, in the mean."""


def printable(name: str) -> str:
    r"""Return a name without control characters, in one line.

    Examples
    --------
    >>> printable("a\tb")
    'a b'
    """
    return "".join(letter if letter.isprintable() else " " for letter in name).strip()


def short(name: str, most: int) -> str:
    """Return a name of so many letters at most, the middle left out where it is longer.

    Examples
    --------
    >>> short("mean_annual_precipitation_in_mm", 16)
    'mean_ann…n_in_mm'
    """
    name = printable(name)
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end]}…{name[len(name) - end :]}"


def short_apart(names: Sequence[str], most: int) -> list[str]:
    """Return names of so many letters at most that differ where the names do.

    Examples
    --------
    >>> short_apart(["the station in the north of it", "the station in the south of it"], 12)
    ['…north of it', '…south of it']
    """
    found = [short(name, most) for name in names]
    if len(set(found)) == len(set(names)):
        return found
    whole = [printable(name) for name in names]
    alike = next((i for i, letters in enumerate(zip(*whole, strict=False)) if len(set(letters)) > 1), 0)
    # From the beginning of the word in which they differ.
    start = max(whole[0].rfind(mark, 0, alike) + 1 for mark in " _-./")
    found = [f"{'…' if start else ''}{_cut(name[start:], most - bool(start))}" for name in whole]
    return found if len(set(found)) == len(set(names)) else whole


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def fitted(name: str, points: float, size: float, lines: int = 3) -> str:
    r"""Return a name in lines that are not longer than so many points, shortened where it does not fit.

    Examples
    --------
    >>> fitted("mean_annual_precipitation_in_mm", points=100, size=10)
    'mean_annual_\nprecipitation_in_mm'
    >>> fitted("mean_annual_precipitation_in_mm", points=60, size=10)
    'mean_annual\n_precipitat\nion_in_mm'
    """
    name, room = printable(name), max(6, int(points / (_WIDE * size)))
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
