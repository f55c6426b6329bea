"""The engine of a fit (the user's or threads), and the pool for tasks with shared memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from .base import Engine
from .serial import SerialEngine
from .threads import ThreadEngine

__all__ = ["LocalEngine", "local_engine", "opened"]

LocalEngine: TypeAlias = SerialEngine | ThreadEngine
"""An engine of this process, which is also a task pool."""


@contextmanager
def opened(engine: Engine | None) -> Iterator[Engine]:
    """Yield the engine of a fit, with its threads open; None is a :class:`ThreadEngine`.

    An engine of another class is not touched: its user opens and closes it.
    """
    if engine is None:
        engine = ThreadEngine()
    if not isinstance(engine, ThreadEngine):
        yield engine
        return
    with engine:
        yield engine


@contextmanager
def local_engine(engine: Engine) -> Iterator[LocalEngine]:
    """Yield the engine itself if it is local, otherwise threads: for tasks on rows in the memory of this process."""
    if isinstance(engine, LocalEngine):
        yield engine
        return
    with ThreadEngine() as own:
        yield own
