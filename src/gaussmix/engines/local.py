"""The engine of a fit (the user's or threads), and the pool for tasks with shared memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias

from .base import A, B, Engine
from .serial import SerialEngine
from .threads import ThreadEngine

__all__ = ["LocalEngine", "local_engine", "map_tasks", "opened"]

LocalEngine: TypeAlias = SerialEngine | ThreadEngine
"""An engine of this process, which is also a task pool."""


def opened(engine: Engine | None) -> AbstractContextManager[Engine]:
    """Return the engine of a fit as a context manager; a :class:`ThreadEngine` for None.

    An engine of another class is not touched: its user opens and closes it.
    """
    if engine is None:
        return ThreadEngine()
    return engine if isinstance(engine, ThreadEngine) else nullcontext(engine)


@contextmanager
def local_engine(engine: Engine) -> Iterator[LocalEngine]:
    """Yield the engine itself if it is local, otherwise threads: for tasks on rows in the memory of this process."""
    if isinstance(engine, LocalEngine):
        yield engine
        return
    with ThreadEngine() as own:
        yield own


def map_tasks(engine: Engine, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
    """Call a function of each item by the workers of an engine, or one after the other if it has no ``map``.

    Parameters
    ----------
    engine : Engine
        The engine, with or without ``map``.
    function : callable
        It can be pickled, and so can its values: an engine may send both to other processes.
    items : sequence
        Arguments of the calls, which can be pickled.

    Returns
    -------
    list
        ``function(item)`` for each item, in their order.

    Examples
    --------
    >>> from gaussmix.engines import ThreadEngine
    >>> map_tasks(ThreadEngine(2), abs, [-1, 2])
    [1, 2]
    """
    if hasattr(engine, "map"):
        found: list[B] = engine.map(function, items)
        return found
    return [function(item) for item in items]
