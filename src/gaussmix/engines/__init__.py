"""Engines: sums of a function over blocks of rows. They know no statistics."""

from __future__ import annotations

from .base import Engine, TaskPool, TreeSum, tree_sum
from .local import LocalEngine, local_engine, opened
from .serial import SerialEngine
from .threads import ThreadEngine, available_threads

__all__ = [
    "Engine",
    "LocalEngine",
    "SerialEngine",
    "TaskPool",
    "ThreadEngine",
    "TreeSum",
    "available_threads",
    "local_engine",
    "opened",
    "tree_sum",
]
