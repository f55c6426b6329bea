"""Engines: map a function over blocks and add up what it returns; they know no statistics."""

from __future__ import annotations

from .base import Engine, TreeSum, tree_sum
from .serial import SerialEngine
from .threads import ThreadEngine, available_threads

__all__ = ["Engine", "SerialEngine", "ThreadEngine", "TreeSum", "available_threads", "tree_sum"]
