"""Progress of refits: callbacks, which can stop them, and lines for ``verbose``."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..errors import InputTypeError

__all__ = ["Callback", "Progress", "Watch", "as_callbacks"]

_LINES = 10


@dataclass(frozen=True)
class Progress:
    """The argument of a callback: the number of replicates so far.

    Attributes
    ----------
    stage : str
        The computation: "bootstrap", "jackknife", or "1 against 2 components".
    n_done : int
        Replicates done in this stage.
    n_replicates : int
        Replicates to do in this stage.
    seconds : float
        Time since the stage began.

    Examples
    --------
    >>> from gaussmix import inference
    >>> str(inference.Progress("bootstrap", 100, 999, 2.5))
    'bootstrap: 100 of 999 replicates, 2.5 s'
    """

    stage: str
    n_done: int
    n_replicates: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.stage}: {self.n_done:,} of {self.n_replicates:,} replicates, {self.seconds:.1f} s"


Callback: TypeAlias = Callable[[Progress], Any]


def as_callbacks(callbacks: Any) -> list[Callback]:
    """Return callbacks, given as None, one callable or several, as a list."""
    if callbacks is None:
        return []
    several = [callbacks] if callable(callbacks) else callbacks
    if not isinstance(several, (list, tuple)) or not all(map(callable, several)):
        raise InputTypeError(f"callbacks is {callbacks!r}: give a function of a Progress, or a list of them.")
    return list(several)


class Watch:
    """Counter of finished replicates, in any thread, that calls the callbacks.

    Parameters
    ----------
    callbacks : sequence of callables
        Called one at a time; if one returns True, no further replicate begins.
    verbose : bool
        Whether to print ten lines.
    """

    def __init__(self, stage: str, n_replicates: int, callbacks: Sequence[Callback], verbose: bool) -> None:
        self._stage, self._total, self._callbacks, self._verbose = stage, n_replicates, callbacks, verbose
        self._lock, self._done, self._start = threading.Lock(), 0, time.perf_counter()
        self.stopped = False

    @property
    def n_done(self) -> int:
        """Number of finished replicates."""
        return self._done

    def tell(self) -> None:
        """Count one more replicate."""
        with self._lock:
            self._done += 1
            now = Progress(self._stage, self._done, self._total, time.perf_counter() - self._start)
            if (
                self._verbose
                and self._done * _LINES // self._total > (self._done - 1) * _LINES // self._total
            ):
                stream = sys.stdout
                print(now, file=stream, flush=True)
            for callback in self._callbacks:
                # Each is called, also after one that stops.
                self.stopped = bool(callback(now)) or self.stopped
