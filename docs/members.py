"""Which members of a class its page shows: those that gaussmix defines, and the names of those from scikit-learn."""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import is_dataclass
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

from numpydoc.docscrape import ClassDoc

INDEX = Path(__file__).parent / "api" / "index.md"
LISTED = re.compile(r"^   ([\w.]+)$", re.MULTILINE)


def members_of_classes() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Return for each class on the page of the API its members by kind, each as a directive of autodoc and a name."""
    found = {}
    for name in LISTED.findall(INDEX.read_text(encoding="utf-8")):
        module, _, last = f"gaussmix.{name}".rpartition(".")
        value = getattr(importlib.import_module(module), last)
        if isinstance(value, type):
            found[f"gaussmix.{name}"] = members_of(value)
    return found


def members_of(cls: type) -> dict[str, list[tuple[str, str]]]:
    """Return the attributes and the methods, in the order of the source, the class's own first.

    Attributes that the docstring of the class describes are left out, for the page has them there; a property among
    them is "linked" from there.
    """
    doc = ClassDoc(cls, config={"show_class_members": False})
    # Dataclasses and estimators keep each parameter as an attribute of the same name.
    keeps = is_dataclass(cls) or hasattr(cls, "get_params")
    parts = ("Parameters", "Attributes") if keeps else ("Attributes",)
    described = {name for part in parts for each in doc[part] for name in each.name.split(", ")}
    attributes, linked, methods = [], [], []
    for name, value in values_from("gaussmix", cls).items():
        if isinstance(value, FunctionType | classmethod | staticmethod):
            methods.append(("automethod", name))
        elif isinstance(value, property | cached_property):
            (linked if name in described else attributes).append(("autoproperty", name))
        elif name not in described:
            attributes.append(("autoattribute", name))
    inherited = [("", name) for name in values_from("sklearn", cls) if callable(getattr(cls, name))]
    return {
        "linked": linked,
        "attributes": attributes,
        "methods": methods,
        "inherited from scikit-learn": inherited,
    }


def values_from(package: str, cls: type) -> dict[str, Any]:
    """Return what a package gave the class under a public name, or announced by an annotation."""
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        own = dict.fromkeys(inspect.get_annotations(base)) | vars(base)
        for name, value in own.items():
            if not name.startswith("_") and name not in found:
                # scikit-learn adds methods to the classes that inherit from it.
                found[name] = value, (value if type(value).__module__.startswith("sklearn") else base)
    return {name: value for name, (value, giver) in found.items() if giver.__module__.startswith(package)}
