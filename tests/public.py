"""The public surface: the classes and functions that the page of the API lists, and their members."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

INDEX = Path(__file__).resolve().parents[1] / "docs" / "api" / "index.md"
LISTED = re.compile(r"^   ([\w.]+)$", re.MULTILINE)


class Public(NamedTuple):
    """A class, function, method or property, and the class that defines it if it is a member."""

    name: str
    value: Any
    owner: type | None = None

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.value) or ""


def listed() -> list[Public]:
    """The classes and functions of the page, by their full names."""
    return [
        Public(f"gaussmix.{name}", _value(f"gaussmix.{name}"))
        for name in LISTED.findall(INDEX.read_text("utf-8"))
    ]


def members(public: Public) -> Iterator[Public]:
    """The public methods and properties of a class that gaussmix defines, each by its latest definition."""
    seen: set[str] = set()
    for base in public.value.__mro__:
        for name, value in vars(base).items():
            plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            is_member = isinstance(plain, FunctionType | property | cached_property)
            if is_member and base.__module__.startswith("gaussmix") and name not in seen and name[0] != "_":
                seen.add(name)
                yield Public(f"{public.name}.{name}", plain, base)


def _value(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
