"""Seeded changes of bytes and of JSON: small, and of the kinds that parsers trip over."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

NUMBERS = [
    "0", "-1", "1", "7", "255", "65536", "2147483648", "9223372036854775807", "9223372036854775808", "1" + "0" * 400,
    "1e999", "-1e999", "1e-400", "0.5", "-0.0", "NaN", "Infinity", "true", "null", '""', "[]", "{}", "9" * 5000,
]  # fmt: skip
TEXTS = [
    "",
    "\0",
    "\x1b[2J",
    "\u202e",
    "x" * 300,
    "a/b",
    "../..",
    "=cmd",
    "\ud7ff",
    "é" * 90,
    "__metadata__",
    "0",
]
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def change_bytes(rng: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    """Return the bytes after one to eight changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        data = rng.choice(_CHANGES)(rng, data, seeds)
    return data[: 1 << 18]


def _flip(rng: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    if not data:
        return b"\0"
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


def _set(rng: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    place, width = rng.randrange(len(data) + 1), rng.choice((1, 2, 4, 8))
    value = rng.choice(
        (0, 1, (1 << 8 * width) - 1, (1 << 8 * width - 1) - 1, 1 << 8 * width - 1, rng.getrandbits(8 * width))
    )
    return data[:place] + value.to_bytes(width, rng.choice(("little", "big"))) + data[place + width :]


def _cut(rng: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.choice((1, 4, 16, len(data))) :]


def _repeat(rng: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    start = rng.randrange(len(data) + 1)
    piece = data[start : start + rng.choice((1, 8, 64, 512))]
    return data[:start] + piece * rng.choice((2, 3, 50)) + data[start:]


def _insert(rng: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice([*NUMBERS, *TEXTS]).encode("utf-8", "replace") + data[place:]


def _number(rng: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return _set(rng, data, seeds)
    start, end = rng.choice(found).span()
    return data[:start] + rng.choice(NUMBERS).encode() + data[end:]


def _splice(rng: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    other = rng.choice(seeds)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


_CHANGES: list[Callable[[random.Random, bytes, list[bytes]], bytes]] = [
    _flip, _set, _set, _cut, _repeat, _insert, _number, _number, _splice,
]  # fmt: skip


def change_json(rng: random.Random, value: Any, depth: int = 0) -> Any:
    """Return JSON with one of its values, keys or levels changed; :class:`Literal` stands for what is no JSON."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        return _change_object(rng, value, depth)
    if isinstance(value, list) and value and rng.random() < 0.7:
        place = rng.randrange(len(value))
        return [*value[:place], change_json(rng, value[place], depth + 1), *value[place + 1 :]]
    return anything(rng, value)


def _change_object(rng: random.Random, value: dict[str, Any], depth: int) -> dict[str, Any]:
    key = rng.choice(list(value))
    how = rng.random()
    if how < 0.08:
        return {name: item for name, item in value.items() if name != key}
    if how < 0.14:
        return {rng.choice(TEXTS) if name == key else name: item for name, item in value.items()}
    if how < 0.2:
        return {**value, rng.choice(TEXTS): anything(rng, value[key])}
    if how < 0.28:
        return {**value, key: value[rng.choice(list(value))]}
    return {**value, key: change_json(rng, value[key], depth + 1)}


class Literal(str):
    """Text that goes into JSON as it stands."""


def anything(rng: random.Random, like: Any = None) -> Any:
    """Return a value of some kind, often near to another one."""
    choices: list[Callable[[], Any]] = [
        lambda: Literal(rng.choice(NUMBERS)),
        lambda: rng.choice(TEXTS),
        lambda: [like] * rng.choice((0, 1, 2, 3, 1000)),
        lambda: {"float": rng.choice(["nan", "inf", "-inf", "1e999"])},
        lambda: {rng.choice(["array", "texts", "tuple", "rule", "family", "mixture", "float"]): like},
        lambda: Literal("[" * 40 + "]" * 40),
        lambda: Literal("[" * 3000 + "]" * 3000),
        lambda: rng.choice([None, True, False, 0, 1, -1, 2**62, 1.5, 1e308, 5e-324]),
    ]
    if isinstance(like, int) and not isinstance(like, bool):
        choices += [lambda: like + rng.choice((-1, 1, 1000))] * 6
    return rng.choice(choices)()


def written(value: Any) -> str:
    """Return JSON text, with the literals in it as they stand."""
    literals: list[str] = []

    def marked(item: Any) -> Any:
        if isinstance(item, Literal):
            literals.append(item)
            return f"\u0001{len(literals) - 1}\u0001"
        if isinstance(item, dict):
            return {key: marked(inner) for key, inner in item.items()}
        return [marked(inner) for inner in item] if isinstance(item, list) else item

    text = json.dumps(marked(value))
    return re.sub(r'"\\u0001(\d+)\\u0001"', lambda found: literals[int(found[1])], text)
