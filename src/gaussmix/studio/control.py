"""Control of a long task from another thread: pause, single steps, pace, cancel."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from ..blocks import Block
from ..engines import ThreadEngine
from ..engines.summation import T
from ..sources import Source

__all__ = ["CancellableEngine", "Cancelled", "Control", "Tell", "untold"]

A = TypeVar("A")
B = TypeVar("B")

Tell: TypeAlias = Callable[[int, int], None]
"""Is told by a long task between its steps: the number done, and of all; raises :class:`Cancelled` to end the task."""


def untold(done: int, total: int) -> None:
    """Ignore the progress of a task."""


class Cancelled(KeyboardInterrupt):
    """A task is cancelled. The library ends a fit or a selection at it as it does after Ctrl-C."""


class Control:
    """The state of a task: how many steps it may make, how long it waits between them, and whether it is cancelled.

    Parameters
    ----------
    paused : bool
        Whether the task waits before its first step.
    pace : float
        Seconds after each step.
    """

    def __init__(self, paused: bool = False, pace: float = 0.0) -> None:
        self._changed = threading.Condition()
        self._steps: float = 0.0 if paused else float("inf")
        self._pace, self._cancelled = pace, False

    @property
    def cancelled(self) -> bool:
        """Whether the task is to end."""
        return self._cancelled

    @property
    def paused(self) -> bool:
        """Whether the task makes single steps only."""
        return self._steps != float("inf")

    def check(self) -> None:
        """Raise Cancelled if the task is to end."""
        if self._cancelled:
            raise Cancelled

    def pause(self) -> None:
        """Let the task wait after its present step."""
        self._set(0.0)

    def resume(self) -> None:
        """Let the task go on without a stop."""
        self._set(float("inf"))

    def step(self) -> None:
        """Let the task make one more step."""
        self._set(1.0)

    def _set(self, steps: float) -> None:
        with self._changed:
            self._steps = steps
            self._changed.notify_all()

    def set_pace(self, seconds: float) -> None:
        """Set the time that the task waits after each step, seconds."""
        with self._changed:
            self._pace = seconds
            self._changed.notify_all()

    def cancel(self) -> None:
        """End the task."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def wait(self, paced: bool = True) -> bool:
        """Wait, in the thread of the task, until it may make the next step; return whether it is cancelled.

        Parameters
        ----------
        paced : bool
            Whether to wait for the time between steps, too.
        """
        with self._changed:
            if paced and self._pace and not self.paused:
                pace = self._pace
                self._changed.wait_for(lambda: self._cancelled or self.paused or self._pace != pace, pace)
            self._changed.wait_for(lambda: self._cancelled or self._steps > 0)
            self._steps -= 1
            return self._cancelled


class CancellableEngine(ThreadEngine):
    """Threads that end a fit at its next pass over the rows once it is cancelled.

    Parameters
    ----------
    control : Control
        Of the task.
    """

    def __init__(self, control: Control) -> None:
        super().__init__()
        self._control = control

    def sum(self, function: Callable[[Block], T], source: Source) -> T:
        """Add up a function over the blocks of a source, unless the task is cancelled."""
        self._control.check()
        return super().sum(function, source)

    def map(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item, unless the task is cancelled."""
        self._control.check()
        return super().map(function, items)
