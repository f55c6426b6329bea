"""Strict JSON: finite numbers, no duplicate keys, limited depth."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

__all__ = ["DEEPEST", "cut", "parsed", "short"]

DEEPEST = 32
"""The levels of JSON within JSON that are still read."""


def parsed(text: bytes) -> dict[str, Any]:
    """Parse a JSON object; keys given twice, numbers out of range and deep nesting are refused as ValueError."""
    value = json.loads(
        text.decode("utf-8"),
        object_pairs_hook=_unique,
        parse_constant=_finite,
        parse_float=_finite,
        parse_int=_whole,
    )
    if not isinstance(value, dict):
        raise ValueError(f"it is {short(value)}, not a JSON object")
    _check_depth(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("duplicate key")
    return result


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{short(text)} is not a finite number")
    return value


def _whole(text: str) -> int:
    # Python would turn a long text into a number in quadratic time.
    value = int(text) if len(text) <= 20 else 1 << 63
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"{short(text)} is not a whole number of 64 bits")
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [item for outer in level for item in _inside(outer)]
        if not level:
            return
    raise ValueError(f"it has more than {DEEPEST} levels")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def short(value: object) -> str:
    """Return the value as it would be typed, cut to fit in a sentence."""
    return cut(repr(value), 80)


def cut(text: str, length: int) -> str:
    """Return the beginning of a text, with an ellipsis if it was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"
