"""Saved models: a mixture or an estimator as one safetensors file, and back.

Every class that a file may hold has an entry in one table: its name, a function from an object to a dict of arrays,
numbers and text, and a function from a checked record of these to the object. Reading runs no code.
"""

from __future__ import annotations

from .models import described, load, loaded, mixture_from, save, t_mixture_from
from .objects import objects_from, objects_to_dict
from .registry import register, register_fields
from .traces import trace_from, trace_to_dict
from .values import decode, encode

__all__ = [
    "decode",
    "described",
    "encode",
    "load",
    "loaded",
    "mixture_from",
    "objects_from",
    "objects_to_dict",
    "register",
    "register_fields",
    "save",
    "t_mixture_from",
    "trace_from",
    "trace_to_dict",
]
