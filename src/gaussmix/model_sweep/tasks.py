"""The fits of a selection as tasks: side by side where the engine has threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

from ..engines import Engine, LocalEngine, SerialEngine
from .fitted import FittedModel

__all__ = ["Tell", "engine_of_a_task", "for_each"]

Item = TypeVar("Item")

Tell: TypeAlias = Callable[[FittedModel], bool]
"""Reports a fitted model, and returns True to stop the selection."""


def for_each(engine: Engine, function: Callable[[Item], None], items: Iterable[Item]) -> None:
    """Call a function of each item, side by side where the engine has threads."""
    if isinstance(engine, LocalEngine):
        engine.map(function, list(items))
    else:
        for item in items:
            function(item)


def engine_of_a_task(engine: Engine) -> Engine:
    """Return the engine of one fit among others.

    Parameters
    ----------
    engine : Engine
        Of all fits.
    """
    return SerialEngine() if isinstance(engine, LocalEngine) else engine
