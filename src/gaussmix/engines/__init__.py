"""Engines: sums of a function over blocks of rows, independent of the statistics."""

from __future__ import annotations

from .base import Engine, TaskPool
from .fan_out import FanOut, JoblibEngine
from .local import LocalEngine, local_engine, map_tasks, opened
from .passes import Range, all_rows, column_range, count_rows, hash_of_rows
from .serial import SerialEngine
from .summation import TreeSum, tree_sum
from .threads import ThreadEngine, available_threads

__all__ = [
    "Engine",
    "FanOut",
    "JoblibEngine",
    "LocalEngine",
    "Range",
    "SerialEngine",
    "TaskPool",
    "ThreadEngine",
    "TreeSum",
    "all_rows",
    "available_threads",
    "column_range",
    "count_rows",
    "hash_of_rows",
    "local_engine",
    "map_tasks",
    "opened",
    "tree_sum",
]
