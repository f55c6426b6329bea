"""The thread engine: blocks in parallel threads; NumPy, BLAS and the compiled kernel release the interpreter lock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cached_property
from typing import TYPE_CHECKING

from ..blocks import Block
from ..one_blas_thread import one_blas_thread
from ..sources import Source
from ..sources.ahead import BlockReader
from .base import A, B, Engine, TaskPool
from .serial import SerialEngine
from .summation import T, TreeSum

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ThreadEngine", "available_threads"]


def available_threads() -> int:
    """Return the number of processors available to this process.

    Returns
    -------
    int
        At least one; limits set by ``taskset`` or a container are respected.

    Examples
    --------
    >>> from gaussmix.engines import available_threads
    >>> available_threads() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ThreadEngine(Engine, TaskPool):
    """Thread pool over the blocks of a source, with BLAS at one thread in each.

    As a context manager, it keeps its threads and the setting of BLAS from its first call until the end of the
    ``with`` statement, or of the outermost of several. A fit opens the engine that it is given. Copies and pickles keep
    only the number of threads.

    Parameters
    ----------
    n_threads : int, optional
        Number of threads; by default that of the processors available to this process.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> with ThreadEngine(2) as engine:
    ...     engine.sum(lambda block: block.total_weight, ArraySource(np.zeros((50_000, 2))))
    50000.0
    """

    def __init__(self, n_threads: int | None = None) -> None:
        self._n_threads = n_threads if n_threads is None else max(1, n_threads)
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._entries, self._holds = 0, False

    def __repr__(self) -> str:
        return f"ThreadEngine({'' if self._n_threads is None else self._n_threads})"

    def __reduce__(self) -> tuple[type[ThreadEngine], tuple[int | None]]:
        return type(self), (self._n_threads,)

    @cached_property
    def n_threads(self) -> int:
        """The number of threads: as given, or that of the available processors on first use."""
        return available_threads() if self._n_threads is None else self._n_threads

    def __enter__(self) -> ThreadEngine:
        with self._lock:
            self._entries += 1
        return self

    def _hold(self) -> None:
        """Hold BLAS at one thread, unless it is held already.

        Two layers of threads would multiply; and one BLAS thread makes the sums the same on every machine load.
        """
        if self._holds:
            return
        with self._lock:
            if not self._holds:
                one_blas_thread.hold()
                self._holds = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._entries -= 1
            if self._entries:
                return
            pool, self._pool = self._pool, None
            holds, self._holds = self._holds, False
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        if holds:
            one_blas_thread.release()

    def sum(self, function: Callable[[Block], T], source: Source) -> T:
        """Add up a function over the blocks of a source; the threads share the blocks."""
        if not self._entries:
            with self:
                return self.sum(function, source)
        self._hold()
        if len(source.parts()) == 1 or self.n_threads == 1:
            return SerialEngine().sum(function, source)
        total: TreeSum[T] = TreeSum()
        with BlockReader(source, self.n_threads) as blocks:
            self._share(lambda i: total.add(i, function(blocks.read(i))), len(blocks), blocks.workers)
        return total.result

    def map(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item; the threads share the calls."""
        if not self._entries:
            with self:
                return self.map(function, items)
        self._hold()
        if len(items) <= 1 or self.n_threads == 1:
            return SerialEngine().map(function, items)
        found: dict[int, B] = {}

        def call(index: int) -> None:
            found[index] = function(items[index])

        self._share(call, len(items), self.n_threads)
        return [found[index] for index in range(len(items))]

    def _share(self, do: Callable[[int], None], count: int, most: int) -> None:
        """Call a function with 0, 1, … in a limited number of threads.

        The calling thread takes its share, and the next one is whoever asks first.
        """
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(max(1, self.n_threads - 1), thread_name_prefix="gaussmix")
            pool = self._pool
        turns = iter(range(count))

        def work() -> None:
            for index in turns:
                do(index)

        others = [pool.submit(work) for _ in range(min(most, count) - 1)]
        try:
            work()
        finally:
            # After an error or Ctrl-C, the other threads must stop, too.
            for _ in turns:
                pass
            # One that has not begun has nothing left to do, and may wait for a thread that waits for it.
            started = [other for other in others if not other.cancel()]
            wait(started)
        for other in started:
            other.result()
